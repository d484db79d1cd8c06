// job.ts - a Job as a value: what it wants, how far it is, and how its pods ended.
import type { Pod } from '../../../model/objects.js';
import type { Workload } from '../template.js';

export interface JobCondition {
  readonly type: 'Suspended' | 'SuccessCriteriaMet' | 'Complete' | 'FailureTarget' | 'Failed';
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastProbeTime?: string;
  readonly lastTransitionTime?: string;
}

interface FailureRule {
  readonly action: 'FailJob' | 'FailIndex' | 'Ignore' | 'Count';
  readonly onExitCodes?: {
    readonly containerName?: string;
    readonly operator: 'In' | 'NotIn';
    readonly values: readonly number[];
  };
  readonly onPodConditions?: readonly { readonly type: string; readonly status?: string }[];
}

export interface Job extends Workload {
  spec: Workload['spec'] & {
    completions?: number;
    parallelism?: number;
    completionMode?: 'NonIndexed' | 'Indexed';
    backoffLimit?: number;
    backoffLimitPerIndex?: number;
    maxFailedIndexes?: number;
    activeDeadlineSeconds?: number;
    ttlSecondsAfterFinished?: number;
    suspend?: boolean;
    podReplacementPolicy?: 'TerminatingOrFailed' | 'Failed';
    podFailurePolicy?: { rules: readonly FailureRule[] };
  };
  status?: JobStatus;
}

interface JobStatus {
  active?: number;
  ready?: number;
  terminating?: number;
  succeeded?: number;
  failed?: number;
  startTime?: string;
  completionTime?: string;
  completedIndexes?: string;
  failedIndexes?: string;
  conditions?: readonly JobCondition[];
  [key: string]: unknown;
}

/** Keeps a pod of a Job until it has been counted. */
export const TRACKING = 'batch.kubernetes.io/job-tracking';
export const INDEX = 'batch.kubernetes.io/job-completion-index';

export const isIndexed = ({ spec }: Job): boolean => spec.completionMode === 'Indexed';
export const isTracked = ({ metadata }: Pod): boolean => metadata.finalizers?.includes(TRACKING) ?? false;

export const conditionOf = ({ status }: Job, ...types: JobCondition['type'][]): JobCondition | undefined =>
  status?.conditions?.find((condition) => types.includes(condition.type) && condition.status === 'True');

/** When it completed or failed, in milliseconds since 1970; undefined while it has not. */
export function finishedAt(job: Job): number | undefined {
  const condition = conditionOf(job, 'Complete', 'Failed');
  return condition ? Date.parse(condition.lastTransitionTime ?? '') : undefined;
}

/** `0-2,4` ↔ the numbers. */
export function parseIndexes(text: string | undefined): Set<number> {
  const indexes = new Set<number>();
  for (const part of (text ?? '').split(',').filter((part) => part !== '')) {
    const [from = 0, to = from] = part.split('-').map(Number);
    for (let i = from; i <= to; i++) indexes.add(i);
  }
  return indexes;
}

export function formatIndexes(indexes: ReadonlySet<number>): string {
  const parts: string[] = [];
  const sorted = [...indexes].sort((a, b) => a - b);
  for (let i = 0; i < sorted.length; ) {
    let end = i;
    while (sorted[end + 1] === (sorted[end] ?? 0) + 1) end++;
    parts.push(
      end === i ? `${sorted[i]}` : end === i + 1 ? `${sorted[i]},${sorted[end]}` : `${sorted[i]}-${sorted[end]}`,
    );
    i = end + 1;
  }
  return parts.join(',');
}

export const indexOf = ({ metadata }: Pod): number => Number(metadata.annotations?.[INDEX] ?? -1);

/** How a pod ended; undefined while it has not. One that is being deleted has failed, unless only real failures count. */
export function outcome(job: Job, { metadata, status }: Pod): 'Succeeded' | 'Failed' | undefined {
  if (status?.phase === 'Succeeded' || status?.phase === 'Failed') return status.phase;
  const onlyFailed = job.spec.podReplacementPolicy === 'Failed';
  return metadata.deletionTimestamp !== undefined && !onlyFailed ? 'Failed' : undefined;
}

interface Terminated {
  readonly name: string;
  readonly restartCount?: number;
  readonly state?: { readonly terminated?: { readonly exitCode: number } };
}

const containersOf = ({ status }: Pod): Terminated[] => [
  ...((status?.initContainerStatuses ?? []) as Terminated[]),
  ...((status?.containerStatuses ?? []) as Terminated[]),
];

export const restarts = (pod: Pod): number =>
  containersOf(pod).reduce((sum, { restartCount = 0 }) => sum + restartCount, 0);

/** The first rule of the failure policy that a failed pod meets, and its sentence. */
export function matchingRule(job: Job, pod: Pod): { action: FailureRule['action']; message: string } | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  for (const [i, { action, onExitCodes, onPodConditions }] of (job.spec.podFailurePolicy?.rules ?? []).entries()) {
    if (onExitCodes) {
      const { containerName, operator, values } = onExitCodes;
      const met = containersOf(pod).find(({ name: container, state }) => {
        const code = state?.terminated?.exitCode ?? 0;
        const isMeant = containerName === undefined || containerName === container;
        return isMeant && code !== 0 && values.includes(code) === (operator === 'In');
      });
      const code = met?.state?.terminated?.exitCode;
      if (met)
        return {
          action,
          message: `Container ${met.name} for pod ${name} failed with exit code ${code} matching ${action} rule at index ${i}`,
        };
    }
    for (const { type, status = 'True' } of onPodConditions ?? [])
      if (pod.status?.conditions?.some((one) => one.type === type && one.status === status))
        return { action, message: `Pod ${name} has condition ${type} matching ${action} rule at index ${i}` };
  }
  return undefined;
}
