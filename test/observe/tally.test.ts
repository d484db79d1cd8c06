// tally.test.ts - what many connections met is told as one answer, and chance is no difference.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Met, Tally } from '../../src/observe/tally.js';

const NODE = '192.0.2.1';
const met = (address: string, masquerade: boolean, source = NODE): Met => ({
  verdict: 'dnat',
  backend: { address, port: 80, probability: 1, masquerade },
  source,
});

/** [endpoint, masqueraded, share] of what was met. */
function told(...all: Met[]): unknown[] {
  const tally = new Tally({});
  for (const one of all) tally.add(one);
  return tally.answer().backends.map(({ address, masquerade, probability }) => [address, masquerade, probability]);
}

test('a port that was drawn as it had been does not make another endpoint, first or last', () => {
  assert.deepEqual(told(met('10.9.1.1', false), met('10.9.1.1', true)), [['10.9.1.1', true, 1]]);
  assert.deepEqual(told(met('10.9.1.1', true), met('10.9.1.1', false)), [['10.9.1.1', true, 1]]);
});

test('an endpoint that was never masqueraded is told so, beside one that was', () => {
  assert.deepEqual(told(met('10.9.1.1', false), met('10.9.1.1', false), met('10.9.2.1', true), met('10.9.2.1', true)), [
    ['10.9.1.1', false, 0.5],
    ['10.9.2.1', true, 0.5],
  ]);
});

test('an endpoint that sees two sources is told twice', () => {
  assert.equal(told(met('10.9.1.1', false, '10.9.1.50'), met('10.9.1.1', true, NODE)).length, 2);
});
