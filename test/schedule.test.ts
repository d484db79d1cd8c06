// schedule.test.ts - what `npm test` takes, what `npm run test:long` takes, and that a file that makes labs runs alone.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isMarked, schedule } from './schedule.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');
const read = (file: string): string => readFileSync(join(root, file), 'utf8');

/** Whoever uses one of these starts whole labs. */
const MAKERS = new Set(['src/emulator/emulator.ts', 'test/e2e/harness.ts']);
/** Imports of values: types make nothing. */
const IMPORT = /^(?:import|export) (?!type )[^;]*?from '(\.[^']+)'/gms;

const importsOf = (file: string): string[] =>
  [...read(file).matchAll(IMPORT)].map(([, target = '']) =>
    relative(root, join(root, dirname(file), target)).replace(/\.js$/, '.ts'),
  );

/** True if a file uses a maker, itself or through other files of the tests. */
function makesLabs(file: string, seen = new Set<string>()): boolean {
  if (seen.has(file) || !existsSync(join(root, file))) return false;
  seen.add(file);
  const imports = importsOf(file);
  return imports.some((name) => MAKERS.has(name) || (name.startsWith('test/') && makesLabs(name, seen)));
}

test('a file that makes labs says in its first lines that it takes turns or runs alone, and why', () => {
  const { together } = both();
  assert.deepEqual(
    together.filter((name) => makesLabs(join('test', name))).map((name) => `${name}: say // Takes turns: REASON`),
    [],
  );
});

test('whoever uses a maker through another file of the tests is found', () => {
  assert.equal(makesLabs('test/e2e/traffic.test.ts'), true);
  assert.equal(makesLabs('test/e2e/churn.test.ts'), true);
  assert.equal(makesLabs('test/model/address.test.ts'), false);
});

/** The schedules of both commands. */
function both() {
  const [short, long] = [false, true].map((long) => schedule(join(root, 'test'), { long, words: [] }));
  const all = (how: 'together' | 'turns' | 'alone') => [...(short?.[how] ?? []), ...(long?.[how] ?? [])];
  return { together: all('together'), turns: all('turns'), alone: all('alone') };
}

test('every test file runs in one of the two commands, side by side, in turn or alone', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-test-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'room'));
  const files = {
    'b.test.ts': '// b.test.ts - pure.\n',
    'a.test.ts': '// a.test.ts - a lab.\n// Runs alone: namespaces.\n',
    'room/c.long.test.ts': '// c.long.test.ts - long.\n',
    'e.test.ts': '// e.test.ts - a lab.\n// Takes turns: a whole lab.\n',
    'room/d.long.test.ts': '// d.long.test.ts - long, and a lab.\n//\n// Runs alone: namespaces.\n',
    'room/sample.ts': '// sample.ts - no test.\n',
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  assert.deepEqual(schedule(folder, { long: false, words: [] }), {
    together: ['b.test.ts'],
    turns: ['e.test.ts'],
    alone: ['a.test.ts'],
  });
  assert.deepEqual(schedule(folder, { long: true, words: [] }), {
    together: ['room/c.long.test.ts'],
    turns: [],
    alone: ['room/d.long.test.ts'],
  });
  assert.deepEqual(schedule(folder, { long: true, words: ['d.'] }), {
    together: [],
    turns: [],
    alone: ['room/d.long.test.ts'],
  });
});

test('only a first line with a reason sets a file apart', () => {
  assert.equal(isMarked('// x.test.ts - job.\n// Runs alone: it measures time.\n', 'alone'), true);
  assert.equal(isMarked('// x.test.ts - job.\n// Takes turns: a lab.\n', 'alone'), false);
  assert.equal(isMarked('// x.test.ts - job.\n// Takes turns: a lab.\n', 'turns'), true);
  assert.equal(isMarked('// x.test.ts - job.\n// Runs alone:\n', 'alone'), false);
  assert.equal(isMarked('// x.test.ts - job.\nimport a;\nimport b;\n// Runs alone: too late.\n', 'alone'), false);
});

test('the one check runs what README says', () => {
  for (const command of ['npm test', 'npm run test:long']) {
    assert.match(read('.ci/run'), new RegExp(`^${command}$`, 'm'));
    assert.match(read('README.md'), new RegExp(`^    ${command} `, 'm'));
  }
});
