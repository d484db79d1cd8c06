// balancer.ts - the cloud's part of a LoadBalancer: the nodes that share its addresses, and the health of each.
import { sameFamily } from '../model/address.js';
import { nodeReady } from '../model/conditions.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Node, Protocol, Service } from '../model/objects.js';
import { externalRouteIn } from '../plan/balancing.js';
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

/** Addresses of a load balancer, of either ipMode. */
export const balancerAddresses = (service: Service): string[] =>
  (service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => (ip ? [ip] : []));

/** The slices of these Services only: few of many Services are load-balanced. */
const slicesOf = (services: readonly Service[], slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> => {
  const wanted = new Set(services.map(({ metadata }) => keyOf(metadata.namespace, metadata.name)));
  if (wanted.size === 0) return new Map();
  return slicesByService(slices.filter((slice) => wanted.has(serviceOfSlice(slice))));
};

/** The load balancer sends nothing to a node that is lost or not ready, or that has left, as a cloud's controller tells it. */
function livingNodes({ nodes: objects }: ClusterSnapshot, nodes: readonly LabNode[]): readonly LabNode[] {
  // Without objects nobody knows of the nodes more than that they are there.
  if (objects.length === 0) return nodes;
  const isLost = (node: Node): boolean => /^(Unknown|False)$/.test(nodeReady(node) ?? '');
  const living = new Set(objects.filter((node) => !isLost(node)).map(nameOf));
  return nodes.every(({ name }) => living.has(name)) ? nodes : nodes.filter(({ name }) => living.has(name));
}

/** A port on which a load balancer ends connections itself. */
interface ProxiedPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Where its own connections go; 0 when the Service has no NodePort. */
  readonly nodePort: number;
  readonly nodes: readonly LabNode[];
  /** loadBalancerSourceRanges of the family: the nodes see the load balancer alone, so it asks who may come. */
  readonly sourceRanges: readonly string[];
}

/** What the load balancers in front of the nodes do. */
export interface Balance {
  /** ipMode VIP, and routed external IPs: address → nodes, one of which gets a packet unchanged. Sorted by address. */
  readonly spread: ReadonlyMap<string, readonly LabNode[]>;
  /** ipMode Proxy. */
  readonly proxied: readonly ProxiedPort[];
}

function proxiedPorts({ spec }: Service, address: string, nodes: readonly LabNode[]): ProxiedPort[] {
  const sourceRanges = (spec.loadBalancerSourceRanges ?? []).filter((range) => sameFamily(range, address));
  const isServed = (spec.clusterIPs ?? []).some((ip) => sameFamily(ip, address));
  return (spec.ports ?? []).map(({ port, protocol = 'TCP', nodePort = 0 }) => ({
    address,
    port,
    protocol,
    nodePort,
    nodes: nodePort > 0 && isServed ? nodes : [],
    sourceRanges,
  }));
}

/** Routers outside lead external IPs to nodes, where an annotation says so. A node's own address is routed as ever. */
function externalRoutes(service: Service, machines: readonly LabNode[], living: readonly LabNode[]): Balance['spread'] {
  const route = externalRouteIn(service.metadata);
  const own = new Set(machines.flatMap(({ addresses }) => addresses));
  const nodes = living.filter(({ name }) => route === 'all' || route?.includes(name));
  const routed = route === null ? [] : (service.spec.externalIPs ?? []).filter((address) => !own.has(address));
  return new Map(routed.map((address) => [address, nodes]));
}

/** Balanced by nodes that are ready: with policy Local, those that pass the health check; else all. */
export function balance(snapshot: ClusterSnapshot, machines: readonly LabNode[]): Balance {
  const nodes = livingNodes(snapshot, machines);
  const balanced = snapshot.services.filter((service) => balancerAddresses(service).length > 0);
  const slices = slicesOf(balanced, snapshot.endpointSlices);
  const spread = new Map<string, readonly LabNode[]>();
  const proxied: ProxiedPort[] = [];
  for (const service of snapshot.services)
    for (const [address, members] of externalRoutes(service, machines, nodes)) spread.set(address, members);
  for (const service of balanced) {
    const ready = readyByNode(slices.get(keyOf(service.metadata.namespace, service.metadata.name)) ?? []);
    const local = service.spec.externalTrafficPolicy === 'Local';
    const members = local ? nodes.filter((node) => (ready.get(node.name) ?? 0) > 0) : nodes;
    for (const { ip, ipMode } of service.status?.loadBalancer?.ingress ?? []) {
      if (!ip) continue;
      if (ipMode === 'Proxy') proxied.push(...proxiedPorts(service, ip, members));
      else spread.set(ip, members);
    }
  }
  return { spread: new Map([...spread].sort(([a], [b]) => (a < b ? -1 : 1))), proxied };
}

/** A load balancer that lets packets go on unchanged: the names of the nodes that may receive one. */
interface Spreading {
  readonly nodes: readonly string[];
}

/** A load balancer that ends connections: where its own go, and from where. */
export interface Proxying extends Spreading, Pick<ProxiedPort, 'nodePort' | 'sourceRanges'> {
  readonly own: readonly string[];
}

/** What a load balancer does with a packet; null: the address is none of its. */
export type Balancer = (to: Pick<ProxiedPort, 'address' | 'port' | 'protocol'>) => Spreading | Proxying | null;

/** @param own addresses of the load balancer itself (Topology.fabricAddresses) */
export function balancerOf({ spread, proxied }: Balance, own: readonly string[]): Balancer {
  const names = (nodes: readonly LabNode[]): string[] => nodes.map(({ name }) => name);
  return ({ address, port, protocol }) => {
    const ports = proxied.filter((row) => row.address === address);
    const row = ports.find((one) => one.port === port && one.protocol === protocol);
    if (row) return { ...row, nodes: names(row.nodes), own };
    const nodes = spread.get(address);
    if (nodes) return { nodes: names(nodes) };
    return ports.length > 0 ? { nodes: [], nodePort: 0, sourceRanges: [], own } : null;
  };
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
