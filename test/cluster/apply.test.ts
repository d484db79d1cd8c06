// apply.test.ts - all or nothing, three-way merge, recorded states, load balancer addresses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAST_APPLIED } from '../../src/cluster/merge/threeway.js';
import type { KubeObject, Service } from '../../src/model/objects.js';
import { pendingReason } from '../../src/topology/notes.js';
import { deployment, service, testCluster } from './fixtures.js';

const results = (list: readonly { result: string }[]): string[] => list.map(({ result }) => result);

test('an apply with a mistake applies nothing and names every mistake', () => {
  const cluster = testCluster();
  const version = cluster.store.resourceVersion;
  const { applied, refused } = cluster.apply([
    service('a'),
    service('b', { ports: [{ port: 0 }] }),
    service('c', { type: 'NodePort', ports: [{ port: 80, nodePort: 80 }] }),
    { apiVersion: 'v1', kind: 'Servce', metadata: { name: 'd' } },
  ]);
  assert.deepEqual(applied, []);
  assert.deepEqual(
    refused.map(({ index, error }) => [index, error.reason]),
    [
      [1, 'Invalid'],
      [2, 'Invalid'],
      [3, 'NotFound'],
    ],
  );
  assert.deepEqual(
    refused[0]?.error.issues.map(({ field }) => field),
    ['spec.ports[0].port', 'spec.ports[0].targetPort'].slice(0, refused[0]?.error.issues.length),
  );
  assert.equal(cluster.store.resourceVersion, version);
  cluster.close();
});

test('objects are applied in the order in which they need each other', () => {
  const cluster = testCluster();
  const inSpace = { ...service('a'), metadata: { name: 'a', namespace: 'x' } };
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
  const asks = service('b', { clusterIP: '10.96.200.200' });
  const { applied, refused } = cluster.apply([service('any'), inSpace, asks, namespace]);
  assert.deepEqual([refused, results(applied)], [[], ['created', 'created', 'created', 'created']]);
  assert.deepEqual(
    applied.map(({ object }) => object.metadata.name),
    ['any', 'a', 'b', 'x'],
  );
  cluster.close();
});

test('a second apply changes nothing; a field that is no longer written goes; what others set stays', () => {
  const cluster = testCluster();
  const first = {
    ...service('a', { sessionAffinity: 'ClientIP' }),
    metadata: { name: 'a', labels: { x: '1', y: '1' } },
  };
  cluster.apply([first]);
  assert.deepEqual(results(cluster.apply([first]).applied), ['unchanged']);
  const before = cluster.store.get<Service>('Service', 'default', 'a') as Service;
  cluster.store.update({ ...before, metadata: { ...before.metadata, labels: { ...before.metadata.labels, z: '1' } } });
  const second = { ...service('a'), metadata: { name: 'a', labels: { y: '2' } } };
  const { applied } = cluster.apply([second]);
  assert.deepEqual(results(applied), ['configured']);
  const after = applied[0]?.object as Service;
  assert.deepEqual(after.metadata.labels, { y: '2', z: '1' });
  assert.equal(after.spec.sessionAffinity, 'None');
  assert.equal(after.spec.clusterIP, before.spec.clusterIP);
  assert.match(after.metadata.annotations?.[LAST_APPLIED] ?? '', /"y":"2"/);
  cluster.close();
});

test('a dry run tells what would happen and does nothing', () => {
  const cluster = testCluster();
  const { applied } = cluster.apply([service('a')], { dryRun: true });
  assert.deepEqual(results(applied), ['created']);
  assert.equal(cluster.store.get('Service', 'default', 'a'), undefined);
  cluster.close();
});

test('of an object that stands twice in the list the last counts', () => {
  const cluster = testCluster();
  const { applied } = cluster.apply([service('a'), service('b'), service('a', { ipFamilies: ['IPv6'] })]);
  assert.deepEqual(
    applied.map(({ supersededBy }) => supersededBy),
    [2, undefined, undefined],
  );
  assert.deepEqual(cluster.store.get<Service>('Service', 'default', 'a')?.spec.ipFamilies, ['IPv6']);
  cluster.close();
});

test('of two ports with one number an apply cannot take one away: the merge key is the number, as for kubectl', () => {
  const cluster = testCluster();
  const dns = (protocol: 'TCP' | 'UDP', name: string) => ({ name, port: 53, protocol });
  cluster.apply([service('dns', { ports: [dns('UDP', 'a'), dns('TCP', 'b')] })]);
  const protocols = () =>
    cluster.store.get<Service>('Service', 'default', 'dns')?.spec.ports?.map((one) => one.protocol);
  assert.deepEqual(protocols(), ['UDP', 'TCP']);
  const { refused } = cluster.apply([service('dns', { ports: [dns('UDP', 'a')] })]);
  assert.match(refused[0]?.error.message ?? '', /spec\.ports: Required value/);
  assert.deepEqual(protocols(), ['UDP', 'TCP']);
  cluster.close();
});

test('a recorded state is taken as it is', async () => {
  const cluster = testCluster({ recorded: true, fakeKubelet: false });
  const status = { loadBalancer: { ingress: [{ ip: '1.2.3.4', ipMode: 'VIP' as const }] } };
  const far = {
    ...service('far', { type: 'LoadBalancer', clusterIP: '172.30.0.41', ports: [{ port: 80, nodePort: 3000 }] }),
    status,
  };
  const elsewhere = { ...far, metadata: { name: 'far', namespace: 'ns1' } };
  const slice: KubeObject = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 's', namespace: 'ns1', labels: { 'kubernetes.io/service-name': 'far' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  };
  const { refused } = cluster.apply([elsewhere, slice]);
  assert.deepEqual(refused, []);
  await cluster.settled();
  const [made] = cluster.snapshot().services;
  assert.deepEqual([made?.spec.clusterIP, made?.status], ['172.30.0.41', status]);
  cluster.close();
});

test('recorded slices of a Service with a selector stay; a Service without any gets those of its pods', async () => {
  const cluster = testCluster({ recorded: true });
  const slice = (name: string): KubeObject => ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name, labels: { 'kubernetes.io/service-name': 'a', 'endpointslice.kubernetes.io/managed-by': 'x' } },
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.0.0.1'] }],
    ports: [{ port: 80 }],
  });
  cluster.apply([service('a'), slice('one'), service('b'), deployment('b', 2)]);
  await cluster.settled();
  const lists = cluster.snapshot().endpointSlices.map((one) => one.endpoints?.map(({ addresses }) => addresses[0]));
  assert.deepEqual(lists.toSorted(), [['10.0.0.1'], ['10.244.1.2', '10.244.2.2']]);
  cluster.close();
});

test('five thousand Services with five endpoints each load within seconds', async () => {
  const cluster = testCluster({ recorded: true });
  const objects: KubeObject[] = [];
  for (let i = 0; i < 5000; i++) {
    objects.push(service(`s${i}`, { selector: {} }), {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: `s${i}-x`, labels: { 'kubernetes.io/service-name': `s${i}` } },
      addressType: 'IPv4',
      endpoints: [1, 2, 3, 4, 5].map((k) => ({ addresses: [`10.${k}.${i >> 8}.${i & 255}`] })),
      ports: [{ port: 8080 }],
    });
  }
  const start = performance.now();
  assert.deepEqual(cluster.apply(objects).refused, []);
  await cluster.settled();
  assert.equal(cluster.snapshot().endpointSlices.length, 5000);
  assert.ok(performance.now() - start < 15_000, 'too slow even for a busy machine');
  cluster.close();
});

test('LoadBalancer Services get addresses of their families from the pool, and wait when it is empty', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.0.2.1-192.0.2.1', 'fd00::1/128'] });
  const balanced = (name: string, spec = {}): Service => service(name, { type: 'LoadBalancer', ...spec });
  cluster.apply([balanced('a', { ipFamilyPolicy: 'PreferDualStack' }), balanced('b', { ports: [{ port: 81 }] })]);
  await cluster.settled();
  const ingress = (name: string): unknown =>
    cluster.store.get<Service>('Service', 'default', name)?.status?.loadBalancer?.ingress;
  assert.deepEqual(ingress('a'), [
    { ip: '192.0.2.1', ipMode: 'VIP' },
    { ip: 'fd00::1', ipMode: 'VIP' },
  ]);
  assert.equal(ingress('b'), undefined);
  cluster.store.delete('Service', 'default', 'a');
  await cluster.settled();
  assert.deepEqual(ingress('b'), [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
  cluster.apply([service('b', { ports: [{ port: 81 }] })]);
  cluster.apply([
    balanced('c', { loadBalancerIP: '192.0.2.1' }),
    balanced('d', { loadBalancerClass: 'other.example/lb' }),
  ]);
  await cluster.settled();
  assert.deepEqual(
    [ingress('b'), ingress('c'), ingress('d')],
    [undefined, [{ ip: '192.0.2.1', ipMode: 'VIP' }], undefined],
  );
  cluster.close();
});

const annotated = (made: Service, annotations: Record<string, string>): Service => ({
  ...made,
  metadata: { ...made.metadata, annotations },
});

test('a load balancer ends connections itself where an annotation or the status says so, and keeps to it', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.0.2.1-192.0.2.3'] });
  const { store } = cluster;
  const web = service('web', { type: 'LoadBalancer' });
  const ingress = (): unknown => store.get<Service>('Service', 'default', 'web')?.status?.loadBalancer?.ingress;
  cluster.apply([annotated(web, { 'kubewire.dev/ip-mode': 'Proxy' })]);
  await cluster.settled();
  assert.deepEqual(ingress(), [{ ip: '192.0.2.1', ipMode: 'Proxy' }]);
  cluster.apply([annotated(web, { 'kubewire.dev/ip-mode': 'VIP' })]);
  await cluster.settled();
  assert.deepEqual(ingress(), [{ ip: '192.0.2.1', ipMode: 'VIP' }]);
  const found = store.get<Service>('Service', 'default', 'web') as Service;
  const metadata = { ...found.metadata, annotations: {}, resourceVersion: '' };
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.1', ipMode: 'Proxy' as const }] } };
  cluster.apply([annotated(web, {})]);
  store.updateStatus({ ...found, metadata, status });
  await cluster.settled();
  assert.deepEqual(ingress(), status.loadBalancer.ingress);
  cluster.close();
});

test('a sharing key opens an address to those that have it, and closes it to all others', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.0.2.1-192.0.2.3'] });
  const asking = (name: string, port: number, annotations: Record<string, string>, spec = {}): Service =>
    annotated(service(name, { type: 'LoadBalancer', ports: [{ port }], ...spec }), annotations);
  const told = (name: string): unknown => {
    const found = cluster.store.get<Service>('Service', 'default', name);
    return found?.status?.loadBalancer?.ingress?.[0]?.ip ?? (found && pendingReason(found));
  };
  const key = { 'metallb.universe.tf/allow-shared-ip': 'edge' };
  cluster.apply([asking('one', 80, key), asking('two', 81, { 'metallb.io/allow-shared-ip': 'edge' })]);
  cluster.apply([asking('clash', 80, key), asking('other', 82, { 'kubewire.dev/allow-shared-ip': 'else' })]);
  cluster.apply([asking('none', 83, {}, { loadBalancerIP: '192.0.2.1' })]);
  cluster.apply([asking('listed', 83, { ...key, 'metallb.io/loadBalancerIPs': '192.0.2.1' })]);
  await cluster.settled();
  assert.deepEqual(['one', 'two', 'clash', 'other', 'none', 'listed'].map(told), [
    '192.0.2.1',
    '192.0.2.1',
    '192.0.2.2',
    '192.0.2.3',
    '192.0.2.1 is that of default/one; to share it, both need the same annotation allow-shared-ip',
    '192.0.2.1',
  ]);
  cluster.close();
});

test('Services share a load balancer address as long as their ports differ; who cannot stays pending and says why', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.0.2.1-192.0.2.3'] });
  const shared = (name: string, protocol: 'TCP' | 'UDP', more: object = {}): Service =>
    service(name, {
      type: 'LoadBalancer',
      loadBalancerIP: '192.0.2.1',
      selector: { app: 'dns' },
      ports: [{ port: 53, protocol }],
      ...more,
    });
  const told = (name: string): unknown => {
    const found = cluster.store.get<Service>('Service', 'default', name);
    return found?.status?.loadBalancer?.ingress?.[0]?.ip ?? (found && pendingReason(found));
  };
  cluster.apply([shared('tcp', 'TCP'), shared('udp', 'UDP'), shared('clash', 'TCP')]);
  cluster.apply([shared('far', 'TCP', { loadBalancerIP: '198.51.100.1' })]);
  const local = { externalTrafficPolicy: 'Local', ports: [{ port: 54 }] };
  cluster.apply([shared('other', 'TCP', { ...local, selector: { app: 'other' } }), shared('local', 'TCP', local)]);
  await cluster.settled();
  assert.deepEqual(['tcp', 'udp', 'clash', 'far', 'other', 'local'].map(told), [
    '192.0.2.1',
    '192.0.2.1',
    '192.0.2.1 has port 53/TCP for default/tcp already',
    '198.51.100.1 is not in the pool of the load balancer',
    '192.0.2.1 is that of default/tcp; to share it, both need externalTrafficPolicy Cluster or one selector',
    '192.0.2.1',
  ]);
  cluster.store.delete('Service', 'default', 'tcp');
  await cluster.settled();
  assert.equal(told('clash'), '192.0.2.1');
  assert.equal(cluster.store.get<Service>('Service', 'default', 'clash')?.status?.conditions, undefined);
  cluster.close();
});
