// resources.ts - the kinds that kubewire serves: group, version, names, scope, subresources. Other kinds are refused.

export interface Resource {
  readonly kind: string;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** Has a status subresource: `update` keeps the old status, `updateStatus` keeps everything else. */
  readonly status: boolean;
  readonly scale: boolean;
  /** metadata.generation counts changes of the spec. */
  readonly generation: boolean;
  readonly categories: readonly string[];
}

type Options = Partial<Pick<Resource, 'shortNames' | 'namespaced' | 'status' | 'scale' | 'generation' | 'categories'>>;

function resource(group: string, version: string, kind: string, plural: string, options: Options = {}): Resource {
  return {
    kind,
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    namespaced: true,
    status: false,
    scale: false,
    generation: false,
    categories: [],
    ...options,
  };
}

const WORKLOAD: Options = { status: true, generation: true, categories: ['all'] };

export const RESOURCES: readonly Resource[] = [
  resource('', 'v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  resource('', 'v1', 'Endpoints', 'endpoints', { shortNames: ['ep'] }),
  resource('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  resource('', 'v1', 'Namespace', 'namespaces', { shortNames: ['ns'], namespaced: false, status: true }),
  resource('', 'v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false, status: true }),
  resource('', 'v1', 'Pod', 'pods', { ...WORKLOAD, shortNames: ['po'] }),
  resource('', 'v1', 'Secret', 'secrets'),
  resource('', 'v1', 'Service', 'services', { shortNames: ['svc'], status: true, categories: ['all'] }),
  resource('', 'v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  resource('apps', 'v1', 'DaemonSet', 'daemonsets', { ...WORKLOAD, shortNames: ['ds'] }),
  resource('apps', 'v1', 'Deployment', 'deployments', { ...WORKLOAD, shortNames: ['deploy'], scale: true }),
  resource('apps', 'v1', 'ReplicaSet', 'replicasets', { ...WORKLOAD, shortNames: ['rs'], scale: true }),
  resource('apps', 'v1', 'StatefulSet', 'statefulsets', { ...WORKLOAD, shortNames: ['sts'], scale: true }),
  resource('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices', { generation: true }),
  resource('networking.k8s.io', 'v1', 'Ingress', 'ingresses', { shortNames: ['ing'], status: true, generation: true }),
  resource('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', { namespaced: false, generation: true }),
  resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', { shortNames: ['netpol'], generation: true }),
  resource('kubewire.dev', 'v1alpha1', 'Client', 'clients', { namespaced: false, status: true }),
  resource('kubewire.dev', 'v1alpha1', 'Lab', 'labs', { namespaced: false, status: true }),
];

const byKind = new Map(RESOURCES.map((entry) => [entry.kind, entry]));
const byPath = new Map(RESOURCES.map((entry) => [`${entry.group}/${entry.version}/${entry.plural}`, entry]));

export const groupVersion = (entry: Resource): string =>
  entry.group === '' ? entry.version : `${entry.group}/${entry.version}`;

/** The resource of a kind; undefined for a kind that is not served. */
export const resourceOfKind = (kind: string): Resource | undefined => byKind.get(kind);

/** The resource behind a URL; undefined for a path that is not served. */
export const resourceOfPath = (group: string, version: string, plural: string): Resource | undefined =>
  byPath.get(`${group}/${version}/${plural}`);
