// select.ts - which endpoints a node uses for a Service port: readiness, traffic policy, topology hints.
//
// The rules are those of kube-proxy's CategorizeEndpoints (pkg/proxy/topology.go, v1.36). Pure.
import type { PlanEndpoint } from './plan.js';

/** Which traffic policies can apply to the frontends of a Service port. */
interface EndpointPolicy {
  /** internalTrafficPolicy: Local */
  readonly internalLocal: boolean;
  /** externalTrafficPolicy: Local */
  readonly externalLocal: boolean;
  /** The Service has a NodePort, an external IP or a load-balancer address. */
  readonly externallyAccessible: boolean;
}

/** The chosen endpoint lists, in the given order. */
interface EndpointSelection {
  /** Null: the Service does not use this list. Empty: it does, but no endpoint is usable. */
  readonly cluster: readonly PlanEndpoint[] | null;
  /** Null: not used by the Service, or no endpoint on this node is usable (kube-proxy's list is nil in both cases). */
  readonly local: readonly PlanEndpoint[] | null;
  /** The union: every endpoint to which this node may send a packet. */
  readonly reachable: readonly PlanEndpoint[];
  /** False: traffic is rejected. True with an empty list: it is dropped. */
  readonly hasAny: boolean;
}

type TopologyMode = 'none' | 'zone' | 'node';

const servingTerminating = (endpoint: PlanEndpoint): boolean => endpoint.serving && endpoint.terminating;

/** Hints count only if every ready endpoint has one and at least one of them names this node (or its zone). */
function topologyMode(ready: readonly PlanEndpoint[], nodeName: string, zone: string): TopologyMode {
  const all = (hints: (endpoint: PlanEndpoint) => readonly string[]): boolean =>
    ready.every((endpoint) => hints(endpoint).length > 0);
  const some = (hints: (endpoint: PlanEndpoint) => readonly string[], name: string): boolean =>
    ready.some((endpoint) => hints(endpoint).includes(name));
  const nodes = (endpoint: PlanEndpoint): readonly string[] => endpoint.nodeHints;
  const zones = (endpoint: PlanEndpoint): readonly string[] => endpoint.zoneHints;
  if (all(nodes) && some(nodes, nodeName)) return 'node';
  if (zone !== '' && all(zones) && some(zones, zone)) return 'zone';
  return 'none';
}

const inTopology = (endpoint: PlanEndpoint, mode: TopologyMode, nodeName: string, zone: string): boolean =>
  mode === 'node' ? endpoint.nodeHints.includes(nodeName) : endpoint.zoneHints.includes(zone);

/** Returns the very same list when all are chosen, which is nearly always: thousands of lists are kept. */
export const chosen = (
  endpoints: readonly PlanEndpoint[],
  condition: (endpoint: PlanEndpoint) => boolean,
): readonly PlanEndpoint[] => (endpoints.every(condition) ? endpoints : endpoints.filter(condition));

function clusterList(endpoints: readonly PlanEndpoint[], nodeName: string, zone: string): readonly PlanEndpoint[] {
  const ready = chosen(endpoints, (endpoint) => endpoint.ready);
  const mode = topologyMode(ready, nodeName, zone);
  const near = mode === 'none' ? ready : ready.filter((endpoint) => inTopology(endpoint, mode, nodeName, zone));
  return near.length > 0 ? near : endpoints.filter(servingTerminating);
}

function localList(endpoints: readonly PlanEndpoint[]): PlanEndpoint[] {
  const local = endpoints.filter((endpoint) => endpoint.local);
  const ready = local.filter((endpoint) => endpoint.ready);
  return ready.length > 0 ? ready : local.filter(servingTerminating);
}

/**
 * Splits the endpoints of one Service port for one node.
 * @param zone label topology.kubernetes.io/zone of the node; '' = none, then zone hints are ignored
 */
export function selectEndpoints(
  endpoints: readonly PlanEndpoint[],
  policy: EndpointPolicy,
  nodeName: string,
  zone: string,
): EndpointSelection {
  if (endpoints.length === 0) return { cluster: null, local: null, reachable: [], hasAny: false };
  const usesCluster = !policy.internalLocal || policy.externallyAccessible;
  const usesLocal = policy.internalLocal || (policy.externalLocal && policy.externallyAccessible);
  const cluster = usesCluster ? clusterList(endpoints, nodeName, zone) : null;
  const usable = usesLocal ? localList(endpoints) : [];
  const local = usable.length > 0 ? usable : null;
  if (cluster === null) {
    // Only local endpoints are used, but whether to reject or to drop depends on endpoints anywhere.
    const hasAny = endpoints.some((endpoint) => endpoint.ready || servingTerminating(endpoint));
    return { cluster, local, reachable: usable, hasAny };
  }
  const union = usable.length === 0 ? null : new Set([...cluster, ...usable]);
  const reachable = union === null ? cluster : endpoints.filter((endpoint) => union.has(endpoint));
  return { cluster, local, reachable, hasAny: reachable.length > 0 };
}
