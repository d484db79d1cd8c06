// ipvs-table.ts - what kube-proxy's ipvs mode makes of a plan in the kernel: virtual servers, IP sets, addresses.
//
// Source: pkg/proxy/ipvs/{proxier,ipset}.go (v1.36).
import { contains, type Family, mustAddress, parseCidr } from '../model/address.js';
import type { Protocol } from '../model/objects.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';
import { schedulerName } from '../plan/scheduler.js';
import { FAMILIES, healthChecksOf, isFamily, reachesOf, type ServiceReach } from './reach.js';

/** IP_VS_SVC_F_PERSISTENT and IP_VS_SVC_F_SCHED_MH_PORT (include/uapi/linux/ip_vs.h). */
const PERSISTENT = 0x1;
const MH_PORT = 0x10;

interface RealServer {
  /** `address:port` */
  readonly endpoint: string;
  readonly weight: number;
}

export interface VirtualServer {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  readonly scheduler: string;
  readonly flags: number;
  /** Seconds; 0 when not persistent. */
  readonly timeout: number;
  readonly persistent: boolean;
  readonly mhPort: boolean;
  readonly realServers: readonly RealServer[];
}

export interface IpvsTable {
  readonly virtualServers: readonly VirtualServer[];
  /** Name → sorted entries. Empty sets are left out. */
  readonly ipsets: ReadonlyMap<string, readonly string[]>;
  /** On the device kube-ipvs0. */
  readonly boundAddresses: readonly string[];
  /** Load balancer entries that the node itself must not use: `address`, `port`, `protocol`. */
  readonly closedToNode: readonly { readonly address: string; readonly port: number; readonly protocol: Protocol }[];
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

export function virtualServer(
  plan: NodePlan,
  service: PlanServicePort,
  address: string,
  port: number,
  endpoints: readonly PlanEndpoint[],
): VirtualServer {
  const scheduler = schedulerName(service.scheduler, plan.config);
  const persistent = service.affinitySeconds > 0;
  const mhPort = scheduler === 'mh';
  return {
    address,
    port,
    protocol: service.protocol,
    scheduler,
    flags: (persistent ? PERSISTENT : 0) | (mhPort ? MH_PORT : 0),
    timeout: service.affinitySeconds,
    persistent,
    mhPort,
    realServers: endpoints.map((one) => ({ endpoint: one.name, weight: one.weight })),
  };
}

/** Collects one family. */
class Collector {
  readonly servers = new Map<string, VirtualServer>();
  readonly sets = new Map<string, Set<string>>();
  readonly bound = new Set<string>();
  readonly closed: { address: string; port: number; protocol: Protocol }[] = [];
  readonly #plan: NodePlan;
  readonly #nodeAddresses: readonly string[];
  /** Where NodePorts are served. */
  readonly #nodePortAddresses: readonly string[];
  /** kube-proxy's --node-ip of the family. */
  readonly #nodeIP: string | undefined;

  constructor(plan: NodePlan, family: Family) {
    this.#plan = plan;
    const own = plan.localAddresses.filter(({ address }) => isFamily(family)(address));
    this.#nodeAddresses = own.map(({ address }) => address);
    this.#nodePortAddresses = own.filter(({ nodePort }) => nodePort).map(({ address }) => address);
    this.#nodeIP = plan.node.nodeIPs.find(isFamily(family));
  }

  add(reach: ServiceReach): void {
    const { service, frontends } = reach;
    const word = service.protocol.toLowerCase();
    for (const endpoint of service.allEndpoints) {
      const { address, port } = endpoint;
      if (endpoint.local) this.#insert('KUBE-LOOP-BACK', `${address},${word}:${port},${address}`);
    }
    for (const frontend of frontends) this.#addFrontend(service, frontend);
  }

  addHealthCheck(port: number, hasNodePort: boolean): void {
    // When the node has no address for a NodePort, kube-proxy abandons the Service port right here.
    if (hasNodePort && this.#nodePortAddresses.length === 0) return;
    this.#insert('KUBE-HEALTH-CHECK-NODE-PORT', String(port));
  }

  #insert(set: string, entry: string): void {
    const entries = this.sets.get(set);
    if (entries) entries.add(entry);
    else this.sets.set(set, new Set([entry]));
  }

  #addFrontend(service: PlanServicePort, frontend: PlanFrontend): void {
    const { kind, address, port } = frontend;
    const entry = `${address},${service.protocol.toLowerCase()}:${port}`;
    switch (kind) {
      case 'ClusterIP':
        this.#insert('KUBE-CLUSTER-IP', entry);
        this.#serve(service, address, port, service.internalLocal);
        this.#bind(address);
        break;
      case 'ExternalIP':
        this.#insert(service.externalLocal ? 'KUBE-EXTERNAL-IP-LOCAL' : 'KUBE-EXTERNAL-IP', entry);
        this.#serveElsewhere(service, address, port);
        break;
      case 'LoadBalancer':
        this.#insert('KUBE-LOAD-BALANCER', entry);
        if (service.externalLocal) this.#insert('KUBE-LOAD-BALANCER-LOCAL', entry);
        this.#guard(service, address, port, entry);
        this.#serveElsewhere(service, address, port);
        break;
      case 'NodePort':
        this.#addNodePort(service, port);
    }
  }

  #serveElsewhere(service: PlanServicePort, address: string, port: number): void {
    this.#serve(service, address, port, service.externalLocal);
    // An address that an interface of the node already has is not bound a second time.
    if (!this.#nodeAddresses.includes(address)) this.#bind(address);
  }

  #bind(address: string): void {
    this.bound.add(address);
    this.#insert('KUBE-IPVS-IPS', address);
  }

  /** loadBalancerSourceRanges. */
  #guard(service: PlanServicePort, address: string, port: number, entry: string): void {
    if (service.sourceRanges.length === 0) return;
    this.#insert('KUBE-LOAD-BALANCER-FW', entry);
    for (const range of service.sourceRanges) this.#insert('KUBE-LOAD-BALANCER-SOURCE-CIDR', `${entry},${range}`);
    const nodeIP = this.#nodeIP === undefined ? null : mustAddress(this.#nodeIP);
    const open = service.sourceRanges.some((text) => {
      const cidr = parseCidr(text);
      return cidr !== null && nodeIP !== null && contains(cidr, nodeIP);
    });
    if (open) this.#insert('KUBE-LOAD-BALANCER-SOURCE-IP', `${entry},${address}`);
    else this.closed.push({ address, port, protocol: service.protocol });
  }

  #addNodePort(service: PlanServicePort, port: number): void {
    if (this.#nodePortAddresses.length === 0) return;
    const sctp = service.protocol === 'SCTP';
    const tail = sctp ? 'SCTP-HASH' : service.protocol;
    // Bitmap sets hold ports of one protocol. SCTP has no bitmap and is stored by address.
    const entries = sctp ? this.#nodePortAddresses.map((address) => `${address},sctp:${port}`) : [String(port)];
    for (const entry of entries) {
      this.#insert(`KUBE-NODE-PORT-${tail}`, entry);
      if (service.externalLocal) this.#insert(`KUBE-NODE-PORT-LOCAL-${tail}`, entry);
    }
    for (const address of this.#nodePortAddresses) this.#serve(service, address, port, service.externalLocal);
  }

  #serve(service: PlanServicePort, address: string, port: number, local: boolean): void {
    const key = `${address} ${port} ${service.protocol}`;
    if (this.servers.has(key)) return;
    this.servers.set(key, virtualServer(this.#plan, service, address, port, chosenEndpoints(service, local)));
  }
}

/** Policy Local without local endpoints uses all endpoints: this mode never drops for lack of local ones. */
const chosenEndpoints = (service: PlanServicePort, local: boolean): readonly PlanEndpoint[] =>
  local && service.localEndpoints.length > 0 ? service.localEndpoints : service.clusterEndpoints;

/** The table of one family. The plan must have been made for mode ipvs. */
export function ipvsTable(plan: NodePlan, family: Family): IpvsTable {
  const collector = new Collector(plan, family);
  const reaches = reachesOf(plan, family);
  for (const reach of reaches) collector.add(reach);
  const withNodePort = new Set(
    reaches.filter(({ frontends }) => frontends.some(({ kind }) => kind === 'NodePort')).map(({ service }) => service),
  );
  for (const { service, port } of healthChecksOf(plan, family)) {
    collector.addHealthCheck(port, withNodePort.has(service));
  }
  const servers = [...collector.servers.values()];
  servers.sort((a, b) => byText(a.address, b.address) || a.port - b.port || byText(a.protocol, b.protocol));
  return {
    virtualServers: servers,
    ipsets: new Map(
      [...collector.sets].sort(([a], [b]) => byText(a, b)).map(([name, entries]) => [name, [...entries].sort(byText)]),
    ),
    boundAddresses: [...collector.bound].sort(byText),
    closedToNode: collector.closed,
  };
}

/** Both families in one: IPVS has a single table, and set names differ only by a prefix that is left out here. */
export function ipvsTables(plan: NodePlan, families: readonly Family[] = FAMILIES): IpvsTable {
  const tables = families.map((family) => ipvsTable(plan, family));
  const names = [...new Set(tables.flatMap(({ ipsets }) => [...ipsets.keys()]))].sort(byText);
  return {
    virtualServers: tables.flatMap(({ virtualServers }) => virtualServers),
    ipsets: new Map(names.map((name) => [name, tables.flatMap(({ ipsets }) => ipsets.get(name) ?? [])])),
    boundAddresses: tables.flatMap(({ boundAddresses }) => boundAddresses),
    closedToNode: tables.flatMap(({ closedToNode }) => closedToNode),
  };
}
