// differential.test.ts - the reference and the native engine agree on every byte, offload, decision, flow and counter of seeded random runs.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReasonNames, Verdict, VerdictNames } from '../src/abi/abi.gen.js';
import { COUNTERS } from '../src/abi/layout.js';
import { type ReasonClass, reasonSpec } from '../src/abi/reasons.js';
import type { Engine } from '../src/engine/engine.js';
import { createReferenceEngine } from '../src/engine/reference/engine.js';
import { FRAMES_PER_RUN, testTwins } from './support/differential.js';
import { compare, makeRun } from './support/twins.js';

testTwins({ frames: 30_000, clusters: 500, servers: 56, changing: 40, firstSeed: 1 });

/** Reasons that no single node gives: they belong to devices and to the walk between nodes. */
const NOT_OF_A_NODE = [
  'DEVICE_QUEUE_FULL',
  'HOP_LIMIT_INTERNAL',
  'LINK_LOST',
  'LINK_DOWN',
  'LINK_QUEUE_FULL',
  'LINK_TOO_LONG',
];

/** What becomes of a frame whose reason has this class. A reject that may not be answered is dropped. */
const VERDICTS: Readonly<Record<ReasonClass, readonly Verdict[]>> = {
  deliver: [Verdict.FORWARD],
  reply: [Verdict.REPLY],
  drop: [Verdict.DROP],
  reject: [Verdict.REPLY, Verdict.DROP],
};

/** An engine that notes each pair of reason and verdict which the reason's class does not have. */
function watched(engine: Engine, wrong: Set<string>): Engine {
  const process: Engine['process'] = (frame, now) => {
    const outcome = engine.process(frame, now);
    const { reason, verdict } = outcome.decision;
    const spec = reasonSpec(reason);
    const fits = spec && VERDICTS[spec.class].includes(verdict as Verdict);
    if (!fits) wrong.add(`${spec?.class} ${spec?.name ?? reason}: verdict ${VerdictNames[verdict]}`);
    return outcome;
  };
  return { ...engine, process };
}

test('random runs reach every reason that a node can give, with the verdict of its class', () => {
  const wrong = new Set<string>();
  const counts = new Array<bigint>(COUNTERS.reasons).fill(0n);
  for (let seed = 1; seed <= 20; seed++) {
    const run = makeRun(seed, FRAMES_PER_RUN);
    const engine = createReferenceEngine({ seed, flowCapacity: run.flowCapacity });
    compare(
      () => watched(engine, wrong),
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
  assert.deepEqual([...wrong], []);
});
