// tables.ts - makes a small TableSet by hand, in a few lines: what a compiler would make of a plan, without plan or compiler.

import {
  BackendFlag,
  type BackendRow,
  CidrKind,
  FrontendFlag,
  FrontendKind,
  type FrontendRow,
  LocalAddressFlag,
  NodeFlag,
  type NodeRow,
  PortKind,
  RouteKind,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
  Strategy,
} from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { type StrategySpec, strategySpec } from '../../src/abi/strategies.js';
import { withPerfectHash } from '../../src/compile/perfect.js';
import { addRings } from '../../src/compile/ring.js';
import { buildSlots, frontendKey } from '../../src/image/hash.js';
import type { TableSet } from '../../src/image/table.js';
import { length128, maskedCidr, mustAddress, mustCidr } from '../../src/model/address.js';
import { swap16 } from '../../src/wire/bytes.js';
import { mac } from './packet.js';

export const PROTOCOL_NUMBER = { ANY: 0, TCP: 6, UDP: 17, SCTP: 132 } as const;
export type ProtocolName = keyof typeof PROTOCOL_NUMBER;

export interface FrontendSpec {
  kind: keyof typeof FrontendKind;
  /** '4' and '6' are the unspecified addresses: any NodePort address. */
  address: string;
  port: number;
  protocol?: ProtocolName;
  firewall?: boolean;
}

export interface ServiceSpec {
  id?: number;
  flags?: readonly (keyof typeof ServiceFlag)[];
  frontends: readonly FrontendSpec[];
  /** Endpoints as `ip:port` or `[ip]:port`; those of `local` get BackendFlag LOCAL. */
  cluster?: readonly string[];
  local?: readonly string[];
  /** Default: all of cluster and local. */
  serving?: readonly string[];
  sourceRanges?: readonly string[];
  affinitySeconds?: number;
  /** Scheduler with SchedulerFlag bits; default RANDOM. */
  scheduler?: number;
  /** Of endpoints by their text; default 1. */
  weights?: Readonly<Record<string, number>>;
}

export interface TablesSpec {
  /** Default: NFTABLES. */
  strategy?: keyof typeof Strategy;
  /** Slots of a Maglev ring for every list. */
  ring?: number;
  generation?: bigint;
  hashSeed?: number;
  nodeId?: number;
  address4?: string | null;
  address6?: string | null;
  mac?: string;
  nodeFlags?: readonly (keyof typeof NodeFlag)[];
  mode?: readonly (keyof typeof ServiceModeFlag)[];
  snatPorts?: readonly [number, number];
  ports: readonly { kind: keyof typeof PortKind; mtu?: number; mac?: string; target?: number }[];
  routes: readonly { prefix: string; kind?: keyof typeof RouteKind; port?: number; nextHop?: number }[];
  localAddresses?: readonly { address: string; nodePort?: boolean }[];
  cidrs?: readonly { prefix: string; kind: keyof typeof CidrKind }[];
  services?: readonly ServiceSpec[];
  healthChecks?: readonly { address: string; port: number }[];
}

const bits = <T extends Readonly<Record<string, number>>>(table: T, names: readonly (keyof T)[] = []): number =>
  names.reduce<number>((sum, name) => sum | (table[name] ?? 0), 0);

const bytesOf = (text: string): Uint8Array => mustAddress(text).bytes;
const unspecified: Readonly<Record<string, string>> = { '4': '0.0.0.0', '6': '::' };

function prefixOf(text: string): { prefix: Uint8Array; prefixLength: number } {
  const cidr = maskedCidr(mustCidr(text));
  return { prefix: cidr.address.bytes, prefixLength: length128(cidr) };
}

function endpoint(text: string): { address: Uint8Array; port_be: number } {
  const match = /^\[?(.*?)\]?:(\d+)$/.exec(text);
  if (!match) throw new Error(`not an endpoint: ${text}`);
  return { address: bytesOf(match[1] ?? ''), port_be: swap16(Number(match[2])) };
}

/** Stable id of an endpoint: the same text gives the same id in every image. */
function endpointId(text: string): number {
  let id = 7;
  for (const letter of text) id = (Math.imul(id, 31) + letter.charCodeAt(0)) >>> 0;
  return id;
}

type Rows = Pick<TableSet, 'FRONTEND' | 'SERVICE' | 'MEMBER' | 'BACKEND' | 'SOURCE_RANGE'>;

function addFrontend(rows: Rows, spec: FrontendSpec, service: number): void {
  const row: FrontendRow = {
    address: bytesOf(unspecified[spec.address] ?? spec.address),
    port_be: swap16(spec.port),
    protocol: PROTOCOL_NUMBER[spec.protocol ?? 'TCP'],
    kind: FrontendKind[spec.kind],
    service,
    id: rows.FRONTEND.length + 1,
    flags: spec.firewall ? FrontendFlag.FIREWALL : 0,
  };
  rows.FRONTEND.push(row);
}

function addService(rows: Rows, spec: ServiceSpec, index: number): void {
  const local = spec.local ?? [];
  const cluster = spec.cluster ?? [];
  const serving = spec.serving ?? [...new Set([...cluster, ...local])];
  const names = [...new Set([...cluster, ...local, ...serving])];
  const firstBackend = rows.BACKEND.length;
  for (const name of names) {
    const row: BackendRow = {
      ...endpoint(name),
      flags: local.includes(name) ? BackendFlag.LOCAL : 0,
      id: endpointId(name),
      weight: spec.weights?.[name] ?? 1,
      service: index,
    };
    rows.BACKEND.push(row);
  }
  const list = (members: readonly string[]): [number, number] => {
    const first = rows.MEMBER.length;
    rows.MEMBER.push(...members.map((name) => ({ index: firstBackend + names.indexOf(name) })));
    return [first, members.length];
  };
  const [clusterFirst, clusterCount] = list(cluster);
  const [localFirst, localCount] = list(local);
  const [servingFirst, servingCount] = list(serving);
  const sourceRangeFirst = rows.SOURCE_RANGE.length;
  const ranges = spec.sourceRanges ?? [];
  rows.SOURCE_RANGE.push(...ranges.map((text) => ({ ...prefixOf(text), kind: CidrKind.SOURCE_RANGE })));
  const flags = spec.flags ?? (names.length > 0 ? ['HAS_ENDPOINTS' as const] : []);
  const row: ServiceRow = {
    id: spec.id ?? index + 1,
    flags: bits(ServiceFlag, flags),
    clusterFirst,
    clusterCount,
    localFirst,
    localCount,
    servingFirst,
    servingCount,
    sourceRangeFirst,
    sourceRangeCount: ranges.length,
    affinitySeconds: spec.affinitySeconds ?? 0,
    scheduler: spec.scheduler ?? 0,
    ringFirst: NONE,
    ringCount: 0,
    localRingFirst: NONE,
  };
  rows.SERVICE.push(row);
  for (const frontend of spec.frontends) addFrontend(rows, frontend, index);
}

const specOf = ({ strategy = 'NFTABLES' }: TablesSpec): StrategySpec => strategySpec(Strategy[strategy]);

function clusterIpSlots(rows: Rows, spec: TablesSpec, seed: number): { index: number }[] {
  const kinds: number[] = [FrontendKind.CLUSTER_IP];
  if (specOf(spec).servers) kinds.push(FrontendKind.EXTERNAL_IP, FrontendKind.LOAD_BALANCER);
  const first = new Map<string, number>();
  for (const [i, row] of rows.FRONTEND.entries()) {
    const key = Buffer.from(row.address).toString('hex');
    if (kinds.includes(row.kind) && !first.has(key)) first.set(key, i);
  }
  const indexes = [...first.values()];
  const keys = indexes.map((i) => rows.FRONTEND[i]?.address ?? new Uint8Array(16));
  return buildSlots(keys, seed, indexes);
}

function routeRows(spec: TablesSpec): TableSet['ROUTE'] {
  const rows = spec.routes.map((route) => ({
    ...prefixOf(route.prefix),
    kind: RouteKind[route.kind ?? 'FORWARD'],
    port: route.port ?? NONE,
    nextHop: route.nextHop ?? NONE,
  }));
  return rows.sort((a, b) => b.prefixLength - a.prefixLength);
}

/** The order of a chain: rows with the unspecified address after all others. */
function chainOrder(rows: readonly FrontendRow[]): FrontendRow[] {
  const any = Object.values(unspecified).map((text) => bytesOf(text).join());
  const isAny = ({ address }: FrontendRow): boolean => any.includes(address.join());
  return [...rows.filter((row) => !isAny(row)), ...rows.filter(isAny)];
}

/** The sections that a strategy has beside the others. */
function withOwnSections(tables: TableSet, spec: TablesSpec): TableSet {
  const made = spec.ring === undefined ? tables : addRings(tables, spec.ring);
  if (specOf(spec).frontends !== 'perfect') return made;
  const perfect = withPerfectHash(made);
  if (!perfect) throw new Error(`hash seed ${tables.hashSeed} does not do`);
  return perfect.tables;
}

const nodeRow = (spec: TablesSpec): NodeRow => ({
  address4: spec.address4 === null ? new Uint8Array(16) : bytesOf(spec.address4 ?? '192.168.0.11'),
  address6: spec.address6 === null ? new Uint8Array(16) : bytesOf(spec.address6 ?? 'fd00:192:168::11'),
  mac: mac(spec.mac ?? '02:00:00:00:00:01'),
  flags: bits(NodeFlag, spec.nodeFlags),
  nodeId: spec.nodeId ?? 1,
  snatPortFirst: spec.snatPorts?.[0] ?? 32_768,
  snatPortLast: spec.snatPorts?.[1] ?? 60_999,
  serviceFlags: bits(ServiceModeFlag, spec.mode),
  tcpEstablishedSeconds: 86_400,
  tcpCloseWaitSeconds: 3_600,
  udpSeconds: 30,
  udpStreamSeconds: 120,
});

/** The TableSet of a spec: rows in the order given, all hash sections built. */
export function makeTables(spec: TablesSpec): TableSet {
  const hashSeed = spec.hashSeed ?? 0x5eed;
  const rows: Rows = { FRONTEND: [], SERVICE: [], MEMBER: [], BACKEND: [], SOURCE_RANGE: [] };
  for (const [i, service] of (spec.services ?? []).entries()) addService(rows, service, i);
  for (const health of spec.healthChecks ?? []) addFrontend(rows, { kind: 'HEALTH_CHECK', ...health }, NONE);
  if (specOf(spec).frontends === 'chain') rows.FRONTEND = chainOrder(rows.FRONTEND);
  const routes = routeRows(spec);
  const hosts = routes.flatMap((route, i) => (route.prefixLength === 128 ? [i] : []));
  const tables: TableSet = {
    strategy: Strategy[spec.strategy ?? 'NFTABLES'],
    generation: spec.generation ?? 1n,
    hashSeed,
    nodeId: spec.nodeId ?? 1,
    buckets: 0,
    spread: 0,
    names: { services: [], ports: [] },
    NODE: [nodeRow(spec)],
    PORT: spec.ports.map((port, i) => ({
      kind: PortKind[port.kind],
      mtu: port.mtu ?? 1500,
      mac: mac(port.mac ?? `02:00:00:00:01:${i.toString(16).padStart(2, '0')}`),
      flags: 0,
      target: port.target ?? NONE,
      id: i + 1,
    })),
    ROUTE: routes,
    ROUTE_SLOT: buildSlots(
      hosts.map((i) => routes[i]?.prefix ?? new Uint8Array(16)),
      hashSeed,
      hosts,
    ),
    LOCAL_ADDRESS: (spec.localAddresses ?? []).map((local) => ({
      address: bytesOf(local.address),
      flags: local.nodePort ? LocalAddressFlag.NODE_PORT : 0,
    })),
    CIDR: (spec.cidrs ?? []).map((cidr) => ({ ...prefixOf(cidr.prefix), kind: CidrKind[cidr.kind] })),
    ...rows,
    FRONTEND_SLOT: buildSlots(
      rows.FRONTEND.map((row) => frontendKey(row.address, row.port_be, row.protocol)),
      hashSeed,
    ),
    RING: [],
    PILOT: [],
    PERFECT: [],
    CLUSTER_IP_SLOT: clusterIpSlots(rows, spec, hashSeed),
  };
  return withOwnSections(tables, spec);
}

/** Node 1 of the lab: host, uplink, pods 10.244.1.5, .6 on ports 2, 3 with MTU 1500; everything else over the uplink. */
export const NODE_1: TablesSpec = {
  ports: [{ kind: 'HOST' }, { kind: 'UPLINK', target: 0 }, { kind: 'POD' }, { kind: 'POD' }],
  mode: [
    'DETECT_LOCAL',
    'DETECT_LOCAL_6',
    'REJECT_UNKNOWN_PORT',
    'DROP_UNALLOCATED',
    'FIREWALL_FIRST',
    'HAIRPIN_LOCAL_ONLY',
  ],
  routes: [
    { prefix: '192.168.0.11/32', kind: 'LOCAL', port: 0 },
    { prefix: 'fd00:192:168::11/128', kind: 'LOCAL', port: 0 },
    { prefix: '10.244.1.5/32', port: 2 },
    { prefix: '10.244.1.6/32', port: 3 },
    { prefix: 'fd00:10:244:1::5/128', port: 2 },
    { prefix: 'fd00:10:244:1::6/128', port: 3 },
    { prefix: '10.244.1.0/24', kind: 'UNREACHABLE' },
    { prefix: '0.0.0.0/0', port: 1, nextHop: 0 },
    { prefix: '::/0', port: 1, nextHop: 0 },
  ],
  localAddresses: [
    { address: '192.168.0.11', nodePort: true },
    { address: 'fd00:192:168::11', nodePort: true },
  ],
  cidrs: [
    { prefix: '10.244.0.0/16', kind: 'DETECT_LOCAL' },
    { prefix: 'fd00:10:244::/48', kind: 'DETECT_LOCAL' },
    { prefix: '10.96.0.0/16', kind: 'SERVICE' },
    { prefix: 'fd00:10:96::/112', kind: 'SERVICE' },
  ],
};
