// suites.test.ts - every suite that needs no lab runs in its smallest form; the list of suites, and runs that end early.
// Runs alone: it measures.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { silent } from '../../bench/progress.js';
import { runCell, runSuites } from '../../bench/runner.js';
import { SUITES } from '../../bench/suites.js';
import { measuresAndDraws } from './smallest.js';

test('every file of bench/suites is in the list of suites', () => {
  const files = readdirSync(new URL('../../bench/suites', import.meta.url))
    .filter((file) => /^[a-z]+\.(js|ts)$/.test(file))
    .map((file) => file.replace(/\.(js|ts)$/, ''));
  assert.deepEqual(files.sort(), Object.keys(SUITES).sort());
});

for (const [name, load] of Object.entries(SUITES)) {
  const suite = await load();
  test(`suite ${name} is in the list by its own name, and not smaller in full than quick`, () => {
    assert.equal(suite.name, name);
    assert.ok(suite.cells('quick').length > 0 && suite.cells('full').length >= suite.cells('quick').length);
  });
  if (!suite.needsLab) test(`suite ${name} measures, finds something to say, and draws`, () => measuresAndDraws(suite));
}

test('a cell that cannot be measured rejects with what it said', async () => {
  const cell = { label: 'nonsense', seconds: 0.1, params: { backends: 0 } };
  await assert.rejects(runCell('no-such-suite', cell, 1), /no suite no-such-suite/);
});

test('a run that is interrupted kills its cell and ends', async () => {
  const interrupt = new AbortController();
  const cell = { label: 'ring', seconds: 1, params: { backends: 10 } };
  const running = runCell('balance', cell, 1, interrupt.signal);
  interrupt.abort();
  await assert.rejects(running, { name: 'AbortError' });
});

test('cells for which there is no time left are named', async () => {
  const suite = await SUITES.flows?.();
  assert.ok(suite);
  const [result] = await runSuites([suite], { scale: 'tiny', seed: 1, progress: silent, limit: -1 });
  assert.deepEqual(result?.rows, []);
  assert.match(result?.skipped[0] ?? '', /time of the run is over/);
});

test('without namespaces, suites that need them are left out with the reason', async () => {
  const suite = await SUITES.smoke?.();
  assert.ok(suite);
  const [result] = await runSuites([suite], { scale: 'tiny', seed: 1, progress: silent }, 'no rights');
  assert.deepEqual([result?.rows, result?.skipped, result?.failed], [[], ['no rights'], []]);
});
