// invocation.test.ts - what people are told to type works where they are.
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { asTyped, invocationAt } from '../../src/cli/invocation.js';

/** A clone, a project that has installed that, a bin folder, and an empty folder. */
function places(t: TestContext): { root: string; program: string } {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'kubewire-test-')));
  t.after(() => rmSync(root, { recursive: true }));
  const file = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  file('clone/package.json', '{}');
  file('clone/dist/src/cli/main.js', '');
  file('clone/examples/shop/shop.yaml', '');
  file('other/package.json', '{}');
  file('project/package.json', '{}');
  for (const folder of ['bin', 'empty', 'project/node_modules/.bin'])
    mkdirSync(join(root, folder), { recursive: true });
  const program = join(root, 'clone/dist/src/cli/main.js');
  for (const bin of ['bin', 'project/node_modules/.bin']) symlinkSync(program, join(root, bin, 'kubewire'));
  return { root, program };
}

test('what to type depends on the folder and on PATH', (t) => {
  const { root, program } = places(t);
  const cases: [directory: string, path: string, expected: string][] = [
    ['empty', 'empty:bin', 'kubewire'],
    ['clone', 'bin', 'kubewire'],
    ['clone', 'empty', 'npx kubewire'],
    ['clone/examples/shop', '', 'npx kubewire'],
    ['project', 'empty', 'npx kubewire'],
    // As npx has it while it runs.
    ['project', 'project/node_modules/.bin:empty', 'npx kubewire'],
    ['empty', 'project/node_modules/.bin:empty', `node ${program}`],
    ['other', 'empty', `node ${program}`],
  ];
  for (const [directory, path, expected] of cases) {
    const folders = path.split(':').map((folder) => (folder === '' ? '' : join(root, folder)));
    const place = { directory: join(root, directory), path: folders.join(':'), program };
    assert.equal(invocationAt(place), expected, `in ${directory} with ${path}`);
  }
});

test('another kubewire on PATH is not this one', (t) => {
  const { root, program } = places(t);
  writeFileSync(join(root, 'empty/kubewire'), '');
  assert.equal(invocationAt({ directory: '/', path: join(root, 'empty'), program }), `node ${program}`);
});

test('a path with a space is quoted', () => {
  const place = { directory: '/', path: '', program: "/home/a b/it's/main.js" };
  assert.equal(invocationAt(place), "node '/home/a b/it'\\''s/main.js'");
});

test('commands are rewritten, and sentences about kubewire are not', () => {
  const verbs = ['up', 'get', 'strategy'];
  const cases: [string, string][] = [
    ['See: kubewire get pods', 'See: npx kubewire get pods'],
    ["See 'kubewire up --help' for usage.", "See 'npx kubewire up --help' for usage."],
    ['start another: kubewire up --name NAME.', 'start another: npx kubewire up --name NAME.'],
    ['kubewire --name a get pods', 'npx kubewire --name a get pods'],
    ['Use "kubewire <command> --help"', 'Use "npx kubewire <command> --help"'],
    ['source <(kubewire get x)\nkubewire up', 'source <(npx kubewire get x)\nnpx kubewire up'],
    ['a name that kubewire uses', 'a name that kubewire uses'],
    ['kubewire gets', 'kubewire gets'],
    ['npx kubewire up', 'npx kubewire up'],
    ['/opt/kubewire up', '/opt/kubewire up'],
  ];
  for (const [text, expected] of cases) assert.equal(asTyped(text, verbs, 'npx kubewire'), expected);
});
