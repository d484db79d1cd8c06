// planner.ts - objects → what one node must do for Services: every Service port, its endpoints and its frontends.
import type { Family } from '../model/address.js';
import type { ClusterSnapshot, EndpointSlice, Service, ServicePort } from '../model/objects.js';
import { canonicalCidrs, firstOfFamily } from './config.js';
import { endpointsOf, indexSlices } from './endpoints.js';
import { isSkipped, localAddresses, type ServiceAddresses, serviceAddresses } from './frontends.js';
import type { NodePlan, NodeView, PlanEndpoint, PlanFrontend, PlanServicePort, ProxyConfig } from './plan.js';
import { SCHEDULER_ANNOTATION } from './scheduler.js';
import { chosen, selectEndpoints } from './select.js';
import { endpointWeights, type Weights } from './weights.js';

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const DEFAULT_AFFINITY_SECONDS = 10_800;
const FAMILIES: readonly Family[] = ['IPv4', 'IPv6'];

/** What is the same for every Service port of one plan. */
interface Context {
  readonly node: NodeView;
  readonly zone: string;
  /** Endpoints of the plan in force, by identity of the Service port. */
  readonly previous: ReadonlyMap<string, readonly PlanEndpoint[]>;
  readonly weightOf: Weights;
  readonly services: PlanServicePort[];
  readonly frontends: PlanFrontend[];
}

const ownerOf = (service: Service): string => `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;

/** kube-proxy's ServicePortName as text: no colon part for a port without a name. */
export const portNameOf = (owner: string, port: string): string => (port === '' ? owner : `${owner}:${port}`);

const identity = (name: string, protocol: string, family: Family): string => `${name}/${protocol}/${family}`;

function affinitySeconds(service: Service): number {
  if (service.spec.sessionAffinity !== 'ClientIP') return 0;
  return service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
}

/** The policy counts only for Services that the API lets have it (pkg/api/v1/service/util.go). */
function externalPolicyLocal(service: Service): boolean {
  const { type, externalIPs, externalTrafficPolicy } = service.spec;
  const external = type === 'LoadBalancer' || type === 'NodePort' || (externalIPs ?? []).length > 0;
  return external && externalTrafficPolicy === 'Local';
}

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
  context: Context,
  service: Service,
  port: ServicePort,
  family: Family,
  addresses: ServiceAddresses,
  slices: readonly EndpointSlice[],
): PlanServicePort {
  const { spec } = service;
  const owner = ownerOf(service);
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
    endpointsChanged: !sameEndpoints(context.previous.get(identity(name, protocol, family)) ?? [], all),
  };
}

function planFrontends(context: Context, plan: PlanServicePort, port: ServicePort, addresses: ServiceAddresses): void {
  const { family, protocol } = plan;
  const service = context.services.length - 1;
  const owner = `${plan.namespace}/${plan.service}`;
  const add = (kind: PlanFrontend['kind'], address: string, number: number, firewall: boolean): void => {
    context.frontends.push({ kind, family, address, port: number, protocol, service, firewall, owner });
  };
  add('ClusterIP', plan.clusterIP, port.port, false);
  for (const address of addresses.externalIPs) add('ExternalIP', address, port.port, false);
  for (const address of addresses.loadBalancerIPs) {
    add('LoadBalancer', address, port.port, plan.sourceRanges.length > 0);
  }
  if (port.nodePort) add('NodePort', '', port.nodePort, false);
}

/** The health-check port of LoadBalancer Services with policy Local: accepted by the node itself. */
function planHealthCheck(context: Context, service: Service, family: Family): void {
  const port = service.spec.healthCheckNodePort;
  if (!port || service.spec.type !== 'LoadBalancer' || service.spec.externalTrafficPolicy !== 'Local') return;
  const owner = ownerOf(service);
  context.frontends.push({
    kind: 'HealthCheck',
    family,
    address: '',
    port,
    protocol: 'TCP',
    service: -1,
    firewall: false,
    owner,
  });
}

function planService(context: Context, service: Service, slices: readonly EndpointSlice[]): void {
  if (isSkipped(service)) return;
  for (const family of FAMILIES) {
    const addresses = serviceAddresses(service, family);
    if (!addresses) continue;
    for (const port of service.spec.ports ?? []) {
      const plan = planPort(context, service, port, family, addresses, slices);
      context.services.push(plan);
      planFrontends(context, plan, port, addresses);
    }
    planHealthCheck(context, service, family);
  }
}

function localDetector(node: NodeView, config: ProxyConfig): string[] {
  if (config.detectLocalMode === 'none') return [];
  return firstOfFamily(config.detectLocalMode === 'NodeCIDR' ? node.podCIDRs : config.clusterCIDR);
}

/**
 * Plans both families of one node.
 * @param previous the plan that is in force: says for which Services stale UDP flows must go (pkg/proxy/conntrack)
 */
export function planNode(
  snapshot: ClusterSnapshot,
  node: NodeView,
  config: ProxyConfig,
  previous?: NodePlan,
): NodePlan {
  const context: Context = {
    node,
    zone: node.labels[ZONE_LABEL] ?? '',
    previous: new Map(
      previous?.services.map((port) => [identity(port.name, port.protocol, port.family), port.allEndpoints]),
    ),
    weightOf: endpointWeights(snapshot.pods ?? []),
    services: [],
    frontends: [],
  };
  const slices = indexSlices(snapshot.endpointSlices);
  const owners = snapshot.services.map((service) => ({ owner: ownerOf(service), service }));
  owners.sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0));
  for (const { owner, service } of owners) planService(context, service, slices.get(owner) ?? []);
  return {
    node,
    config,
    services: context.services,
    frontends: context.frontends,
    localAddresses: localAddresses(node, config),
    localDetector: localDetector(node, config),
    serviceCIDRs: canonicalCidrs(config.serviceClusterIPRange),
  };
}
