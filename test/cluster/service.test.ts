// service.test.ts - Services on their way in: defaults, addresses, ports, families, type changes, refusals.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Service, ServiceSpec } from '../../src/model/objects.js';
import { refusal, service, testCluster } from './fixtures.js';

const DUAL = { serviceClusterIPRange: ['10.0.0.0/16', '2000::/108'] };
const SINGLE = { serviceClusterIPRange: ['10.0.0.0/16'] };

const made = (object: unknown): ServiceSpec => (object as Service).spec;

test('a plain Service gets one address of the primary family', () => {
  const { store } = testCluster(DUAL);
  const spec = made(store.create(service('a')));
  assert.equal(spec.type, 'ClusterIP');
  assert.deepEqual(spec.ipFamilies, ['IPv4']);
  assert.equal(spec.ipFamilyPolicy, 'SingleStack');
  assert.deepEqual(spec.clusterIPs, [spec.clusterIP]);
  assert.match(spec.clusterIP ?? '', /^10\.0\./);
});

test('PreferDualStack takes what the cluster has; RequireDualStack insists', () => {
  const prefer = service('a', { ipFamilyPolicy: 'PreferDualStack' });
  assert.deepEqual(made(testCluster(DUAL).store.create(prefer)).ipFamilies, ['IPv4', 'IPv6']);
  assert.deepEqual(made(testCluster(SINGLE).store.create(prefer)).ipFamilies, ['IPv4']);
  const require = service('a', { ipFamilyPolicy: 'RequireDualStack' });
  assert.equal(
    refusal(() => testCluster(SINGLE).store.create(require)).message,
    'Service "a" is invalid: spec.ipFamilyPolicy: Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
  );
});

test('addresses that are given say the families', () => {
  const { store } = testCluster(DUAL);
  const spec = made(
    store.create(
      service('a', { clusterIP: '2000::9', clusterIPs: ['2000::9', '10.0.0.9'], ipFamilyPolicy: 'PreferDualStack' }),
    ),
  );
  assert.deepEqual(spec.ipFamilies, ['IPv6', 'IPv4']);
  const taken = refusal(() => store.create(service('b', { clusterIP: '10.0.0.9' })));
  assert.equal(
    taken.message,
    'Service "b" is invalid: spec.clusterIPs: Invalid value: ["10.0.0.9"]: failed to allocate IP 10.0.0.9: provided IP is already allocated',
  );
  assert.equal(taken.status.details?.causes?.[0]?.field, 'spec.clusterIPs');
});

test('a headless Service without a selector has both families on any cluster', () => {
  const { selector: _, ...spec } = service('a', { clusterIP: 'None' }).spec;
  const bare = { ...service('a'), spec };
  const single = made(testCluster(SINGLE).store.create(bare));
  assert.deepEqual([single.ipFamilies, single.ipFamilyPolicy], [['IPv4', 'IPv6'], 'RequireDualStack']);
  assert.deepEqual(made(testCluster(SINGLE).store.create(service('a', { clusterIP: 'None' }))).ipFamilies, ['IPv4']);
});

test('a second address is released only by SingleStack', () => {
  const { store } = testCluster(DUAL);
  const before = made(store.create(service('a', { ipFamilyPolicy: 'RequireDualStack' })));
  const half = service('a', { clusterIP: before.clusterIP ?? '', clusterIPs: [before.clusterIP ?? ''] });
  assert.match(refusal(() => store.update(half)).message, /must be 'SingleStack' to release the secondary cluster IP/);
  const after = made(store.update(service('a', { ipFamilyPolicy: 'SingleStack' })));
  assert.deepEqual(after.clusterIPs, [before.clusterIP]);
  assert.deepEqual(after.ipFamilies, ['IPv4']);
  store.create(service('b', { clusterIP: before.clusterIPs?.[1] ?? '', ipFamilies: ['IPv6'] }));
});

test('an update that repeats nothing keeps address and NodePorts, by the names of the ports', () => {
  const { store } = testCluster(DUAL);
  const ports = [
    { name: 'p', port: 80 },
    { name: 'q', port: 443 },
  ];
  const before = made(store.create(service('a', { type: 'NodePort', ports })));
  const after = made(store.update(service('a', { type: 'NodePort', ports: ports.toReversed() })));
  assert.equal(after.clusterIP, before.clusterIP);
  assert.equal(after.ports?.[0]?.nodePort, before.ports?.[1]?.nodePort);
  assert.equal(after.ports?.[1]?.nodePort, before.ports?.[0]?.nodePort);
});

test('ports with one number share a NodePort when they are created, not when they are added later', () => {
  const { store } = testCluster(DUAL);
  const ports: ServiceSpec['ports'] = [
    { name: 'dns', port: 53, protocol: 'UDP' },
    { name: 'dns-tcp', port: 53, protocol: 'TCP' },
  ];
  const shared = made(store.create(service('a', { type: 'NodePort', ports }))).ports ?? [];
  assert.equal(shared[0]?.nodePort, shared[1]?.nodePort);
  store.create(service('b', { ports }));
  const own = made(store.update(service('b', { type: 'NodePort', ports }))).ports ?? [];
  assert.notEqual(own[0]?.nodePort, own[1]?.nodePort);
});

test('changing the type takes and gives back what the types need', () => {
  const { store } = testCluster(DUAL);
  const balanced = made(store.create(service('a', { type: 'LoadBalancer', externalTrafficPolicy: 'Local' })));
  const [port] = balanced.ports ?? [];
  assert.ok(balanced.healthCheckNodePort);
  const plain = made(store.update({ ...service('a'), spec: { ...balanced, type: 'ClusterIP' } }));
  assert.equal(plain.ports?.[0]?.nodePort, undefined);
  for (const key of ['healthCheckNodePort', 'externalTrafficPolicy', 'allocateLoadBalancerNodePorts'] as const)
    assert.equal(plain[key], undefined, key);
  store.create(service('b', { type: 'NodePort', ports: [{ port: 1, nodePort: port?.nodePort ?? 0 }] }));
  store.create(service('c', { type: 'NodePort', ports: [{ port: 1, nodePort: balanced.healthCheckNodePort ?? 0 }] }));
  const external = made(
    store.update({ ...service('a'), spec: { ...plain, type: 'ExternalName', externalName: 'x.example' } }),
  );
  assert.equal(external.clusterIP, undefined);
  store.create(service('d', { clusterIP: plain.clusterIP ?? '' }));
});

test('allocateLoadBalancerNodePorts false takes no ports but those that are asked for', () => {
  const { store } = testCluster(DUAL);
  const ports = [
    { name: 'p', port: 80 },
    { name: 'q', port: 81, nodePort: 30100 },
  ];
  const spec = made(store.create(service('a', { type: 'LoadBalancer', allocateLoadBalancerNodePorts: false, ports })));
  assert.deepEqual(
    spec.ports?.map(({ nodePort }) => nodePort),
    [undefined, 30100],
  );
});

test('a Service that is refused after allocation gives everything back', () => {
  const { store } = testCluster(DUAL);
  const bad = service('a', {
    type: 'NodePort',
    clusterIP: '10.0.0.77',
    ports: [{ port: 80, nodePort: 30077, protocol: 'TPC' as never }],
  });
  assert.match(refusal(() => store.create(bad)).message, /Unsupported value: "TPC"/);
  store.create(service('b', { type: 'NodePort', clusterIP: '10.0.0.77', ports: [{ port: 80, nodePort: 30077 }] }));
  store.delete('Service', 'default', 'b');
  store.create(service('c', { type: 'NodePort', clusterIP: '10.0.0.77', ports: [{ port: 80, nodePort: 30077 }] }));
});

test('an exhausted range is an internal error, as in the API server', () => {
  const { store } = testCluster({ serviceClusterIPRange: ['10.0.0.0/30'] });
  store.create(service('a'));
  const full = refusal(() => store.create(service('b')));
  assert.equal(full.code, 500);
  assert.equal(full.message, 'Internal error occurred: failed to allocate a serviceIP for Service "b": range is full');
});

test('the same seed gives the same addresses and ports', () => {
  const spec = (): string =>
    JSON.stringify(testCluster({ ...DUAL, seed: 9 }).store.create(service('a', { type: 'NodePort' })));
  assert.equal(spec(), spec());
});
