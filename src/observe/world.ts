// world.ts - what a trace runs through: nodes, pods, Services and kube-proxy's configuration, without a running lab.
import type { Topology } from '../lab/topology.js';
import { parseAddress } from '../model/address.js';
import type { ClusterSnapshot, KubeObject, Pod } from '../model/objects.js';
import type { ProxyConfig } from '../plan/plan.js';

/** A pod, or an endpoint that nothing is known of but its address and node. */
export interface WorldPod {
  /** `namespace/name`, or the address of an endpoint without a pod. */
  readonly name: string;
  /** Name of its node. */
  readonly node: string;
  readonly addresses: readonly string[];
}

export interface World {
  readonly topology: Topology;
  /** Node name → its local addresses beside the primary ones. */
  readonly extraAddresses: ReadonlyMap<string, readonly string[]>;
  readonly snapshot: ClusterSnapshot;
  readonly pods: readonly WorldPod[];
  readonly config: ProxyConfig;
  /** Addresses that nobody here has are somewhere outside; else the fabric has no way to them. */
  readonly elsewhere: boolean;
}

/** Running pods with an address of their own; those in the host network answer at their node's. */
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

/** Endpoints on nodes whose pods are not among the objects: they are somewhere to deliver to all the same. */
export function podsOfEndpoints(snapshot: ClusterSnapshot, known: readonly WorldPod[], topology: Topology): WorldPod[] {
  const taken = new Set(known.flatMap((pod) => pod.addresses));
  for (const node of topology.nodes) for (const address of node.addresses) taken.add(address);
  const nodes = new Set(topology.nodes.map((node) => node.name));
  const found: WorldPod[] = [];
  for (const slice of snapshot.endpointSlices) {
    for (const { addresses, nodeName, targetRef } of slice.endpoints ?? []) {
      const address = addresses[0];
      if (address === undefined || nodeName === undefined || !nodes.has(nodeName)) continue;
      if (taken.has(address) || !parseAddress(address)) continue;
      taken.add(address);
      const namespace = targetRef?.namespace ?? slice.metadata.namespace ?? 'default';
      const name = targetRef?.kind === 'Pod' && targetRef.name ? `${namespace}/${targetRef.name}` : address;
      found.push({ name, node: nodeName, addresses: [address] });
    }
  }
  return found;
}
