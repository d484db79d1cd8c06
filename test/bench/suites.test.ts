// suites.test.ts - every suite runs in its smallest form, in processes of its own, and gives rows of the documented shape.
// Runs alone: it measures, in labs.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { chartSvg } from '../../bench/output/svg.js';
import { silent } from '../../bench/progress.js';
import type { Row } from '../../bench/row.js';
import { runCell, runSuites } from '../../bench/runner.js';
import { SUITES } from '../../bench/suites.js';
import { DATAPLANE_NAMES } from '../../bench/testbed.js';
import { labAccess } from '../../src/lab/host/process.js';

const noLab = ((): string | null => {
  try {
    return labAccess() === 'direct' ? null : 'needs root: suites do not start again in a user namespace here';
  } catch (error) {
    return `needs root: ${(error as Error).message}`;
  }
})();

function checkRow(row: Row): void {
  assert.ok(DATAPLANE_NAMES.includes(row.dataplane), row.dataplane);
  assert.equal(typeof row.metric, 'string');
  assert.equal(typeof row.path, 'string');
  for (const size of ['services', 'endpoints', 'flows', 'frameBytes'] as const) {
    assert.ok(row[size] === null || (Number.isInteger(row[size]) && row[size] >= 0), `${size} of ${row.metric}`);
  }
  for (const value of [row.median, row.min, row.max]) assert.ok(Number.isFinite(value), `${row.metric}: ${value}`);
  assert.ok(row.min <= row.median && row.median <= row.max && row.runs >= 1);
}

test('every file of bench/suites is in the list of suites', () => {
  const files = readdirSync(new URL('../../bench/suites', import.meta.url))
    .filter((file) => /^[a-z]+\.(js|ts)$/.test(file))
    .map((file) => file.replace(/\.(js|ts)$/, ''));
  assert.deepEqual(files.sort(), Object.keys(SUITES).sort());
});

for (const [name, load] of Object.entries(SUITES)) {
  test(`suite ${name} measures, finds something to say, and draws`, async (t) => {
    const suite = await load();
    assert.equal(suite.name, name);
    if (suite.needsLab && noLab !== null) return t.skip(noLab);
    if (name === 'smoke' && !import.meta.url.includes('/dist/')) return t.skip('needs the compiled lab');
    const [result] = await runSuites([suite], { scale: 'tiny', seed: 3, progress: silent });
    assert.ok(result);
    assert.deepEqual(result.failed, []);
    // The processor time of the whole machine is left out when others use it.
    const missing = result.skipped.filter((why) => !/other programs|not installed|needs /.test(why));
    assert.deepEqual(missing, []);
    assert.ok(result.rows.length > 0);
    for (const row of result.rows) checkRow(row);
    for (const finding of suite.findings(result.rows)) assert.doesNotMatch(finding, /NaN|undefined|Infinity/);
    for (const chart of suite.charts(result.rows)) assert.doesNotMatch(chartSvg(chart), /NaN|undefined|Infinity/);
    assert.ok(suite.cells('quick').length > 0 && suite.cells('full').length >= suite.cells('quick').length);
  });
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
