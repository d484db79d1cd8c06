// controller.ts - CronJobs: a Job at each moment of a schedule.
//
// As k8s.io/kubernetes/pkg/controller/cronjob/cronjob_controllerv2.go of Kubernetes 1.36.
import type { KubeObject } from '../../../model/objects.js';
import { timestamp } from '../../../model/timestamp.js';
import type { ControllerContext } from '../../context.js';
import type { Teller } from '../../events/recorder.js';
import { Index, ownerKeys } from '../../index.js';
import type { Controller } from '../../queue.js';
import { conditionOf, finishedAt, type Job } from '../job/job.js';
import { ownerReference } from '../template.js';
import { type CronJob, missedSince, parseSchedule } from './schedule.js';

/** More missed moments than this are told. */
const MANY = 100;
const MINUTE = 60_000;
const SCHEDULED_AT = 'batch.kubernetes.io/cronjob-scheduled-timestamp';

const isFinished = (job: Job): boolean => finishedAt(job) !== undefined;
const started = ({ status, metadata }: Job): string => status?.startTime ?? metadata.creationTimestamp ?? '';

export class CronJobController implements Controller {
  readonly name = 'cronjob';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #jobs: Index<Job>;

  constructor(context: ControllerContext) {
    const { store, queue, recorder } = context;
    this.#context = context;
    this.#events = recorder.of('cronjob-controller');
    this.#jobs = new Index<Job>(store, 'Job', ownerKeys);
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'CronJob');
    store.watch(({ object }) => {
      for (const owner of object.metadata.ownerReferences ?? [])
        if (owner.kind === 'CronJob') queue.add(this, `${object.metadata.namespace}/${owner.name}`);
    }, 'Job');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const { store } = this.#context;
    const cron = store.get<CronJob>('CronJob', namespace, name);
    if (!cron || cron.metadata.deletionTimestamp) return;
    const jobs = this.#jobs.list(cron.metadata.uid ?? '');
    const status = this.#follow(cron, jobs);
    this.#tidy(cron, jobs);
    const next = cron.spec.suspend ? status : this.#start(key, cron, jobs, status);
    store.updateStatus({ ...cron, metadata: { ...cron.metadata, resourceVersion: '' }, status: next });
  }

  stop(): void {
    this.#jobs.stop();
  }

  /** Takes finished Jobs off the list of active ones. */
  #follow(cron: CronJob, jobs: readonly Job[]): NonNullable<CronJob['status']> {
    let { lastSuccessfulTime } = cron.status ?? {};
    const active = (cron.status?.active ?? []).filter(({ uid }) => {
      const job = jobs.find(({ metadata }) => metadata.uid === uid);
      if (job && isFinished(job)) {
        const type = conditionOf(job, 'Complete', 'Failed')?.type;
        this.#events.normal(cron, 'SawCompletedJob', `Saw completed job: ${job.metadata.name}, condition: ${type}`);
      }
      return job && !isFinished(job);
    });
    for (const { status } of jobs)
      if (status?.completionTime && status.completionTime > (lastSuccessfulTime ?? ''))
        lastSuccessfulTime = status.completionTime;
    const { active: _, ...rest } = cron.status ?? {};
    return {
      ...rest,
      ...(active.length > 0 ? { active } : {}),
      ...(lastSuccessfulTime === undefined ? {} : { lastSuccessfulTime }),
    };
  }

  /** Deletes the oldest finished Jobs beyond the limits of the history. */
  #tidy(cron: CronJob, jobs: readonly Job[]): void {
    const { successfulJobsHistoryLimit = 3, failedJobsHistoryLimit = 1 } = cron.spec;
    for (const [type, limit] of [
      ['Complete', successfulJobsHistoryLimit],
      ['Failed', failedJobsHistoryLimit],
    ] as const) {
      const ended = jobs.filter((job) => conditionOf(job, type)).sort((a, b) => (started(a) < started(b) ? -1 : 1));
      for (const job of ended.slice(0, Math.max(0, ended.length - limit))) this.#delete(cron, job);
    }
  }

  #delete(cron: CronJob, { metadata }: Job): void {
    const { store } = this.#context;
    if (!store.get('Job', metadata.namespace ?? '', metadata.name)) return;
    store.delete('Job', metadata.namespace ?? '', metadata.name);
    this.#events.normal(cron, 'SuccessfulDelete', `Deleted job ${metadata.name}`);
  }

  /** Starts the Job of the latest moment that has passed, unless it is too late or another still runs. */
  #start(key: string, cron: CronJob, jobs: readonly Job[], status: NonNullable<CronJob['status']>) {
    const { queue, clock } = this.#context;
    const { schedule: text, timeZone, startingDeadlineSeconds: deadline, concurrencyPolicy } = cron.spec;
    const now = clock().getTime();
    let schedule: ReturnType<typeof parseSchedule>;
    try {
      schedule = parseSchedule(text, timeZone);
    } catch (error) {
      this.#events.warn(
        cron,
        'UnparseableSchedule',
        `unparseable schedule: ${JSON.stringify(text)} : ${(error as Error).message}`,
      );
      return status;
    }
    const next = schedule(now);
    if (next !== null) queue.after(this, key, next - now);
    const since = Date.parse(status.lastScheduleTime ?? cron.metadata.creationTimestamp ?? '');
    const earliest = deadline === undefined ? since : Math.max(since, now - 1000 * deadline);
    const { latest, count } = missedSince(schedule, earliest, now);
    if (latest === null) return status;
    if (count > MANY) {
      const what = `too many missed start times: ${count}. Set or decrease .spec.startingDeadlineSeconds or check clock skew`;
      this.#events.warn(cron, 'TooManyMissedTimes', what);
    }
    const isBusy = (status.active ?? []).length > 0;
    if (isBusy && concurrencyPolicy === 'Forbid') {
      const why = 'Not starting job because prior execution is running and concurrency policy is Forbid';
      this.#events.normal(cron, 'JobAlreadyActive', why);
      return status;
    }
    if (isBusy && concurrencyPolicy === 'Replace') {
      for (const { uid } of status.active ?? []) {
        const job = jobs.find(({ metadata }) => metadata.uid === uid);
        if (job) this.#delete(cron, job);
      }
    }
    const kept = concurrencyPolicy === 'Replace' ? [] : (status.active ?? []);
    const job = this.#create(cron, latest);
    const { apiVersion, kind, metadata } = job;
    const { name, namespace, uid, resourceVersion } = metadata;
    const reference = { kind, namespace, name, uid, apiVersion, resourceVersion };
    return { ...status, active: [...kept, reference], lastScheduleTime: timestamp(new Date(latest)) };
  }

  #create(cron: CronJob, at: number): KubeObject {
    const { store } = this.#context;
    const { jobTemplate } = cron.spec;
    const { namespace = 'default' } = cron.metadata;
    const name = `${cron.metadata.name}-${Math.floor(at / MINUTE)}`;
    const known = store.get('Job', namespace, name);
    if (known) return known;
    const annotations = { ...jobTemplate.metadata?.annotations, [SCHEDULED_AT]: timestamp(new Date(at)) };
    const labels = jobTemplate.metadata?.labels;
    const job = store.create({
      apiVersion: 'batch/v1',
      kind: 'Job',
      metadata: {
        name,
        namespace,
        ...(labels ? { labels } : {}),
        annotations,
        ownerReferences: [ownerReference(cron)],
      },
      spec: jobTemplate.spec,
    });
    this.#events.normal(cron, 'SuccessfulCreate', `Created job ${name}`);
    return job;
  }
}
