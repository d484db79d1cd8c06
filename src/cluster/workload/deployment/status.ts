// status.ts - the status of a Deployment: its counts, and whether it is available and makes progress.
//
// As pkg/controller/deployment/progress.go and sync.go (calculateStatus) of Kubernetes 1.36.
import { transitionTime } from '../../../model/conditions.js';
import { timestamp } from '../../../model/timestamp.js';
import { replicasOf, type Workload } from '../template.js';
import { type Deployment, deadlineMs, limits, numberOf, sum } from './deployment.js';

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly lastUpdateTime?: string;
  readonly lastTransitionTime?: string;
  readonly reason?: string;
  readonly message?: string;
}

export const conditionsOf = ({ status }: Workload): readonly Condition[] =>
  (status?.conditions ?? []) as readonly Condition[];

export const conditionOf = (conditions: readonly Condition[], type: string): Condition | undefined =>
  conditions.find((condition) => condition.type === type);

/** Sets a condition. The same status and reason as before change nothing; the same status keeps its time. */
export function withCondition(
  conditions: readonly Condition[],
  { type, status, reason = '', message = '' }: Condition,
  now: Date,
): readonly Condition[] {
  const before = conditionOf(conditions, type);
  if (before?.status === status && before.reason === reason) return conditions;
  const time = timestamp(now);
  const lastTransitionTime = transitionTime(conditions, { type, status }, time);
  const others = conditions.filter((condition) => condition.type !== type);
  return [...others, { type, status, lastUpdateTime: time, lastTransitionTime, reason, message }];
}

interface Counts {
  readonly replicas: number;
  readonly updatedReplicas: number;
  readonly readyReplicas: number;
  readonly availableReplicas: number;
  readonly unavailableReplicas: number;
}

function countsOf(current: Workload | undefined, all: readonly Workload[]): Counts {
  const count = (field: string): number => sum(all, (set) => numberOf(set, field));
  const availableReplicas = count('availableReplicas');
  return {
    replicas: count('replicas'),
    updatedReplicas: current ? numberOf(current, 'replicas') : 0,
    readyReplicas: count('readyReplicas'),
    availableReplicas,
    unavailableReplicas: Math.max(0, sum(all, replicasOf) - availableReplicas),
  };
}

function isComplete(deployment: Deployment, { replicas, updatedReplicas, availableReplicas }: Counts): boolean {
  const wanted = replicasOf(deployment);
  return replicas === wanted && updatedReplicas === wanted && availableReplicas === wanted;
}

function hasProgressed(deployment: Deployment, now: Counts): boolean {
  const before = (field: string): number => numberOf(deployment, field);
  return (
    now.updatedReplicas > before('updatedReplicas') ||
    now.replicas - now.updatedReplicas < before('replicas') - before('updatedReplicas') ||
    now.readyReplicas > before('readyReplicas') ||
    now.availableReplicas > before('availableReplicas')
  );
}

function availabilityOf(deployment: Deployment, { availableReplicas }: Counts): Condition {
  const enough = availableReplicas >= replicasOf(deployment) - limits(deployment).unavailable;
  return enough
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

/** When the deadline for progress passes, in milliseconds from now; null = nobody waits for progress. */
export function deadlineIn(deployment: Deployment, conditions: readonly Condition[], now: Date): number | null {
  const deadline = deadlineMs(deployment);
  const condition = conditionOf(conditions, 'Progressing');
  const reason = condition?.reason ?? '';
  if (deadline === null || !condition || reason === 'NewReplicaSetAvailable' || reason === 'ProgressDeadlineExceeded')
    return null;
  return Date.parse(condition.lastUpdateTime ?? '') + deadline - now.getTime();
}

/** The condition Progressing after a step of a rollout. */
function progress(
  deployment: Deployment,
  current: Workload | undefined,
  counts: Counts,
  conditions: readonly Condition[],
  now: Date,
): readonly Condition[] {
  const before = conditionOf(conditions, 'Progressing');
  if (deadlineMs(deployment) === null) return conditions.filter(({ type }) => type !== 'Progressing');
  const done = counts.replicas === counts.updatedReplicas && before?.reason === 'NewReplicaSetAvailable';
  if (done) return conditions;
  const who = current ? `ReplicaSet "${current.metadata.name}"` : `Deployment "${deployment.metadata.name}"`;
  const condition = (status: string, reason: string, what: string): Condition => ({
    ...{ type: 'Progressing', status, reason },
    message: `${who} ${what}`,
  });
  if (isComplete(deployment, counts))
    return withCondition(conditions, condition('True', 'NewReplicaSetAvailable', 'has successfully progressed.'), now);
  if (hasProgressed(deployment, counts)) {
    // Each bit of progress begins the time anew.
    const others = conditions.filter(({ type }) => type !== 'Progressing');
    const [fresh] = withCondition([], condition('True', 'ReplicaSetUpdated', 'is progressing.'), now);
    const since = before?.status === 'True' ? before.lastTransitionTime : fresh?.lastTransitionTime;
    return fresh ? [...others, { ...fresh, ...(since === undefined ? {} : { lastTransitionTime: since }) }] : others;
  }
  const left = deadlineIn(deployment, conditions, now);
  if (left === null || left > 0) return conditions;
  return withCondition(conditions, condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'), now);
}

/** A ReplicaSet that cannot make its pods. */
function failures(sets: readonly Workload[], conditions: readonly Condition[], now: Date): readonly Condition[] {
  const failed = sets.flatMap((set) => conditionsOf(set)).find(({ type }) => type === 'ReplicaFailure');
  return failed ? withCondition(conditions, failed, now) : conditions.filter(({ type }) => type !== 'ReplicaFailure');
}

interface Rollout {
  readonly current: Workload | undefined;
  readonly old: readonly Workload[];
  /** A rollout goes on; false = it is paused, being scaled or deleted, and nobody waits for progress. */
  readonly rolling: boolean;
}

/** The status that follows from the ReplicaSets; zeros are left out, as the API leaves them out. */
export function statusOf(deployment: Deployment, { current, old, rolling }: Rollout, now: Date) {
  const all = current ? [...old, current] : old;
  const counts = countsOf(current, all);
  const available = withCondition(conditionsOf(deployment), availabilityOf(deployment, counts), now);
  const conditions = rolling ? failures(all, progress(deployment, current, counts, available, now), now) : available;
  const { collisionCount } = deployment.status ?? {};
  return {
    observedGeneration: deployment.metadata.generation,
    ...Object.fromEntries(Object.entries(counts).filter(([, value]) => value > 0)),
    ...(collisionCount === undefined ? {} : { collisionCount }),
    conditions,
    complete: isComplete(deployment, counts),
  };
}
