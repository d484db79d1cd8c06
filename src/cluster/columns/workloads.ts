// workloads.ts - tables of what makes Pods: Deployments, ReplicaSets, StatefulSets, DaemonSets.
import type { Container, KubeObject, Labels, PodSpec } from '../../model/objects.js';
import { ageOf, type Columns, formatLabels, formatSelector, headings, type LabelSelector } from './columns.js';
import { pods } from './pods.js';

interface Workload extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector; template?: { spec?: PodSpec } };
  status?: Record<string, unknown>;
}

const count = (workload: Workload, field: string): string => String(workload.status?.[field] ?? 0);
const containers = (workload: Workload): readonly Container[] => workload.spec?.template?.spec?.containers ?? [];
const names = (workload: Workload): string =>
  containers(workload)
    .map(({ name }) => name)
    .join(',');
const images = (workload: Workload): string =>
  containers(workload)
    .map(({ image }) => image ?? '')
    .join(',');

/** The API server's default for `spec.replicas`. */
const wanted = (workload: Workload): string => String(workload.spec?.replicas ?? 1);

const deployments: Columns = {
  columns: headings('Name Ready Up-to-date Available Age | Containers Images Selector'),
  row(object, now) {
    const deployment = object as Workload;
    return [
      deployment.metadata.name,
      `${count(deployment, 'readyReplicas')}/${wanted(deployment)}`,
      count(deployment, 'updatedReplicas'),
      count(deployment, 'availableReplicas'),
      ageOf(deployment, now),
      names(deployment),
      images(deployment),
      formatSelector(deployment.spec?.selector),
    ];
  },
};

const replicaSets: Columns = {
  columns: headings('Name Desired Current Ready Age | Containers Images Selector'),
  row(object, now) {
    const set = object as Workload;
    return [
      set.metadata.name,
      wanted(set),
      count(set, 'replicas'),
      count(set, 'readyReplicas'),
      ageOf(set, now),
      names(set),
      images(set),
      formatSelector(set.spec?.selector),
    ];
  },
};

const statefulSets: Columns = {
  columns: headings('Name Ready Age | Containers Images'),
  row(object, now) {
    const set = object as Workload;
    const ready = `${count(set, 'readyReplicas')}/${wanted(set)}`;
    return [set.metadata.name, ready, ageOf(set, now), names(set), images(set)];
  },
};

const daemonSets: Columns = {
  columns: headings('Name Desired Current Ready Up-to-date Available Node_Selector Age | Containers Images Selector'),
  row(object, now) {
    const set = object as Workload;
    return [
      set.metadata.name,
      count(set, 'desiredNumberScheduled'),
      count(set, 'currentNumberScheduled'),
      count(set, 'numberReady'),
      count(set, 'updatedNumberScheduled'),
      count(set, 'numberAvailable'),
      formatLabels(set.spec?.template?.spec?.nodeSelector as Labels | undefined),
      ageOf(set, now),
      names(set),
      images(set),
      formatSelector(set.spec?.selector),
    ];
  },
};

export const WORKLOAD_COLUMNS = {
  Pod: pods,
  Deployment: deployments,
  ReplicaSet: replicaSets,
  StatefulSet: statefulSets,
  DaemonSet: daemonSets,
} as const satisfies Readonly<Record<string, Columns>>;
