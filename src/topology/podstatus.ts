// podstatus.ts - the status that a kubelet writes for a pod (core/v1 PodStatus), as values.
import type { Container, Node, Pod, PodStatus } from '../model/objects.js';

export interface PodPlace {
  readonly addresses: readonly string[];
  readonly hostAddresses: readonly string[];
}

const asIPs = (addresses: readonly string[]): { ip: string }[] => addresses.map((ip) => ({ ip }));

function condition(type: string, status: boolean, time: string, reason?: string, message?: string) {
  return {
    type,
    status: status ? 'True' : 'False',
    lastProbeTime: null,
    lastTransitionTime: time,
    ...(reason === undefined ? {} : { reason }),
    ...(message === undefined ? {} : { message }),
  };
}

const containerStatus = (uid: string, container: Container, state: object, ready: boolean, restarts: number) => ({
  name: container.name,
  image: container.image ?? '',
  imageID: '',
  containerID: `kubewire://${uid}/${container.name}`,
  state,
  lastState: {},
  ready,
  started: ready,
  restartCount: restarts,
});

/** The addresses of a node, which its host-network pods share. */
export const hostAddresses = (node: Node): string[] =>
  (node.status?.addresses ?? []).filter(({ type }) => type === 'InternalIP').map(({ address }) => address);

const hosts = ({ hostAddresses: [first, ...others] }: PodPlace): PodStatus =>
  first === undefined ? {} : { hostIP: first, hostIPs: asIPs([first, ...others]) };

const pods = ({ addresses: [first, ...others] }: PodPlace): PodStatus =>
  first === undefined ? {} : { podIP: first, podIPs: asIPs([first, ...others]) };

/** When the scheduler assigned it to its node. */
const scheduledAt = (pod: Pod): string | undefined => {
  const time = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled')?.lastTransitionTime;
  return typeof time === 'string' ? time : undefined;
};

/**
 * Whether the pod is over once its work is done: the pod of a Job. Without a command of its own (kubewire.dev/run) it
 * has no work, and has succeeded as soon as it has been started.
 */
export const isOfJob = ({ metadata, spec }: Pod): boolean =>
  spec.restartPolicy !== 'Always' &&
  (metadata.ownerReferences?.some(({ controller, kind }) => controller && kind === 'Job') ?? false);

/** The pod runs. `problem` says why it is not ready; '' = it is ready. */
export function runningStatus(pod: Pod, place: PodPlace, time: string, problem: string, restarts = 0): PodStatus {
  const ready = problem === '';
  const why = ready ? [] : ['ContainersNotReady', problem];
  const uid = pod.metadata.uid ?? '';
  const startTime = pod.status?.startTime ?? time;
  const initialised = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy !== 'Always');
  const sidecars = (pod.spec.initContainers ?? []).filter((container) => container.restartPolicy === 'Always');
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: startTime, finishedAt: startTime } };
  const runs = { running: { startedAt: startTime } };
  return {
    ...pod.status,
    phase: 'Running',
    ...hosts(place),
    ...pods(place),
    startTime,
    conditions: [
      condition('PodReadyToStartContainers', true, time),
      condition('Initialized', true, time),
      condition('Ready', ready, time, ...why),
      condition('ContainersReady', ready, time, ...why),
      condition('PodScheduled', true, scheduledAt(pod) ?? startTime),
    ],
    ...(pod.spec.initContainers
      ? {
          initContainerStatuses: [
            ...initialised.map((container) => containerStatus(uid, container, done, true, 0)),
            ...sidecars.map((container) => containerStatus(uid, container, runs, ready, 0)),
          ],
        }
      : {}),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(uid, container, runs, ready, restarts)),
    qosClass: 'BestEffort',
  };
}

/** How often the containers of a pod were started again. */
export const restartsOf = ({ status }: Pod): number =>
  (status?.containerStatuses as readonly { readonly restartCount?: number }[] | undefined)?.[0]?.restartCount ?? 0;

/** The node of a running pod was restarted: its addresses are gone, and its containers are about to start again. */
export function interruptedStatus(pod: Pod, time: string): PodStatus {
  const { podIP: _, podIPs: _all, ...status } = pod.status ?? {};
  const uid = pod.metadata.uid ?? '';
  const state = { waiting: { reason: 'ContainerCreating' } };
  const restarts = restartsOf(pod) + 1;
  return {
    ...status,
    conditions: (status.conditions ?? []).map((one) =>
      ['PodReadyToStartContainers', 'Ready', 'ContainersReady'].includes(one.type) && one.status === 'True'
        ? { ...one, status: 'False', lastTransitionTime: time }
        : one,
    ),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(uid, container, state, false, restarts)),
  };
}

/** The pod's program has ended for good. */
export function finishedStatus(pod: Pod, place: PodPlace, time: string, exitCode: number): PodStatus {
  const running = runningStatus(pod, place, time, 'the program has ended');
  const reason = exitCode === 0 ? 'Completed' : 'Error';
  const startedAt = running.startTime;
  const state = { terminated: { exitCode, reason, startedAt, finishedAt: time } };
  const uid = pod.metadata.uid ?? '';
  return {
    ...running,
    phase: exitCode === 0 ? 'Succeeded' : 'Failed',
    conditions: (running.conditions ?? []).map((one) =>
      one.type === 'Ready' || one.type === 'ContainersReady' ? { ...one, reason: 'PodCompleted', message: '' } : one,
    ),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(uid, container, state, false, 0)),
  };
}

/** The pod has no sandbox: the node ran out of addresses, or the kernel refused. */
export function waitingStatus(pod: Pod, place: PodPlace, time: string, reason: string, message: string): PodStatus {
  const uid = pod.metadata.uid ?? '';
  const state = { waiting: { reason, message } };
  return {
    ...pod.status,
    phase: 'Pending',
    ...hosts(place),
    startTime: pod.status?.startTime ?? time,
    conditions: [
      condition('PodReadyToStartContainers', false, time, reason, message),
      condition('Initialized', true, time),
      condition('Ready', false, time, 'ContainersNotReady', message),
      condition('ContainersReady', false, time, 'ContainersNotReady', message),
      condition('PodScheduled', true, scheduledAt(pod) ?? time),
    ],
    containerStatuses: pod.spec.containers.map((container) => containerStatus(uid, container, state, false, 0)),
    qosClass: 'BestEffort',
  };
}
