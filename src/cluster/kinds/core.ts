// core.ts - kinds of the core group.
import { CLUSTER_COLUMNS } from '../columns/cluster.js';
import { NETWORK_COLUMNS } from '../columns/network.js';
import { STORAGE_COLUMNS } from '../columns/storage.js';
import { WORKLOAD_COLUMNS } from '../columns/workloads.js';
import * as checks from './checks.js';
import { FINALIZE, OF_PODS, proxy, TOKEN } from './connect.js';
import * as defaults from './defaults.js';
import { ALL_VERBS, kind, type Options, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

/** Namespaces that a cluster cannot do without (plugin NamespaceLifecycle). */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export const POD = kind('v1', 'Pod', 'pods', {
  shortNames: ['po'],
  subresources: [...OF_PODS, proxy('PodProxyOptions'), status],
  generation: true,
  categories: ['all'],
  fields: [
    ...['spec.nodeName', 'spec.restartPolicy', 'spec.schedulerName', 'spec.serviceAccountName', 'spec.hostNetwork'],
    ...['status.phase', 'status.podIP', 'status.nominatedNodeName'],
  ],
  columns: WORKLOAD_COLUMNS.Pod,
  rules: { status: { phase: 'Pending' } },
});

export const SERVICE = kind('v1', 'Service', 'services', {
  shortNames: ['svc'],
  subresources: [proxy('ServiceProxyOptions'), status],
  categories: ['all'],
  fields: ['spec.clusterIP', 'spec.type'],
  columns: NETWORK_COLUMNS.Service,
  rules: { status: { loadBalancer: {} } },
});

export const NAMESPACE = kind('v1', 'Namespace', 'namespaces', {
  shortNames: ['ns'],
  namespaced: false,
  verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
  subresources: [FINALIZE, status],
  fields: ['status.phase'],
  columns: CLUSTER_COLUMNS.Namespace,
  rules: {
    status: { phase: 'Active' },
    prepare(object, old) {
      if (!old) object.spec = { finalizers: ['kubernetes'] };
    },
    keeps: ({ metadata }) => (IMMORTAL.has(metadata.name) ? 'this namespace may not be deleted' : undefined),
  },
});

/** The same objects are served as events.k8s.io. */
export const EVENT = kind('v1', 'Event', 'events', {
  shortNames: ['ev'],
  aside: true,
  fields: [
    ...['involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid'],
    ...['involvedObject.apiVersion', 'involvedObject.resourceVersion', 'involvedObject.fieldPath'],
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  columns: CLUSTER_COLUMNS.Event,
  rules: { status: {}, validate: checks.event },
});

const CLUSTER: Options = { namespaced: false };

export const CORE: readonly Resource[] = [
  kind('v1', 'ComponentStatus', 'componentstatuses', { ...CLUSTER, shortNames: ['cs'], verbs: ['get', 'list'] }),
  kind('v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'], columns: CLUSTER_COLUMNS.ConfigMap }),
  kind('v1', 'Endpoints', 'endpoints', { shortNames: ['ep'], columns: NETWORK_COLUMNS.Endpoints }),
  EVENT,
  kind('v1', 'LimitRange', 'limitranges', { shortNames: ['limits'] }),
  NAMESPACE,
  kind('v1', 'Node', 'nodes', {
    ...CLUSTER,
    shortNames: ['no'],
    subresources: [proxy('NodeProxyOptions'), status],
    fields: ['spec.unschedulable'],
    columns: CLUSTER_COLUMNS.Node,
    // A node registers with the status that it has.
    rules: { status: 'given' },
  }),
  kind('v1', 'PersistentVolumeClaim', 'persistentvolumeclaims', {
    shortNames: ['pvc'],
    subresources: [status],
    columns: STORAGE_COLUMNS.PersistentVolumeClaim,
    rules: {
      status: { phase: 'Pending' },
      defaults: defaults.spec({ volumeMode: 'Filesystem' }),
      validate: checks.claim,
    },
  }),
  kind('v1', 'PersistentVolume', 'persistentvolumes', {
    ...CLUSTER,
    shortNames: ['pv'],
    subresources: [status],
    columns: STORAGE_COLUMNS.PersistentVolume,
    rules: {
      status: { phase: 'Pending' },
      defaults: defaults.spec({ persistentVolumeReclaimPolicy: 'Retain', volumeMode: 'Filesystem' }),
    },
  }),
  POD,
  kind('v1', 'PodTemplate', 'podtemplates', {
    generation: true,
    columns: WORKLOAD_COLUMNS.PodTemplate,
    rules: { status: {}, defaults: defaults.podTemplate },
  }),
  kind('v1', 'ReplicationController', 'replicationcontrollers', {
    shortNames: ['rc'],
    subresources: [SUBRESOURCES.scale, status],
    generation: true,
    categories: ['all'],
    fields: ['status.replicas'],
    columns: WORKLOAD_COLUMNS.ReplicationController,
    rules: { status: { replicas: 0 }, defaults: defaults.replicationController },
  }),
  kind('v1', 'ResourceQuota', 'resourcequotas', {
    shortNames: ['quota'],
    subresources: [status],
    columns: STORAGE_COLUMNS.ResourceQuota,
  }),
  kind('v1', 'Secret', 'secrets', {
    fields: ['type'],
    columns: CLUSTER_COLUMNS.Secret,
    rules: { status: {}, defaults: defaults.secret },
  }),
  kind('v1', 'ServiceAccount', 'serviceaccounts', {
    shortNames: ['sa'],
    subresources: [TOKEN],
    columns: CLUSTER_COLUMNS.ServiceAccount,
  }),
  SERVICE,
];
