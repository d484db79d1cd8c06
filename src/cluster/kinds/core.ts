// core.ts - kinds of the core group.
import { CLUSTER_COLUMNS } from '../columns/cluster.js';
import { NETWORK_COLUMNS } from '../columns/network.js';
import { WORKLOAD_COLUMNS } from '../columns/workloads.js';
import { ALL_VERBS, kind, type Resource, SUBRESOURCES } from './kind.js';

const { status } = SUBRESOURCES;

/** Namespaces that a cluster cannot do without (plugin NamespaceLifecycle). */
const IMMORTAL = new Set(['default', 'kube-system', 'kube-public']);

export const POD = kind('v1', 'Pod', 'pods', {
  shortNames: ['po'],
  subresources: [status],
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
  subresources: [status],
  categories: ['all'],
  fields: ['spec.clusterIP', 'spec.type'],
  columns: NETWORK_COLUMNS.Service,
  rules: { status: { loadBalancer: {} } },
});

export const NAMESPACE = kind('v1', 'Namespace', 'namespaces', {
  shortNames: ['ns'],
  namespaced: false,
  verbs: ALL_VERBS.filter((verb) => verb !== 'deletecollection'),
  subresources: [status],
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
  fields: [
    ...['involvedObject.kind', 'involvedObject.namespace', 'involvedObject.name', 'involvedObject.uid'],
    ...['involvedObject.apiVersion', 'involvedObject.resourceVersion', 'involvedObject.fieldPath'],
    ...['reason', 'reportingComponent', 'source', 'type'],
  ],
  columns: CLUSTER_COLUMNS.Event,
});

export const CORE: readonly Resource[] = [
  kind('v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'], columns: CLUSTER_COLUMNS.ConfigMap }),
  kind('v1', 'Endpoints', 'endpoints', { shortNames: ['ep'], columns: NETWORK_COLUMNS.Endpoints }),
  EVENT,
  NAMESPACE,
  kind('v1', 'Node', 'nodes', {
    shortNames: ['no'],
    namespaced: false,
    subresources: [status],
    fields: ['spec.unschedulable'],
    columns: CLUSTER_COLUMNS.Node,
    // A node registers with the status that it has.
    rules: { status: 'given' },
  }),
  POD,
  kind('v1', 'Secret', 'secrets', { fields: ['type'], columns: CLUSTER_COLUMNS.Secret }),
  SERVICE,
  kind('v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'], columns: CLUSTER_COLUMNS.ServiceAccount }),
];
