// world.ts - the world of a trace, without a running lab: nodes, pods, Services and kube-proxy's configuration.

import type { LabSpec } from '../lab/registration.js';
import { strategyOn } from '../lab/tables/strategies.js';
import { contains, parseAddress, parseCidr } from '../model/address.js';
import type { ClusterSnapshot, Endpoint, EndpointSlice, KubeObject, Pod } from '../model/objects.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import type { ProxyConfig } from '../plan/plan.js';
import type { Topology } from '../topology/topology.js';

/** A pod, or an endpoint of which only its address and node are known. */
export interface WorldPod {
  /** `namespace/name`, or the address of an endpoint without a pod. */
  readonly name: string;
  /** Name of its node. */
  readonly node: string;
  readonly addresses: readonly string[];
}

export interface World {
  readonly topology: Topology;
  /** Node name → its local addresses other than the primary ones. */
  readonly extraAddresses: ReadonlyMap<string, readonly string[]>;
  readonly snapshot: ClusterSnapshot;
  readonly pods: readonly WorldPod[];
  readonly config: ProxyConfig;
  /** Node name → its own strategy, in a running lab that uses several. */
  readonly strategies?: ReadonlyMap<string, string>;
  /** Addresses unknown here are somewhere outside. If false, the fabric has no route to them. */
  readonly elsewhere: boolean;
}

/** Running pods with an address of their own. Host-network pods answer at their node's address. */
export function podsOf(objects: readonly KubeObject[]): WorldPod[] {
  return objects.flatMap((object) => {
    if (object.kind !== 'Pod') return [];
    const { metadata, spec, status } = object as Pod;
    const addresses = (status?.podIPs ?? []).map(({ ip }) => ip);
    if (addresses.length === 0 && status?.podIP) addresses.push(status.podIP);
    if (!spec.nodeName || spec.hostNetwork || addresses.length === 0) return [];
    return [{ name: `${metadata.namespace ?? 'default'}/${metadata.name}`, node: spec.nodeName, addresses }];
  });
}

/** The objects of a running lab that say what becomes of packets, as its API lists them. */
export interface LabObjects extends Pick<ClusterSnapshot, 'services' | 'endpointSlices'> {
  readonly nodes: readonly KubeObject[];
  readonly pods: readonly KubeObject[];
}

/** The world of a running lab, with each node's own strategy. */
export function worldOfLab({ topology, proxy, ...lab }: LabSpec, objects: LabObjects): World {
  const { services, endpointSlices, nodes, pods } = objects;
  return {
    topology,
    extraAddresses: new Map(),
    snapshot: { services, endpointSlices, nodes, pods } as unknown as ClusterSnapshot,
    // Lists leave out kind and apiVersion of their items.
    pods: podsOf(pods.map((pod) => ({ ...pod, kind: 'Pod' }))),
    config: { ...DEFAULT_CONFIG, ...proxy },
    strategies: new Map(nodes.map((node) => [node.metadata.name, strategyOn(lab, node)])),
    elsewhere: false,
  };
}

/** An endpoint on a node of the topology whose pod is not among the objects. It can still receive packets. */
function podOfEndpoint(slice: EndpointSlice, endpoint: Endpoint, nodes: ReadonlySet<string>): WorldPod | null {
  const address = endpoint.addresses[0];
  const { nodeName, targetRef } = endpoint;
  if (address === undefined || nodeName === undefined || !nodes.has(nodeName) || !parseAddress(address)) return null;
  const namespace = targetRef?.namespace ?? slice.metadata.namespace ?? 'default';
  const name = targetRef?.kind === 'Pod' && targetRef.name ? `${namespace}/${targetRef.name}` : address;
  return { name, node: nodeName, addresses: [address] };
}

/** Addresses → their owners. A world does not change, so one pass over it is enough. */
const OWNERS = new WeakMap<World, ReadonlyMap<string, WorldPod>>();

function ownersOf(world: World): ReadonlyMap<string, WorldPod> {
  const known = OWNERS.get(world);
  if (known) return known;
  const owners = new Map<string, WorldPod>();
  const take = (address: string, pod: WorldPod | null): void => {
    if (pod && !owners.has(address)) owners.set(address, pod);
  };
  for (const pod of world.pods) for (const address of pod.addresses) take(address, pod);
  const nodes = nodeNames(world);
  for (const slice of world.snapshot.endpointSlices) {
    for (const endpoint of slice.endpoints ?? [])
      take(endpoint.addresses[0] ?? '', podOfEndpoint(slice, endpoint, nodes));
  }
  OWNERS.set(world, owners);
  return owners;
}

const nodeNames = (world: World): ReadonlySet<string> => new Set(world.topology.nodes.map((node) => node.name));

/** The pod or endpoint with this address; null when nobody here has it. */
export const podWith = (world: World, address: string): WorldPod | null => ownersOf(world).get(address) ?? null;

/** The pods behind the endpoints of some slices, and those with one of the addresses, each once. */
export function podsOfSlices(world: World, slices: readonly EndpointSlice[], addresses: readonly string[]): WorldPod[] {
  const nodes = nodeNames(world);
  const taken = new Set(world.topology.nodes.flatMap((node) => node.addresses));
  const found: WorldPod[] = [];
  const take = (pod: WorldPod | null): void => {
    if (!pod || pod.addresses.some((address) => taken.has(address))) return;
    for (const address of pod.addresses) taken.add(address);
    found.push(pod);
  };
  const wanted = new Set(addresses);
  for (const slice of slices) for (const { addresses: own } of slice.endpoints ?? []) wanted.add(own[0] ?? '');
  for (const pod of world.pods) if (pod.addresses.some((address) => wanted.has(address))) take(pod);
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) take(podOfEndpoint(slice, endpoint, nodes));
  }
  for (const address of addresses) take(podWith(world, address));
  return found;
}

/** The world with an extra pod at an unused address of a node's pod range, so that packets can come from there. */
export function withSender(world: World, source: string): World {
  const { nodes } = world.topology;
  const address = parseAddress(source);
  if (!address || podWith(world, source) || nodes.some(({ addresses }) => addresses.includes(source))) return world;
  const home = nodes.find(({ podCIDRs }) =>
    podCIDRs.map(parseCidr).some((range) => range !== null && contains(range, address)),
  );
  if (!home) return world;
  return { ...world, pods: [...world.pods, { name: source, node: home.name, addresses: [source] }] };
}
