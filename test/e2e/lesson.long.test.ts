// lesson.long.test.ts - the beginner's lesson, typed as its README says, with the real kubectl: every command says what it should.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { readChapters } from '../../src/story/page.js';
import { fits, stepsOf } from '../../src/story/session.js';
import { Shell } from '../../src/story/shell.js';
import { labUnavailable, programUnavailable, root, User } from './harness.js';
import { findKubectl, findOldKubectl, type Kubectl } from './kubectl.js';

const unavailable = labUnavailable() ?? programUnavailable('curl');
const PATIENCE_MS = 120_000;
const PAGE = 'examples/lesson/README.md';

/** Before that kubectl's exec speaks SPDY, which the lab does not: there kubewire's stands in, as the page says. */
const EXEC_MINOR = 31;

/** `npx kubewire` and `kubectl` of the page are those that are tested. */
function programs({ path, minor }: { readonly path: string; readonly minor: number }): string {
  const kubewire = `${process.execPath} ${join(root, 'dist/src/cli/main.js')}`;
  const exec = minor < EXEC_MINOR ? `if [ "$1" = exec ]; then ${kubewire} --name lesson "$@"; return; fi; ` : '';
  return `npx() { shift; ${kubewire} "$@"; }\nkubectl() { ${exec}${path} "$@"; }`;
}

/** The page leaves out lines before, after and between those that it shows. */
const loosely = (expected: string): string =>
  ['…', ...expected.split('\n').flatMap((line) => (line === '' ? [] : [line, '…']))].join('\n');

/** Types the whole page, with this kubectl. */
async function typed(shell: Shell, kubectl: Kubectl): Promise<void> {
  if ('missing' in kubectl) return;
  const blocks = readChapters(PAGE, readFileSync(join(root, PAGE), 'utf8')).flatMap((chapter) => chapter.blocks);
  const steps = blocks.flatMap(({ text }) => stepsOf(text));
  assert.ok(steps.length > 40, `${steps.length} commands`);
  await shell.type(programs(kubectl), PATIENCE_MS);
  for (const { command, expected, exit } of steps) {
    const printed = await shell.type(command, PATIENCE_MS);
    const well = fits({ expected: loosely(expected), exit }, printed);
    assert.ok(well, `${command} printed:\n${printed.text}[exit ${printed.exit}]\nexpected:\n${expected}`);
  }
}

for (const [age, kubectl] of Object.entries({ 'a new kubectl': findKubectl(), 'an old one': findOldKubectl() })) {
  const skip = unavailable ?? ('missing' in kubectl ? kubectl.missing : false);
  describe(`the lesson with ${age}`, { skip }, () => {
    const user = new User();
    const shell = new Shell(root, user.env);
    after(async () => {
      shell.end();
      await user.run(['--name', 'lesson', 'down']);
      await user.leave();
    });

    test('every command of it says what the page says', () => typed(shell, kubectl));
  });
}
