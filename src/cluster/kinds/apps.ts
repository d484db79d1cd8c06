// apps.ts - kinds of the group apps: what makes pods.
import { WORKLOAD_COLUMNS } from '../columns/workloads.js';
import { kind, type Resource, SUBRESOURCES } from './kind.js';

const { status, scale } = SUBRESOURCES;

const WORKLOAD = { generation: true, categories: ['all'], subresources: [status, scale] };

export const APPS: readonly Resource[] = [
  kind('apps/v1', 'ControllerRevision', 'controllerrevisions', { columns: WORKLOAD_COLUMNS.ControllerRevision }),
  kind('apps/v1', 'DaemonSet', 'daemonsets', {
    ...WORKLOAD,
    shortNames: ['ds'],
    subresources: [status],
    columns: WORKLOAD_COLUMNS.DaemonSet,
  }),
  kind('apps/v1', 'Deployment', 'deployments', {
    ...WORKLOAD,
    shortNames: ['deploy'],
    columns: WORKLOAD_COLUMNS.Deployment,
  }),
  kind('apps/v1', 'ReplicaSet', 'replicasets', {
    ...WORKLOAD,
    shortNames: ['rs'],
    fields: ['status.replicas'],
    columns: WORKLOAD_COLUMNS.ReplicaSet,
  }),
  kind('apps/v1', 'StatefulSet', 'statefulsets', {
    ...WORKLOAD,
    shortNames: ['sts'],
    columns: WORKLOAD_COLUMNS.StatefulSet,
  }),
];
