// annotations.ts - the annotations with which the lab and its users describe a pod, a node or a client.

/** The namespace of an object: a path for `setns`, valid while the lab runs. */
export const NETNS_ANNOTATION = 'kubewire.dev/netns';
/** A real command to run in the pod instead of the default application. */
export const RUN_ANNOTATION = 'kubewire.dev/run';
/** Ports on which the application of a pod without declared ports listens, because Services target them: `8080/TCP`. */
export const GUESSED_PORTS_ANNOTATION = 'kubewire.dev/guessed-ports';
