// roles.ts - who asks in a check of a Service: a pod beside its endpoints, one elsewhere, an endpoint, a node, outside.

import { isPodReady } from '../model/conditions.js';
import type { EndpointSlice, KubeObject, Node, Pod } from '../model/objects.js';
import { isLabsPod, NETNS_ANNOTATION } from './annotations.js';
import type { Source } from './expectation.js';

/** A source and the namespace from which its requests are sent. */
export interface PlacedSource extends Source {
  readonly netns: string;
}

interface Asker {
  readonly role: Role;
  readonly source: PlacedSource;
}

/** The role of a source for a Service. If it is one of the endpoints, that role takes precedence. */
export type Role =
  | 'pod, same node'
  | 'pod, other node'
  | 'endpoint itself'
  | 'node'
  | 'node (endpoint)'
  | 'outside'
  | 'outside (endpoint)';

const netnsOf = (object: KubeObject): string | undefined => object.metadata.annotations?.[NETNS_ANNOTATION];
const podName = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;

const isReady = (pod: Pod): boolean => !pod.metadata.deletionTimestamp && isPodReady(pod);

/** Pods that can ask: ready, with a namespace of their own, and the user's. */
export function podSources(pods: readonly Pod[]): PlacedSource[] {
  return pods.flatMap((pod) => {
    const netns = netnsOf(pod);
    if (!netns || pod.spec.hostNetwork || !isReady(pod) || isLabsPod(pod)) return [];
    const addresses = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
    return [{ kind: 'pod' as const, name: `pod/${podName(pod)}`, node: pod.spec.nodeName ?? null, addresses, netns }];
  });
}

export function nodeSources(nodes: readonly Node[]): PlacedSource[] {
  return nodes.flatMap((node) => {
    const netns = netnsOf(node);
    const { name } = node.metadata;
    const internal = (node.status?.addresses ?? []).filter((address) => address.type === 'InternalIP');
    const addresses = internal.map(({ address }) => address);
    return netns ? [{ kind: 'node' as const, name: `node/${name}`, node: name, addresses, netns }] : [];
  });
}

/** Objects of kind Client: `spec.addresses` and the annotation. */
export function clientSources(clients: readonly KubeObject[]): PlacedSource[] {
  return clients.flatMap((client) => {
    const netns = netnsOf(client);
    const { addresses = [] } = (client.spec ?? {}) as { addresses?: string[] };
    const name = `client/${client.metadata.name}`;
    return netns ? [{ kind: 'client' as const, name, node: null, addresses, netns }] : [];
  });
}

/** Everybody who could ask. */
export interface Sources {
  readonly pods: readonly PlacedSource[];
  readonly nodes: readonly PlacedSource[];
  readonly clients: readonly PlacedSource[];
}

/** Addresses of a Service's ready endpoints, and the nodes they are on. */
function endpointsOf(slices: readonly EndpointSlice[]): { addresses: Set<string>; nodes: Set<string> } {
  const addresses = new Set<string>();
  const nodes = new Set<string>();
  for (const slice of slices) {
    for (const endpoint of slice.endpoints ?? []) {
      if (endpoint.conditions?.ready === false) continue;
      if (endpoint.nodeName) nodes.add(endpoint.nodeName);
      for (const address of endpoint.addresses) addresses.add(address);
    }
  }
  return { addresses, nodes };
}

/**
 * One asker per role, as far as the lab has them. Pods that are not endpoints are preferred. Where every pod is one,
 * they ask as endpoints, from a node with others and from one without. Without endpoints any pod is both "beside" and
 * "elsewhere", so one asks.
 */
export function chooseAskers(slices: readonly EndpointSlice[], sources: Sources): Asker[] {
  const endpoints = endpointsOf(slices);
  const isOne = (source: PlacedSource): boolean => source.addresses.some((address) => endpoints.addresses.has(address));
  const beside = (source: PlacedSource): boolean => source.node !== null && endpoints.nodes.has(source.node);
  const strangers = sources.pods.filter((pod) => !isOne(pod));
  const same = strangers.find(beside);
  const other = strangers.find((pod) => !beside(pod)) ?? strangers.find(({ node }) => node !== same?.node);
  const own = sources.pods.filter(isOne);
  const itself = own[0];
  const elsewhere = same && other ? undefined : own.find(({ node }) => node !== itself?.node);
  const node = sources.nodes.find(beside) ?? sources.nodes[0];
  const client = sources.clients[0];
  const chosen: readonly (readonly [Role, PlacedSource | undefined])[] = [
    ['pod, same node', same],
    ['pod, other node', other],
    ['endpoint itself', itself],
    ['endpoint itself', elsewhere],
    [node && isOne(node) ? 'node (endpoint)' : 'node', node],
    [client && isOne(client) ? 'outside (endpoint)' : 'outside', client],
  ];
  return chosen.flatMap(([role, source]) => (source ? [{ role, source }] : []));
}
