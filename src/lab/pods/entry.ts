// entry.ts - what the kubelet knows of a pod of its own.
import type { KubeObject, Pod } from '../../model/objects.js';
import { GUESSED_PORTS_ANNOTATION, NETNS_ANNOTATION } from '../../topology/annotations.js';
import type { PodWire } from '../../topology/attachment.js';
import { type ContainerRun, restartsOf } from '../../topology/podstatus.js';
import type { Sandbox } from '../host/sandbox.js';
import type { PodIdentity } from './answer.js';
import type { OpenPod } from './application.js';
import type { Containers } from './containers.js';
import { PodLog } from './log.js';
import { Pause } from './pause.js';
import type { RunningProgram } from './runner.js';
import type { NodeWires } from './wires.js';

export interface Entry {
  readonly key: { readonly namespace: string; readonly name: string; readonly uid: string };
  readonly wires: NodeWires;
  readonly log: PodLog;
  /** Before this process ran it. */
  readonly restarts: number;
  wire: PodWire | null;
  sandbox: Sandbox | null;
  open: OpenPod | null;
  /** Ports that it listens on without having declared any, as text; '' when it declares its ports. */
  guessed: string;
  /** What its log says that it listens on. */
  listening: string;
  program: RunningProgram | null;
  /** Null until it runs. */
  containers: Containers | null;
  /** Why it is not ready, whatever its containers say; '' = nothing stands against it. */
  problem: string;
  /** Names of its containers that serve nothing now. */
  readonly down: Set<string>;
  ready: boolean;
  stopping: boolean;
  /** What became of its init containers, by name. */
  initialised: ReadonlyMap<string, ContainerRun>;
  /** The time that init containers and preStop hooks sleep. */
  readonly pause: Pause;
  /** Start and stop of the same pod never overlap. */
  work: Promise<void>;
}

export const podKey = (pod: KubeObject) => ({
  namespace: pod.metadata.namespace ?? 'default',
  name: pod.metadata.name,
  uid: pod.metadata.uid ?? '',
});

/** The pod with another status, without a resourceVersion: the kubelet is the only writer of the status. */
export function withStatus(pod: Pod, status: Pod['status']): Pod {
  const { resourceVersion: _, ...metadata } = pod.metadata;
  return { ...pod, metadata, ...(status ? { status } : {}) } as Pod;
}

/** The pod with the path of its namespace, and which ports were guessed; null if it says so already. */
export function withPlace(pod: Pod, path: string, guessed: string): Pod | null {
  const { resourceVersion: _, ...metadata } = pod.metadata;
  const { [GUESSED_PORTS_ANNOTATION]: before = '', ...others } = metadata.annotations ?? {};
  if (others[NETNS_ANNOTATION] === path && before === guessed) return null;
  const guess = guessed === '' ? {} : { [GUESSED_PORTS_ANNOTATION]: guessed };
  return { ...pod, metadata: { ...metadata, annotations: { ...others, [NETNS_ANNOTATION]: path, ...guess } } };
}

/** Who answers in the pod. */
export const identityOf = ({ key, wires }: Entry): PodIdentity => ({
  ...{ pod: key.name, namespace: key.namespace, node: wires.node.name },
});

/** A pod that nothing was done for yet. */
export const entryOf = (pod: Pod, wires: NodeWires): Entry => ({
  key: podKey(pod),
  wires,
  log: new PodLog(),
  restarts: restartsOf(pod),
  wire: null,
  sandbox: null,
  open: null,
  guessed: '',
  listening: '',
  program: null,
  containers: null,
  problem: '',
  down: new Set(),
  ready: false,
  stopping: false,
  initialised: new Map(),
  pause: new Pause(),
  work: Promise.resolve(),
});
