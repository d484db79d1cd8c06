// rolling.ts - which pods of a DaemonSet an update deletes or adds next. Pure: it decides, and does nothing.
//
// As pkg/controller/daemon/update.go of Kubernetes 1.36: without surge an old pod goes before its successor comes; with
// surge the successor comes first.
import type { Pod } from '../../../model/objects.js';
import { type IntOrPercent, isActive, share, type Workload } from '../template.js';

export interface DaemonSet extends Workload {
  spec: Workload['spec'] & {
    updateStrategy?: { type?: string; rollingUpdate?: { maxUnavailable?: IntOrPercent; maxSurge?: IntOrPercent } };
  };
}

interface Step {
  readonly remove: readonly Pod[];
  /** Nodes that get a second pod, of the newest revision. */
  readonly add: readonly string[];
}

interface Judgement {
  readonly isNew: (pod: Pod) => boolean;
  readonly isAvailable: (pod: Pod) => boolean;
}

/** Numbers of an update for a set that wants pods on this many nodes. */
export function limitsOf({ spec }: DaemonSet, nodes: number): { surge: number; unavailable: number } {
  const { maxSurge = 0, maxUnavailable = 1 } = spec.updateStrategy?.rollingUpdate ?? {};
  const surge = share(maxSurge, nodes, true);
  const unavailable = share(maxUnavailable, nodes, true);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

/** @param pods by the node that they are on or for; nodes that want a pod and have none have an empty list */
export function updateStep(set: DaemonSet, pods: ReadonlyMap<string, readonly Pod[]>, judge: Judgement): Step {
  const { surge, unavailable } = limitsOf(set, pods.size);
  return surge === 0 ? replace(pods, unavailable, judge) : overlap(pods, surge, judge);
}

function split(pods: readonly Pod[], { isNew }: Judgement): { old: Pod | undefined; young: Pod | undefined } {
  const active = pods.filter(isActive);
  return { old: active.find((pod) => !isNew(pod)), young: active.find(isNew) };
}

function replace(pods: ReadonlyMap<string, readonly Pod[]>, most: number, judge: Judgement): Step {
  let unavailable = 0;
  const broken: Pod[] = [];
  const candidates: Pod[] = [];
  for (const list of pods.values()) {
    const { old, young } = split(list, judge);
    if (!old && young && judge.isAvailable(young)) continue;
    if (old && !young && judge.isAvailable(old)) candidates.push(old);
    else unavailable++;
    if (old && !young && !judge.isAvailable(old)) broken.push(old);
  }
  return { remove: [...broken, ...candidates.slice(0, Math.max(0, most - unavailable))], add: [] };
}

function overlap(pods: ReadonlyMap<string, readonly Pod[]>, most: number, judge: Judgement): Step {
  let surging = 0;
  const remove: Pod[] = [];
  const broken: string[] = [];
  const candidates: string[] = [];
  for (const [node, list] of pods) {
    const { old, young } = split(list, judge);
    if (!old) continue;
    if (!young) (judge.isAvailable(old) ? candidates : broken).push(node);
    else if (judge.isAvailable(young)) remove.push(old);
    else surging++;
  }
  return { remove, add: [...broken, ...candidates.slice(0, Math.max(0, most - surging))] };
}
