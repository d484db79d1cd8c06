// random-tables.ts - random small worlds: tables whose addresses, ports and policies meet each other often.

import type { FrontendKind, NodeFlag, ServiceFlag, ServiceModeFlag } from '../../src/abi/abi.gen.js';
import { Scheduler, SchedulerFlag } from '../../src/abi/abi.gen.js';
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import { formatEndpoint, isIPv6 } from '../../src/model/address.js';
import type { Dice } from './seed.js';
import type { FrontendSpec, ProtocolName, ServiceSpec, TablesSpec } from './tables.js';

/** Addresses of one family that tables and frames draw from. */
export interface Pool {
  readonly clients: readonly string[];
  readonly localPods: readonly string[];
  readonly remotePods: readonly string[];
  readonly clusterIps: readonly string[];
  readonly externalIps: readonly string[];
  readonly nodes: readonly string[];
  readonly unallocated: string;
  readonly strangers: readonly string[];
}

export const POOLS: readonly Pool[] = [
  {
    clients: ['203.0.113.10', '203.0.113.11', '198.51.100.7'],
    localPods: ['10.244.1.5', '10.244.1.6', '10.244.1.7'],
    remotePods: ['10.244.2.5', '10.244.2.6', '10.244.3.5'],
    clusterIps: ['10.96.0.1', '10.96.0.10', '10.96.0.11', '10.96.0.12'],
    externalIps: ['192.168.0.240', '192.168.0.241', '198.51.100.50'],
    nodes: ['192.168.0.11', '192.168.0.12', '192.168.0.13'],
    unallocated: '10.96.7.7',
    strangers: ['8.8.8.8', '10.244.1.99', '10.66.0.1', '10.67.0.1'],
  },
  {
    clients: ['2001:db8:113::10', '2001:db8:113::11', '2001:db8:51::7'],
    localPods: ['fd00:10:244:1::5', 'fd00:10:244:1::6', 'fd00:10:244:1::7'],
    remotePods: ['fd00:10:244:2::5', 'fd00:10:244:2::6', 'fd00:10:244:3::5'],
    clusterIps: ['fd00:10:96::1', 'fd00:10:96::a', 'fd00:10:96::b', 'fd00:10:96::c'],
    externalIps: ['fd00:192:168::f0', 'fd00:192:168::f1', '2001:db8:51::50'],
    nodes: ['fd00:192:168::11', 'fd00:192:168::12', 'fd00:192:168::13'],
    unallocated: 'fd00:10:96::7777',
    strangers: ['2001:4860::8', 'fd00:10:244:1::99', 'fd00:66::1', 'fd00:67::1'],
  },
];

export const SERVICE_PORTS = [80, 443, 53] as const;
export const NODE_PORTS = [30080, 30443] as const;
const TARGET_PORTS = [8080, 53, 80] as const;
const PROTOCOLS: readonly ProtocolName[] = ['TCP', 'UDP', 'SCTP'];

/** Keys must be unique in FRONTEND. */
class Frontends {
  readonly #taken = new Set<string>();

  claim(spec: FrontendSpec): FrontendSpec[] {
    const key = `${spec.address} ${spec.port} ${spec.protocol}`;
    if (this.#taken.has(key)) return [];
    this.#taken.add(key);
    return [spec];
  }
}

/** Mostly the same one for the same frontend, so that a virtual server lives through several images. */
function randomScheduler(dice: Dice, frontends: readonly FrontendSpec[]): number {
  const letters = [...(frontends[0]?.address ?? '')].reduce((sum, letter) => sum + letter.charCodeAt(0), 0);
  const port = frontends[0]?.port ?? 0;
  const scheduler = dice.chance(80)
    ? Scheduler.RR + ((letters + port) % Scheduler.TWOS)
    : dice.below(Scheduler.TWOS + 1);
  return scheduler | dice.pick([0, SchedulerFlag.PORT, SchedulerFlag.FALLBACK]);
}

function randomService(dice: Dice, pool: Pool, frontends: Frontends, id: number, isRouter: boolean): ServiceSpec {
  const protocol = dice.pick(PROTOCOLS);
  const port = dice.pick(SERVICE_PORTS);
  const target = dice.pick(TARGET_PORTS);
  const any = isIPv6(pool.nodes[0] ?? '') ? '6' : '4';
  const claim = (kind: keyof typeof FrontendKind, address: string, at: number = port): FrontendSpec[] =>
    frontends.claim({
      kind,
      address,
      port: at,
      protocol,
      firewall: (kind === 'LOAD_BALANCER' || kind === 'PROXY') && dice.chance(40),
    });
  const mine: FrontendSpec[] = isRouter
    ? [
        ...frontends.claim({ kind: 'SPREAD', address: dice.pick(pool.externalIps), port: 0, protocol: 'ANY' }),
        ...(dice.chance(30) ? claim('SPREAD', dice.pick(pool.externalIps)) : []),
        ...(dice.chance(50) ? claim('PROXY', dice.pick(pool.externalIps)) : []),
      ]
    : [
        ...claim('CLUSTER_IP', dice.pick(pool.clusterIps)),
        ...(dice.chance(40) ? claim('NODE_PORT', any, dice.pick(NODE_PORTS)) : []),
        ...(dice.chance(20) ? claim('HOST_PORT', dice.pick([any, pool.nodes[0] ?? '']), dice.pick(NODE_PORTS)) : []),
        ...(dice.chance(40) ? claim('LOAD_BALANCER', dice.pick(pool.externalIps)) : []),
        ...(dice.chance(30) ? claim('EXTERNAL_IP', dice.pick([...pool.externalIps, ...pool.nodes])) : []),
      ];
  const backends = isRouter
    ? pool.nodes
    : [...pool.localPods, ...pool.remotePods, ...(dice.chance(20) ? pool.nodes : [])];
  const cluster = dice.some(backends, dice.pick([0, 20, 50, 80])).map((address) => formatEndpoint(address, target));
  const local = cluster.filter((text) => pool.localPods.some((pod) => text.includes(pod)));
  const flags: (keyof typeof ServiceFlag)[] = [
    ...(dice.chance(25) ? ['INTERNAL_LOCAL' as const] : []),
    ...(dice.chance(40) ? ['EXTERNAL_LOCAL' as const] : []),
    ...(cluster.length > 0 || dice.chance(15) ? ['HAS_ENDPOINTS' as const] : []),
    ...(dice.chance(50) ? ['CLEAN_UDP' as const] : []),
  ];
  return {
    id,
    flags,
    frontends: mine,
    cluster,
    local: dice.chance(90) ? local : [],
    serving: dice.some(cluster, 80),
    sourceRanges: dice.some(['203.0.113.0/24', '10.244.0.0/16', '2001:db8:113::/48', '198.51.100.7/32', '::/0'], 35),
    affinitySeconds: dice.chance(30) ? dice.pick([1, 10, 10_800]) : 0,
    scheduler: randomScheduler(dice, mine),
    weights: Object.fromEntries(cluster.map((name) => [name, dice.pick([0, 1, 1, 1, 1, 2, 3, 5])])),
  };
}

const MODES: readonly (keyof typeof ServiceModeFlag)[] = [
  'MASQUERADE_ALL',
  'DETECT_LOCAL',
  'DETECT_LOCAL_6',
  'REJECT_UNKNOWN_PORT',
  'DROP_UNALLOCATED',
  'FIREWALL_FIRST',
  'HAIRPIN_LOCAL_ONLY',
  'NODE_SKIPS_EXTERNAL_REJECT',
  'LOCAL_FALLS_BACK',
  'DROPS_INVALID',
];

function routes(dice: Dice, isRouter: boolean): TablesSpec['routes'] {
  return POOLS.flatMap((pool) => {
    const isV6 = isIPv6(pool.nodes[0] ?? '');
    const host = isV6 ? 128 : 32;
    const local = isRouter ? [] : pool.localPods.map((pod, i) => ({ prefix: `${pod}/${host}`, port: 2 + i }));
    const remote = [1, 2, 3].map((node) => ({
      prefix: isV6 ? `fd00:10:244:${node}::/64` : `10.244.${node}.0/24`,
      ...(node === 1 && !isRouter ? { kind: 'UNREACHABLE' as const } : { port: 1, nextHop: node }),
    }));
    const nodes = pool.nodes.map((address, i) => ({
      prefix: `${address}/${host}`,
      ...(i === 0 && !isRouter ? { kind: 'LOCAL' as const, port: 0 } : { port: 1, nextHop: i + 1 }),
    }));
    const odd = [
      { prefix: isV6 ? 'fd00:66::/64' : '10.66.0.0/16', kind: 'BLACKHOLE' as const },
      { prefix: isV6 ? 'fd00:67::/64' : '10.67.0.0/16', kind: 'UNREACHABLE' as const },
    ];
    const fallback = { prefix: isV6 ? '::/0' : '0.0.0.0/0', ...(isRouter ? { port: 2 } : { port: 1, nextHop: 0 }) };
    return [...local, ...remote, ...nodes, ...odd, ...(dice.chance(85) ? [fallback] : [])];
  });
}

function strategy(dice: Dice): Pick<TablesSpec, 'strategy' | 'ring'> {
  const { name, choice } = dice.pick(STRATEGY_SPECS);
  return { strategy: name, ...(choice === 'ring' && dice.chance(50) ? { ring: 251 } : {}) };
}

/** A spec whose generation and seed are given; ports 0 HOST, 1 UPLINK, 2 to 4 pods. Few source ports, so that they run out. */
export function randomSpec(dice: Dice, generation: bigint, isRouter: boolean): TablesSpec {
  const frontends = new Frontends();
  const services = Array.from({ length: dice.between(1, 8) }, (_, i) =>
    randomService(dice, dice.pick(POOLS), frontends, 100 + i, isRouter),
  ).filter((service) => service.frontends.length > 0);
  const nodeFlags: (keyof typeof NodeFlag)[] = [
    ...(isRouter ? ['ROUTER' as const] : []),
    ...(dice.chance(40) ? ['EGRESS_MASQUERADE' as const] : []),
  ];
  const first = dice.pick([1024, 32_768, 30_078]);
  const health = frontends.claim({ kind: 'HEALTH_CHECK', address: '4', port: 31_000, protocol: 'TCP' });
  return {
    ...(isRouter ? {} : strategy(dice)),
    generation,
    hashSeed: dice.bits(),
    nodeId: isRouter ? 0 : 1,
    address4: dice.chance(95) ? '192.168.0.11' : null,
    address6: dice.chance(95) ? 'fd00:192:168::11' : null,
    nodeFlags,
    mode: dice.some(MODES, 50),
    snatPorts: [first, first + dice.pick([0, 3, 200, 28_000])],
    ports: [
      { kind: 'HOST' },
      { kind: 'UPLINK', mtu: dice.pick([1500, 1400, 1280]), target: dice.pick([0, 2]) },
      ...[0, 1, 2].map(() => ({ kind: 'POD' as const, mtu: dice.pick([1500, 1500, 1280, 576]) })),
    ],
    routes: routes(dice, isRouter),
    localAddresses: isRouter
      ? []
      : POOLS.flatMap((pool) => [
          { address: pool.nodes[0] ?? '', nodePort: true },
          { address: pool.externalIps[2] ?? '', nodePort: dice.chance(50) },
        ]),
    cidrs: [
      { prefix: '10.244.0.0/16', kind: 'DETECT_LOCAL' },
      { prefix: 'fd00:10:244::/48', kind: 'DETECT_LOCAL' },
      { prefix: '10.96.0.0/16', kind: 'SERVICE' },
      { prefix: 'fd00:10:96::/112', kind: 'SERVICE' },
      { prefix: '10.244.0.0/16', kind: 'EGRESS_KEEP' },
      { prefix: 'fd00::/16', kind: 'EGRESS_KEEP' },
    ],
    services,
    healthChecks: isRouter ? [] : health.map(({ address, port }) => ({ address, port })),
  };
}
