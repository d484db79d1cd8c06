// balancer.ts - the cloud's part of a LoadBalancer: the nodes that share its addresses, and the health of each.
import { nodeReady } from '../model/conditions.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Service } from '../model/objects.js';
import type { LabNode } from './topology.js';

const SERVICE_NAME = 'kubernetes.io/service-name';
const nameOf = ({ metadata }: KubeObject): string => metadata.name;
const keyOf = (namespace: string | undefined, name: string): string => `${namespace ?? 'default'}/${name}`;

/** `namespace/name` of the Service of a slice. */
export const serviceOfSlice = ({ metadata }: EndpointSlice): string =>
  keyOf(metadata.namespace, metadata.labels?.[SERVICE_NAME] ?? '');

/** Slices by the `namespace/name` of their Service. */
export function slicesByService(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const result = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const key = serviceOfSlice(slice);
    const list = result.get(key);
    if (list) list.push(slice);
    else result.set(key, [slice]);
  }
  return result;
}

/**
 * Number of distinct addresses of ready endpoints on each node, over all ports. kube-proxy reports it on
 * healthCheckNodePort (pkg/proxy/endpointschangetracker.go, LocalReadyEndpoints). Terminating endpoints do not count,
 * even when serving.
 */
function readyByNode(slices: readonly EndpointSlice[]): Map<string, number> {
  const addresses = new Map<string, Set<string>>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      const { nodeName, conditions } = endpoint;
      if (!nodeName || conditions?.ready === false) continue;
      const known = addresses.get(nodeName) ?? new Set();
      addresses.set(nodeName, known);
      for (const address of endpoint.addresses) known.add(address);
    }
  }
  return new Map([...addresses].map(([node, set]) => [node, set.size]));
}

/**
 * Addresses for which the load balancer passes packets to nodes unchanged. Those with ipMode Proxy it keeps for itself.
 */
export const balancerAddresses = (service: Service): string[] =>
  (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip && ipMode !== 'Proxy' ? [ip] : []));

/** The slices of these Services only: few of many Services are load-balanced. */
const slicesOf = (services: readonly Service[], slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> => {
  const wanted = new Set(services.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)));
  if (wanted.size === 0) return new Map();
  return slicesByService(slices.filter((slice) => wanted.has(serviceOfSlice(slice))));
};

/** The load balancer sends nothing to a node that is lost or not ready, as a cloud's node controller tells it. */
function livingNodes({ nodes: objects }: ClusterSnapshot, nodes: readonly LabNode[]): readonly LabNode[] {
  const lost = new Set(objects.filter((node) => /^(Unknown|False)$/.test(nodeReady(node) ?? '')).map(nameOf));
  return lost.size === 0 ? nodes : nodes.filter(({ name }) => !lost.has(name));
}

/**
 * Load balancer address → nodes that are ready. With policy Local, those that pass the health check; else all. Sorted by
 * address.
 */
export function spreadAddresses(snapshot: ClusterSnapshot, machines: readonly LabNode[]): Map<string, LabNode[]> {
  const nodes = livingNodes(snapshot, machines);
  const balanced = snapshot.services.filter((service) => balancerAddresses(service).length > 0);
  const slices = slicesOf(balanced, snapshot.endpointSlices);
  const spread = new Map<string, LabNode[]>();
  for (const service of balanced) {
    const ready = readyByNode(slices.get(keyOf(service.metadata.namespace, service.metadata.name)) ?? []);
    const local = service.spec.externalTrafficPolicy === 'Local';
    const members = local ? nodes.filter((node) => (ready.get(node.name) ?? 0) > 0) : [...nodes];
    for (const address of balancerAddresses(service)) spread.set(address, members);
  }
  return new Map([...spread].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What the health check of one Service on one node reports. */
export interface Health {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  /** Ready endpoints by node name. */
  readonly ready: ReadonlyMap<string, number>;
}

/** The Services that have a healthCheckNodePort, and the answer of every node there. */
export function healthChecks(snapshot: ClusterSnapshot): Health[] {
  const checked = snapshot.services.filter(
    ({ spec }) => spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local' && spec.healthCheckNodePort,
  );
  const slices = slicesOf(checked, snapshot.endpointSlices);
  return checked.map(({ metadata: { namespace = 'default', name }, spec: { healthCheckNodePort = 0 } }) => ({
    namespace,
    name,
    port: healthCheckNodePort,
    ready: readyByNode(slices.get(keyOf(namespace, name)) ?? []),
  }));
}
