// reading.ts - the look-ups that one node's tables make for a packet: frontends, local addresses, ranges, routes.
//
// This is not a second implementation of the rules. It knows which comparisons are made (native/law/service.md,
// route.md), but not their consequences.
import {
  CidrKind,
  FrontendFlag,
  FrontendKind,
  type FrontendRow,
  LocalAddressFlag,
  PortKindNames,
  RouteKindNames,
  type RouteRow,
  ServiceFlag,
  ServiceModeFlag,
  type ServiceRow,
} from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import type { TableSet } from '../image/table.js';
import { type Family, familyOf, formatBytes, mustAddress } from '../model/address.js';
import { inPrefix, swap16 } from '../wire/bytes.js';
import { type Prefix, prefixOf } from './prefixes.js';

/** Where a frontend listens. */
interface Listen {
  readonly port: number;
  /** IP protocol number. */
  readonly protocol: number;
  /** On any address of the node, and not only where NodePorts answer. */
  readonly isHostPort: boolean;
}

const ANY: Readonly<Record<Family, string>> = { IPv4: '0.0.0.0', IPv6: '::' };

export class Reading {
  readonly tables: TableSet;
  readonly #rows = new Map<string, number>();
  readonly #listens = new Map<string, Listen[]>();
  readonly #locals = new Map<string, number>();
  readonly #virtual = new Set<string>();
  readonly #hostRoutes = new Map<string, RouteRow>();
  readonly #routes: RouteRow[];
  readonly #members = new Map<number, ReadonlySet<string>>();

  constructor(tables: TableSet) {
    this.tables = tables;
    for (const [i, row] of tables.FRONTEND.entries()) {
      const address = formatBytes(row.address);
      const isHostPort = row.kind === FrontendKind.HOST_PORT;
      const listen = { port: swap16(row.port_be), protocol: row.protocol, isHostPort };
      const key = `${address} ${listen.port} ${listen.protocol}`;
      if (!this.#rows.has(key)) this.#rows.set(key, i);
      const known = this.#listens.get(address);
      if (known) known.push(listen);
      else this.#listens.set(address, [listen]);
    }
    for (const row of tables.LOCAL_ADDRESS) {
      const address = formatBytes(row.address);
      if (!this.#locals.has(address)) this.#locals.set(address, row.flags);
    }
    for (const { index } of tables.CLUSTER_IP_SLOT) {
      const row = tables.FRONTEND[index];
      if (row) this.#virtual.add(formatBytes(row.address));
    }
    // Rows are sorted by length, longest prefix first, so the first that contains an address is its route.
    for (const row of tables.ROUTE) if (row.prefixLength === 128) this.#hostRoutes.set(formatBytes(row.prefix), row);
    this.#routes = tables.ROUTE.filter((row) => row.prefixLength < 128);
  }

  /** Addresses that belong to frontends themselves. */
  frontendAddresses(): string[] {
    return [...this.#listens.keys()].filter((address) => address !== ANY.IPv4 && address !== ANY.IPv6);
  }

  get localAddresses(): readonly string[] {
    return [...this.#locals.keys()];
  }

  isLocal(address: string): boolean {
    return this.#locals.has(address);
  }

  #answersNodePorts(address: string): boolean {
    return ((this.#locals.get(address) ?? 0) & LocalAddressFlag.NODE_PORT) !== 0;
  }

  /** Ports on which something listens at an address, NodePorts and hostPorts included. */
  listensAt(address: string): Listen[] {
    const own = this.#listens.get(address) ?? [];
    if (!this.isLocal(address)) return own;
    const nodePorts = this.#answersNodePorts(address);
    const everywhere = this.#listens.get(ANY[familyOf(address)]) ?? [];
    return [...own, ...everywhere.filter(({ isHostPort }) => isHostPort || nodePorts)];
  }

  hasOwnFrontend(address: string): boolean {
    return this.#listens.has(address);
  }

  /** Row in FRONTEND, or -1. */
  frontend(address: string, port: number, protocol: number): number {
    const own = this.#rows.get(`${address} ${port} ${protocol}`);
    if (own !== undefined) return own;
    if (!this.isLocal(address)) return -1;
    const row = this.#rows.get(`${ANY[familyOf(address)]} ${port} ${protocol}`) ?? -1;
    const isHostPort = this.tables.FRONTEND[row]?.kind === FrontendKind.HOST_PORT;
    return isHostPort || this.#answersNodePorts(address) ? row : -1;
  }

  #inCidr(bytes: Uint8Array, kind: CidrKind): boolean {
    return this.tables.CIDR.some((row) => row.kind === kind && inPrefix(bytes, row.prefix, row.prefixLength));
  }

  /** Number of the port through which an address is routed; NONE without a route. */
  routePort(address: string): number {
    return this.#route(address, mustAddress(address).bytes)?.port ?? NONE;
  }

  #route(address: string, bytes: Uint8Array): RouteRow | undefined {
    return this.#hostRoutes.get(address) ?? this.#routes.find((row) => inPrefix(bytes, row.prefix, row.prefixLength));
  }

  /** Everything that is asked about a destination, except frontends. */
  destination(address: string): string {
    const { bytes } = mustAddress(address);
    const route = this.#route(address, bytes);
    const port = this.tables.PORT[route?.port ?? NONE];
    const local = this.#locals.get(address);
    return [
      local === undefined ? 'foreign' : `local${local & LocalAddressFlag.NODE_PORT}`,
      this.#virtual.has(address) ? 'virtual' : '',
      this.#inCidr(bytes, CidrKind.SERVICE) ? 'range' : '',
      this.#inCidr(bytes, CidrKind.EGRESS_KEEP) ? 'keep' : '',
      RouteKindNames[route?.kind ?? 0] ?? '',
      PortKindNames[port?.kind ?? 0] ?? '',
    ].join('.');
  }

  /**
   * True if the port through which a packet to a frontend came does not matter: the packet will get another
   * destination, and is not rejected for lack of endpoints.
   */
  servesAnyPort(destination: string, frontend: number): boolean {
    const row = this.tables.FRONTEND[frontend];
    const service = this.tables.SERVICE[row?.service ?? NONE];
    if (!row || !service || (service.flags & ServiceFlag.HAS_ENDPOINTS) === 0) return false;
    return !this.members(row.service).has(destination);
  }

  /** Everything that the rows of a frontend ask about a source. */
  source(address: string, frontend: number): string {
    const row = this.tables.FRONTEND[frontend];
    const service = this.tables.SERVICE[row?.service ?? NONE];
    if (!row || !service) return '';
    const { bytes } = mustAddress(address);
    const isPod = this.#detects(familyOf(address)) && this.#inCidr(bytes, CidrKind.DETECT_LOCAL);
    return [
      isPod ? 'pod' : '',
      this.#locals.has(address) ? 'node' : '',
      this.#ranges(row, service).some((range) => inPrefix(bytes, range.prefix, range.prefixLength)) ? 'allowed' : '',
      this.members(row.service).has(address) ? address : '',
    ].join('.');
  }

  #detects(family: Family): boolean {
    const bit = family === 'IPv4' ? ServiceModeFlag.DETECT_LOCAL : ServiceModeFlag.DETECT_LOCAL_6;
    return ((this.tables.NODE[0]?.serviceFlags ?? 0) & bit) !== 0;
  }

  #ranges(row: FrontendRow, service: ServiceRow): { prefix: Uint8Array; prefixLength: number }[] {
    if ((row.flags & FrontendFlag.FIREWALL) === 0 && row.kind !== FrontendKind.HOST_PORT) return [];
    return this.tables.SOURCE_RANGE.slice(
      service.sourceRangeFirst,
      service.sourceRangeFirst + service.sourceRangeCount,
    );
  }

  /** Addresses of the endpoints that a Service row can choose. */
  members(service: number): ReadonlySet<string> {
    const known = this.#members.get(service);
    if (known) return known;
    const row = this.tables.SERVICE[service];
    const found = new Set<string>();
    const add = (first: number, count: number): void => {
      for (const { index } of this.tables.MEMBER.slice(first, first + count)) {
        const backend = this.tables.BACKEND[index];
        if (backend) found.add(formatBytes(backend.address));
      }
    };
    if (row) {
      add(row.clusterFirst, row.clusterCount);
      add(row.localFirst, row.localCount);
    }
    this.#members.set(service, found);
    return found;
  }

  /** The ranges against which destinations of a family are compared. */
  destinationPrefixes(family: Family): Prefix[] {
    const rows = [
      ...this.tables.ROUTE,
      ...this.tables.CIDR.filter(({ kind }) => kind === CidrKind.SERVICE || kind === CidrKind.EGRESS_KEEP),
    ];
    return rows.flatMap((row) => prefixOf(family, row.prefix, row.prefixLength) ?? []);
  }

  /** The ranges against which a frontend compares sources of a family, except single addresses. */
  sourcePrefixes(family: Family, frontend: number): Prefix[] {
    const row = this.tables.FRONTEND[frontend];
    const service = this.tables.SERVICE[row?.service ?? NONE];
    const detectors = this.tables.CIDR.filter(({ kind }) => kind === CidrKind.DETECT_LOCAL);
    const ranges = row && service ? this.#ranges(row, service) : [];
    return [...detectors, ...ranges].flatMap((range) => prefixOf(family, range.prefix, range.prefixLength) ?? []);
  }
}
