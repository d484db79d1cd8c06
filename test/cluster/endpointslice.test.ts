// endpointslice.test.ts - pods to slices: conditions, ports, families, hints, limits, mirrors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pack } from '../../src/cluster/endpointslice/pack.js';
import { orderPorts } from '../../src/cluster/endpointslice/ports.js';
import { reconcileSlices } from '../../src/cluster/endpointslice/reconcile.js';
import { cpuShares, milliCpu, withTopologyHints } from '../../src/cluster/endpointslice/topology.js';
import type { Endpoint, EndpointSlice, Pod, Service, ServiceSpec } from '../../src/model/objects.js';
import { deployment, node, pod, service, testCluster } from './fixtures.js';

const NODES = [node('node-1', 1, 'zone-a'), node('node-2', 2, 'zone-b'), node('node-3', 3)];

function running(name: string, index: number, change: Partial<Pod['spec']> = {}): Pod {
  const made = pod(name, { app: 'web' });
  const addresses = [`10.244.${index}.5`, `fd00:10:244:${index}::5`];
  return {
    ...made,
    metadata: { ...made.metadata, uid: `uid-${name}` },
    spec: { ...made.spec, nodeName: `node-${index}`, ...change },
    status: {
      phase: 'Running',
      podIP: addresses[0] ?? '',
      podIPs: addresses.map((ip) => ({ ip })),
      conditions: [{ type: 'Ready', status: 'True' }],
    },
  };
}

function slices(pods: Pod[], spec: ServiceSpec = {}, annotations: Record<string, string> = {}): EndpointSlice[] {
  const base = service('web', { clusterIP: '10.96.0.9', ipFamilies: ['IPv4'], ...spec });
  const web: Service = { ...base, metadata: { ...base.metadata, annotations } };
  return reconcileSlices({
    service: web,
    pods,
    node: (name) => NODES.find((candidate) => candidate.metadata.name === name),
    cpuShares: cpuShares(NODES.slice(0, 2)),
  });
}

const endpoints = (list: EndpointSlice[]): Endpoint[] => list.flatMap((slice) => slice.endpoints ?? []);

test('a ready pod is ready, a terminating one only serves, an unready one does neither', () => {
  const terminating = running('b', 1);
  terminating.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const unready = running('c', 2);
  unready.status = { ...unready.status, conditions: [{ type: 'Ready', status: 'False' }] };
  const conditions = endpoints(slices([running('a', 1), terminating, unready])).map((endpoint) => endpoint.conditions);
  assert.deepEqual(conditions, [
    { ready: true, serving: true, terminating: false },
    { ready: false, serving: true, terminating: true },
    { ready: false, serving: false, terminating: false },
  ]);
});

test('publishNotReadyAddresses makes everything ready, and keeps pods of unknown nodes', () => {
  const lost = running('a', 9);
  lost.status = { ...lost.status, conditions: [] };
  assert.equal(endpoints(slices([lost])).length, 0);
  const [endpoint] = endpoints(slices([lost], { publishNotReadyAddresses: true }));
  assert.deepEqual(endpoint?.conditions, { ready: true, serving: false, terminating: false });
});

test('finished pods and pods without an address are no endpoints; without any there is an empty slice', () => {
  const failed = running('a', 1);
  failed.status = { ...failed.status, phase: 'Failed' };
  const waiting = running('b', 1);
  waiting.status = { phase: 'Pending' };
  const [slice, ...more] = slices([failed, waiting]);
  assert.deepEqual([slice?.endpoints, slice?.ports, more.length], [[], [], 0]);
});

test('named ports are looked up in each pod; pods that differ go to different slices', () => {
  const other = running('b', 2, { containers: [{ name: 'main', ports: [{ name: 'web', containerPort: 9090 }] }] });
  const without = running('c', 2, { containers: [{ name: 'main' }] });
  const list = slices([running('a', 1), other, without], { ports: [{ name: 'http', port: 80, targetPort: 'web' }] });
  assert.deepEqual(
    list.map((slice) => [slice.ports?.map(({ port }) => port), slice.endpoints?.length]),
    [
      [[8080], 1],
      [[9090], 1],
      [[], 1],
    ],
  );
});

test('a sidecar offers ports too, an ordinary init container does not', () => {
  const ports = [{ name: 'http', port: 80, targetPort: 'side' }];
  const initContainers = [{ name: 's', restartPolicy: 'Always', ports: [{ name: 'side', containerPort: 7 }] }];
  assert.equal(slices([running('a', 1, { initContainers })], { ports })[0]?.ports?.[0]?.port, 7);
  const once = initContainers.map(({ restartPolicy: _, ...container }) => container);
  assert.deepEqual(slices([running('a', 1, { initContainers: once })], { ports })[0]?.ports, []);
});

test('every family has slices of its own', () => {
  const list = slices([running('a', 1)], { ipFamilies: ['IPv6', 'IPv4'] });
  assert.deepEqual(
    list.map((slice) => [slice.addressType, slice.endpoints?.[0]?.addresses]),
    [
      ['IPv6', ['fd00:10:244:1::5']],
      ['IPv4', ['10.244.1.5']],
    ],
  );
});

test('the hostname is told when the subdomain is the name of the Service', () => {
  const [endpoint] = endpoints(slices([running('a', 1, { hostname: 'h', subdomain: 'web' })]));
  assert.equal(endpoint?.hostname, 'h');
  assert.equal(endpoints(slices([running('a', 1, { hostname: 'h', subdomain: 'other' })]))[0]?.hostname, undefined);
});

test('trafficDistribution gives hints to ready endpoints with a zone', () => {
  const unready = running('b', 2);
  unready.status = { ...unready.status, conditions: [] };
  const pods = [running('a', 1), unready, running('c', 3)];
  const hints = (value: string): unknown[] =>
    endpoints(slices(pods, { trafficDistribution: value })).map((e) => e.hints);
  assert.deepEqual(hints('PreferClose'), [{ forZones: [{ name: 'zone-a' }] }, undefined, undefined]);
  assert.deepEqual(hints('PreferSameNode'), [
    { forZones: [{ name: 'zone-a' }], forNodes: [{ name: 'node-1' }] },
    undefined,
    { forNodes: [{ name: 'node-3' }] },
  ]);
});

test('topology-mode Auto hands endpoints to zones by their CPUs, or gives no hints at all', () => {
  const auto = { 'service.kubernetes.io/topology-mode': 'Auto' };
  const pods = [1, 1, 1, 1].map((index, i) => running(`p${i}`, index));
  const zones = endpoints(slices(pods, {}, auto)).map((endpoint) => endpoint.hints?.forZones?.[0]?.name);
  assert.deepEqual(zones.toSorted(), ['zone-a', 'zone-a', 'zone-b', 'zone-b']);
  assert.deepEqual(endpoints(slices(pods.slice(0, 1), {}, auto))[0]?.hints, undefined);
  assert.equal(withTopologyHints([{ addresses: ['10.0.0.1'], zone: 'zone-a' }], null)[0]?.hints, undefined);
});

test('CPU shares need two zones and CPUs on every ready node', () => {
  assert.deepEqual(
    [...(cpuShares(NODES.slice(0, 2)) ?? [])],
    [
      ['zone-a', 0.5],
      ['zone-b', 0.5],
    ],
  );
  assert.equal(cpuShares(NODES), null);
  assert.equal(cpuShares(NODES.slice(0, 1)), null);
  assert.deepEqual(['2', '1500m', '0.5', 4, '', undefined].map(milliCpu), [2000, 1500, 500, 4000, 0, 0]);
});

test('a slice holds at most as many endpoints as it may, and a change rewrites as few slices as it can', () => {
  const endpoint = (i: number): Endpoint => ({ addresses: [`10.0.0.${i}`], targetRef: { name: `p${i}` } });
  const list = Array.from({ length: 25 }, (_, i) => endpoint(i));
  const fresh = pack(list, [], 10);
  assert.deepEqual(
    fresh.map(({ endpoints: part }) => part.length),
    [10, 10, 5],
  );
  const existing = fresh.map(
    ({ endpoints: part }, i) => ({ metadata: { name: `s${i}` }, endpoints: part }) as unknown as EndpointSlice,
  );
  const changed = pack([...list.slice(1), endpoint(30)], existing, 10);
  assert.deepEqual(changed.map(({ existing: old, endpoints: part }) => [old?.metadata.name, part.length]).toSorted(), [
    ['s0', 10],
    ['s1', 10],
    ['s2', 5],
  ]);
});

test('ports stand in the order of a real cluster, whatever the order of the Service', () => {
  const ports = [
    { name: 'p0', protocol: 'TCP' as const, port: 9090 },
    { name: 'p1', protocol: 'UDP' as const, port: 8081 },
  ];
  const names = (list: typeof ports): string[] => orderPorts(list).map(({ name }) => name ?? '');
  assert.deepEqual(names(ports), ['p1', 'p0']);
  assert.deepEqual(names(ports.toReversed()), ['p1', 'p0']);
});

test('slices follow the pods of a running cluster, and go with their Service', async () => {
  const cluster = testCluster();
  cluster.apply([deployment('web', 3), service('web', { ipFamilyPolicy: 'PreferDualStack' })]);
  await cluster.settled();
  const counts = (): unknown[] =>
    cluster.snapshot().endpointSlices.map((slice) => [slice.addressType, slice.endpoints?.length]);
  assert.deepEqual(counts().toSorted(), [
    ['IPv4', 3],
    ['IPv6', 3],
  ]);
  const [first] = cluster.store.list<Pod>('Pod');
  cluster.store.update({ ...first, metadata: { ...first?.metadata, labels: { app: 'other' } } } as Pod);
  await cluster.settled();
  assert.ok(!JSON.stringify(cluster.snapshot().endpointSlices).includes(first?.metadata.name ?? '?'));
  cluster.store.delete('Service', 'default', 'web');
  await cluster.settled();
  assert.deepEqual(counts(), []);
  assert.equal(cluster.store.get('Endpoints', 'default', 'web'), undefined);
  cluster.close();
});

test('Endpoints of a Service without a selector are mirrored, ready and not ready', async () => {
  const cluster = testCluster();
  const { selector: _, ...spec } = service('db').spec;
  const subsets = [
    {
      addresses: [{ ip: '192.0.2.1' }, { ip: '2001:db8::1' }],
      notReadyAddresses: [{ ip: '192.0.2.2' }],
      ports: [{ port: 5432, protocol: 'TCP' }],
    },
  ];
  const endpointsObject = { apiVersion: 'v1', kind: 'Endpoints', metadata: { name: 'db' }, subsets };
  cluster.apply([{ ...service('db'), spec }, endpointsObject]);
  await cluster.settled();
  const list = cluster.snapshot().endpointSlices;
  assert.deepEqual(
    list
      .map((slice) => [slice.addressType, slice.endpoints?.map((e) => [e.addresses[0], e.conditions?.ready])])
      .toSorted(),
    [
      [
        'IPv4',
        [
          ['192.0.2.1', true],
          ['192.0.2.2', false],
        ],
      ],
      ['IPv6', [['2001:db8::1', true]]],
    ],
  );
  cluster.store.delete('Endpoints', 'default', 'db');
  await cluster.settled();
  assert.deepEqual(cluster.snapshot().endpointSlices, []);
  cluster.close();
});
