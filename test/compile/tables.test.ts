// tables.test.ts - plans → tables: rows, hashes, and the points in which the modes differ.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FrontendKind, NodeFlag, ServiceFlag, ServiceModeFlag } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { compileTables, STRATEGY_NAMES, strategyNamed } from '../../src/compile/strategy.js';
import { encodeImage } from '../../src/image/encode.js';
import { frontendKey, hashKey } from '../../src/image/hash.js';
import type { TableSet } from '../../src/image/table.js';
import { formatBytes, formatCidr, fromBytes, mustAddress } from '../../src/model/address.js';
import type { EndpointSlice, Service } from '../../src/model/objects.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { swap16 } from '../../src/wire/bytes.js';
import { ATTACHMENT, on, plan, service, slice, withIngress } from '../plan/sample.js';
import { findFrontend } from '../support/lookup.js';

function compile(strategy: string, services: Service[], slices: EndpointSlice[], config: Partial<ProxyConfig> = {}) {
  const { mode } = strategyNamed(strategy);
  const options = { strategy, generation: 1, hashSeed: 5 };
  return compileTables(plan(services, slices, { ...config, proxyMode: mode }), ATTACHMENT, options);
}

const find = (tables: TableSet, address: string, port: number, protocol: number): number =>
  findFrontend(tables, frontendKey(mustAddress(address).bytes, swap16(port), protocol));

const WEB = service('web', { clusterIP: '10.8.0.1' });
const ENDPOINTS = [slice('web', [on('n1', '10.9.1.1'), on('n2', '10.9.2.1')])];
const flagsOf = (tables: TableSet): number => tables.NODE[0]?.serviceFlags ?? 0;
const cidrs = (rows: TableSet['CIDR']): string[] =>
  rows.map(({ prefix, prefixLength }) => {
    const address = fromBytes(prefix);
    const length = address.family === 'IPv4' ? prefixLength - 96 : prefixLength;
    return formatCidr({ family: address.family, address, length });
  });

test('a Service becomes a frontend, a Service row, backends and members', () => {
  const tables = compile('nftables', [WEB], ENDPOINTS);
  assert.equal(find(tables, '10.8.0.1', 80, 6), 0);
  assert.equal(find(tables, '10.8.0.1', 80, 17), NONE);
  const row = tables.SERVICE[0];
  assert.equal(row?.flags, ServiceFlag.HAS_ENDPOINTS);
  const members = tables.MEMBER.slice(row?.clusterFirst, (row?.clusterFirst ?? 0) + (row?.clusterCount ?? 0));
  assert.deepEqual(
    members.map(({ index }) => formatBytes(tables.BACKEND[index]?.address ?? new Uint8Array(16))),
    ['10.9.1.1', '10.9.2.1'],
  );
  assert.deepEqual(tables.names.services, ['shop/web:web']);
});

test('two compilations give the same bytes, another seed other slots', () => {
  for (const strategy of STRATEGY_NAMES) {
    const first = encodeImage(compile(strategy, [WEB], ENDPOINTS));
    assert.deepEqual(first, encodeImage(compile(strategy, [WEB], ENDPOINTS)));
  }
});

test('an unknown strategy is refused with the names of the known ones', () => {
  assert.throws(() => strategyNamed('magic'), /unknown strategy "magic"/);
});

test('NodePorts of both families have the unspecified address of their family', () => {
  const dual = service('dual', { type: 'NodePort', clusterIPs: ['10.8.0.2', 'fd08::2'] }, [
    { port: 80, nodePort: 30_080 },
  ]);
  const tables = compile('nftables', [dual], []);
  const four = tables.FRONTEND[find(tables, '0.0.0.0', 30_080, 6)];
  const six = tables.FRONTEND[find(tables, '::', 30_080, 6)];
  assert.deepEqual([four?.kind, six?.kind], [FrontendKind.NODE_PORT, FrontendKind.NODE_PORT]);
  assert.notEqual(four?.service, six?.service);
});

test('the modes differ in their flags', () => {
  const ranges = { serviceClusterIPRange: ['10.8.0.0/16'] };
  const flag = ServiceModeFlag;
  const detectors = flag.DETECT_LOCAL | flag.DETECT_LOCAL_6;
  assert.equal(
    flagsOf(compile('nftables', [], [], ranges)),
    detectors | flag.REJECT_UNKNOWN_PORT | flag.DROP_UNALLOCATED | flag.FIREWALL_FIRST | flag.HAIRPIN_LOCAL_ONLY,
  );
  assert.equal(
    flagsOf(compile('iptables', [], [], ranges)),
    detectors | flag.NODE_SKIPS_EXTERNAL_REJECT | flag.DROPS_INVALID,
  );
  assert.equal(
    flagsOf(compile('ipvs', [], [], ranges)),
    detectors | flag.LOCAL_FALLS_BACK | flag.REJECT_UNKNOWN_PORT | flag.HAIRPIN_LOCAL_ONLY,
  );
});

test('what kube-proxy says of connection tracking is in the row of the node; 0 is what the kernel does by itself', () => {
  const node = (more: object) => compile('iptables', [], [], more).NODE[0];
  const of = (more: object) => {
    const { flags = 0, tcpEstablishedSeconds, tcpCloseWaitSeconds } = node(more) ?? {};
    return [(flags & NodeFlag.TCP_BE_LIBERAL) !== 0, tcpEstablishedSeconds, tcpCloseWaitSeconds];
  };
  assert.deepEqual(of({}), [false, 86_400, 3_600]);
  assert.deepEqual(of({ conntrackTCPBeLiberal: true, conntrackTCPTimeoutEstablished: 5 }), [true, 5, 3_600]);
  assert.deepEqual(of({ conntrackTCPTimeoutEstablished: 0, conntrackTCPTimeoutCloseWait: 0 }), [false, 432_000, 60]);
});

test('how long UDP lasts is in the row of the node, too', () => {
  const of = (more: object) => {
    const { udpSeconds, udpStreamSeconds } = compile('iptables', [], [], more).NODE[0] ?? {};
    return [udpSeconds, udpStreamSeconds];
  };
  assert.deepEqual(of({}), [30, 120]);
  assert.deepEqual(of({ conntrackUDPTimeout: 5, conntrackUDPTimeoutStream: 9 }), [5, 9]);
});

test('each family has its own local detector', () => {
  const flags = flagsOf(compile('iptables', [], [], { clusterCIDR: ['fd09::/48'], masqueradeAll: true }));
  assert.equal(flags & (ServiceModeFlag.DETECT_LOCAL | ServiceModeFlag.DETECT_LOCAL_6), ServiceModeFlag.DETECT_LOCAL_6);
  assert.ok(flags & ServiceModeFlag.MASQUERADE_ALL);
});

const RANGED = withIngress(
  service('lb', { type: 'LoadBalancer', clusterIP: '10.8.0.3', loadBalancerSourceRanges: ['203.0.113.0/25'] }),
  '198.51.100.3',
  '198.51.100.4',
);

test('source ranges apply to load-balancer addresses alone', () => {
  const tables = compile('nftables', [RANGED], []);
  assert.deepEqual(cidrs(tables.SOURCE_RANGE), ['203.0.113.0/25']);
  assert.deepEqual(
    tables.FRONTEND.map(({ kind, flags }) => [kind, flags]),
    [
      [FrontendKind.CLUSTER_IP, 0],
      [FrontendKind.LOAD_BALANCER, 1],
      [FrontendKind.LOAD_BALANCER, 1],
    ],
  );
});

test('a source range with the node in it also lets the Service’s own addresses in', () => {
  const own = { ...RANGED, spec: { ...RANGED.spec, loadBalancerSourceRanges: ['192.168.7.0/24'] } };
  assert.deepEqual(cidrs(compile('nftables', [own], []).SOURCE_RANGE), [
    '192.168.7.0/24',
    '198.51.100.3/32',
    '198.51.100.4/32',
  ]);
});

test('an address that is external and of the load balancer keeps its source ranges in nftables, loses them in iptables', () => {
  const both = { ...RANGED, spec: { ...RANGED.spec, externalIPs: ['198.51.100.3'] } };
  const flags = (strategy: string): number | undefined => {
    const tables = compile(strategy, [both], ENDPOINTS);
    return tables.FRONTEND[find(tables, '198.51.100.3', 80, 6)]?.flags;
  };
  assert.deepEqual([flags('nftables'), flags('iptables')], [1, 0]);
});

const CHECKED = service(
  'hc',
  { type: 'LoadBalancer', clusterIP: '10.8.0.4', externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 },
  [{ name: 'web', port: 80, nodePort: 30_444 }],
);

test('health-check ports are accepted on every local address, except in nftables, which has no rule for them', () => {
  const only = { nodePortAddresses: ['192.168.7.0/24', 'fd07::/16'] };
  const found = (strategy: string): boolean[] => {
    const tables = compile(strategy, [CHECKED], [], only);
    return ['0.0.0.0', '192.168.8.1', '127.0.0.1'].map((address) => find(tables, address, 31_000, 6) !== NONE);
  };
  assert.deepEqual(found('nftables'), [false, false, false]);
  assert.deepEqual(found('iptables'), [true, true, true]);
  assert.deepEqual(found('ipvs'), [true, true, true]);
});

test('iptables refuses NodePorts without usable endpoints also where --nodeport-addresses leaves them out', () => {
  const only = { nodePortAddresses: ['192.168.7.0/24'] };
  const service8 = (slices: EndpointSlice[], strategy = 'iptables') => {
    const tables = compile(strategy, [CHECKED], slices, only);
    return tables.SERVICE[tables.FRONTEND[find(tables, '192.168.8.1', 30_444, 6)]?.service ?? NONE];
  };
  assert.equal(service8([])?.flags, ServiceFlag.EXTERNAL_LOCAL);
  const elsewhere = service8([slice('hc', [on('n2', '10.9.2.1')])]);
  assert.equal(elsewhere?.flags, ServiceFlag.EXTERNAL_LOCAL | ServiceFlag.HAS_ENDPOINTS);
  assert.deepEqual([elsewhere?.clusterCount, elsewhere?.localCount], [0, 0]);
  assert.equal(service8([slice('hc', [on('n1', '10.9.1.1')])]), undefined);
  assert.equal(service8([], 'nftables'), undefined);
});

test('ipvs rejects what even the fallback finds no endpoint for', () => {
  const local = service('in', { clusterIP: '10.8.0.5', internalTrafficPolicy: 'Local' });
  const elsewhere = [slice('in', [on('n2', '10.9.2.1')])];
  assert.equal(compile('ipvs', [local], elsewhere).SERVICE[0]?.flags, ServiceFlag.INTERNAL_LOCAL);
  assert.ok((compile('iptables', [local], elsewhere).SERVICE[0]?.flags ?? 0) & ServiceFlag.HAS_ENDPOINTS);
});

test('the known addresses are the cluster IPs, in ipvs all virtual addresses', () => {
  const known = (strategy: string): number =>
    compile(strategy, [RANGED], []).CLUSTER_IP_SLOT.filter(({ index }) => index !== NONE).length;
  assert.deepEqual([known('nftables'), known('ipvs')], [1, 3]);
});

test('routes stand longest first, host routes have their own hash, the uplink knows its peer', () => {
  const tables = compile('nftables', [], []);
  assert.deepEqual(
    tables.ROUTE.map(({ prefixLength }) => prefixLength),
    [128, 120, 96, 0],
  );
  assert.deepEqual(
    tables.ROUTE_SLOT.filter(({ index }) => index !== NONE),
    [{ index: 0 }],
  );
  assert.deepEqual(
    tables.PORT.map(({ target }) => target),
    [NONE, 0],
  );
});

test('the fabric spreads load-balancer addresses over nodes and knows no Services', () => {
  const spread = [
    { address: '198.51.100.9', id: 9, nodes: ['192.168.7.1', '192.168.7.2'] },
    { address: '198.51.100.8', id: 8, nodes: [] },
  ];
  const fabric = { ...ATTACHMENT, router: true, spread };
  const tables = compileTables(plan([], []), fabric, { strategy: 'iptables', generation: 1, hashSeed: 5 });
  assert.deepEqual(
    tables.SERVICE.map(({ clusterCount }) => clusterCount),
    [2, 0],
  );
  const key = frontendKey(mustAddress('198.51.100.9').bytes, 0, 0);
  const slot = tables.FRONTEND_SLOT[hashKey(key, 5) & (tables.FRONTEND_SLOT.length - 1)];
  assert.equal(tables.FRONTEND[slot?.index ?? NONE]?.kind, FrontendKind.SPREAD);
});

const port = fc.record({ port: fc.integer({ min: 1, max: 9 }), nodePort: fc.integer({ min: 30_000, max: 30_009 }) });
test('perfect takes another seed when the given one does not part its keys', () => {
  const two = service('two', { clusterIP: '10.8.0.1' }, [{ port: 80 }, { name: 'tls', port: 443 }]);
  const options = { strategy: 'perfect', generation: 1, hashSeed: 0xd6e8feb9 };
  const tables = compileTables(plan([two], []), ATTACHMENT, options);
  assert.equal(tables.hashSeed, 0xd6e8feba);
  assert.equal(tables.NODE.length, 1);
  assert.notEqual(find(tables, '10.8.0.1', 443, 6), NONE);
});

const services = fc.array(fc.record({ ip: fc.integer({ min: 1, max: 6 }), port }), { maxLength: 12 });

test("every frontend of a plan is found by the strategy's lookup, whoever else has its key", () => {
  fc.assert(
    fc.property(services, fc.constantFrom(...STRATEGY_NAMES), (specs, strategy) => {
      const objects = specs.map((spec, i) => service(`s${i}`, { clusterIP: `10.8.0.${spec.ip}` }, [spec.port]));
      const tables = compile(strategy, objects, []);
      for (const spec of specs) {
        assert.notEqual(find(tables, `10.8.0.${spec.ip}`, spec.port.port, 6), NONE);
        assert.notEqual(find(tables, '0.0.0.0', spec.port.nodePort, 6), NONE);
      }
      const keys = tables.FRONTEND.map((row) => frontendKey(row.address, row.port_be, row.protocol).join());
      assert.equal(new Set(keys).size, keys.length);
    }),
  );
});
