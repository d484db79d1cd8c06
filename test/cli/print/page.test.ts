// page.test.ts - pages that are handed on: whole, harmless whatever a name holds, with a legend of what is drawn alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Page, pageHtml, pageMarkdown, typedCommand } from '../../../src/cli/print/page.js';

const HOSTILE = `<script>alert("1")</script>|**x** @all \`\`\` \u202e\u001b[31m`;

const page = (cell: string): Page => ({
  title: cell,
  answer: cell,
  well: false,
  sections: [
    { title: cell, text: [cell], lines: [cell] },
    { title: 'Rows', table: { head: ['A'], rows: [{ mark: '✗', cells: [cell] }] } },
  ],
  legend: [
    ['✗', 'not as specified'],
    ['!', 'as specified'],
  ],
  again: cell,
});

test('a page has no way out of its text, loads nothing and runs nothing', () => {
  const html = pageHtml(page(HOSTILE));
  assert.ok(!['<script', '\u202e', '\u001b'].some((text) => html.includes(text)));
  assert.equal(html.match(/&lt;script&gt;/g)?.length, 8);
  assert.doesNotMatch(html, /\b(src|href)=|url\(|@import/);
  assert.match(html, /Content-Security-Policy" content="default-src 'none'/);
});

test('Markdown stays text: no HTML, no mention, no new cell, and a fence that nothing ends', () => {
  const text = pageMarkdown(page(HOSTILE));
  const outside = text.replace(/````\n.*?\n````/gs, '');
  assert.doesNotMatch(outside, /(?<!\\)<script|@all|(?<!\\)\*\*x/);
  assert.match(outside, /\| ✗ \| .*\\\|.* \|$/m);
});

test('the legend explains what is drawn alone', () => {
  for (const text of [pageHtml(page('x')), pageMarkdown(page('x'))]) {
    assert.match(text, /not as specified/);
    assert.doesNotMatch(text, /(?<!not )as specified/);
  }
});

test('the command is the one that was typed, as a shell takes it', () => {
  const typed = typedCommand(['trace', '--to', 'svc/web:80', '-l', "a='b c'"]);
  assert.equal(typed.slice(typed.indexOf('trace')), `trace --to svc/web:80 -l 'a='\\''b c'\\'''`);
});

test('steps that follow each other are shown one at a time, and a single one as any section', () => {
  const step = (title: string) => ({ title, step: true });
  const sections = [step('only'), { title: 'between' }, step('first'), step('second')];
  const html = pageHtml({ title: 'a', answer: 'b', well: true, sections, legend: [], again: 'c' });
  assert.deepEqual(html.match(/<div class="steps">/g)?.length, 1);
  const buttons = [
    ...html.matchAll(/<input type="radio" name="(\S+)" id="(\S+)"( checked)?><label for="(\S+)">(\w+)</g),
  ];
  assert.deepEqual(
    buttons.map(([, , id, checked = '', of, title]) => [id === of, checked, title]),
    [
      [true, ' checked', 'first'],
      [true, '', 'second'],
    ],
  );
  assert.equal(new Set(buttons.map(([, name]) => name)).size, 1);
});
