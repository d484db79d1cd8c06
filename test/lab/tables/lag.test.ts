// lag.test.ts - what a node sees that is late: everything in its order, so much later, and never something older than before.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lag } from '../../../src/lab/tables/lag.js';
import type { ClusterSnapshot } from '../../../src/model/objects.js';
import { service } from '../../plan/sample.js';

const snapshot = (...names: string[]): ClusterSnapshot => ({
  services: names.map((name) => service(name, { clusterIP: '10.96.0.7' })),
  endpointSlices: [],
  nodes: [],
});
const [ONE, TWO, THREE] = [snapshot('a'), snapshot('b'), snapshot('c')];

test('the first snapshot is seen at once, and each later one after the delay', () => {
  const lag = new Lag();
  assert.equal(lag.see(ONE, 0, 10), ONE);
  assert.equal(lag.see(TWO, 100, 10), ONE);
  assert.equal(lag.next, 110);
  assert.equal(lag.see(THREE, 105, 10), ONE);
  assert.equal(lag.see(THREE, 110, 10), TWO);
  assert.equal(lag.next, 115);
  assert.equal(lag.see(THREE, 120, 10), THREE);
  assert.equal(lag.next, null);
});

test('what says the same of Services is no change', () => {
  const lag = new Lag();
  lag.see(ONE, 0, 10);
  lag.see({ ...ONE, nodes: [] }, 5, 10);
  assert.equal(lag.next, null);
});

test('who is late no longer sees everything, and who becomes late nothing that is older', () => {
  const lag = new Lag();
  lag.see(ONE, 0, 10);
  lag.see(TWO, 1, 10);
  assert.equal(lag.see(THREE, 2, 0), THREE);
  assert.equal(lag.next, null);
  assert.equal(lag.see(THREE, 3, 1000), THREE);
});
