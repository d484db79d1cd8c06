// memory.long.test.ts - a lab whose pods and Services come and go all day takes no more memory than its budgets.
// Runs alone: a lab with hundreds of pods, and its memory is measured.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { startEmulator } from '../../src/emulator/emulator.js';
import type { KubeObject } from '../../src/model/objects.js';
import { createTopology } from '../../src/topology/topology.js';
import { labUnavailable } from './harness.js';

const APPLICATIONS = 10;
const PODS = 200;
const ROUNDS = 32;

/** Past states may take 64 MiB; the rest is room for what the collector has not come to. */
const GROWTH_BYTES = 100e6;

const deployment = (i: number, replicas: number): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: `d${i}`, namespace: 'default' },
  spec: {
    replicas,
    selector: { matchLabels: { app: `d${i}` } },
    template: {
      metadata: { labels: { app: `d${i}` } },
      spec: {
        terminationGracePeriodSeconds: 1,
        containers: [{ name: 'c', image: 'x', ports: [{ containerPort: 8080 }] }],
      },
    },
  },
});

const service = (i: number, application: number): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: `s${i}`, namespace: 'default' },
  spec: { selector: { app: `d${application}` }, ports: [{ name: 'http', port: 80, targetPort: 8080 }] },
});

const many = <T>(count: number, make: (i: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

test('a day of churn leaves no more behind than the history of the store may hold', {
  skip: labUnavailable() ?? false,
  timeout: 600_000,
}, async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const emulator = await startEmulator({
    ...{ name: 'memory', topology: createTopology(), strategy: 'nftables', shards: undefined, offloads: true, seed: 7 },
    ...{ socketPath: null, clock: () => new Date(), report: () => undefined },
  });
  const heap = (): number => {
    collect();
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return heapUsed + arrayBuffers;
  };
  try {
    const { cluster } = emulator;
    cluster.apply([
      ...many(APPLICATIONS, (i) => deployment(i, PODS / APPLICATIONS)),
      ...many(PODS, (i) => service(i, i % APPLICATIONS)),
    ]);
    await emulator.settled();
    const before = heap();
    for (let round = 0; round < ROUNDS; round++) {
      cluster.apply(many(APPLICATIONS, (i) => deployment(i, round % 2 === 0 ? 0 : PODS / APPLICATIONS)));
      await emulator.settled();
      for (let i = 0; i < PODS; i++) {
        cluster.apply([service(i, (i + round) % APPLICATIONS)]);
        if (i % 20 === 0) await emulator.settled();
      }
      await emulator.settled();
    }
    const growth = heap() - before;
    assert.ok(growth < GROWTH_BYTES, `${(growth / 1e6).toFixed(0)} MB more than before`);
  } finally {
    await emulator.close();
  }
});
