// entry.ts - what the kubelet knows of a pod of its own.
import type { KubeObject, Pod } from '../../model/objects.js';
import type { PodWire } from '../../topology/attachment.js';
import { restartsOf } from '../../topology/podstatus.js';
import type { Sandbox } from '../host/sandbox.js';
import type { OpenPod } from './application.js';
import { PodLog } from './log.js';
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
  stopRun: (() => void) | null;
  ready: boolean;
  stopping: boolean;
  /** Ends the time that its preStop hook takes. */
  hurry: () => void;
  /** Start and stop of the same pod never overlap. */
  work: Promise<void>;
}

export const podKey = (pod: KubeObject) => ({
  namespace: pod.metadata.namespace ?? 'default',
  name: pod.metadata.name,
  uid: pod.metadata.uid ?? '',
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
  stopRun: null,
  ready: false,
  stopping: false,
  hurry: () => undefined,
  work: Promise.resolve(),
});
