// pods.ts - what the kubelet of a node tells about its pods: pulled, created, started, killed, restarted.
//
// Reasons and words of pkg/kubelet/events and pkg/kubelet/kuberuntime. They follow from what the status of a pod says.
import type { Container, Pod } from '../../model/objects.js';
import type { ControllerContext } from '../context.js';
import type { Recorder } from './recorder.js';

interface ContainerStatus {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: { readonly running?: unknown; readonly terminated?: unknown; readonly waiting?: Waiting };
}

interface Waiting {
  readonly reason?: string;
  readonly message?: string;
}

/** What every container waits for once. */
const ORDINARY = ['ContainerCreating', 'PodInitializing'];

const statusOf = (pod: Pod | undefined, { name }: Container): ContainerStatus | undefined =>
  [
    ...((pod?.status?.initContainerStatuses as ContainerStatus[] | undefined) ?? []),
    ...(pod?.status?.containerStatuses ?? []),
  ]
    .map((status) => status as ContainerStatus)
    .find((status) => status.name === name);

const hasRun = ({ state }: ContainerStatus): boolean => state?.running !== undefined || state?.terminated !== undefined;

/** How often it has been started. */
const starts = (status: ContainerStatus | undefined): number =>
  status === undefined || !hasRun(status) ? 0 : 1 + (status.restartCount ?? 0);

/** Watches pods and tells; it has no work of its own. */
export class PodEvents {
  readonly name = 'podevents';
  readonly #recorder: Recorder;
  readonly stop: () => void;

  constructor({ store, recorder }: ControllerContext) {
    this.#recorder = recorder;
    this.stop = store.watch(({ type, object, old }) => {
      // What an earlier process kept has been told before.
      if (type === 'MODIFIED') this.#follow(object as Pod, old as Pod);
    }, 'Pod');
  }

  sync(): void {}

  #follow(pod: Pod, old: Pod): void {
    const { nodeName, containers, initContainers = [] } = pod.spec;
    if (!nodeName) return;
    const events = this.#recorder.of('kubelet', nodeName);
    if (pod.status !== old.status) {
      for (const [field, list] of [
        ['initContainers', initContainers],
        ['containers', containers],
      ] as const)
        for (const container of list) this.#container(pod, old, container, `spec.${field}{${container.name}}`);
    }
    if (!pod.metadata.deletionTimestamp || old.metadata.deletionTimestamp) return;
    for (const container of containers)
      if (statusOf(pod, container)?.state?.running !== undefined)
        events.normal(pod, 'Killing', `Stopping container ${container.name}`, `spec.containers{${container.name}}`);
  }

  #container(pod: Pod, old: Pod, container: Container, path: string): void {
    const events = this.#recorder.of('kubelet', pod.spec.nodeName);
    const now = statusOf(pod, container);
    const before = statusOf(old, container);
    if (starts(now) > starts(before)) {
      events.normal(pod, 'Pulled', `Container image "${container.image ?? ''}" already present on machine`, path);
      events.normal(pod, 'Created', `Created container: ${container.name}`, path);
      events.normal(pod, 'Started', `Started container ${container.name}`, path);
    }
    const waiting = now?.state?.waiting;
    const why = waiting?.reason;
    if (why && why !== before?.state?.waiting?.reason && !ORDINARY.includes(why))
      events.warn(pod, 'Failed', `Error: ${waiting.message || why}`, path);
  }
}
