// noanswer.long.test.ts - "My Service does not answer": each command of the page, typed in a lab with all faults, answers what it says.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { labUnavailable, programUnavailable, root, User } from './harness.js';

const FOLDER = join(root, 'examples/no-answer');
const PAGE = readFileSync(join(FOLDER, 'README.md'), 'utf8');

interface Step {
  readonly words: readonly string[];
  /** Each is found, its words in this order, in one line of the answer. */
  readonly answers: readonly string[];
}

/** The commands of a section, each with what the page says that it answers. */
function stepsOf(section: string): Step[] {
  const blocks = [...section.matchAll(/^```console\n(.*?)^```$/gms)].map(([, text = '']) => text);
  return blocks.flatMap((block) =>
    block
      .split(/^\$ kubewire /m)
      .slice(1)
      .map((text) => {
        const [command = '', ...answers] = text.trimEnd().split('\n');
        return { words: command.split(' '), answers };
      }),
  );
}

const SECTIONS = PAGE.split(/^## /m).map((text): [title: string, steps: Step[]] => [
  text.split('\n')[0] ?? '',
  stepsOf(text),
]);

/** A line of the page as a pattern: what stands between its words may be anything. */
const patternOf = (line: string): RegExp =>
  new RegExp(
    line
      .trim()
      .split(/\s+/)
      .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      .join('.*'),
    'm',
  );

test('every section has a command, every command an answer, and every fault its section', () => {
  assert.ok(SECTIONS.length > 12);
  for (const [title, steps] of SECTIONS) {
    assert.ok(steps.length > 0, title);
    for (const { words, answers } of steps) assert.ok(answers.length > 0, words.join(' '));
  }
  const faults = readFileSync(join(FOLDER, 'faults.yaml'), 'utf8');
  const services = [...faults.matchAll(/^kind: Service\nmetadata: \{name: (\w+)\}/gm)].map(([, name = '']) => name);
  const asked = SECTIONS.flatMap(([, steps]) => steps).map(({ words, answers }) => [...words, ...answers].join(' '));
  assert.ok(services.length >= 12);
  assert.deepEqual(
    services.filter((name) => !asked.some((text) => new RegExp(`\\b${name}\\b`).test(text))),
    ['ranges'],
    'it is asked by its address',
  );
});

test('every link of the page leads to one of its sections', () => {
  const anchors = SECTIONS.map(([title]) =>
    title
      .toLowerCase()
      .replace(/[^\w -]/g, '')
      .replaceAll(' ', '-'),
  );
  const links = [...PAGE.matchAll(/\]\(#([^)]+)\)/g)].map(([, anchor = '']) => anchor);
  assert.ok(links.length > 12);
  assert.deepEqual(
    links.filter((link) => !anchors.includes(link)),
    [],
  );
});

describe('in a lab with all faults', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  const user = new User();
  before(() => user.up('-f', FOLDER));
  after(() => user.leave());

  for (const [title, steps] of SECTIONS) {
    test(title, async () => {
      for (const { words, answers } of steps) {
        const { stdout, stderr } = await user.run(words);
        for (const line of answers) assert.match(`${stdout}\n${stderr}`, patternOf(line), words.join(' '));
      }
    });
  }
});
