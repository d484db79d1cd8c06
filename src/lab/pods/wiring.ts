// wiring.ts - what the kubelet is given: the store, the dataplane, and whatever serves and runs in its pods.
import type { KubeObject, Pod } from '../../model/objects.js';
import type { Timer } from '../../model/timer.js';
import type { PodWire } from '../../topology/attachment.js';
import type { LabNode, Topology } from '../../topology/topology.js';
import type { Sandbox } from '../host/sandbox.js';
import type { NameServers } from '../names/nameservers.js';
import type { Application } from './application.js';
import type { Environment } from './environment.js';
import type { Runner } from './runner.js';
import type { Surroundings } from './surroundings.js';

/** The parts of the store (src/cluster/store.ts) that the kubelet needs. */
interface PodStore {
  list<T extends KubeObject>(kind: string, namespace?: string): readonly T[];
  get<T extends KubeObject>(kind: string, namespace: string, name: string): T | undefined;
  update(object: KubeObject): KubeObject;
  updateStatus(object: KubeObject): KubeObject;
  delete(kind: string, namespace: string, name: string, options: { gracePeriodSeconds: number }): KubeObject;
  watch(
    listener: (event: { readonly type: string; readonly object: KubeObject; readonly old?: KubeObject }) => void,
    kind: string,
  ): () => void;
}

/** The dataplane as the kubelet sees it. */
export interface Wiring {
  /** Creates a pod's namespace and its interface, attached to this port of the node. Throws if the kernel refuses. */
  plug(node: LabNode, wire: PodWire): Promise<Sandbox>;
  /** Detaches the interface from its port and closes the sandbox. */
  unplug(node: LabNode, wire: PodWire, sandbox: Sandbox): Promise<void>;
  /** The namespace of the node itself. */
  host(node: LabNode): Sandbox;
  /** Resolves once every node has tables made from everything known now. */
  inForce(): Promise<void>;
}

type Tell = (pod: Pod, reason: string, message: string, path: string) => void;

/** The part of an event recorder (src/cluster/events) that the kubelet needs. A path is `spec.containers{web}`. */
interface PodTeller {
  readonly normal: Tell;
  readonly warn: Tell;
}

export interface KubeletOptions {
  readonly store: PodStore;
  readonly topology: Topology;
  readonly wiring: Wiring;
  readonly application: Application;
  /** Pods with the annotation `kubewire.dev/serve: dns`. */
  readonly nameServers: NameServers;
  readonly runner: Runner;
  /** Variables of every program. */
  readonly environment: Environment;
  readonly surroundings: Surroundings;
  readonly clock: () => Date;
  readonly timer: Timer;
  /** Who writes Events about a pod. */
  readonly events: (pod: Pod) => PodTeller;
  /** Tells the user about a pod that could not be served. */
  readonly report: (message: string) => void;
}
