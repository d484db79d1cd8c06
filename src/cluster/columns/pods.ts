// pods.ts - the table of Pods: sums up a status in one word.
import type { Container, Pod } from '../../model/objects.js';
import { age } from './age.js';
import { ageOf, type Columns, headings } from './columns.js';

interface ContainerState {
  readonly waiting?: { readonly reason?: string };
  readonly running?: unknown;
  readonly terminated?: {
    readonly exitCode?: number;
    readonly signal?: number;
    readonly reason?: string;
    readonly finishedAt?: string;
  };
}

interface ContainerStatus {
  readonly name: string;
  readonly ready?: boolean;
  readonly started?: boolean;
  readonly restartCount?: number;
  readonly state?: ContainerState;
  readonly lastState?: ContainerState;
}

/** Totals over the containers of a Pod. */
interface Tally {
  reason: string;
  ready: number;
  restarts: number;
  /** When the run before the current one finished, RFC 3339; '' if there was none. */
  lastRestart: string;
}

function countRestart(tally: Tally, status: ContainerStatus): void {
  tally.restarts += status.restartCount ?? 0;
  const finished = status.lastState?.terminated?.finishedAt ?? '';
  if (finished > tally.lastRestart) tally.lastRestart = finished;
}

function endText(terminated: NonNullable<ContainerState['terminated']>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode ?? 0}`;
}

/** The Pod's reason while an init container is unfinished; null once it has finished. */
function initReason(status: ContainerStatus, sidecar: boolean, text: string): string | null {
  const { terminated, waiting } = status.state ?? {};
  if (terminated && (terminated.exitCode ?? 0) === 0) return null;
  if (sidecar && status.started) return null;
  if (terminated) return `Init:${endText(terminated)}`;
  if (waiting?.reason && waiting.reason !== 'PodInitializing') return `Init:${waiting.reason}`;
  return text;
}

/** True if the Pod is still initialising. `sidecars` counts the restarts of restartable init containers. */
function tallyInit(pod: Pod, tally: Tally, sidecars: Tally): boolean {
  const containers = pod.spec.initContainers ?? [];
  const statuses = (pod.status?.initContainerStatuses ?? []) as ContainerStatus[];
  for (const [i, status] of statuses.entries()) {
    const sidecar = isSidecar(containers.find(({ name }) => name === status.name));
    countRestart(tally, status);
    if (sidecar) countRestart(sidecars, status);
    const reason = initReason(status, sidecar, `Init:${i}/${containers.length}`);
    if (reason !== null) {
      tally.reason = reason;
      return true;
    }
    if (sidecar && status.started && status.ready) tally.ready++;
  }
  return false;
}

const isSidecar = (container: Container | undefined): boolean => container?.restartPolicy === 'Always';

const hasTrue = (pod: Pod, type: string): boolean =>
  (pod.status?.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');

function tallyContainers(pod: Pod, tally: Tally): void {
  const statuses = (pod.status?.containerStatuses ?? []) as ContainerStatus[];
  let running = false;
  for (const status of statuses.toReversed()) {
    countRestart(tally, status);
    const { waiting, terminated, running: runs } = status.state ?? {};
    if (waiting?.reason) tally.reason = waiting.reason;
    else if (terminated) tally.reason = endText(terminated);
    else if (status.ready && runs) {
      running = true;
      tally.ready++;
    }
  }
  if (tally.reason === 'Completed' && running) tally.reason = hasTrue(pod, 'Ready') ? 'Running' : 'NotReady';
}

const TERMINAL = new Set(['Succeeded', 'Failed']);

function tallyPod(pod: Pod): Tally {
  const { phase = '', reason, conditions = [] } = pod.status ?? {};
  const gated = conditions.some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  const tally: Tally = {
    reason: gated ? 'SchedulingGated' : String(reason ?? '') || phase,
    ready: 0,
    restarts: 0,
    lastRestart: '',
  };
  const sidecars: Tally = { ...tally };
  const initialising = tallyInit(pod, tally, sidecars);
  if (!initialising || hasTrue(pod, 'Initialized')) {
    tally.restarts = sidecars.restarts;
    tally.lastRestart = sidecars.lastRestart;
    tallyContainers(pod, tally);
  }
  if (pod.metadata.deletionTimestamp) {
    if (reason === 'NodeLost') tally.reason = 'Unknown';
    else if (!TERMINAL.has(phase)) tally.reason = 'Terminating';
  }
  return tally;
}

function gates(pod: Pod): string {
  const list = (pod.spec.readinessGates ?? []) as { conditionType: string }[];
  if (list.length === 0) return '<none>';
  return `${list.filter(({ conditionType }) => hasTrue(pod, conditionType)).length}/${list.length}`;
}

export const pods: Columns = {
  columns: headings('Name Ready Status Restarts Age | IP Node Nominated_Node Readiness_Gates'),
  row(object, now) {
    const pod = object as Pod;
    const tally = tallyPod(pod);
    const all = pod.spec.containers.length + (pod.spec.initContainers ?? []).filter(isSidecar).length;
    const ago = tally.restarts > 0 && tally.lastRestart !== '' ? ` (${age(tally.lastRestart, now)} ago)` : '';
    return [
      pod.metadata.name,
      `${tally.ready}/${all}`,
      tally.reason,
      `${tally.restarts}${ago}`,
      ageOf(pod, now),
      pod.status?.podIPs?.[0]?.ip || '<none>',
      pod.spec.nodeName || '<none>',
      String(pod.status?.nominatedNodeName ?? '') || '<none>',
      gates(pod),
    ];
  },
};
