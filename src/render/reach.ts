// reach.ts - what a rule document says about each Service port: its frontends, and which traffic finds endpoints.
import { contains, type Family, familyOf, mustAddress, parseCidr } from '../model/address.js';
import type { NodePlan, PlanEndpoint, PlanFrontend, PlanServicePort } from '../plan/plan.js';

export interface ServiceReach {
  readonly service: PlanServicePort;
  readonly frontends: readonly PlanFrontend[];
  /** It has a frontend other than the cluster IP. */
  readonly external: boolean;
  readonly loadBalancerIPs: readonly string[];
  /** Traffic to the cluster IP finds endpoints. If not, it is dropped when `service.hasAnyEndpoints`, else rejected. */
  readonly internalWorks: boolean;
  /** The same for outside traffic to the other frontends. */
  readonly externalWorks: boolean;
  /** Every endpoint to which this node may send a packet. */
  readonly reachable: readonly PlanEndpoint[];
}

function reachOf(service: PlanServicePort, frontends: readonly PlanFrontend[]): ServiceReach {
  const used = new Set([...service.clusterEndpoints, ...service.localEndpoints]);
  const noneHere = service.localEndpoints.length === 0;
  return {
    service,
    frontends,
    external: frontends.some(({ kind }) => kind !== 'ClusterIP'),
    loadBalancerIPs: frontends.filter(({ kind }) => kind === 'LoadBalancer').map(({ address }) => address),
    internalWorks: service.hasAnyEndpoints && !(service.internalLocal && noneHere),
    externalWorks: service.hasAnyEndpoints && !(service.externalLocal && noneHere),
    reachable: service.allEndpoints.filter((endpoint) => used.has(endpoint)),
  };
}

function reaches(plan: NodePlan, family: Family, isHostPort: boolean): ServiceReach[] {
  const frontends = new Map<number, PlanFrontend[]>();
  for (const frontend of plan.frontends) {
    const list = frontends.get(frontend.service);
    if (list) list.push(frontend);
    else frontends.set(frontend.service, [frontend]);
  }
  return plan.services.flatMap((service, i) =>
    service.family === family && service.isHostPort === isHostPort ? [reachOf(service, frontends.get(i) ?? [])] : [],
  );
}

/** The Service ports of one family, in plan order. */
export const reachesOf = (plan: NodePlan, family: Family): ServiceReach[] => reaches(plan, family, false);

/** The hostPorts of one family: the CNI's business, and none of kube-proxy's. */
export const hostPortsOf = (plan: NodePlan, family: Family): ServiceReach[] => reaches(plan, family, true);

/** Health-check ports of one family and the Service ports that have them, each once. */
export function healthChecksOf(plan: NodePlan, family: Family): { service: PlanServicePort; port: number }[] {
  const ports = new Map<string, number>();
  for (const { kind, family: own, owner, port } of plan.frontends) {
    if (kind === 'HealthCheck' && own === family) ports.set(owner, port);
  }
  return plan.services.flatMap((service) => {
    const port = ports.get(`${service.namespace}/${service.service}`);
    return port !== undefined && service.family === family ? [{ service, port }] : [];
  });
}

/**
 * Who may use the load balancer addresses of a Service with source ranges. A node inside the ranges may also use
 * those addresses as its source, because as host of the VIP it has them.
 */
export function allowedSources(plan: NodePlan, service: PlanServicePort): string[] {
  const own = plan.node.nodeIPs.filter(isFamily(service.family)).map(mustAddress);
  const fromNode = service.sourceRanges.some((text) => {
    const cidr = parseCidr(text);
    return cidr !== null && own.some((address) => contains(cidr, address));
  });
  if (!fromNode) return [...service.sourceRanges];
  const index = plan.services.indexOf(service);
  const balanced = plan.frontends.filter((frontend) => frontend.service === index && frontend.kind === 'LoadBalancer');
  return [...service.sourceRanges, ...balanced.map(({ address }) => address)];
}

export const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

export const isFamily =
  (family: Family) =>
  (text: string): boolean =>
    familyOf(text) === family;
