// servers.ts - the virtual servers of a node: which ones an image defines, and how their lists change (native/law/ipvs.md).
import {
  FrontendKind,
  type FrontendRow,
  LocalAddressFlag,
  NodeFlag,
  Scheduler,
  SchedulerFlag,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
} from '../../../abi/abi.gen.js';
import { strategySpec } from '../../../abi/strategies.js';
import type { TableSet } from '../../../image/table.js';
import { sameBytes, swap16, UNSPECIFIED, versionOf } from '../../../wire/bytes.js';
import type { Tuple } from '../packet.js';
import type { Destination, ServerKind } from './destination.js';
import { Templates } from './persistence.js';
import { VirtualServer } from './server.js';

/** A virtual server has one address to remember. */
const ADDRESSES = 1;

const keyText = (address: Uint8Array, port: number, protocol: number): string =>
  `${Buffer.from(address).toString('hex')} ${port} ${protocol}`;

function kindOf(word: number): ServerKind {
  return {
    scheduler: (word & 0xff) as Scheduler,
    port: (word & SchedulerFlag.PORT) !== 0,
    fallback: (word & SchedulerFlag.FALLBACK) !== 0,
    totalconns: false,
    addresses: ADDRESSES,
  };
}

/** Services whose endpoints are drawn at random have no virtual servers. */
export const isScheduled = (service: ServiceRow): boolean => (service.scheduler & 0xff) !== Scheduler.RANDOM;

const sameKind = (a: ServerKind, b: ServerKind): boolean =>
  a.scheduler === b.scheduler && a.port === b.port && a.fallback === b.fallback;

/** The addresses of a frontend's virtual servers: its own, or the node's for NodePorts. */
function addressesOf(tables: TableSet, frontend: FrontendRow): Uint8Array[] {
  const version = versionOf(frontend.address);
  if (!sameBytes(frontend.address, UNSPECIFIED[version])) return [frontend.address];
  return tables.LOCAL_ADDRESS.filter(
    (local) => (local.flags & LocalAddressFlag.NODE_PORT) !== 0 && versionOf(local.address) === version,
  ).map((local) => local.address);
}

/** BACKEND rows in a virtual server's one list. Only the frontend's policy decides. [IPVS-2] */
function listOf(tables: TableSet, frontend: FrontendRow, service: ServiceRow): number[] {
  const isClusterIp = frontend.kind === FrontendKind.CLUSTER_IP;
  const policy = isClusterIp ? ServiceFlag.INTERNAL_LOCAL : ServiceFlag.EXTERNAL_LOCAL;
  const fallsBack = ((tables.NODE[0]?.serviceFlags ?? 0) & ServiceModeFlag.LOCAL_FALLS_BACK) !== 0;
  const local = (service.flags & policy) !== 0 && !(fallsBack && service.localCount === 0);
  const [first, count] = local
    ? [service.localFirst, service.localCount]
    : [service.clusterFirst, service.clusterCount];
  return tables.MEMBER.slice(first, first + count).map(({ index }) => index);
}

export class VirtualServers {
  readonly templates = new Templates();
  #servers = new Map<string, VirtualServer>();

  /** The virtual server for a packet's destination. */
  find({ destination, destinationPort, protocol }: Tuple): VirtualServer | null {
    return this.#servers.get(keyText(destination, destinationPort, protocol)) ?? null;
  }

  take(tables: TableSet): void {
    const old = this.#servers;
    this.#servers = new Map();
    const isRouter = ((tables.NODE[0]?.flags ?? 0) & NodeFlag.ROUTER) !== 0;
    if (strategySpec(tables.strategy).servers && !isRouter) {
      const whole = (row: FrontendRow): boolean => !sameBytes(row.address, UNSPECIFIED[versionOf(row.address)]);
      const rows = [...tables.FRONTEND.filter(whole), ...tables.FRONTEND.filter((row) => !whole(row))];
      for (const frontend of rows) this.#keep(tables, frontend, old);
    }
    // A server that is no longer wanted loses its destinations, so that no template leads to them.
    for (const server of old.values()) {
      for (const gone of [...server.list]) server.remove(gone);
    }
  }

  #keep(tables: TableSet, frontend: FrontendRow, old: Map<string, VirtualServer>): void {
    // [IPVS-1]
    const service = tables.SERVICE[frontend.service];
    if (!service || frontend.kind >= FrontendKind.SPREAD || !isScheduled(service)) return;
    const kind = kindOf(service.scheduler);
    for (const address of addressesOf(tables, frontend)) {
      const key = keyText(address, swap16(frontend.port_be), frontend.protocol);
      if (this.#servers.has(key)) continue;
      const server = old.get(key) ?? new VirtualServer(kind);
      old.delete(key);
      if (!sameKind(server.kind, kind)) server.change(kind);
      this.#servers.set(key, server);
      changeList(tables, server, listOf(tables, frontend, service));
    }
  }
}

/** mh rejects more destinations than it has slots. */
const MOST_MH = 4093;

/** Updates weights of known destinations, adds new ones at the head in row order, then removes the rest. [IPVS-3] */
function changeList(tables: TableSet, server: VirtualServer, rows: readonly number[]): void {
  const wanted = new Set<Destination | string>();
  for (const row of rows) {
    const backend = tables.BACKEND[row];
    if (!backend) continue;
    const port = swap16(backend.port_be);
    const text = keyText(backend.address, port, 0);
    if (wanted.has(text)) continue;
    wanted.add(text);
    const known = server.list.find((to) => to.port === port && sameBytes(to.address, backend.address));
    if (known) {
      wanted.add(known);
      known.id = row;
      if (known.weight !== backend.weight) server.setWeight(known, backend.weight);
    } else if (server.kind.scheduler !== Scheduler.MH || server.list.length < MOST_MH) {
      wanted.add(server.add(row, backend.address, port, backend.weight));
    }
  }
  for (const to of [...server.list]) if (!wanted.has(to)) server.remove(to);
}
