// parts.test.ts - what the page shows of a story is what is played: the same commands, at the same lines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partsOf } from '../../src/story/parts.js';
import { shippedNames, shippedStory } from '../../src/story/shipped.js';

test('prose has its code, its stress and the texts of its links; blocks have names, and config is left out', () => {
  const page =
    '# Title\n\nA `b` and *c*,\n[d](e).\n\n```config\n{}\n```\n```text\n->\n```\n\n```yaml f.yaml\ng: 1\n```\n```console ipvs\n$ h\ni\n```\n';
  assert.deepEqual(partsOf(page), [
    { kind: 'title', text: 'Title' },
    {
      kind: 'prose',
      pieces: [
        { kind: 'text', text: 'A ' },
        { kind: 'code', text: 'b' },
        { kind: 'text', text: ' and ' },
        { kind: 'stress', text: 'c' },
        { kind: 'text', text: ',\n' },
        { kind: 'text', text: 'd' },
        { kind: 'text', text: '.' },
      ],
    },
    { kind: 'block', name: '', text: '->' },
    { kind: 'block', name: 'f.yaml', text: 'g: 1' },
    { kind: 'typed', only: ['ipvs'], steps: [{ command: 'h', expected: 'i', exit: 0, within: 0, line: 17 }] },
  ]);
});

for (const name of shippedNames())
  test(`the page shows every command of ${name} at its line`, () => {
    const { story, page } = shippedStory(name);
    const shown = partsOf(page).flatMap((part) =>
      part.kind === 'typed' ? part.steps.map(({ line, command }) => [line, command]) : [],
    );
    const played = story.actions.flatMap((action) =>
      action.kind === 'type' ? [[action.line, action.step.command]] : [],
    );
    assert.deepEqual(shown, played);
  });
