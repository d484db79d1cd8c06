// smallest.ts - runs a suite of bench in its smallest form, in processes of its own: rows of the documented shape.
import assert from 'node:assert/strict';
import { chartSvg } from '../../bench/output/svg.js';
import { silent } from '../../bench/progress.js';
import type { Row } from '../../bench/row.js';
import { runSuites } from '../../bench/runner.js';
import type { Suite } from '../../bench/suite.js';
import { DATAPLANE_NAMES } from '../../bench/testbed.js';

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

/** It measures, finds something to say, and draws. */
export async function measuresAndDraws(suite: Suite): Promise<void> {
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
}
