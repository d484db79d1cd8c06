// annotations.ts - the annotations by which the lab and its users say what a pod, a node or a client is here.

/** Where the namespace of an object is: a path that `setns` takes, valid while the lab lives. */
export const NETNS_ANNOTATION = 'kubewire.dev/netns';
/** A real command to run in the pod instead of the default application. */
export const RUN_ANNOTATION = 'kubewire.dev/run';
/** Ports on which the application of a pod that declares none listens, because Services target them: `8080/TCP, 53/UDP`. */
export const GUESSED_PORTS_ANNOTATION = 'kubewire.dev/guessed-ports';
