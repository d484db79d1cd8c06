// roles.ts - who asks in a check: for each Service a pod beside its endpoints, one elsewhere, an endpoint itself, a node, the outside.

import type { EndpointSlice, KubeObject, Node, Pod } from '../model/objects.js';
import { NETNS_ANNOTATION } from './annotations.js';
import type { Source } from './expectation.js';

/** A source with the namespace that its requests leave from. */
export interface PlacedSource extends Source {
  readonly netns: string;
}

export interface Asker {
  readonly role: Role;
  readonly source: PlacedSource;
}

export type Role = 'pod, same node' | 'pod, other node' | 'endpoint itself' | 'node' | 'outside';
export const ROLES: readonly Role[] = ['pod, same node', 'pod, other node', 'endpoint itself', 'node', 'outside'];

const netnsOf = (object: KubeObject): string | undefined => object.metadata.annotations?.[NETNS_ANNOTATION];
const podName = (pod: Pod): string => `${pod.metadata.namespace ?? 'default'}/${pod.metadata.name}`;

const isReady = (pod: Pod): boolean =>
  !pod.metadata.deletionTimestamp &&
  (pod.status?.conditions ?? []).some(({ type, status }) => type === 'Ready' && status === 'True');

/** Pods that can ask: ready, with a namespace of their own. */
export function podSources(pods: readonly Pod[]): PlacedSource[] {
  return pods.flatMap((pod) => {
    const netns = netnsOf(pod);
    if (!netns || pod.spec.hostNetwork || !isReady(pod)) return [];
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

/** Names (`pod/ns/name`) of the pods behind a Service, and the nodes on which they are. */
function endpointsOf(slices: readonly EndpointSlice[]): { pods: Set<string>; nodes: Set<string> } {
  const pods = new Set<string>();
  const nodes = new Set<string>();
  for (const slice of slices) {
    for (const { targetRef, nodeName, conditions } of slice.endpoints ?? []) {
      if (conditions?.ready === false) continue;
      if (nodeName) nodes.add(nodeName);
      if (targetRef?.kind === 'Pod') pods.add(`pod/${targetRef.namespace ?? 'default'}/${targetRef.name}`);
    }
  }
  return { pods, nodes };
}

/**
 * One asker a role, as far as the lab has them. A pod that is no endpoint is preferred; without endpoints any pod is
 * "beside" and "elsewhere" at once, and one asks.
 */
export function chooseAskers(slices: readonly EndpointSlice[], sources: Sources): Asker[] {
  const endpoints = endpointsOf(slices);
  const stranger = (source: PlacedSource): boolean => !endpoints.pods.has(source.name);
  const beside = (source: PlacedSource): boolean => source.node !== null && endpoints.nodes.has(source.node);
  const first = (candidates: readonly PlacedSource[]): PlacedSource | undefined =>
    candidates.find(stranger) ?? candidates[0];
  const same = first(sources.pods.filter(beside));
  const other =
    first(sources.pods.filter((source) => !beside(source))) ??
    first(sources.pods.filter((source) => source.node !== same?.node));
  const itself = sources.pods.find((source) => !stranger(source));
  const chosen: readonly (readonly [Role, PlacedSource | undefined])[] = [
    ['pod, same node', same],
    ['pod, other node', other],
    ['endpoint itself', itself === same ? undefined : itself],
    ['node', sources.nodes.find(beside) ?? sources.nodes[0]],
    ['outside', sources.clients[0]],
  ];
  return chosen.flatMap(([role, source]) => (source ? [{ role, source }] : []));
}
