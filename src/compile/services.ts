// services.ts - Service ports → SERVICE, BACKEND, MEMBER and SOURCE_RANGE rows: the same under every strategy.
import {
  BackendFlag,
  type BackendRow,
  CidrKind,
  type CidrRow,
  type IndexRow,
  ServiceFlag,
  type ServiceRow,
} from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { contains, mustAddress, mustCidr } from '../model/address.js';
import { IdTable } from '../plan/ids.js';
import {
  type NodePlan,
  type PlanEndpoint,
  type PlanFrontend,
  type PlanServicePort,
  portIdentity,
} from '../plan/plan.js';
import { swap16 } from '../wire/bytes.js';
import { AddressPage, cidrFields } from './bytes.js';

/** The sections that grow while Service ports are added. */
interface ServiceSections {
  readonly SERVICE: ServiceRow[];
  readonly BACKEND: BackendRow[];
  readonly MEMBER: IndexRow[];
  readonly SOURCE_RANGE: CidrRow[];
}

interface Run {
  readonly first: number;
  readonly count: number;
}

const EMPTY_RUN: Run = { first: 0, count: 0 };

/** What is needed to compile a Service port, besides the port itself. */
interface ServiceSurroundings {
  /** Its load-balancer addresses. */
  readonly loadBalancerIPs: readonly string[];
  /** UDP flows to endpoints that it no longer has must be deleted. */
  readonly cleanUdp: boolean;
}

/** @param changed NodePlan.changedPorts */
export const cleansUdp = (port: PlanServicePort, changed: ReadonlySet<string>): boolean =>
  port.protocol === 'UDP' && changed.has(portIdentity(port));

const NO_LISTS = {
  clusterFirst: 0,
  clusterCount: 0,
  localFirst: 0,
  localCount: 0,
  servingFirst: 0,
  servingCount: 0,
  sourceRangeFirst: 0,
  sourceRangeCount: 0,
} as const;

const NO_RINGS = { ringFirst: NONE, ringCount: 0, localRingFirst: NONE } as const;

/** An empty row of SERVICE. Patches leave it wherever nothing points any more. */
export const VACANT: ServiceRow = { id: 0, flags: 0, ...NO_LISTS, affinitySeconds: 0, scheduler: 0, ...NO_RINGS };

/** The rows of Service ports, which can be added, changed and removed one by one. Ids stay tied to names. */
export class ServiceBook implements ServiceSections {
  readonly SERVICE: ServiceRow[] = [];
  readonly BACKEND: BackendRow[] = [];
  readonly MEMBER: IndexRow[] = [];
  readonly SOURCE_RANGE: CidrRow[] = [];
  /** Of the rows of SERVICE. */
  readonly names: string[] = [];
  readonly #serviceIds = new IdTable();
  readonly #backendIds = new IdTable();
  readonly #nodeIPs: readonly string[];
  readonly #fallsBack: boolean;
  readonly #schedulerOf: (port: PlanServicePort) => number;
  readonly #vacant: number[] = [];

  /**
   * @param fallsBack policy Local without local endpoints uses all of them (ipvs). A Service port that still has none
   *   is a virtual server without destinations, which rejects instead of dropping
   * @param schedulerOf ServiceRow.scheduler of a port
   */
  constructor(nodeIPs: readonly string[], fallsBack: boolean, schedulerOf: (port: PlanServicePort) => number) {
    this.#nodeIPs = nodeIPs;
    this.#fallsBack = fallsBack;
    this.#schedulerOf = schedulerOf;
  }

  /** Adds consecutive rows for all endpoints of a port; returns the first. */
  #backends(port: PlanServicePort, row: number, addresses: AddressPage): number {
    const first = this.BACKEND.length;
    for (const endpoint of port.allEndpoints) {
      this.BACKEND.push({
        address: addresses.of(endpoint.address),
        port_be: swap16(endpoint.port),
        flags: endpoint.local ? BackendFlag.LOCAL : 0,
        id: this.#backendIds.of(endpoint.name),
        weight: endpoint.weight,
        service: row,
      });
    }
    return first;
  }

  /** Lists keep the order of allEndpoints, so one pass finds the rows of all members. */
  #members(list: readonly PlanEndpoint[], all: readonly PlanEndpoint[], firstRow: number): Run {
    if (list.length === 0) return EMPTY_RUN;
    const first = this.MEMBER.length;
    let next = 0;
    for (let i = 0; i < all.length && next < list.length; i++) {
      if (all[i] !== list[next]) continue;
      this.MEMBER.push({ index: firstRow + i });
      next++;
    }
    if (next < list.length) throw new Error('the members of a list are not in the order of all endpoints');
    return { first, count: list.length };
  }

  /**
   * A range that contains the node's address also admits the Service's own load-balancer addresses, because the node
   * may use them as the source of its own packets to them (pkg/proxy/iptables/proxier.go, "allowFromNode").
   */
  #sourceRanges(port: PlanServicePort, loadBalancerIPs: readonly string[]): Run {
    if (port.sourceRanges.length === 0) return EMPTY_RUN;
    const first = this.SOURCE_RANGE.length;
    const nodeIPs = this.#nodeIPs.map(mustAddress);
    const own = port.sourceRanges.some((text) => nodeIPs.some((ip) => contains(mustCidr(text), ip)));
    const hosts = own ? loadBalancerIPs.map((ip) => `${ip}/${port.family === 'IPv4' ? 32 : 128}`) : [];
    for (const text of [...port.sourceRanges, ...hosts]) {
      this.SOURCE_RANGE.push({ ...cidrFields(text), kind: CidrKind.SOURCE_RANGE });
    }
    return { first, count: this.SOURCE_RANGE.length - first };
  }

  /**
   * Writes a Service port to a row of SERVICE, and appends its endpoints and lists.
   * @param addresses where to put the addresses of its endpoints
   */
  write(row: number, port: PlanServicePort, around: ServiceSurroundings, addresses: AddressPage): void {
    const firstRow = this.#backends(port, row, addresses);
    const run = (list: readonly PlanEndpoint[]): Run => this.#members(list, port.allEndpoints, firstRow);
    const cluster = run(port.clusterEndpoints);
    const local = run(port.localEndpoints);
    const same = sameList(port.servingEndpoints, port.clusterEndpoints);
    const serving = same ? cluster : run(port.servingEndpoints);
    const ranges = this.#sourceRanges(port, around.loadBalancerIPs);
    const stranded = this.#fallsBack && port.internalLocal && cluster.count + local.count === 0;
    this.names[row] = port.name;
    this.SERVICE[row] = {
      id: this.#serviceIds.of(portIdentity(port)),
      flags:
        (port.internalLocal ? ServiceFlag.INTERNAL_LOCAL : 0) |
        (port.externalLocal ? ServiceFlag.EXTERNAL_LOCAL : 0) |
        (port.hasAnyEndpoints && !stranded ? ServiceFlag.HAS_ENDPOINTS : 0) |
        (around.cleanUdp ? ServiceFlag.CLEAN_UDP : 0),
      clusterFirst: cluster.first,
      clusterCount: cluster.count,
      localFirst: local.first,
      localCount: local.count,
      servingFirst: serving.first,
      servingCount: serving.count,
      sourceRangeFirst: ranges.first,
      sourceRangeCount: ranges.count,
      affinitySeconds: port.affinitySeconds,
      scheduler: this.#schedulerOf(port),
      ...NO_RINGS,
    };
  }

  /** A second row for a row's Service port, without any endpoint: it always drops. */
  pushEmptied(row: number): void {
    const { id, affinitySeconds, scheduler } = this.SERVICE[row] ?? VACANT;
    const flags = ServiceFlag.EXTERNAL_LOCAL | ServiceFlag.HAS_ENDPOINTS;
    this.SERVICE.push({ ...VACANT, id, flags, affinitySeconds, scheduler });
    this.names.push(this.names[row] ?? '');
  }

  /** A row for another Service port: a vacant one, or the next. */
  reserve(): number {
    return this.#vacant.pop() ?? this.SERVICE.push(VACANT) - 1;
  }

  /** Frees a row whose Service port is gone, as are all frontends that led to it. */
  vacate(row: number): void {
    this.SERVICE[row] = VACANT;
    this.names[row] = '';
    this.#vacant.push(row);
  }
}

const sameList = (a: readonly PlanEndpoint[], b: readonly PlanEndpoint[]): boolean =>
  a.length === b.length && a.every((endpoint, i) => endpoint === b[i]);

/** Load-balancer addresses, by the port that their frontends name. */
export function loadBalancerAddresses(frontends: readonly PlanFrontend[]): ReadonlyMap<number, readonly string[]> {
  const found = new Map<number, string[]>();
  for (const frontend of frontends) {
    if (frontend.kind !== 'LoadBalancer') continue;
    const known = found.get(frontend.service);
    if (known) known.push(frontend.address);
    else found.set(frontend.service, [frontend.address]);
  }
  return found;
}

/** Total number of endpoint addresses of these ports. */
export const countEndpoints = (ports: readonly PlanServicePort[]): number =>
  ports.reduce((sum, port) => sum + port.allEndpoints.length, 0);

/** Rows of all Service ports of a plan, in the plan's order. */
export function fillServices(book: ServiceBook, plan: NodePlan): void {
  const addresses = new AddressPage(countEndpoints(plan.services));
  const balanced = loadBalancerAddresses(plan.frontends);
  plan.services.forEach((port, i) => {
    const cleanUdp = cleansUdp(port, plan.changedPorts);
    book.write(i, port, { loadBalancerIPs: balanced.get(i) ?? [], cleanUdp }, addresses);
  });
}
