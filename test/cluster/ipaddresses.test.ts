// ipaddresses.test.ts - IPAddress and ServiceCIDR: the objects behind the addresses of Services.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../src/cluster/cluster.js';
import type { KubeObject, Service, ServiceSpec } from '../../src/model/objects.js';
import { refusal, service, testCluster } from './fixtures.js';

const NETWORKING = 'networking.k8s.io/v1';

const cidr = (name: string, ...cidrs: string[]): KubeObject => ({
  apiVersion: NETWORKING,
  kind: 'ServiceCIDR',
  metadata: { name },
  spec: { cidrs },
});

const address = (name: string, parentRef: object = { resource: 'things', name: 'mine' }): KubeObject => ({
  apiVersion: NETWORKING,
  kind: 'IPAddress',
  metadata: { name },
  spec: { parentRef },
});

const names = ({ store }: Cluster): string[] => store.list('IPAddress').map(({ metadata }) => metadata.name);
const made = ({ store }: Cluster, name: string, spec: ServiceSpec = {}): Service =>
  store.create(service(name, spec)) as Service;
const conditionOf = ({ store }: Cluster, name: string) =>
  (store.get('ServiceCIDR', '', name)?.status as { conditions?: Record<string, string>[] } | undefined)
    ?.conditions?.[0];

test('every ClusterIP is an object with its Service as parent, and goes with it', () => {
  const cluster = testCluster();
  const { store } = cluster;
  const before = names(cluster);
  const { spec } = made(cluster, 'web', { ipFamilyPolicy: 'RequireDualStack' });
  const [four = '', six = ''] = spec.clusterIPs ?? [];
  assert.deepEqual(new Set(names(cluster)), new Set([...before, four, six]));
  const object = store.get('IPAddress', '', six);
  assert.deepEqual(object?.spec, { parentRef: { resource: 'services', namespace: 'default', name: 'web' } });
  assert.deepEqual(object?.metadata.labels, {
    'ipaddress.kubernetes.io/ip-family': 'IPv6',
    'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io',
  });
  store.update({
    ...store.get('Service', 'default', 'web'),
    spec: { ...spec, ipFamilyPolicy: 'SingleStack', clusterIPs: [four], ipFamilies: ['IPv4'] },
  } as Service);
  assert.deepEqual(names(cluster), [...before, four].sort());
  store.delete('Service', 'default', 'web');
  assert.deepEqual(names(cluster), before);
});

test('a write that is refused or rehearsed leaves no object behind', () => {
  const cluster = testCluster();
  const before = names(cluster);
  refusal(() => made(cluster, 'web', { ports: [{ port: 0 }] }));
  cluster.store.dryRun(() => made(cluster, 'web'));
  assert.deepEqual(names(cluster), before);
});

test('an address that somebody else has is not given to a Service, until it is free', () => {
  const cluster = testCluster();
  const { store } = cluster;
  store.create(address('10.96.0.77'));
  const { status } = refusal(() => made(cluster, 'web', { clusterIP: '10.96.0.77' }));
  assert.match(status.message ?? '', /failed to allocate IP 10\.96\.0\.77: provided IP is already allocated/);
  store.delete('IPAddress', '', '10.96.0.77');
  assert.equal(made(cluster, 'web', { clusterIP: '10.96.0.77' }).spec.clusterIP, '10.96.0.77');
  assert.equal(refusal(() => store.create(address('10.96.0.77'))).reason, 'AlreadyExists');
});

test('an object that is deleted under its Service comes back, one whose Service is gone goes', async () => {
  const cluster = testCluster();
  const { store } = cluster;
  const { spec } = made(cluster, 'web');
  const name = spec.clusterIP ?? '';
  store.delete('IPAddress', '', name);
  refusal(() => made(cluster, 'other', { clusterIP: name }));
  await cluster.settled();
  assert.ok(store.get('IPAddress', '', name));
  const orphan = address('10.96.0.78', { resource: 'services', namespace: 'default', name: 'gone' });
  orphan.metadata.labels = { 'ipaddress.kubernetes.io/managed-by': 'ipallocator.k8s.io' };
  store.create(orphan);
  await cluster.settled();
  assert.equal(store.get('IPAddress', '', '10.96.0.78'), undefined);
});

test('a parent is required and cannot be changed, and ranges are ranges', () => {
  const { store } = testCluster();
  assert.match(refusal(() => store.create({ ...address('10.96.0.9'), spec: {} })).message, /spec.parentRef: Required/);
  store.create(address('10.96.0.9'));
  const moved = address('10.96.0.9', { resource: 'things', name: 'other' });
  assert.match(refusal(() => store.update(moved)).message, /spec.parentRef: .*field is immutable/);
  for (const cidrs of [[], ['x'], ['10.0.0.0/24', '10.0.1.0/24'], ['10.0.0.0/24', 'fd00::/64', 'fd01::/64']])
    assert.equal(refusal(() => store.create(cidr('more', ...cidrs))).reason, 'Invalid');
  store.create(cidr('more', '10.0.0.0/24'));
  assert.match(refusal(() => store.update(cidr('more', '10.0.9.0/24'))).message, /field is immutable/);
});

test('another range takes what no longer fits, and stays as long as its addresses are used', async () => {
  const cluster = testCluster({ serviceClusterIPRange: ['10.96.0.0/30'] });
  const { store } = cluster;
  await cluster.settled();
  assert.equal(conditionOf(cluster, 'kubernetes')?.status, 'True');
  made(cluster, 'first');
  assert.match(refusal(() => made(cluster, 'second')).message, /range is full/);
  store.create(cidr('more', '10.97.0.0/24'));
  await cluster.settled();
  assert.deepEqual(store.get('ServiceCIDR', '', 'more')?.metadata.finalizers, [
    'networking.k8s.io/service-cidr-finalizer',
  ]);
  assert.match(made(cluster, 'second').spec.clusterIP ?? '', /^10\.97\.0\./);
  store.delete('ServiceCIDR', '', 'more');
  await cluster.settled();
  const condition = conditionOf(cluster, 'more');
  assert.deepEqual([condition?.status, condition?.reason], ['False', 'Terminating']);
  assert.match(refusal(() => made(cluster, 'third')).message, /range is full/);
  store.delete('Service', 'default', 'second');
  await cluster.settled();
  assert.equal(store.get('ServiceCIDR', '', 'more'), undefined);
});

test('a range whose addresses another one has, too, may go at once', async () => {
  const cluster = testCluster({ serviceClusterIPRange: ['10.96.0.0/28'] });
  const { store } = cluster;
  store.create(cidr('wide', '10.96.0.0/16'));
  await cluster.settled();
  const { spec } = made(cluster, 'web');
  store.delete('ServiceCIDR', '', 'kubernetes');
  await cluster.settled();
  assert.equal(store.get('ServiceCIDR', '', 'kubernetes'), undefined);
  refusal(() => made(cluster, 'again', { clusterIP: spec.clusterIP ?? '' }));
  assert.ok(made(cluster, 'other').spec.clusterIP);
});
