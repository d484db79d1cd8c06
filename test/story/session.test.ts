// session.test.ts - sessions are read as they are written, and an output fits what a page says of it or not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fits, stepsOf } from '../../src/story/session.js';

test('a step has its command with all lines, what it prints, its exit code and for how long it is typed again', () => {
  const block = `$ cat > a <<'EOF'\n$ no command\nEOF\n$ one \\\n  two\nfirst\n\nlast\n[exit 7]\n[within 10s]\n$ three\n`;
  assert.deepEqual(stepsOf(block), [
    { command: "cat > a <<'EOF'\n$ no command\nEOF", expected: '', exit: 0, within: 0, line: 1 },
    { command: 'one \\\n  two', expected: 'first\n\nlast', exit: 7, within: 10, line: 4 },
    { command: 'three', expected: '', exit: 0, within: 0, line: 11 },
  ]);
});

test('a session that does not begin with a command is refused', () => {
  assert.throws(() => stepsOf('printed\n$ a'), /not with: printed/);
});

const CASES: readonly (readonly [expected: string, printed: string, well: boolean])[] = [
  ['a\nb', 'a  \nb\n', true],
  ['a', 'a\nb', false],
  ['', 'a', false],
  ['a…c', 'abc', true],
  ['a…c', 'ab\nc', false],
  ['a\n…\nb', 'a\nb', true],
  ['a\n…\nb', 'a\nx\ny\nb', true],
  ['a.c', 'abc', false],
  ['{12..28} pod: a', '12 pod: a', true],
  ['{12..28} pod: a', ' 28 pod: a', true],
  ['{12..28} pod: a', '29 pod: a', false],
  ['{12..28} pod: a', '11 pod: a', false],
  ['{0..5} of {3..3}', '5 of 3', true],
  ['{0..5} of {3..3}', '3 of 5', false],
];

for (const [expected, text, well] of CASES)
  test(`${JSON.stringify(text)} ${well ? 'fits' : 'does not fit'} ${JSON.stringify(expected)}`, () => {
    assert.equal(fits({ expected, exit: 0 }, { text, exit: 0 }), well);
  });

test('what ends otherwise does not fit', () => {
  assert.equal(fits({ expected: 'a', exit: 0 }, { text: 'a', exit: 1 }), false);
  assert.equal(fits({ expected: 'a', exit: 1 }, { text: 'a', exit: 1 }), true);
});
