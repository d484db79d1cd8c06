// rolling.ts - how many replicas each ReplicaSet of a Deployment gets next. Pure numbers.
//
// As pkg/controller/deployment/rolling.go and sync.go (scale) of Kubernetes 1.36.
import { byBirth, replicasOf, type Workload } from '../template.js';
import { availableOf, type Deployment, isRecreate, limits, sum } from './deployment.js';

/** A ReplicaSet, and how many replicas it is to have. */
interface Step {
  readonly set: Workload;
  readonly replicas: number;
}

/** Replicas for the new ReplicaSet; `all` includes it once it exists. */
export function newReplicas(deployment: Deployment, current: number, all: readonly Workload[]): number {
  const wanted = replicasOf(deployment);
  if (isRecreate(deployment)) return wanted;
  if (current >= wanted) return wanted;
  const room = wanted + limits(deployment).surge - sum(all, replicasOf);
  return current + Math.max(0, Math.min(room, wanted - current));
}

/** What old ReplicaSets give up: first pods that are not available, then as many of the others as may be missing. */
export function oldReplicas(deployment: Deployment, current: Workload, old: readonly Workload[]): Step[] {
  const least = replicasOf(deployment) - limits(deployment).unavailable;
  const unavailable = replicasOf(current) - availableOf(current);
  const most = sum([...old, current], replicasOf) - least - unavailable;
  if (most <= 0) return [];
  const left = new Map<Workload, number>(old.map((set) => [set, replicasOf(set)]));
  const take = (set: Workload, count: number): number => {
    left.set(set, (left.get(set) ?? 0) - count);
    return count;
  };
  const sets = [...old].sort(byBirth);
  let broken = most;
  for (const set of sets) broken -= take(set, Math.min(broken, replicasOf(set) - availableOf(set)));
  let spare = sum([...old, current], availableOf) - least;
  for (const set of sets) spare -= take(set, Math.max(0, Math.min(spare, left.get(set) ?? 0)));
  return sets.map((set) => ({ set, replicas: left.get(set) ?? 0 }));
}

/** When replicas change in the middle of a rollout (or in a pause), all ReplicaSets share the difference. */
export function proportional(deployment: Deployment, current: Workload | undefined, old: readonly Workload[]): Step[] {
  const wanted = replicasOf(deployment);
  const active = [...(current ? [current] : []), ...old].filter((set) => replicasOf(set) > 0);
  const only = active.length === 0 ? (current ?? [...old].sort(byBirth).at(-1)) : active[0];
  if (active.length <= 1) return only ? [{ set: only, replicas: wanted }] : [];
  if (current && isSaturated(deployment, current))
    return active.filter((set) => set !== current).map((set) => ({ set, replicas: 0 }));
  if (isRecreate(deployment)) return [];
  const before = sum(active, replicasOf);
  const after = wanted > 0 ? wanted + limits(deployment).surge : 0;
  let left = after - before;
  // Growing begins with the newest, so that the difference is not given to pods that soon go.
  const order = [...active].sort((a, b) => replicasOf(b) - replicasOf(a) || (left > 0 ? byBirth(b, a) : byBirth(a, b)));
  const steps = order.map((set) => {
    const fraction = Math.round((replicasOf(set) * after) / before) - replicasOf(set);
    const part = left > 0 ? Math.min(Math.max(fraction, 0), left) : Math.max(Math.min(fraction, 0), left);
    left -= part;
    return { set, replicas: replicasOf(set) + part };
  });
  // What rounding leaves goes to the largest.
  return steps.map((step, i) => (i === 0 ? { ...step, replicas: Math.max(0, step.replicas + left) } : step));
}

const isSaturated = (deployment: Deployment, current: Workload): boolean =>
  replicasOf(current) === replicasOf(deployment) && availableOf(current) === replicasOf(deployment);
