// podstatus.ts - the status that a kubelet writes for a pod (core/v1 PodStatus), as values.
import { transitionTime } from '../model/conditions.js';
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

/** A container that is meant to serve as long as the pod runs, although it begins before the others. */
export const isSidecar = ({ restartPolicy }: Container): boolean => restartPolicy === 'Always';

/** How a container is, and how it was before it was started again (core/v1 ContainerStatus). */
export interface ContainerRun {
  readonly state: object;
  readonly lastState: object;
  readonly ready: boolean;
  readonly started: boolean;
  readonly restarts: number;
}

export function runStatus(
  uid: string,
  container: Container,
  run: ContainerRun | undefined,
  plain: object,
  ready: boolean,
) {
  if (!run) return containerStatus(uid, container, plain, ready, 0);
  const { state, lastState, started, restarts } = run;
  return { ...containerStatus(uid, container, state, run.ready, restarts), lastState, started };
}

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

/** Conditions that the kubelet writes. Others belong to whoever wrote them. */
const OWN = ['PodReadyToStartContainers', 'Initialized', 'Ready', 'ContainersReady', 'PodScheduled'];

/** Why a pod whose containers are ready is not: a condition that it waits for (readinessGates); '' = it is ready. */
function gateProblem({ spec, status }: Pod): string {
  const closed = ((spec.readinessGates ?? []) as readonly { readonly conditionType: string }[]).find(
    ({ conditionType }) => !status?.conditions?.some((one) => one.type === conditionType && one.status === 'True'),
  );
  if (!closed) return '';
  const known = status?.conditions?.some(({ type }) => type === closed.conditionType);
  const what = `corresponding condition of pod readiness gate "${closed.conditionType}"`;
  return known ? `the status of ${what} is not "True", but False` : `${what} does not exist.`;
}

/** Whether a condition that the pod waits for says something else than the pod being ready does. */
export function hasMovedGate(pod: Pod): boolean {
  if (!pod.spec.readinessGates) return false;
  const is = (type: string): boolean =>
    pod.status?.conditions?.some((one) => one.type === type && one.status === 'True') ?? false;
  return is('ContainersReady') && is('Ready') !== (gateProblem(pod) === '');
}

/** Conditions that keep their times as long as they say the same, and those that others wrote. */
const merged = (pod: Pod, own: ReturnType<typeof condition>[]) => {
  const before = pod.status?.conditions ?? [];
  const time = (one: ReturnType<typeof condition>) => transitionTime(before, one, one.lastTransitionTime);
  return [
    ...own.map((one) => ({ ...one, lastTransitionTime: time(one) })),
    ...before.filter(({ type }) => !OWN.includes(type)),
  ];
};

type Runs = ReadonlyMap<string, ContainerRun>;

/**
 * The pod runs. `problem` says why it is not ready; '' = that depends on its containers.
 * @param runs by the name of the container; those that are left out run
 */
export function runningStatus(pod: Pod, place: PodPlace, time: string, problem: string, runs?: Runs): PodStatus {
  const waiting = [...(runs ?? [])].filter(([, run]) => !run.ready).map(([name]) => name);
  const unready = problem || (waiting.length > 0 ? `containers with unready status: [${waiting.join(' ')}]` : '');
  const gate = gateProblem(pod);
  const ready = unready === '';
  const why = ready ? [] : ['ContainersNotReady', unready];
  const whyPod = ready && gate !== '' ? ['ReadinessGatesNotReady', gate] : why;
  const uid = pod.metadata.uid ?? '';
  const startTime = pod.status?.startTime ?? time;
  const done = { terminated: { exitCode: 0, reason: 'Completed', startedAt: startTime, finishedAt: startTime } };
  const plain = { running: { startedAt: startTime } };
  return {
    ...pod.status,
    phase: 'Running',
    ...hosts(place),
    ...pods(place),
    startTime,
    conditions: merged(pod, [
      condition('PodReadyToStartContainers', true, time),
      condition('Initialized', true, time),
      condition('Ready', ready && gate === '', time, ...whyPod),
      condition('ContainersReady', ready, time, ...why),
      condition('PodScheduled', true, scheduledAt(pod) ?? startTime),
    ]),
    ...(pod.spec.initContainers
      ? {
          initContainerStatuses: [
            ...pod.spec.initContainers.map((container) => {
              const run = runs?.get(container.name);
              return runStatus(
                uid,
                container,
                run,
                isSidecar(container) ? plain : done,
                isSidecar(container) ? ready : true,
              );
            }),
          ],
        }
      : {}),
    containerStatuses: pod.spec.containers.map((container) =>
      runStatus(uid, container, runs?.get(container.name), plain, ready),
    ),
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

/**
 * The pod does not run yet.
 * @param initialising why it is not initialised; '' = it is
 * @param unready why it is not ready
 * @param sandbox why it has no sandbox; none: it has one
 */
export function pendingStatus(
  pod: Pod,
  place: PodPlace,
  time: string,
  initialising: string,
  unready: string,
  sandbox: readonly string[] = [],
): PodStatus {
  const whyInit = initialising === '' ? [] : ['ContainersNotInitialized', initialising];
  return {
    ...pod.status,
    phase: 'Pending',
    ...hosts(place),
    ...(sandbox.length === 0 ? pods(place) : {}),
    startTime: pod.status?.startTime ?? time,
    conditions: merged(pod, [
      condition('PodReadyToStartContainers', sandbox.length === 0, time, ...sandbox),
      condition('Initialized', initialising === '', time, ...whyInit),
      condition('Ready', false, time, 'ContainersNotReady', unready),
      condition('ContainersReady', false, time, 'ContainersNotReady', unready),
      condition('PodScheduled', true, scheduledAt(pod) ?? time),
    ]),
    qosClass: 'BestEffort',
  };
}

/** The pod has no sandbox: the node ran out of addresses, or the kernel refused. */
export function waitingStatus(pod: Pod, place: PodPlace, time: string, reason: string, message: string): PodStatus {
  const uid = pod.metadata.uid ?? '';
  const state = { waiting: { reason, message } };
  return {
    ...pendingStatus(pod, place, time, '', message, [reason, message]),
    containerStatuses: pod.spec.containers.map((container) => containerStatus(uid, container, state, false, 0)),
  };
}
