// services.ts - Service ports → SERVICE, BACKEND, MEMBER and SOURCE_RANGE rows, the same under every strategy.
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
import { swap16 } from '../image/hash.js';
import { contains, formatEndpoint, mustAddress, mustCidr } from '../model/address.js';
import { IdTable } from '../plan/ids.js';
import type { NodePlan, PlanEndpoint, PlanServicePort } from '../plan/plan.js';
import { AddressPage, cidrFields } from './bytes.js';

/** The sections that grow while Service ports are added. */
export interface ServiceSections {
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

/** Name under which a Service port keeps its id from one generation to the next. */
export const serviceIdName = (port: PlanServicePort): string => `${port.name}/${port.protocol}/${port.family}`;

/** Adds the rows of Service ports one after the other. */
class ServiceBuilder implements ServiceSections {
  readonly SERVICE: ServiceRow[] = [];
  readonly BACKEND: BackendRow[] = [];
  readonly MEMBER: IndexRow[] = [];
  readonly SOURCE_RANGE: CidrRow[] = [];
  readonly #serviceIds = new IdTable();
  readonly #backendIds = new IdTable();
  readonly #addresses: AddressPage;
  readonly #nodeIPs: readonly string[];
  readonly #schedulerOf: (port: PlanServicePort) => number;

  constructor(plan: NodePlan, schedulerOf: (port: PlanServicePort) => number) {
    this.#addresses = new AddressPage(plan.services.reduce((sum, port) => sum + port.allEndpoints.length, 0));
    this.#nodeIPs = plan.node.nodeIPs;
    this.#schedulerOf = schedulerOf;
  }

  /** Rows of all endpoints of a port, one behind the other; returns the first. */
  #backends(port: PlanServicePort): number {
    const first = this.BACKEND.length;
    for (const endpoint of port.allEndpoints) {
      this.BACKEND.push({
        address: this.#addresses.of(endpoint.address),
        port_be: swap16(endpoint.port),
        flags: endpoint.local ? BackendFlag.LOCAL : 0,
        id: this.#backendIds.of(formatEndpoint(endpoint.address, endpoint.port)),
        weight: endpoint.weight,
        service: this.SERVICE.length,
      });
    }
    return first;
  }

  /** Lists keep the order of allEndpoints, so one pass over it finds the rows of all members. */
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
   * A range that contains the node's address also lets the Service's own load-balancer addresses in: the node may use
   * them as source for its own packets to them (pkg/proxy/iptables/proxier.go, "allowFromNode").
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

  add(port: PlanServicePort, loadBalancerIPs: readonly string[], fallsBack: boolean): void {
    const firstRow = this.#backends(port);
    const run = (list: readonly PlanEndpoint[]): Run => this.#members(list, port.allEndpoints, firstRow);
    const cluster = run(port.clusterEndpoints);
    const local = run(port.localEndpoints);
    const same = sameList(port.servingEndpoints, port.clusterEndpoints);
    const serving = same ? cluster : run(port.servingEndpoints);
    const ranges = this.#sourceRanges(port, loadBalancerIPs);
    const stranded = fallsBack && port.internalLocal && cluster.count + local.count === 0;
    this.SERVICE.push({
      id: this.#serviceIds.of(serviceIdName(port)),
      flags:
        (port.internalLocal ? ServiceFlag.INTERNAL_LOCAL : 0) |
        (port.externalLocal ? ServiceFlag.EXTERNAL_LOCAL : 0) |
        (port.hasAnyEndpoints && !stranded ? ServiceFlag.HAS_ENDPOINTS : 0) |
        (port.endpointsChanged && port.protocol === 'UDP' ? ServiceFlag.CLEAN_UDP : 0),
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
      ringFirst: NONE,
      ringCount: 0,
      localRingFirst: NONE,
    });
  }
}

const sameList = (a: readonly PlanEndpoint[], b: readonly PlanEndpoint[]): boolean =>
  a.length === b.length && a.every((endpoint, i) => endpoint === b[i]);

/**
 * Rows of all Service ports, in the order of the plan.
 * @param fallsBack policy Local without local endpoints uses all of them (ipvs): a Service port that even then has none
 *   is a virtual server without destinations, which rejects instead of dropping
 * @param schedulerOf ServiceRow.scheduler of a port
 */
export function compileServices(
  plan: NodePlan,
  fallsBack: boolean,
  schedulerOf: (port: PlanServicePort) => number,
): ServiceSections {
  const builder = new ServiceBuilder(plan, schedulerOf);
  const loadBalancerIPs = new Map<number, string[]>();
  for (const frontend of plan.frontends) {
    if (frontend.kind !== 'LoadBalancer') continue;
    const known = loadBalancerIPs.get(frontend.service);
    if (known) known.push(frontend.address);
    else loadBalancerIPs.set(frontend.service, [frontend.address]);
  }
  plan.services.forEach((port, i) => {
    builder.add(port, loadBalancerIPs.get(i) ?? [], fallsBack);
  });
  return builder;
}
