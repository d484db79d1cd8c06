// differential.ts - runs in which the reference and the native engine must agree on every byte, offload, decision, flow and counter.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import type { Engine } from '../../src/engine/engine.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import { FeatureCount } from './cluster-features.js';
import { makeClusterRun } from './cluster-run.js';
import { nativeEngine } from './engines.js';
import { makePatchRun } from './patch-run.js';
import { makeServerRun } from './server-run.js';
import { compare, eventText, makeRun, minimise, type Run } from './twins.js';

/** How much is compared. */
interface Extent {
  /** Random frames into random nodes. */
  readonly frames: number;
  /** Random clusters. From 500 on they must have met every feature of Services. */
  readonly clusters: number;
  /** Lives of virtual servers. */
  readonly servers: number;
  /** Clusters that change Service by Service. */
  readonly changing: number;
  /** Where the seeds begin. */
  readonly firstSeed: number;
}

export const FRAMES_PER_RUN = 1_000;
const FRAMES_PER_CLUSTER = 100;
const FRAMES_PER_SERVER = 200;
const FRAMES_PER_CHANGING = 150;

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

function testFrames({ frames, firstSeed }: Extent): void {
  test(`reference and native agree on ${frames} random frames`, { skip: native.skip }, (t) => {
    for (let i = 0; i < frames / FRAMES_PER_RUN; i++) {
      const run = makeRun(firstSeed + i, FRAMES_PER_RUN);
      const { seed, flowCapacity } = run;
      const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
      const twin = (): Engine => native.make({ seed, flowCapacity });
      if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
    }
    t.diagnostic(`seeds ${firstSeed} to ${firstSeed + Math.ceil(frames / FRAMES_PER_RUN) - 1}`);
  });
}

function testClusters({ clusters, firstSeed }: Extent): void {
  test(`reference and native agree on ${clusters} random clusters, ${FRAMES_PER_CLUSTER} frames each`, {
    skip: native.skip,
  }, (t) => {
    const features = new FeatureCount();
    const reasons = new Map<string, number>();
    const observer = {
      snapshot: (snapshot: ClusterSnapshot): void => features.add(snapshot),
      reason: (name: string): void => void reasons.set(name, (reasons.get(name) ?? 0) + 1),
    };
    for (let i = 0; i < clusters; i++) {
      const strategy = STRATEGY_NAMES[i % STRATEGY_NAMES.length] ?? 'nftables';
      const run = makeClusterRun(firstSeed + i, FRAMES_PER_CLUSTER, strategy, observer);
      const { seed, flowCapacity } = run;
      const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
      const twin = (): Engine => native.make({ seed, flowCapacity });
      if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
    }
    t.diagnostic(`features: ${listed(features.counts)}`);
    t.diagnostic(`reasons: ${listed(reasons)}`);
    if (clusters < 500) return;
    assert.deepEqual(
      [...features.counts].filter(([, count]) => count === 0),
      [],
    );
    assert.deepEqual(
      OF_SERVICES.filter((name) => !reasons.has(name)),
      [],
    );
  });
}

function testServers({ servers, firstSeed }: Extent): void {
  test(`reference and native agree on ${servers} random lives of virtual servers`, { skip: native.skip }, () => {
    for (let i = 0; i < servers; i++) {
      const run = makeServerRun(firstSeed + i, FRAMES_PER_SERVER);
      const { seed, flowCapacity } = run;
      const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
      const twin = (): Engine => native.make({ seed, flowCapacity });
      if (compare(reference, twin, run.events)) assert.fail(explain(run, reference, twin));
    }
  });
}

function testChanging({ changing, firstSeed }: Extent): void {
  test(`reference and native agree on ${changing} random clusters that change Service by Service`, {
    skip: native.skip,
  }, (t) => {
    let patches = 0;
    for (let i = 0; i < changing; i++) {
      const strategy = STRATEGY_NAMES[i % STRATEGY_NAMES.length] ?? 'nftables';
      const run = makePatchRun(firstSeed + i, FRAMES_PER_CHANGING, strategy);
      const { seed, flowCapacity, events } = run;
      const reference = (): Engine => createReferenceEngine({ seed, flowCapacity });
      const twin = (): Engine => native.make({ seed, flowCapacity });
      if (compare(reference, twin, events)) assert.fail(explain(run, reference, twin));
      patches += events.filter(({ kind }) => kind === 'patch').length;
    }
    t.diagnostic(`${patches} patches`);
    assert.ok(patches > changing);
  });
}

/** One test for each kind of run. */
export function testTwins(extent: Extent): void {
  testFrames(extent);
  testClusters(extent);
  testServers(extent);
  testChanging(extent);
}
