// registration.ts - registers the lab's own objects in the cluster: nodes, outside clients, and the lab itself.
import { isPodOver } from '../model/conditions.js';
import type { KubeObject, Node, Pod } from '../model/objects.js';
import { NETNS_ANNOTATION } from '../topology/annotations.js';
import type { ProxySettings } from '../topology/attachment.js';
import { interruptedStatus } from '../topology/podstatus.js';
import type { LabNode, Topology } from '../topology/topology.js';
import type { DataplaneName } from './netfilter/names.js';

export const LAB_API = 'kubewire.dev/v1alpha1';

/** Who carries established connections, and what keeps BPF programs from it. */
export type FastPath = { readonly carrier: 'ebpf' } | { readonly carrier: 'engine'; readonly why: string };

/** `spec` of the object of kind Lab: what `status`, `check` and others need to know about a running lab. */
export interface LabSpec {
  /** Of every node that has no annotation kubewire.dev/strategy (lab/tables/strategies.ts). May be changed while the lab runs. */
  readonly strategy: string;
  /** Names of nodes that are switched off. May be changed while the lab runs. */
  readonly stopped?: readonly string[];
  readonly dataplane: DataplaneName;
  /** 0 when the kernel is the dataplane. */
  readonly shards: number;
  readonly offloads: boolean;
  readonly fastPath: FastPath;
  readonly proxy: ProxySettings;
  readonly topology: Topology;
}

export interface LabStatus {
  /** Running means that everything the lab was started with is in force. */
  readonly phase: 'Starting' | 'Running';
  readonly pid: number;
  readonly startTime: string;
  /** Node name → strategy of the tables in force on it. */
  readonly strategies: Readonly<Record<string, string>>;
  /** Nodes that are switched off. */
  readonly stopped?: readonly string[];
  /** Nodes whose tables are older than the cluster, with the reason. */
  readonly problems: readonly string[];
  /** The last things that the lab told its user, oldest first (lab/notices.ts). */
  readonly notices: readonly string[];
}

/** What the lab writes: part of src/cluster/store.ts. */
export interface ObjectStore {
  get<T extends KubeObject>(kind: string, namespace: string, name: string): T | undefined;
  list<T extends KubeObject>(kind: string): readonly T[];
  delete(kind: string, namespace: string, name: string): KubeObject;
  create(object: KubeObject): KubeObject;
  update(object: KubeObject): KubeObject;
  updateStatus(object: KubeObject): KubeObject;
}

/** Without limits that matter: a pod costs a namespace. The values are those of a small cloud machine. */
const CAPACITY = { cpu: '8', memory: '32Gi', pods: '253' };

function nodeStatus(node: LabNode, time: string): NonNullable<Node['status']> {
  const healthy = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    lastHeartbeatTime: time,
    lastTransitionTime: time,
    reason,
    message,
  });
  return {
    capacity: CAPACITY,
    allocatable: CAPACITY,
    conditions: [
      healthy('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      healthy('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      healthy('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      healthy('Ready', 'True', 'KubeletReady', 'the lab serves this node'),
    ],
    addresses: [
      ...node.addresses.map((address) => ({ type: 'InternalIP' as const, address })),
      { type: 'Hostname' as const, address: node.name },
    ],
    nodeInfo: {
      architecture: 'amd64',
      operatingSystem: 'linux',
      osImage: 'kubewire',
      kernelVersion: '',
      kubeletVersion: 'v1.36.0',
      kubeProxyVersion: 'v1.36.0',
      containerRuntimeVersion: 'kubewire://1',
      machineID: '',
      systemUUID: '',
      bootID: '',
    },
  };
}

/** Creates the object, or updates the one from a manifest with what the lab knows. */
function put(store: ObjectStore, object: KubeObject): void {
  const known = store.get(object.kind, '', object.metadata.name);
  if (known) {
    const { resourceVersion: _, ...metadata } = known.metadata;
    const annotations = { ...metadata.annotations, ...object.metadata.annotations };
    const labels = { ...object.metadata.labels, ...metadata.labels };
    const spec = { ...(known.spec as object | undefined), ...(object.spec as object) };
    store.update({ ...known, metadata: { ...metadata, annotations, labels }, spec });
  } else store.create(object);
  if (object.status !== undefined) store.updateStatus({ ...object, metadata: { name: object.metadata.name } });
}

/** Nothing runs in the pod any more, and it is about to be started again. */
function interrupt(store: ObjectStore, pod: Pod, time: string): void {
  const { resourceVersion: _, ...metadata } = pod.metadata;
  const { [NETNS_ANNOTATION]: __, ...annotations } = metadata.annotations ?? {};
  store.update({ ...pod, metadata: { ...metadata, annotations } });
  store.updateStatus({ ...pod, metadata, status: interruptedStatus(pod, time) });
}

/** The pods that ran on a node when it went down, and that are still wanted. */
export function interruptPods(store: ObjectStore, node: string, time: string): void {
  for (const pod of store.list<Pod>('Pod')) {
    const { metadata, spec, status } = pod;
    const ran = spec.nodeName === node && status?.phase === 'Running';
    if (ran && metadata.deletionTimestamp === undefined) interrupt(store, pod, time);
  }
}

/**
 * What an earlier process left (a kept state): nodes that are no longer machines of the lab go, and with them their pods; pods of
 * the others are there, but nothing runs in them yet.
 */
export function forgetMachines(store: ObjectStore, nodes: readonly LabNode[], time: string): void {
  const names = new Set(nodes.map(({ name }) => name));
  for (const { metadata } of store.list<Node>('Node'))
    if (!names.has(metadata.name)) store.delete('Node', '', metadata.name);
  for (const pod of store.list<Pod>('Pod')) {
    if (!names.has(pod.spec.nodeName ?? '') || isPodOver(pod)) continue;
    if (pod.metadata.annotations?.[NETNS_ANNOTATION] !== undefined) interrupt(store, pod, time);
  }
}

/** @param netns path of the node's namespace */
export function registerNode(store: ObjectStore, node: LabNode, netns: string, time: string): void {
  put(store, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: node.name, labels: node.labels, annotations: { [NETNS_ANNOTATION]: netns } },
    spec: { podCIDR: node.podCIDRs[0], podCIDRs: [...node.podCIDRs] },
    status: nodeStatus(node, time),
  });
}

export function registerClient(store: ObjectStore, name: string, addresses: readonly string[], netns: string): void {
  put(store, {
    apiVersion: LAB_API,
    kind: 'Client',
    metadata: { name, annotations: { [NETNS_ANNOTATION]: netns } },
    spec: { addresses: [...addresses] },
  });
}

export function registerLab(store: ObjectStore, name: string, spec: LabSpec, status: LabStatus): void {
  put(store, { apiVersion: LAB_API, kind: 'Lab', metadata: { name }, spec, status });
}

/** Changes part of the lab's status; does nothing while the lab is being taken down. */
export function updateLab(store: ObjectStore, name: string, change: Partial<LabStatus>): void {
  const lab = store.get('Lab', '', name);
  if (!lab) return;
  const { resourceVersion: _, ...metadata } = lab.metadata;
  store.updateStatus({ ...lab, metadata, status: { ...(lab.status as LabStatus), ...change } });
}
