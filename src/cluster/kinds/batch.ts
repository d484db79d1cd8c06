// batch.ts - kinds of batch, autoscaling and policy.
import type { KubeObject } from '../../model/objects.js';
import { BATCH_COLUMNS } from '../columns/batch.js';
import * as checks from './checks.js';
import * as defaults from './defaults.js';
import { kind, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

const AUTOSCALER = kind('autoscaling/v2', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
  shortNames: ['hpa'],
  subresources: [status],
  categories: ['all'],
  columns: BATCH_COLUMNS.HorizontalPodAutoscaler,
  rules: {
    status: { desiredReplicas: 0, currentMetrics: null },
    defaults: defaults.autoscaler,
    validate: checks.autoscaler,
  },
});

interface Metric {
  readonly resource?: {
    readonly name: string;
    readonly target?: { readonly averageUtilization?: number };
    readonly current?: { readonly averageUtilization?: number };
  };
}

const cpuOf = (metrics: unknown): NonNullable<Metric['resource']> | undefined =>
  ((metrics ?? []) as Metric[]).map(({ resource }) => resource).find((resource) => resource?.name === 'cpu');

/** v1 knows the use of CPU alone (pkg/apis/autoscaling/v1/conversion.go); other metrics it carries in an annotation. */
function toV2(object: KubeObject): KubeObject {
  const { targetCPUUtilizationPercentage: percent, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
  const { currentCPUUtilizationPercentage: _, ...rest } = (object.status ?? {}) as Record<string, unknown>;
  const target = { type: 'Utilization', averageUtilization: percent };
  const metrics = percent === undefined ? [] : [{ type: 'Resource', resource: { name: 'cpu', target } }];
  const made = {
    ...object,
    apiVersion: 'autoscaling/v2',
    spec: { ...spec, ...(metrics.length > 0 ? { metrics } : {}) },
  };
  return object.status === undefined ? made : { ...made, status: rest };
}

function toV1(object: KubeObject): KubeObject {
  const { metrics, behavior: _, ...spec } = (object.spec ?? {}) as Record<string, unknown>;
  const { currentMetrics, conditions: _c, ...rest } = (object.status ?? {}) as Record<string, unknown>;
  const wanted = cpuOf(metrics)?.target?.averageUtilization;
  const used = cpuOf(currentMetrics)?.current?.averageUtilization;
  return {
    ...object,
    apiVersion: 'autoscaling/v1',
    spec: { ...spec, ...(wanted === undefined ? {} : { targetCPUUtilizationPercentage: wanted }) },
    status: {
      ...{ currentReplicas: 0, ...rest },
      ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }),
    },
  };
}

export const BATCH: readonly Resource[] = [
  AUTOSCALER,
  kind('autoscaling/v1', 'HorizontalPodAutoscaler', 'horizontalpodautoscalers', {
    shortNames: ['hpa'],
    subresources: [status],
    categories: ['all'],
    columns: BATCH_COLUMNS.HorizontalPodAutoscaler,
    view: { of: AUTOSCALER, toStored: toV2, fromStored: toV1 },
  }),
  kind('batch/v1', 'CronJob', 'cronjobs', {
    shortNames: ['cj'],
    subresources: [status],
    generation: true,
    categories: ['all'],
    columns: BATCH_COLUMNS.CronJob,
    rules: { status: {}, defaults: defaults.cronJob, validate: checks.cronJob },
  }),
  kind('batch/v1', 'Job', 'jobs', {
    subresources: [status],
    generation: true,
    categories: ['all'],
    fields: ['status.successful'],
    columns: BATCH_COLUMNS.Job,
    rules: { status: {}, defaults: defaults.job, validate: checks.job },
  }),
];

export const POLICY: readonly Resource[] = [
  kind('policy/v1', 'PodDisruptionBudget', 'poddisruptionbudgets', {
    shortNames: ['pdb'],
    subresources: [status],
    generation: true,
    columns: BATCH_COLUMNS.PodDisruptionBudget,
    rules: {
      status: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
      validate: checks.budget,
    },
  }),
];
