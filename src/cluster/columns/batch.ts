// batch.ts - tables for jobs, and for what scales and protects workloads.
import type { KubeObject } from '../../model/objects.js';
import { age, humanDuration } from './age.js';
import { ageOf, type Columns, formatSelector, headings, type LabelSelector } from './columns.js';
import { containerImages, containerNames, type Workload } from './workloads.js';

interface Condition {
  readonly type: string;
  readonly status: string;
}

interface Job extends Workload {
  spec?: Workload['spec'] & { completions?: number; parallelism?: number; selector?: LabelSelector; suspend?: boolean };
  status?: {
    succeeded?: number;
    startTime?: string;
    completionTime?: string;
    conditions?: Condition[];
    [key: string]: unknown;
  };
}

function completions({ spec, status }: Job): string {
  const done = status?.succeeded ?? 0;
  if (spec?.completions !== undefined) return `${done}/${spec.completions}`;
  const parallelism = spec?.parallelism ?? 0;
  return parallelism > 1 ? `${done}/1 of ${parallelism}` : `${done}/1`;
}

function jobStatus({ metadata, status, spec }: Job): string {
  const is = (type: string): boolean =>
    (status?.conditions ?? []).some((one) => one.type === type && one.status === 'True');
  if (is('Complete')) return 'Complete';
  if (is('Failed')) return 'Failed';
  if (metadata.deletionTimestamp) return 'Terminating';
  if (is('Suspended') || spec?.suspend === true) return 'Suspended';
  if (is('FailureTarget')) return 'FailureTarget';
  return is('SuccessCriteriaMet') ? 'SuccessCriteriaMet' : 'Running';
}

const jobs: Columns = {
  columns: headings('Name Status Completions Duration Age | Containers Images Selector'),
  row(object, now) {
    const job = object as Job;
    const { startTime, completionTime } = job.status ?? {};
    const end = completionTime === undefined ? now : Date.parse(completionTime);
    return [
      job.metadata.name,
      jobStatus(job),
      completions(job),
      startTime === undefined ? '' : humanDuration(end - Date.parse(startTime)),
      ageOf(job, now),
      containerNames(job),
      containerImages(job),
      formatSelector(job.spec?.selector),
    ];
  },
};

interface CronJob extends KubeObject {
  spec?: { schedule?: string; timeZone?: string; suspend?: boolean; jobTemplate?: { spec?: Job['spec'] } };
  status?: { active?: unknown[]; lastScheduleTime?: string };
}

const cronJobs: Columns = {
  columns: headings(
    'Name Schedule Timezone Suspend:boolean Active:integer Last_Schedule Age | Containers Images Selector',
  ),
  row(object, now) {
    const { metadata, spec = {}, status } = object as CronJob;
    const job = { ...object, spec: spec.jobTemplate?.spec } as Job;
    return [
      metadata.name,
      spec.schedule ?? '',
      spec.timeZone ?? '<none>',
      spec.suspend === undefined ? '<unset>' : spec.suspend ? 'True' : 'False',
      status?.active?.length ?? 0,
      status?.lastScheduleTime ? age(status.lastScheduleTime, now) : '<none>',
      ageOf(object, now),
      containerNames(job),
      containerImages(job),
      formatSelector(job.spec?.selector),
    ];
  },
};

interface Budget extends KubeObject {
  spec?: { minAvailable?: number | string; maxUnavailable?: number | string };
  status?: { disruptionsAllowed?: number };
}

const budgets: Columns = {
  columns: headings('Name Min_Available Max_Unavailable Allowed_Disruptions:integer Age'),
  row(object, now) {
    const { metadata, spec, status } = object as Budget;
    const { minAvailable, maxUnavailable } = spec ?? {};
    return [
      metadata.name,
      String(minAvailable ?? 'N/A'),
      String(maxUnavailable ?? 'N/A'),
      status?.disruptionsAllowed ?? 0,
      ageOf(object, now),
    ];
  },
};

interface MetricValue {
  readonly type?: string;
  readonly value?: string;
  readonly averageValue?: string;
  readonly averageUtilization?: number;
}

interface Metric {
  readonly type: string;
  readonly [source: string]:
    | { name?: string; container?: string; metric?: { name: string }; target?: MetricValue; current?: MetricValue }
    | string;
}

/** The field that holds a metric of a type: `Resource` → `resource`. */
const sourceOf = (type: string): string => type.slice(0, 1).toLowerCase() + type.slice(1);

function metricText(metric: Metric, current: Metric | undefined): string {
  const source = metric[sourceOf(metric.type)];
  if (source === undefined || typeof source === 'string') return '<unknown type>';
  const measured = current?.[sourceOf(metric.type)];
  const now = typeof measured === 'object' ? measured.current : undefined;
  const { averageUtilization, averageValue, value } = source.target ?? {};
  const name = metric.type === 'Resource' || metric.type === 'ContainerResource' ? `${source.name}: ` : '';
  if (averageUtilization !== undefined)
    return `${name}${now?.averageUtilization === undefined ? '<unknown>' : `${now.averageUtilization}%`}/${averageUtilization}%`;
  if (averageValue !== undefined)
    return `${name}${now?.averageValue ?? '<unknown>'}/${averageValue}${metric.type === 'External' ? ' (avg)' : ''}`;
  return `${name}${now?.value ?? '<unknown>'}/${value ?? '<auto>'}`;
}

function targets(metrics: readonly Metric[], current: readonly Metric[]): string {
  if (metrics.length === 0) return '<none>';
  const shown = metrics.slice(0, 2).map((metric, i) => metricText(metric, current[i]));
  return metrics.length > 2 ? `${shown.join(', ')} + ${metrics.length - 2} more...` : shown.join(', ');
}

interface Autoscaler extends KubeObject {
  spec?: {
    scaleTargetRef?: { kind: string; name: string };
    minReplicas?: number;
    maxReplicas?: number;
    metrics?: Metric[];
  };
  status?: { currentReplicas?: number; currentMetrics?: Metric[] };
}

const autoscalers: Columns = {
  columns: headings('Name Reference Targets MinPods MaxPods Replicas Age'),
  row(object, now) {
    const { metadata, spec, status } = object as Autoscaler;
    const { kind = '', name = '' } = spec?.scaleTargetRef ?? {};
    return [
      metadata.name,
      `${kind}/${name}`,
      targets(spec?.metrics ?? [], status?.currentMetrics ?? []),
      spec?.minReplicas === undefined ? '<unset>' : String(spec.minReplicas),
      spec?.maxReplicas ?? 0,
      status?.currentReplicas ?? 0,
      ageOf(object, now),
    ];
  },
};

export const BATCH_COLUMNS = {
  Job: jobs,
  CronJob: cronJobs,
  PodDisruptionBudget: budgets,
  HorizontalPodAutoscaler: autoscalers,
} as const satisfies Readonly<Record<string, Columns>>;
