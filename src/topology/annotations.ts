// annotations.ts - the annotations with which the lab and its users describe a pod, a node or a client.
import type { KubeObject } from '../model/objects.js';

/** The namespace of an object: a path for `setns`, valid while the lab runs. */
export const NETNS_ANNOTATION = 'kubewire.dev/netns';
/** A real command to run in the pod instead of the default application. */
export const RUN_ANNOTATION = 'kubewire.dev/run';
/** The same by another name. */
const COMMAND_ANNOTATION = 'kubewire.dev/command';
/** What the lab itself serves in the pod instead of the default application: `dns`. */
export const SERVE_ANNOTATION = 'kubewire.dev/serve';
export const SERVE_DNS = 'dns';
/** Ports on which the application of a pod without declared ports listens, because Services target them: `8080/TCP`. */
export const GUESSED_PORTS_ANNOTATION = 'kubewire.dev/guessed-ports';

/** Undefined: the default application runs. */
export const commandOf = ({ metadata: { annotations = {} } }: KubeObject): string | undefined =>
  annotations[RUN_ANNOTATION] ?? annotations[COMMAND_ANNOTATION];

/** What the pod serves is a part of the lab, and no application of the user. */
export const isLabsPod = (pod: KubeObject): boolean => pod.metadata.annotations?.[SERVE_ANNOTATION] !== undefined;
