// metrics.test.ts - what pods and nodes use, as kubectl top asks for it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createApp } from '../../src/api/app.js';
import type { Pod } from '../../src/model/objects.js';
import { deployment, pod, testCluster } from '../cluster/fixtures.js';
import { ownRuntime } from '../support/own-runtime.js';

const PODS = '/apis/metrics.k8s.io/v1beta1/namespaces/default/pods';
const NODES = '/apis/metrics.k8s.io/v1beta1/nodes';

async function world(reached = true) {
  let now = Date.parse('2026-01-01T00:00:00Z');
  const runtime = ownRuntime();
  const cluster = testCluster({ clock: () => new Date(now) });
  cluster.store.create({
    ...pod('one', { app: 'one' }),
    spec: { containers: ['a', 'b'].map((name) => ({ name, image: 'x:1' })) },
  } as Pod);
  cluster.store.create(deployment('web', 2));
  await cluster.settled();
  const app = createApp(cluster, { runtime: reached ? runtime : undefined });
  const ask = async (path: string, accept = 'application/json') => {
    const response = await app.request(`http://api${path}`, { headers: { accept } });
    // biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
    return { code: response.status, body: (await response.json()) as any };
  };
  const pass = (seconds: number): void => {
    now += seconds * 1000;
  };
  return { runtime, cluster, ask, pass };
}

test('the use of a processor is a rate since the reading before; memory is what there is', async () => {
  const { runtime, ask, pass } = await world();
  pass(10);
  runtime.used.cpuMs = 1000;
  const usage = async () => (await ask(`${PODS}/one`)).body.containers[0].usage;
  assert.deepEqual(await usage(), { cpu: '100000000n', memory: '0' });
  pass(20);
  runtime.used.cpuMs += 10_000;
  runtime.used.memoryBytes = 3 * 1024 * 1024;
  assert.deepEqual(await usage(), { cpu: '500000000n', memory: '3072Ki' });
  const { body } = await ask(`${PODS}/one`);
  assert.equal(body.kind, 'PodMetrics');
  assert.deepEqual(
    body.containers.map(({ name }: { name: string }) => name),
    ['a', 'b'],
  );
  assert.deepEqual(body.containers[1].usage, { cpu: '0', memory: '0' });
});

test('metrics are listed by namespace and label, and nodes have the sum of their pods', async () => {
  const { runtime, ask, pass } = await world();
  pass(10);
  runtime.used.cpuMs = 1000;
  assert.equal((await ask(PODS)).body.items.length, 3);
  assert.equal((await ask(`${PODS}?labelSelector=app%3Done`)).body.items.length, 1);
  assert.equal((await ask('/apis/metrics.k8s.io/v1beta1/pods?labelSelector=app%3Dnone')).body.items.length, 0);
  const nodes = (await ask(NODES)).body.items as { usage: { cpu: string } }[];
  const total = nodes.reduce((sum, { usage }) => sum + Number.parseInt(usage.cpu, 10), 0);
  assert.equal(total, 3 * 100_000_000);
  const table = await ask(NODES, 'application/json;as=Table;v=v1;g=meta.k8s.io');
  assert.deepEqual(
    table.body.columnDefinitions.map(({ name }: { name: string }) => name),
    ['Name', 'Cpu', 'Memory', 'Window'],
  );
});

test('all requests of a second share one reading', async (t) => {
  const { runtime, ask, pass } = await world();
  const reads = t.mock.method(runtime, 'usage').mock;
  pass(10);
  for (const path of [PODS, NODES, `${PODS}/one`]) await ask(path);
  assert.equal(reads.callCount(), 1);
  pass(1);
  await ask(PODS);
  assert.equal(reads.callCount(), 2);
});

test('without nodes that can be reached there are no samples', async () => {
  const { ask } = await world(false);
  assert.deepEqual((await ask(PODS)).body.items, []);
  assert.deepEqual((await ask(NODES)).body.items, []);
  const missing = await ask(`${PODS}/one`);
  assert.equal(missing.code, 404);
  assert.equal(missing.body.message, 'podmetrics.metrics.k8s.io "default/one" not found');
});
