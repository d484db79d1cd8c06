// objects.ts - manifests → a world to trace in: taken as they are if they are complete, else through their own cluster.

import type { Cluster, Refused } from '../cluster/cluster.js';
import { LAB_API, type ObjectStore, registerClient, registerNode } from '../lab/registration.js';
import { sameFamily } from '../model/address.js';
import { Fault } from '../model/fault.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Node, Service } from '../model/objects.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import type { ProxyConfig } from '../plan/plan.js';
import { createTopology, type LabNode, type Topology } from '../topology/topology.js';
import { isRecorded, type Taking, takingOf } from './taking.js';
import { podsOf, type World, type WorldPod } from './world.js';

/** A node that no manifest describes. */
export interface ImpliedNode {
  readonly name: string;
  /** The first address of each family is primary; the others are also local. */
  readonly addresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly podCIDRs: readonly string[];
}

export interface WorldOptions {
  /** From the command line; added to the nodes of the manifests, or merged with the one of that name. */
  readonly impliedNode: ImpliedNode | null;
  /** What the command line says about kube-proxy. */
  readonly config: Partial<ProxyConfig>;
  /** In a recorded cluster without Node objects, the addresses of the implied node may be unknown. */
  readonly bareNode?: boolean;
  /** Whether to take the objects as they are; by default `takingOf` decides. */
  readonly taking?: Taking;
}

/** The manifests were refused by the cluster: `refused[i].index` is the place of the object in the list. */
export class RefusedObjects extends Error {
  readonly refused: readonly Refused[];

  constructor(refused: readonly Refused[]) {
    super(`${refused.length} objects refused`);
    this.refused = refused;
  }
}

// ---- nodes

/** Splits addresses into the primary ones and the rest. */
function splitAddresses(addresses: readonly string[]): { primary: string[]; extra: string[] } {
  const primary: string[] = [];
  const extra: string[] = [];
  for (const address of addresses) {
    const taken = primary.some((other) => sameFamily(other, address));
    (taken ? extra : primary).push(address);
  }
  return { primary, extra };
}

const isNode = (object: KubeObject): object is Node => object.kind === 'Node';

export interface Machines {
  readonly topology: Topology;
  readonly extraAddresses: Map<string, readonly string[]>;
  /** The nodes are the user's, not those of the default lab. */
  readonly given: boolean;
}

/** An implied node as a manifest, so that both are handled alike. */
function impliedManifest(implied: ImpliedNode): Node {
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: implied.name, labels: { ...implied.labels } },
    spec: { podCIDRs: [...implied.podCIDRs] },
    status: { addresses: implied.addresses.map((address) => ({ type: 'InternalIP' as const, address })) },
  };
}

function merged(node: Node, implied: ImpliedNode): Node {
  const known = (node.status?.addresses ?? []).filter(({ address }) => !implied.addresses.includes(address));
  const own = implied.addresses.map((address) => ({ type: 'InternalIP' as const, address }));
  return {
    ...node,
    metadata: { ...node.metadata, labels: { ...node.metadata.labels, ...implied.labels } },
    spec: implied.podCIDRs.length > 0 ? { ...node.spec, podCIDRs: [...implied.podCIDRs] } : { ...node.spec },
    status: { ...node.status, addresses: [...own, ...known] },
  };
}

export function machinesOf(objects: readonly KubeObject[], implied: ImpliedNode | null, bare: boolean): Machines {
  const manifests = objects.filter(isNode);
  const extraAddresses = new Map<string, readonly string[]>();
  const isKnown = manifests.some((node) => node.metadata.name === implied?.name);
  const described = implied
    ? isKnown
      ? manifests.map((node) => (node.metadata.name === implied.name ? merged(node, implied) : node))
      : implied.addresses.length > 0 || bare
        ? [impliedManifest(implied), ...manifests]
        : manifests
    : manifests;
  const base = createTopology({ nodes: described });
  const nodes = base.nodes.map((node): LabNode => {
    const told = bare && implied?.name === node.name ? implied.addresses : node.addresses;
    const { primary, extra } = splitAddresses(told);
    extraAddresses.set(node.name, extra);
    const ranges = implied?.name === node.name && !isKnown ? implied.podCIDRs : node.podCIDRs;
    const manifest = described.find((other) => other.metadata.name === node.name);
    // The labels of the default node of that number do not apply to a node that the user describes.
    const labels = manifest ? (manifest.metadata.labels ?? {}) : node.labels;
    return { ...node, addresses: primary, podCIDRs: ranges, labels };
  });
  return { topology: { ...base, nodes }, extraAddresses, given: described.length > 0 };
}

// ---- what kube-proxy is told

/**
 * kube-proxy's own defaults for the user's nodes, the lab's for the lab's. If nobody names a cluster CIDR, it is the
 * common range of the pod ranges, if there are any: without it kube-proxy has no local detector.
 */
export function configOf(machines: Machines, given: Partial<ProxyConfig>, objects: readonly KubeObject[]): ProxyConfig {
  const { topology } = machines;
  const ranged = objects.some((object) => isNode(object) && (object.spec?.podCIDRs ?? object.spec?.podCIDR));
  const lab = !machines.given;
  return {
    ...DEFAULT_CONFIG,
    clusterCIDR: lab || ranged ? topology.clusterCIDRs : [],
    serviceClusterIPRange: lab ? topology.serviceCIDRs : [],
    ...given,
  };
}

// ---- objects

export interface State {
  readonly snapshot: ClusterSnapshot;
  readonly pods: readonly WorldPod[];
}

/** The API server keeps both fields in step; manifests often have only the first. */
function withClusterIPs(service: Service): Service {
  const { clusterIP, clusterIPs } = service.spec;
  if (clusterIPs !== undefined || !clusterIP) return service;
  return { ...service, spec: { ...service.spec, clusterIPs: [clusterIP] } };
}

function asTheyAre(objects: readonly KubeObject[]): State {
  const ofKind = <T extends KubeObject>(kind: string): T[] => objects.filter((object) => object.kind === kind) as T[];
  return {
    snapshot: {
      services: ofKind<Service>('Service').map(withClusterIPs),
      endpointSlices: ofKind<EndpointSlice>('EndpointSlice'),
      nodes: ofKind<Node>('Node'),
      pods: ofKind('Pod'),
    },
    pods: podsOf(objects),
  };
}

const STARTED = '1970-01-01T00:00:00Z';

/**
 * All of the lab's own objects, in its order. Each draws a uid from the generator that also draws addresses. So a trace
 * of manifests shows the same addresses as the lab gives.
 */
function registerMachines(store: ObjectStore, topology: Topology): void {
  const fallback = createTopology({ count: topology.nodes.length });
  for (const [i, node] of topology.nodes.entries()) {
    const podCIDRs = node.podCIDRs.length > 0 ? node.podCIDRs : (fallback.nodes[i]?.podCIDRs ?? []);
    registerNode(store, { ...node, podCIDRs }, '', STARTED);
  }
  for (const client of topology.clients) registerClient(store, client.name, client.addresses, '');
  store.create({ apiVersion: LAB_API, kind: 'Lab', metadata: { name: 'default' } });
}

/** An empty cluster with the lab's own objects, seed and order. Manifests turn out here as they do in the lab. */
export async function openCluster(machines: Machines, config: ProxyConfig, recorded: boolean): Promise<Cluster> {
  const { topology } = machines;
  // Loaded here because most traces of recorded clusters need none of it.
  const { createCluster } = await import('../cluster/cluster.js');
  const cluster = createCluster({
    serviceClusterIPRange:
      config.serviceClusterIPRange.length > 0 ? config.serviceClusterIPRange : topology.serviceCIDRs,
    serviceNodePortRange: config.serviceNodePortRange,
    loadBalancerPools: topology.loadBalancerPool.map(({ first, last }) => `${first}-${last}`),
    fakeKubelet: true,
    recorded,
  });
  registerMachines(cluster.store, topology);
  return cluster;
}

/**
 * Applies manifests and waits until the controllers are done. Throws RefusedObjects.
 * @param once nothing more will be applied to this cluster
 */
export async function settle(cluster: Cluster, objects: readonly KubeObject[], once = false): Promise<State> {
  const { refused } = cluster.apply(objects, { once });
  if (refused.length > 0) throw new RefusedObjects(refused);
  await cluster.settled();
  return { snapshot: cluster.snapshot(), pods: podsOf(cluster.store.list('Pod')) };
}

async function throughCluster(
  objects: readonly KubeObject[],
  machines: Machines,
  config: ProxyConfig,
  recorded: boolean,
): Promise<State> {
  const cluster = await openCluster(machines, config, recorded);
  try {
    return await settle(cluster, objects, true);
  } finally {
    cluster.close();
  }
}

/**
 * As the lab would take them. Objects with addresses or ports from outside this cluster are another cluster's state.
 * Throws RefusedObjects with the lab's own messages.
 */
async function completed(objects: readonly KubeObject[], machines: Machines, config: ProxyConfig): Promise<State> {
  if (objects.some(isRecorded)) return throughCluster(objects, machines, config, true);
  try {
    return await throughCluster(objects, machines, config, false);
  } catch (error) {
    if (!(error instanceof RefusedObjects)) throw error;
    return throughCluster(objects, machines, config, true).catch(() => {
      throw error;
    });
  }
}

/**
 * The world that manifests describe. Throws RefusedObjects when a cluster would not accept them, and Fault USAGE when
 * the command line names a node that does not exist.
 */
export async function worldFromObjects(objects: readonly KubeObject[], options: WorldOptions): Promise<World> {
  const complete = (options.taking ?? takingOf(objects)).how === 'recorded';
  const bare = options.bareNode === true && complete && !objects.some(isNode);
  const machines = machinesOf(objects, options.impliedNode, bare);
  const { topology, extraAddresses, given } = machines;
  const name = options.impliedNode?.name;
  if (name !== undefined && !topology.nodes.some((node) => node.name === name)) {
    const names = topology.nodes.map((node) => node.name).join(', ');
    throw new Fault('USAGE', `there is no node "${name}"`, `Nodes: ${names}. Or say its addresses with --node-ip.`);
  }
  const config = configOf(machines, options.config, objects);
  const state = complete ? asTheyAre(objects) : await completed(objects, machines, config);
  return { topology, extraAddresses, ...state, config, elsewhere: given };
}
