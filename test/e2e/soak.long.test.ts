// soak.long.test.ts - a condensed minute of `npm run soak`: traffic and churn at once, and nothing is lost or left behind.
// Takes turns: a whole lab under load.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { soak } from '../soak/soak.js';
import { labUnavailable } from './harness.js';

const SECONDS = 40;
/** What is kept of past states grows until its budget is used up, which takes longer than this. */
const HISTORY_BYTES = 24e6;

test('under mixed traffic and churn no connection breaks, no flow is stuck, and nothing is left behind', {
  skip: labUnavailable() ?? false,
  timeout: 300_000,
}, async (t) => {
  const result = await soak(SECONDS, 1, (line) => t.diagnostic(line));
  assert.ok(result.requests > 200 && result.changes > 10, `${result.requests} requests, ${result.changes} changes`);
  assert.deepEqual(result.broken, [], 'held connections');
  assert.deepEqual(result.failures, [], 'new connections');
  assert.equal(result.stuck, 0, 'flows of connections that are closed');
  assert.equal(result.kernelObjects.after, result.kernelObjects.before, 'devices, namespaces and events');
  const { before, after } = result.memory;
  assert.ok(after - before < HISTORY_BYTES, `${((after - before) / 1e6).toFixed(1)} MB more than before`);
});
