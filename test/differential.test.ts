// differential.test.ts - the reference and the native engine agree on every byte, offload, decision, flow and counter of seeded random runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReasonNames } from '../src/abi/abi.gen.js';
import { COUNTERS } from '../src/abi/layout.js';
import { createReferenceEngine } from '../src/engine/reference/engine.js';
import { FRAMES_PER_RUN, testTwins } from './support/differential.js';
import { compare, makeRun } from './support/twins.js';

testTwins({ frames: 30_000, clusters: 500, servers: 56, changing: 40, firstSeed: 1 });

/** Reasons that no single node gives: they belong to devices and to the walk between nodes. */
const NOT_OF_A_NODE = ['DEVICE_QUEUE_FULL', 'HOP_LIMIT_INTERNAL'];

test('random runs reach every reason that a node can give', () => {
  const counts = new Array<bigint>(COUNTERS.reasons).fill(0n);
  for (let seed = 1; seed <= 20; seed++) {
    const run = makeRun(seed, FRAMES_PER_RUN);
    const engine = createReferenceEngine({ seed, flowCapacity: run.flowCapacity });
    compare(
      () => engine,
      () => createReferenceEngine({ seed, flowCapacity: run.flowCapacity }),
      run.events,
    );
    for (const [cell, count] of engine.counters().slice(0, COUNTERS.reasons).entries()) {
      counts[cell] = (counts[cell] ?? 0n) + count;
    }
  }
  const missing = Object.entries(ReasonNames)
    .filter(([number, name]) => counts[Number(number)] === 0n && !NOT_OF_A_NODE.includes(name))
    .map(([, name]) => name);
  assert.deepEqual(missing, []);
});
