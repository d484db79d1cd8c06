// initstatus.ts - the status of a pod whose init containers are under way, as a kubelet writes it.
import type { Pod, PodStatus } from '../model/objects.js';
import { type ContainerRun, type PodPlace, pendingStatus, runStatus } from './podstatus.js';

const INITIALIZING = { waiting: { reason: 'PodInitializing' } };

/** Names of those that are not done, or of sidecars that have not begun. */
const incomplete = (pod: Pod, runs: ReadonlyMap<string, ContainerRun>): string[] =>
  (pod.spec.initContainers ?? []).filter(({ name }) => !runs.get(name)?.ready).map(({ name }) => name);

/**
 * Phase Pending, until all are done.
 * @param runs of init containers, by name; those that are left out have not begun
 */
export function initStatus(
  pod: Pod,
  place: PodPlace,
  time: string,
  runs: ReadonlyMap<string, ContainerRun>,
): PodStatus {
  const uid = pod.metadata.uid ?? '';
  const names = (containers: readonly { readonly name: string }[]) => containers.map(({ name }) => name).join(' ');
  const missing = incomplete(pod, runs);
  const waits = missing.length > 0 ? `containers with incomplete status: [${missing.join(' ')}]` : '';
  return {
    ...pendingStatus(pod, place, time, waits, `containers with unready status: [${names(pod.spec.containers)}]`),
    initContainerStatuses: (pod.spec.initContainers ?? []).map((container) =>
      runStatus(uid, container, runs.get(container.name), INITIALIZING, false),
    ),
    containerStatuses: pod.spec.containers.map((container) =>
      runStatus(uid, container, undefined, INITIALIZING, false),
    ),
  };
}
