// deployment.ts - a Deployment and its ReplicaSets as values: which is the new one, what its numbers allow.
//
// As k8s.io/kubernetes/pkg/controller/deployment/util/deployment_util.go of Kubernetes 1.36.
import type { KubeObject } from '../../../model/objects.js';
import { same } from '../../freeze.js';
import { byBirth, type PodTemplate, type RollingUpdate, replicasOf, share, type Workload } from '../template.js';

export const HASH_LABEL = 'pod-template-hash';
export const REVISION = 'deployment.kubernetes.io/revision';

export interface Deployment extends Workload {
  spec: Workload['spec'] & {
    paused?: boolean;
    progressDeadlineSeconds?: number;
    revisionHistoryLimit?: number;
    strategy?: { type?: string; rollingUpdate?: RollingUpdate };
  };
}

/** progressDeadlineSeconds and revisionHistoryLimit that mean: none. */
const NEVER = 2 ** 31 - 1;

export const isRecreate = ({ spec }: Deployment): boolean => spec.strategy?.type === 'Recreate';

/** Milliseconds that a rollout may go without progress; null = as long as it likes. */
export function deadlineMs({ spec }: Deployment): number | null {
  const seconds = spec.progressDeadlineSeconds ?? NEVER;
  return seconds === NEVER ? null : seconds * 1000;
}

/** How many old ReplicaSets to keep; null = all. */
export function historyLimit({ spec }: Deployment): number | null {
  const limit = spec.revisionHistoryLimit ?? NEVER;
  return limit === NEVER ? null : limit;
}

/** Pods beyond replicas, and pods that may be missing. They are never both zero, or nothing could ever change. */
export function limits(deployment: Deployment): { surge: number; unavailable: number } {
  if (isRecreate(deployment)) return { surge: 0, unavailable: 0 };
  const { maxSurge = '25%', maxUnavailable = '25%' } = deployment.spec.strategy?.rollingUpdate ?? {};
  const replicas = replicasOf(deployment);
  const surge = share(maxSurge, replicas, true);
  const unavailable = share(maxUnavailable, replicas, false);
  if (surge === 0 && unavailable === 0) return { surge, unavailable: 1 };
  return { surge, unavailable: Math.min(unavailable, replicas) };
}

export const numberOf = (set: KubeObject, field: string): number =>
  Number((set.status as Record<string, unknown> | undefined)?.[field] ?? 0);

/** The status may be older than the spec: of a set that is being scaled down only what stays counts. */
export const availableOf = (set: Workload): number => Math.min(replicasOf(set), numberOf(set, 'availableReplicas'));

export const sum = (sets: readonly Workload[], of: (set: Workload) => number): number =>
  sets.reduce((total, set) => total + of(set), 0);

export const revisionOf = ({ metadata }: KubeObject): number => Number(metadata.annotations?.[REVISION] ?? 0) || 0;

const withoutHash = (template: PodTemplate): PodTemplate => {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {};
  return { ...template, metadata: { ...template.metadata, labels } };
};

export const sameTemplate = (a: PodTemplate, b: PodTemplate): boolean => same(withoutHash(a), withoutHash(b));

/** The oldest ReplicaSet that has the template of the Deployment. */
export const newSetOf = (deployment: Deployment, sets: readonly Workload[]): Workload | undefined =>
  [...sets].sort(byBirth).find((set) => sameTemplate(set.spec.template, deployment.spec.template));
