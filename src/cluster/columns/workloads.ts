// workloads.ts - tables for workloads that create Pods: Deployments, ReplicaSets, StatefulSets, DaemonSets.
import type { Container, KubeObject, Labels, PodSpec } from '../../model/objects.js';
import { ageOf, type Columns, formatLabels, formatSelector, headings, type LabelSelector } from './columns.js';
import { pods } from './pods.js';

export interface Workload extends KubeObject {
  spec?: { replicas?: number; selector?: LabelSelector; template?: { spec?: PodSpec } };
  status?: Record<string, unknown>;
}

const count = (workload: Workload, field: string): number => Number(workload.status?.[field] ?? 0);
const containers = (workload: Workload): readonly Container[] => workload.spec?.template?.spec?.containers ?? [];
export const containerNames = (workload: Workload): string =>
  containers(workload)
    .map(({ name }) => name)
    .join(',');
export const containerImages = (workload: Workload): string =>
  containers(workload)
    .map(({ image }) => image ?? '')
    .join(',');

/** The API server's default for `spec.replicas`. */
const wanted = (workload: Workload): number => workload.spec?.replicas ?? 1;

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
      containerNames(deployment),
      containerImages(deployment),
      formatSelector(deployment.spec?.selector),
    ];
  },
};

const replicaSets: Columns = {
  columns: headings('Name Desired:integer Current:integer Ready:integer Age | Containers Images Selector'),
  row(object, now) {
    const set = object as Workload;
    return [
      set.metadata.name,
      wanted(set),
      count(set, 'replicas'),
      count(set, 'readyReplicas'),
      ageOf(set, now),
      containerNames(set),
      containerImages(set),
      formatSelector(set.spec?.selector),
    ];
  },
};

const statefulSets: Columns = {
  columns: headings('Name Ready Age | Containers Images'),
  row(object, now) {
    const set = object as Workload;
    const ready = `${count(set, 'readyReplicas')}/${wanted(set)}`;
    return [set.metadata.name, ready, ageOf(set, now), containerNames(set), containerImages(set)];
  },
};

const daemonSets: Columns = {
  columns: headings(
    'Name Desired:integer Current:integer Ready:integer Up-to-date:integer Available:integer Node_Selector Age | Containers Images Selector',
  ),
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
      containerNames(set),
      containerImages(set),
      formatSelector(set.spec?.selector),
    ];
  },
};

interface TemplateObject extends KubeObject {
  template?: { metadata?: { labels?: Labels }; spec?: PodSpec };
}

const podTemplates: Columns = {
  columns: headings('Name Containers Images Pod_Labels'),
  row(object) {
    const { metadata, template } = object as TemplateObject;
    const workload: Workload = { ...object, spec: { template: template ?? {} } };
    return [
      metadata.name,
      containerNames(workload),
      containerImages(workload),
      formatLabels(template?.metadata?.labels),
    ];
  },
};

const replicationControllers: Columns = {
  columns: replicaSets.columns,
  row(object, now) {
    const { selector } = (object.spec ?? {}) as { selector?: Labels };
    return [...replicaSets.row(object, now).slice(0, -1), formatLabels(selector)];
  },
};

const controllerRevisions: Columns = {
  columns: headings('Name Controller Revision Age'),
  row(object, now) {
    const owner = (object.metadata.ownerReferences ?? []).find(({ controller }) => controller);
    const [version = '', group = ''] = (owner?.apiVersion ?? '').split('/').reverse();
    const type = `${owner?.kind.toLowerCase()}${group === '' && version !== '' ? '' : `.${group}`}`;
    const controller = owner ? `${type}/${owner.name}` : '<none>';
    return [object.metadata.name, controller, Number(object.revision ?? 0), ageOf(object, now)];
  },
};

export const WORKLOAD_COLUMNS = {
  Pod: pods,
  Deployment: deployments,
  ReplicaSet: replicaSets,
  StatefulSet: statefulSets,
  DaemonSet: daemonSets,
  PodTemplate: podTemplates,
  ReplicationController: replicationControllers,
  ControllerRevision: controllerRevisions,
} as const satisfies Readonly<Record<string, Columns>>;
