// planner.ts - plans what one node must do for Services: every Service port with its endpoints and frontends.
import type { Family } from '../model/address.js';
import type { ClusterSnapshot, EndpointSlice, Service, ServicePort } from '../model/objects.js';
import { canonicalCidrs, firstOfFamily } from './config.js';
import { endpointsOf, indexSlices, type SliceIndex } from './endpoints.js';
import { isSkipped, localAddresses, type ServiceAddresses, serviceAddresses } from './frontends.js';
import { inOrder, planHostPorts } from './hostports.js';
import {
  type NodePlan,
  type NodeView,
  type PlanEndpoint,
  type PlanFrontend,
  type PlanServicePort,
  type ProxyConfig,
  type ProxyMode,
  portIdentity,
  type ServicePlan,
} from './plan.js';
import { SCHEDULER_ANNOTATION } from './scheduler.js';
import { chosen, selectEndpoints } from './select.js';
import { endpointWeights, type Weights } from './weights.js';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const DEFAULT_AFFINITY_SECONDS = 10_800;
const NO_ENDPOINTS: readonly PlanEndpoint[] = [];
const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** What is the same for every Service of one plan. */
export interface PlanContext {
  readonly node: NodeView;
  readonly zone: string;
  readonly weightOf: Weights;
}

export const ownerOf = (service: Service): string =>
  `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;

/** kube-proxy's ServicePortName as text. An unnamed port gets no colon part. */
const portNameOf = (owner: string, port: string): string => (port === '' ? owner : `${owner}:${port}`);

function affinitySeconds(service: Service): number {
  if (service.spec.sessionAffinity !== 'ClientIP') return 0;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}

/** The policy counts only for Services on which the API allows it (pkg/api/v1/service/util.go). */
function externalPolicyLocal(service: Service): boolean {
  const { type, externalIPs, externalTrafficPolicy } = service.spec;
  const external = type === 'LoadBalancer' || type === 'NodePort' || (externalIPs ?? []).length > 0;
  return external && externalTrafficPolicy === 'Local';
}

/** Equal in everything that kube-proxy's stale connections depend on. */
function sameEndpoints(a: readonly PlanEndpoint[], b: readonly PlanEndpoint[]): boolean {
  return (
    a.length === b.length &&
    a.every((x, i) => {
      const y = b[i];
      return (
        y !== undefined &&
        x.address === y.address &&
        x.port === y.port &&
        x.ready === y.ready &&
        x.serving === y.serving &&
        x.terminating === y.terminating
      );
    })
  );
}

function planPort(
  context: PlanContext,
  owner: string,
  service: Service,
  port: ServicePort,
  family: Family,
  addresses: ServiceAddresses,
  slices: readonly EndpointSlice[],
): PlanServicePort {
  const { spec } = service;
  const portName = port.name ?? '';
  const protocol = port.protocol ?? 'TCP';
  const all = endpointsOf(slices, portName, protocol, family, context.node.name, context.weightOf);
  const externallyAccessible =
    Boolean(port.nodePort) || addresses.externalIPs.length > 0 || addresses.loadBalancerIPs.length > 0;
  const policy = {
    internalLocal: spec.internalTrafficPolicy === 'Local',
    externalLocal: externalPolicyLocal(service),
    externallyAccessible,
  };
  const selection = selectEndpoints(all, policy, context.node.name, context.zone);
  const name = portNameOf(owner, portName);
  return {
    name,
    namespace: service.metadata.namespace ?? 'default',
    service: service.metadata.name,
    portName,
    protocol,
    family,
    port: port.port,
    clusterIP: addresses.clusterIP,
    internalLocal: policy.internalLocal,
    externalLocal: policy.externalLocal,
    hasAnyEndpoints: selection.hasAny,
    allEndpoints: all,
    clusterEndpoints: selection.cluster ?? [],
    localEndpoints: selection.local ?? [],
    servingEndpoints: chosen(all, (endpoint) => endpoint.serving),
    sourceRanges: addresses.sourceRanges,
    affinitySeconds: affinitySeconds(service),
    scheduler: service.metadata.annotations?.[SCHEDULER_ANNOTATION] ?? '',
    isHostPort: false,
  };
}

/** @param index index of the port in its ServicePlan */
function addFrontends(
  frontends: PlanFrontend[],
  owner: string,
  { family, protocol, clusterIP, sourceRanges }: PlanServicePort,
  index: number,
  port: ServicePort,
  { externalIPs, loadBalancerIPs }: ServiceAddresses,
): void {
  const add = (kind: PlanFrontend['kind'], address: string, number: number, firewall: boolean): void => {
    frontends.push({ kind, family, address, port: number, protocol, service: index, firewall, owner });
  };
  add('ClusterIP', clusterIP, port.port, false);
  for (const address of externalIPs) add('ExternalIP', address, port.port, false);
  for (const address of loadBalancerIPs) add('LoadBalancer', address, port.port, sourceRanges.length > 0);
  if (port.nodePort) add('NodePort', '', port.nodePort, false);
}

/** The health-check port of a LoadBalancer Service with policy Local. The node itself accepts it. */
function healthCheck(owner: string, service: Service, family: Family): PlanFrontend | null {
  const port = service.spec.healthCheckNodePort;
  if (!port || service.spec.type !== 'LoadBalancer' || service.spec.externalTrafficPolicy !== 'Local') return null;
  return { kind: 'HealthCheck', family, address: '', port, protocol: 'TCP', service: -1, firewall: false, owner };
}

/**
 * Plans one Service; null when kube-proxy ignores it.
 * @param owner its `namespace/name`
 */
export function planService(
  context: PlanContext,
  owner: string,
  service: Service,
  slices: readonly EndpointSlice[],
): ServicePlan | null {
  if (isSkipped(service)) return null;
  const ports: PlanServicePort[] = [];
  const frontends: PlanFrontend[] = [];
  for (const family of FAMILIES) {
    const addresses = serviceAddresses(service, family);
    if (!addresses) continue;
    for (const port of service.spec.ports ?? []) {
      const plan = planPort(context, owner, service, port, family, addresses, slices);
      addFrontends(frontends, owner, plan, ports.length, port, addresses);
      ports.push(plan);
    }
    const check = healthCheck(owner, service, family);
    if (check) frontends.push(check);
  }
  return { owner, ports, frontends };
}

function localDetector(node: NodeView, config: ProxyConfig): string[] {
  if (config.detectLocalMode === 'none') return [];
  return firstOfFamily(config.detectLocalMode === 'NodeCIDR' ? node.podCIDRs : config.clusterCIDR);
}

/** UDP ports whose endpoints differ from those in `before`. A port that is missing there counts as having had none. */
export function changedPorts(services: Iterable<ServicePlan>, before: Iterable<PlanServicePort>): ReadonlySet<string> {
  const known = new Map<string, readonly PlanEndpoint[]>();
  for (const port of before) if (port.protocol === 'UDP') known.set(portIdentity(port), port.allEndpoints);
  const changed = new Set<string>();
  for (const { ports } of services) {
    for (const port of ports) {
      if (port.protocol !== 'UDP') continue;
      const identity = portIdentity(port);
      if (!sameEndpoints(known.get(identity) ?? NO_ENDPOINTS, port.allEndpoints)) changed.add(identity);
    }
  }
  return changed;
}

export const planContext = (snapshot: ClusterSnapshot, node: NodeView): PlanContext => ({
  node,
  zone: node.labels[ZONE_LABEL] ?? '',
  weightOf: endpointWeights(snapshot.pods ?? []),
});

/** By `namespace/name`. */
export const indexServices = (services: readonly Service[]): Map<string, Service> =>
  new Map(services.map((service) => [ownerOf(service), service]));

/** All of these Services, sorted by `namespace/name`. */
export function planServices(
  context: PlanContext,
  services: ReadonlyMap<string, Service>,
  slices: SliceIndex,
): ServicePlan[] {
  const plans: ServicePlan[] = [];
  for (const [owner, service] of services) {
    const plan = planService(context, owner, service, slices.get(owner) ?? []);
    if (plan) plans.push(plan);
  }
  return plans.sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0));
}

/** Frontends of all Services. Their port index counts the ports of all Services. */
function flatFrontends(services: readonly ServicePlan[]): PlanFrontend[] {
  const flat: PlanFrontend[] = [];
  let first = 0;
  for (const { ports, frontends } of services) {
    for (const frontend of frontends) {
      flat.push(first === 0 || frontend.service < 0 ? frontend : { ...frontend, service: first + frontend.service });
    }
    first += ports.length;
  }
  return flat;
}

/** What a plan says about the node itself. */
export type NodeFacts = Omit<NodePlan, 'services' | 'frontends' | 'changedPorts'>;

export const nodeFacts = (node: NodeView, config: ProxyConfig): NodeFacts => ({
  node,
  config,
  localAddresses: localAddresses(node, config),
  localDetector: localDetector(node, config),
  serviceCIDRs: canonicalCidrs(config.serviceClusterIPRange),
});

/**
 * A plan whose long lists are built only when they are first read.
 * @param services sorted by `namespace/name`, with the pods that have a hostPort before or after them
 */
export function planOf(
  facts: NodeFacts,
  services: () => readonly ServicePlan[],
  changedPorts: ReadonlySet<string>,
): NodePlan {
  let ports: readonly PlanServicePort[] | undefined;
  let frontends: readonly PlanFrontend[] | undefined;
  return {
    ...facts,
    get services() {
      ports ??= services().flatMap((service) => service.ports);
      return ports;
    },
    get frontends() {
      frontends ??= flatFrontends(services());
      return frontends;
    },
    changedPorts,
  };
}

/** The plan of the same node for the same Services under another mode. */
export const planUnder = (plan: NodePlan, proxyMode: ProxyMode): NodePlan => ({
  ...plan,
  ...nodeFacts(plan.node, { ...plan.config, proxyMode }),
});

/**
 * Plans both families of one node.
 * @param previous the plan in force: it tells for which Services stale UDP flows must be deleted (pkg/proxy/conntrack)
 */
export function planNode(
  snapshot: ClusterSnapshot,
  node: NodeView,
  config: ProxyConfig,
  previous?: NodePlan,
): NodePlan {
  const context = planContext(snapshot, node);
  const services = inOrder(
    config.proxyMode,
    planServices(context, indexServices(snapshot.services), indexSlices(snapshot.endpointSlices)),
    planHostPorts(snapshot.pods ?? [], node, config.proxyMode),
  );
  return planOf(nodeFacts(node, config), () => services, changedPorts(services, previous?.services ?? []));
}
