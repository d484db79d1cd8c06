// controller.ts - Jobs: pods that run to an end, as many and as often as it takes.
//
// As k8s.io/kubernetes/pkg/controller/job and ttlafterfinished of Kubernetes 1.36. A pod that has ended is counted and let
// go in one write, so that none is counted twice or missed.

import { isPodOver, isPodReady } from '../../../model/conditions.js';
import type { Pod } from '../../../model/objects.js';
import { timestamp } from '../../../model/timestamp.js';
import type { ControllerContext } from '../../context.js';
import type { Teller } from '../../events/recorder.js';
import type { Index } from '../../index.js';
import type { Controller } from '../../queue.js';
import { StatusError } from '../../status.js';
import { Family } from '../family.js';
import { isActive, podFrom } from '../template.js';
import {
  conditionOf,
  finishedAt,
  formatIndexes,
  INDEX,
  isIndexed,
  isTracked,
  type Job,
  type JobCondition,
  outcome,
  TRACKING,
} from './job.js';
import { deadlineIn, freeIndexes, type Tally, tally, verdict, wantedActive } from './progress.js';

/** Pause before a failed pod is replaced: the first, doubled each time up to the last. */
export interface Backoff {
  readonly firstMs: number;
  readonly lastMs: number;
}

export const JOB_BACKOFF: Backoff = { firstMs: 10_000, lastMs: 600_000 };

interface Failures {
  readonly count: number;
  readonly at: number;
}

export class JobController implements Controller {
  readonly name = 'job';
  readonly #context: ControllerContext;
  readonly #backoff: Backoff;
  readonly #events: Teller;
  readonly #family: Family<Pod>;
  /** Failures in a row, by the uid of the Job. */
  readonly #failures = new Map<string, Failures>();

  /** `pods`: by the uid of their controller. */
  constructor(context: ControllerContext, pods: Index<Pod>, backoff: Backoff) {
    this.#context = context;
    this.#backoff = backoff;
    this.#events = context.recorder.of('job-controller');
    this.#family = new Family(context, this, { owner: 'Job', child: 'Pod' }, pods);
    context.store.watch(({ type, object }) => {
      if (type !== 'DELETED') return;
      const uid = object.metadata.uid ?? '';
      this.#failures.delete(uid);
      for (const pod of pods.list(uid)) if (isTracked(pod)) this.#release(pod);
    }, 'Job');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const { store } = this.#context;
    const job = store.get<Job>('Job', namespace, name);
    if (!job) return;
    if (finishedAt(job) !== undefined) this.#expire(key, job);
    const pods = this.#family.of(job);
    store.transaction(() => this.#step(key, job, pods));
  }

  stop(): void {
    this.#family.stop();
  }

  /** Deletes a finished Job once its time is up. */
  #expire(key: string, job: Job): void {
    const { store, queue, clock } = this.#context;
    const { ttlSecondsAfterFinished: ttl } = job.spec;
    if (ttl === undefined || job.metadata.deletionTimestamp) return;
    const left = (finishedAt(job) ?? 0) + 1000 * ttl - clock().getTime();
    if (left > 0) queue.after(this, key, left);
    else store.delete('Job', job.metadata.namespace ?? '', job.metadata.name);
  }

  #step(key: string, job: Job, pods: readonly Pod[]): void {
    const { queue, clock } = this.#context;
    const now = clock().getTime();
    const sums = tally(job, pods);
    for (const pod of sums.counted) this.#release(pod);
    if (finishedAt(job) !== undefined || job.metadata.deletionTimestamp) return;
    this.#noteFailures(job, sums, now);
    const end = verdict(job, pods, sums, now);
    const active = pods.filter(isActive);
    if (end?.type === 'FailureTarget') this.#remove(job, active, true);
    else if (end || job.spec.suspend) this.#remove(job, active, false);
    else this.#manage(key, job, pods, sums, now);
    queue.after(this, key, Math.max(0, deadlineIn(job, now)));
    this.#writeStatus(job, sums, end && { status: 'True', ...end });
  }

  /** A success makes up for what failed before it. */
  #noteFailures({ metadata, status }: Job, { succeeded, failures }: Tally, at: number): void {
    const uid = metadata.uid ?? '';
    if (succeeded > (status?.succeeded ?? 0)) this.#failures.delete(uid);
    if (failures > 0) this.#failures.set(uid, { count: failures + (this.#failures.get(uid)?.count ?? 0), at });
  }

  /** Milliseconds until pods may be made again. */
  #pause({ metadata }: Job, now: number): number {
    const failures = this.#failures.get(metadata.uid ?? '');
    if (!failures) return 0;
    const { firstMs, lastMs } = this.#backoff;
    return failures.at + Math.min(lastMs, firstMs * 2 ** (failures.count - 1)) - now;
  }

  #manage(key: string, job: Job, pods: readonly Pod[], sums: Tally, now: number): void {
    const { queue } = this.#context;
    const active = pods.filter(isActive);
    const wanted = wantedActive(job, sums, active.length);
    if (active.length > wanted) {
      // Those that are not ready yet have done the least.
      const order = [...active].sort((a, b) => Number(isPodReady(a)) - Number(isPodReady(b)));
      this.#remove(job, order.slice(0, active.length - wanted), false);
      return;
    }
    // Whoever asks for it waits until a pod has really ended.
    const leaving = pods.filter((pod) => pod.metadata.deletionTimestamp && outcome(job, pod) === undefined).length;
    const missing = wanted - active.length - leaving;
    if (missing <= 0) return;
    const pause = this.#pause(job, now);
    if (pause > 0) {
      queue.after(this, key, pause);
      return;
    }
    const indexes = isIndexed(job) ? freeIndexes(job, pods, sums, missing) : Array<undefined>(missing).fill(undefined);
    for (const index of indexes) if (!this.#create(job, index)) return;
  }

  #create(job: Job, index: number | undefined): boolean {
    const { template } = job.spec;
    const finalizers = [...(template.metadata?.finalizers ?? []), TRACKING];
    const annotations = {
      ...template.metadata?.annotations,
      ...(index === undefined ? {} : { [INDEX]: String(index) }),
    };
    const tracked = { ...template, metadata: { ...template.metadata, finalizers, annotations } };
    const { name } = job.metadata;
    const made =
      index === undefined
        ? podFrom(job, `${name}-`, {}, {}, tracked)
        : podFrom(
            job,
            `${name}-${index}-`,
            { [INDEX]: String(index) },
            { hostname: `${name}-${index}`, ...numbered(job) },
            tracked,
          );
    try {
      const pod = this.#context.store.create(made);
      this.#events.normal(job, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      return true;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#family.retry(job);
      this.#events.warn(job, 'FailedCreate', `Error creating: ${error.message}`);
      return false;
    }
  }

  /** @param failed they count as failures; else nobody counts them */
  #remove(job: Job, pods: readonly Pod[], failed: boolean): void {
    for (const pod of pods) {
      const { metadata } = pod;
      if (!failed) this.#release(pod);
      this.#context.store.delete('Pod', metadata.namespace ?? '', metadata.name);
      this.#events.normal(job, 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
    }
  }

  /** The pod has been counted, or nobody counts it any longer. */
  #release({ metadata: { namespace = '', name } }: Pod): void {
    const { store } = this.#context;
    const pod = store.get<Pod>('Pod', namespace, name);
    if (!pod) return;
    const finalizers = (pod.metadata.finalizers ?? []).filter((one) => one !== TRACKING);
    store.update({ ...pod, metadata: { ...pod.metadata, resourceVersion: '', finalizers } });
  }

  #writeStatus(job: Job, sums: Tally, end: JobCondition | undefined): void {
    const { store, clock } = this.#context;
    const time = timestamp(clock());
    const pods = this.#family.of(job);
    const active = pods.filter(isActive);
    const terminating = pods.filter((pod) => pod.metadata.deletionTimestamp && !isPodOver(pod)).length;
    const ready = active.filter(isPodReady).length;
    const isOver = end !== undefined && active.length === 0 && terminating === 0;
    const { suspend = false } = job.spec;
    const { startTime: before } = job.status ?? {};
    const startTime = suspend ? undefined : (before ?? time);
    const status = {
      ...(active.length > 0 ? { active: active.length } : {}),
      ...{ ready, terminating },
      ...(sums.succeeded > 0 ? { succeeded: sums.succeeded } : {}),
      ...(sums.failed > 0 ? { failed: sums.failed } : {}),
      ...(isIndexed(job) && sums.completed.size > 0 ? { completedIndexes: formatIndexes(sums.completed) } : {}),
      ...(job.spec.backoffLimitPerIndex === undefined ? {} : { failedIndexes: formatIndexes(sums.failedIndexes) }),
      ...(startTime === undefined ? {} : { startTime }),
      ...(isOver && end.type === 'SuccessCriteriaMet' ? { completionTime: time } : {}),
      uncountedTerminatedPods: {},
      ...this.#conditions(job, end, isOver, time),
    };
    store.updateStatus({ ...job, metadata: { ...job.metadata, resourceVersion: '' }, status });
  }

  /** Adds what has changed, and tells it. */
  #conditions(job: Job, end: JobCondition | undefined, isOver: boolean, time: string) {
    const conditions = [...(job.status?.conditions ?? [])];
    const set = ({ type, status, reason = '', message = '' }: JobCondition): void => {
      const at = conditions.findIndex((one) => one.type === type);
      const made = { type, status, lastProbeTime: time, lastTransitionTime: time, reason, message };
      if (at < 0) conditions.push(made);
      else if (conditions[at]?.status !== status) conditions[at] = made;
    };
    const suspended = conditionOf(job, 'Suspended') !== undefined;
    if (job.spec.suspend && !suspended) {
      set({ type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' });
      this.#events.normal(job, 'Suspended', 'Job suspended');
    } else if (!job.spec.suspend && suspended) {
      set({ type: 'Suspended', status: 'False', reason: 'JobResumed', message: 'Job resumed' });
      this.#events.normal(job, 'Resumed', 'Job resumed');
    }
    if (end) set(end);
    if (end && isOver) {
      const complete = end.type === 'SuccessCriteriaMet';
      set({ ...end, type: complete ? 'Complete' : 'Failed' });
      if (complete) this.#events.normal(job, 'Completed', 'Job completed');
      else this.#events.warn(job, end.reason ?? 'Failed', end.message ?? '');
    }
    return conditions.length > 0 ? { conditions } : {};
  }
}

/** The containers of a numbered pod find their number in the environment. */
function numbered({ spec }: Job) {
  const fieldPath = `metadata.annotations['${INDEX}']`;
  const variable = { name: 'JOB_COMPLETION_INDEX', valueFrom: { fieldRef: { apiVersion: 'v1', fieldPath } } };
  const { containers, initContainers } = spec.template.spec;
  const add = (list: typeof containers) =>
    list.map((container) => ({ ...container, env: [...((container.env ?? []) as object[]), variable] }));
  return { containers: add(containers), ...(initContainers ? { initContainers: add(initContainers) } : {}) };
}
