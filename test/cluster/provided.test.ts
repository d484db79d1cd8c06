// provided.test.ts - what a cluster has by itself, and what its small controllers keep true.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import type { KubeObject } from '../../src/model/objects.js';

test('every namespace has a default ServiceAccount, and it comes back', async () => {
  const cluster = createCluster();
  const { store } = cluster;
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await cluster.settled();
  for (const namespace of ['default', 'kube-system', 'shop'])
    assert.ok(store.get('ServiceAccount', namespace, 'default'), namespace);
  const before = store.get('ServiceAccount', 'shop', 'default')?.metadata.uid;
  store.delete('ServiceAccount', 'shop', 'default');
  await cluster.settled();
  const after = store.get('ServiceAccount', 'shop', 'default')?.metadata.uid;
  assert.ok(after && after !== before);
  await cluster.close();
});

test('the range of Service addresses is an object that is ready', async () => {
  const cluster = createCluster({ serviceClusterIPRange: ['10.96.0.0/16'] });
  await cluster.settled();
  const range = cluster.store.get('ServiceCIDR', '', 'kubernetes');
  assert.deepEqual(range?.spec, { cidrs: ['10.96.0.0/16'] });
  const { conditions } = (range?.status ?? {}) as { conditions: { type: string; status: string }[] };
  assert.deepEqual([conditions[0]?.type, conditions[0]?.status], ['Ready', 'True']);
  await cluster.close();
});

test('a budget says how many pods may go', async () => {
  const cluster = createCluster({ fakeKubelet: true });
  const { store } = cluster;
  const podCIDR = '10.244.1.0/24';
  store.create({
    ...{ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } },
    spec: { podCIDR, podCIDRs: [podCIDR] },
    status: {
      addresses: [{ type: 'InternalIP', address: '192.168.0.11' }],
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  });
  const labels = { app: 'web' };
  store.create({
    ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'default' } },
    spec: {
      replicas: 3,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'web' }] } },
    },
  });
  store.create({
    ...{ apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'web', namespace: 'default' } },
    spec: { minAvailable: '50%', selector: { matchLabels: labels } },
  });
  await cluster.settled();
  const status = store.get('PodDisruptionBudget', 'default', 'web')?.status as Record<string, number>;
  assert.deepEqual(
    [status.expectedPods, status.currentHealthy, status.desiredHealthy, status.disruptionsAllowed],
    [3, 3, 2, 1],
  );
  await cluster.close();
});

test('a fresh cluster has the namespaces and priorities of the system', async () => {
  const cluster = createCluster();
  await cluster.settled();
  const names = (kind: string): string[] => cluster.store.list(kind).map(({ metadata }) => metadata.name);
  assert.deepEqual(names('Namespace').sort(), ['default', 'kube-node-lease', 'kube-public', 'kube-system']);
  const classes = cluster.store.list('PriorityClass.scheduling.k8s.io') as (KubeObject & { value: number })[];
  assert.deepEqual(classes.map(({ metadata, value }) => [metadata.name, value]).sort(), [
    ['system-cluster-critical', 2_000_000_000],
    ['system-node-critical', 2_000_001_000],
  ]);
  await cluster.close();
});

test('every namespace knows the certificate of the API, once there is one, and gets it back', async () => {
  const cluster = createCluster();
  const { store } = cluster;
  const told = (): [string | undefined, unknown][] =>
    (store.list('ConfigMap') as (KubeObject & { data: unknown })[])
      .filter(({ metadata }) => metadata.name === 'kube-root-ca.crt')
      .map(({ metadata, data }): [string | undefined, unknown] => [metadata.namespace, data])
      .sort();
  await cluster.settled();
  assert.deepEqual(told(), []);
  cluster.publishCertificate('PEM');
  await cluster.settled();
  const everywhere = ['default', 'kube-node-lease', 'kube-public', 'kube-system'].map((name) => [
    name,
    { 'ca.crt': 'PEM' },
  ]);
  assert.deepEqual(told(), everywhere);
  store.delete('ConfigMap', 'default', 'kube-root-ca.crt');
  const there = store.get('ConfigMap', 'kube-system', 'kube-root-ca.crt') as KubeObject;
  store.update({ ...there, data: { 'ca.crt': 'another' } } as KubeObject);
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await cluster.settled();
  assert.deepEqual(told(), [...everywhere, ['shop', { 'ca.crt': 'PEM' }]]);
  await cluster.close();
});
