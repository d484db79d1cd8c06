// flow.test.ts - how sources and destinations are read, and the packets that are made of them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatAddress, fromBigInt } from '../../src/model/address.js';
import { type FlowRequest, type ResolvedFlow, resolveFlow, splitAddress } from '../../src/observe/flow.js';
import { buildProbe, readTuple } from '../../src/observe/probe.js';
import { on, service, slice } from '../plan/sample.js';
import { world } from './worlds.js';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'cart', namespace: 'shop' },
  spec: { nodeName: 'n2', containers: [] },
  status: { podIPs: [{ ip: '10.9.2.7' }] },
};
const WEB = service('web', { clusterIP: '10.8.0.1' });
const OBJECTS = [WEB, service('none', { clusterIP: 'None' }), slice('web', [on('n1', '10.9.1.1')]), POD];
const SLICED = [...OBJECTS, slice('none', [])];

async function resolve(request: Partial<FlowRequest>): Promise<ResolvedFlow> {
  const given = await world(SLICED);
  return resolveFlow(given, { from: '10.9.1.50', to: '10.8.0.1:80', ...request }, 'shop');
}

test('addresses with and without port, brackets and zone', () => {
  assert.deepEqual(splitAddress('10.0.0.1'), { address: '10.0.0.1', port: null });
  assert.deepEqual(splitAddress('10.0.0.1:80'), { address: '10.0.0.1', port: '80' });
  assert.deepEqual(splitAddress('[fd00::1]:80'), { address: 'fd00::1', port: '80' });
  assert.deepEqual(splitAddress('fd00::0001'), { address: 'fd00::1', port: null });
  assert.equal(splitAddress('web:80'), null);
  assert.equal(splitAddress('10.0.0.256:80'), null);
});

test('pods, nodes, clients and plain addresses begin where they are', async () => {
  const start = async (from: string) => {
    const { start: at, fromName, probe } = await resolve({ from });
    return [at, fromName, probe.source];
  };
  assert.deepEqual(await start('pod/cart'), [2, 'pod/shop/cart', '10.9.2.7']);
  assert.deepEqual(await start('10.9.2.7:99'), [2, 'pod/shop/cart', '10.9.2.7']);
  assert.deepEqual(await start('node/n1'), [1, 'node/n1', '192.168.7.1']);
  assert.deepEqual(await start('192.168.8.1'), [1, 'node/n1', '192.168.8.1']);
  assert.deepEqual(await start('10.9.1.1'), [1, 'pod/10.9.1.1', '10.9.1.1']);
  assert.deepEqual(await start('10.9.2.200'), [2, '10.9.2.200', '10.9.2.200']);
  assert.deepEqual(await start('client/outside'), [0, 'client/outside', '203.0.113.10']);
  assert.deepEqual(await start('8.8.8.8'), [0, '8.8.8.8', '8.8.8.8']);
});

test('Services by name, as a pod would write them, and ports by name or number', async () => {
  for (const to of [
    'svc/web:80',
    'web:web',
    'web.shop:80',
    'web.shop.svc:80',
    'web.shop.svc.cluster.local.:80',
    'svc/web',
  ]) {
    const { probe } = await resolve({ to });
    assert.deepEqual([probe.destination, probe.destinationPort], ['10.8.0.1', 80], to);
  }
});

test('a node may be asked about packets that begin elsewhere', async () => {
  assert.equal((await resolve({ node: 'n2', from: 'pod/cart' })).start, 2);
  assert.equal((await resolve({ node: 'n1', from: 'pod/cart' })).start, 1);
});

test('what means nothing is refused with a remedy', async () => {
  const wrong: [Partial<FlowRequest>, RegExp][] = [
    [{ from: 'pod/nobody' }, /no pod "shop\/nobody"/],
    [{ from: 'node/n9' }, /no node "n9"/],
    [{ from: 'client/x' }, /no client "x"/],
    [{ from: 'whatever' }, /no pod "shop\/whatever"/],
    [{ from: '127.0.0.1' }, /every node has the address 127\.0\.0\.1/],
    [{ to: '10.8.0.1' }, /has no port/],
    [{ to: '10.8.0.1:99999' }, /is not a port/],
    [{ to: 'svc/nothing:80' }, /no Service "shop\/nothing"/],
    [{ to: 'svc/none:80' }, /headless/],
    [{ to: '[fd00::1]:80' }, /no address of the family/],
    [{ proto: 'gre' }, /unknown protocol/],
    [{ node: 'n9' }, /no node "n9"/],
  ];
  for (const [request, message] of wrong) await assert.rejects(resolve(request), message, JSON.stringify(request));
});

test('ICMP needs no port, and 127.0.0.1 only a node', async () => {
  assert.equal((await resolve({ to: '10.8.0.1', proto: 'icmp' })).probe.destinationPort, 0);
  assert.equal((await resolve({ from: '127.0.0.1', node: 'n2' })).start, 2);
});

const port = fc.integer({ min: 1, max: 65_535 });
const address4 = fc.bigInt({ min: 1n, max: 2n ** 32n - 1n }).map((n) => formatAddress(fromBigInt('IPv4', n)));
const address6 = fc.bigInt({ min: 2n ** 112n, max: 2n ** 128n - 1n }).map((n) => formatAddress(fromBigInt('IPv6', n)));
const pair = fc.oneof(fc.tuple(address4, address4), fc.tuple(address6, address6));

test('a probe read back has the addresses and ports it was made of', () => {
  const protocols = fc.constantFrom('TCP' as const, 'UDP' as const, 'SCTP' as const);
  fc.assert(
    fc.property(pair, port, port, protocols, ([source, destination], sourcePort, destinationPort, protocol) => {
      const tuple = { source, sourcePort, destination, destinationPort };
      assert.deepEqual(readTuple(buildProbe({ ...tuple, protocol })), tuple);
    }),
  );
});
