// progress.ts - what becomes of a Job after its pods have been counted: goes on, is complete, or has failed. Pure.
//
// As k8s.io/kubernetes/pkg/controller/job/job_controller.go (syncJob) of Kubernetes 1.36.
import type { Pod } from '../../../model/objects.js';
import { isActive } from '../template.js';
import {
  conditionOf,
  indexOf,
  isIndexed,
  isTracked,
  type Job,
  type JobCondition,
  matchingRule,
  outcome,
  parseIndexes,
  restarts,
} from './job.js';

/** The sums so far. */
export interface Tally {
  readonly succeeded: number;
  readonly failed: number;
  readonly completed: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** Pods counted now, which need not be kept any longer. */
  readonly counted: readonly Pod[];
  /** How many of them count as failures. */
  readonly failures: number;
  /** The sentence of a rule that fails the Job. */
  readonly broken: string | undefined;
}

/** Counts the pods that have ended and were not counted before. */
export function tally(job: Job, pods: readonly Pod[]): Tally {
  const completed = parseIndexes(job.status?.completedIndexes);
  const failedIndexes = parseIndexes(job.status?.failedIndexes);
  const counted: Pod[] = [];
  let { succeeded = 0, failed = 0 } = job.status ?? {};
  let failures = 0;
  let broken: string | undefined;
  for (const pod of pods.filter(isTracked)) {
    const end = outcome(job, pod);
    if (end === undefined) continue;
    counted.push(pod);
    if (end === 'Succeeded') {
      if (isIndexed(job)) completed.add(indexOf(pod));
      else succeeded++;
      continue;
    }
    const rule = pod.status?.phase === 'Failed' ? matchingRule(job, pod) : undefined;
    if (rule?.action === 'Ignore') continue;
    failed++;
    failures++;
    if (rule?.action === 'FailJob') broken ??= rule.message;
    const perIndex = job.spec.backoffLimitPerIndex;
    const index = indexOf(pod);
    if (!isIndexed(job) || perIndex === undefined) continue;
    const before = pods.filter((other) => indexOf(other) === index && outcome(job, other) === 'Failed').length;
    if (rule?.action === 'FailIndex' || before > perIndex) failedIndexes.add(index);
  }
  for (const index of completed) failedIndexes.delete(index);
  if (isIndexed(job)) succeeded = completed.size;
  return { succeeded, failed, completed, failedIndexes, counted, failures, broken };
}

type Verdict = Pick<JobCondition, 'type' | 'reason' | 'message'>;

const failing = (reason: string, message: string): Verdict => ({ type: 'FailureTarget', reason, message });

/** Counts restarts of running pods, which are attempts as well. */
function triedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  const sum = pods.filter(isActive).reduce((total, pod) => total + restarts(pod), 0);
  const { backoffLimit = 6 } = spec;
  return backoffLimit === 0 ? sum > 0 : sum >= backoffLimit;
}

/** Milliseconds until activeDeadlineSeconds are over; Infinity without one. */
export function deadlineIn({ spec, status }: Job, now: number): number {
  if (spec.activeDeadlineSeconds === undefined || status?.startTime === undefined || spec.suspend)
    return Number.POSITIVE_INFINITY;
  return Date.parse(status.startTime) + 1000 * spec.activeDeadlineSeconds - now;
}

/** Why it is over, for better or worse; undefined while it goes on. */
export function verdict(job: Job, pods: readonly Pod[], sums: Tally, now: number): Verdict | undefined {
  const { completions, backoffLimit = 6, maxFailedIndexes } = job.spec;
  const known = conditionOf(job, 'FailureTarget', 'SuccessCriteriaMet');
  if (known) return known;
  if (sums.broken !== undefined) return failing('PodFailurePolicy', sums.broken);
  if (sums.failed > backoffLimit || triedTooOften(job, pods))
    return failing('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  if (deadlineIn(job, now) <= 0) return failing('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (maxFailedIndexes !== undefined && sums.failedIndexes.size > maxFailedIndexes)
    return failing('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  if (sums.failedIndexes.size > 0 && sums.succeeded + sums.failedIndexes.size >= (completions ?? 0))
    return failing('FailedIndexes', 'Job has failed indexes');
  const active = pods.filter(isActive).length;
  const done = completions === undefined ? sums.succeeded > 0 && active === 0 : sums.succeeded >= completions;
  const reason = { reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' };
  return done ? { type: 'SuccessCriteriaMet', ...reason } : undefined;
}

/** How many pods should be at work. */
export function wantedActive({ spec }: Job, sums: Tally, active: number): number {
  const { parallelism = 1, completions } = spec;
  if (completions === undefined) return sums.succeeded > 0 ? Math.min(active, parallelism) : parallelism;
  return Math.max(0, Math.min(parallelism, completions - sums.succeeded - sums.failedIndexes.size));
}

/** The lowest numbers that no pod works on, and that are neither done nor given up. */
export function freeIndexes({ spec }: Job, pods: readonly Pod[], sums: Tally, count: number): number[] {
  const busy = new Set(pods.filter(isActive).map(indexOf));
  const free: number[] = [];
  for (let i = 0; i < (spec.completions ?? 0) && free.length < count; i++)
    if (!busy.has(i) && !sums.completed.has(i) && !sums.failedIndexes.has(i)) free.push(i);
  return free;
}
