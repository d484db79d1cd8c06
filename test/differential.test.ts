// differential.test.ts - the reference and the native engine agree on every byte, offload, decision, flow and counter of seeded random runs.
//
// KUBEWIRE_FRAMES says how many frames, KUBEWIRE_CLUSTERS how many clusters, KUBEWIRE_SERVERS how many lives of virtual
// servers, KUBEWIRE_CHANGING how many clusters that change, KUBEWIRE_SEED where the seeds begin.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReasonNames } from '../src/abi/abi.gen.js';
import { COUNTERS } from '../src/abi/layout.js';
import { STRATEGY_NAMES } from '../src/compile/strategy.js';
import type { Engine } from '../src/engine/engine.js';
import { createReferenceEngine } from '../src/engine/reference/engine.js';
import type { ClusterSnapshot } from '../src/model/objects.js';
import { FeatureCount } from './support/cluster-features.js';
import { makeClusterRun } from './support/cluster-run.js';
import { nativeEngine } from './support/engines.js';
import { makePatchRun } from './support/patch-run.js';
import { makeServerRun } from './support/server-run.js';
import { compare, eventText, makeRun, minimise, type Run } from './support/twins.js';

const FRAMES = Number(process.env.KUBEWIRE_FRAMES ?? 100_000);
const FIRST_SEED = Number(process.env.KUBEWIRE_SEED ?? 1);
const FRAMES_PER_RUN = 1_000;
const CLUSTERS = Number(process.env.KUBEWIRE_CLUSTERS ?? 1_000);
const FRAMES_PER_CLUSTER = 100;
const SERVERS = Number(process.env.KUBEWIRE_SERVERS ?? 140);
const FRAMES_PER_SERVER = 200;
const CHANGING = Number(process.env.KUBEWIRE_CHANGING ?? 100);
const FRAMES_PER_CHANGING = 150;

/** Reasons that no single node gives: they belong to devices and to the walk between nodes. */
const NOT_OF_A_NODE = ['DEVICE_QUEUE_FULL', 'HOP_LIMIT_INTERNAL'];

/** Reasons that random clusters must reach, because Services are about them. */
const OF_SERVICES = [
  ...['SERVICE', 'NO_ENDPOINTS', 'NO_LOCAL_ENDPOINTS', 'SOURCE_RANGE', 'HEALTH_CHECK'],
  ...['UNKNOWN_SERVICE_PORT', 'UNALLOCATED_SERVICE_ADDRESS', 'FORWARDED', 'LOCAL_DELIVERY', 'ESTABLISHED'],
];

const native = await nativeEngine();

const listed = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${name} ${count}`).join(', ');

function explain(run: Run, first: () => Engine, second: () => Engine): string {
  const shortest = minimise(run.events, (events) => compare(first, second, events));
  const difference = compare(first, second, shortest);
  return [
    `seed ${run.seed}, flow capacity ${run.flowCapacity}; ${shortest.length} events suffice:`,
    ...shortest.map(eventText),
    `reference: ${difference?.first}`,
    `native: ${difference?.second}`,
  ].join('\n');
}

test(`reference and native agree on ${FRAMES} random frames`, { skip: native.skip }, (t) => {
  for (let i = 0; i < FRAMES / FRAMES_PER_RUN; i++) {
    const run = makeRun(FIRST_SEED + i, FRAMES_PER_RUN);
    const { seed, flowCapacity } = run;
    const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
    const twin = (): Engine => native.make({ seed, flowCapacity });
    if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
  }
  t.diagnostic(`seeds ${FIRST_SEED} to ${FIRST_SEED + Math.ceil(FRAMES / FRAMES_PER_RUN) - 1}`);
});

test(`reference and native agree on ${CLUSTERS} random clusters, ${FRAMES_PER_CLUSTER} frames each`, {
  skip: native.skip,
}, (t) => {
  const features = new FeatureCount();
  const reasons = new Map<string, number>();
  const observer = {
    snapshot: (snapshot: ClusterSnapshot): void => features.add(snapshot),
    reason: (name: string): void => void reasons.set(name, (reasons.get(name) ?? 0) + 1),
  };
  for (let i = 0; i < CLUSTERS; i++) {
    const strategy = STRATEGY_NAMES[i % STRATEGY_NAMES.length] ?? 'nftables';
    const run = makeClusterRun(FIRST_SEED + i, FRAMES_PER_CLUSTER, strategy, observer);
    const { seed, flowCapacity } = run;
    const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
    const twin = (): Engine => native.make({ seed, flowCapacity });
    if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
  }
  t.diagnostic(`features: ${listed(features.counts)}`);
  t.diagnostic(`reasons: ${listed(reasons)}`);
  if (CLUSTERS < 500) return;
  assert.deepEqual(
    [...features.counts].filter(([, count]) => count === 0),
    [],
  );
  assert.deepEqual(
    OF_SERVICES.filter((name) => !reasons.has(name)),
    [],
  );
});

test(`reference and native agree on ${SERVERS} random lives of virtual servers`, { skip: native.skip }, () => {
  for (let i = 0; i < SERVERS; i++) {
    const run = makeServerRun(FIRST_SEED + i, FRAMES_PER_SERVER);
    const { seed, flowCapacity } = run;
    const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
    const twin = (): Engine => native.make({ seed, flowCapacity });
    if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
  }
});

test(`reference and native agree on ${CHANGING} random clusters that change Service by Service`, {
  skip: native.skip,
}, (t) => {
  let patches = 0;
  for (let i = 0; i < CHANGING; i++) {
    const strategy = STRATEGY_NAMES[i % STRATEGY_NAMES.length] ?? 'nftables';
    const run = makePatchRun(FIRST_SEED + i, FRAMES_PER_CHANGING, strategy);
    const { seed, flowCapacity, events } = run;
    const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
    const twin = (): Engine => native.make({ seed, flowCapacity });
    if (compare(reference, twin, events)) assert.fail(explain(run, reference, twin));
    patches += events.filter(({ kind }) => kind === 'patch').length;
  }
  t.diagnostic(`${patches} patches`);
  assert.ok(patches > CHANGING);
});

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
