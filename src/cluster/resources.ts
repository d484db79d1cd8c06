// resources.ts - the kinds that kubewire serves: group, version, names, scope, subresources. Other kinds are refused.

/** A part of an object with a path of its own. */
export interface Subresource {
  readonly name: string;
  /** What is read and written there, when it is not the object itself. */
  readonly of?: { readonly group: string; readonly version: string; readonly kind: string };
}

export const SUBRESOURCES = {
  /** An update of the object keeps the status, one of the status keeps everything else. */
  status: { name: 'status' },
  scale: { name: 'scale', of: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
} as const satisfies Readonly<Record<string, Subresource>>;

export interface Resource {
  readonly kind: string;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  /** What stands behind its name in a path. */
  readonly subresources: readonly Subresource[];
  /** metadata.generation counts changes of the spec. */
  readonly generation: boolean;
  readonly categories: readonly string[];
}

type Options = Partial<Pick<Resource, 'shortNames' | 'namespaced' | 'subresources' | 'generation' | 'categories'>>;

function resource(group: string, version: string, kind: string, plural: string, options: Options = {}): Resource {
  return {
    kind,
    group,
    version,
    plural,
    singular: kind.toLowerCase(),
    shortNames: [],
    namespaced: true,
    subresources: [],
    generation: false,
    categories: [],
    ...options,
  };
}

const SCALED = [SUBRESOURCES.status, SUBRESOURCES.scale];
const STATUS: Options = { subresources: [SUBRESOURCES.status] };
const WORKLOAD: Options = { ...STATUS, generation: true, categories: ['all'] };

export const RESOURCES: readonly Resource[] = [
  resource('', 'v1', 'ConfigMap', 'configmaps', { shortNames: ['cm'] }),
  resource('', 'v1', 'Endpoints', 'endpoints', { shortNames: ['ep'] }),
  resource('', 'v1', 'Event', 'events', { shortNames: ['ev'] }),
  resource('', 'v1', 'Namespace', 'namespaces', { shortNames: ['ns'], namespaced: false, ...STATUS }),
  resource('', 'v1', 'Node', 'nodes', { shortNames: ['no'], namespaced: false, ...STATUS }),
  resource('', 'v1', 'Pod', 'pods', { ...WORKLOAD, shortNames: ['po'] }),
  resource('', 'v1', 'Secret', 'secrets'),
  resource('', 'v1', 'Service', 'services', { shortNames: ['svc'], ...STATUS, categories: ['all'] }),
  resource('', 'v1', 'ServiceAccount', 'serviceaccounts', { shortNames: ['sa'] }),
  resource('apps', 'v1', 'DaemonSet', 'daemonsets', { ...WORKLOAD, shortNames: ['ds'] }),
  resource('apps', 'v1', 'Deployment', 'deployments', { ...WORKLOAD, shortNames: ['deploy'], subresources: SCALED }),
  resource('apps', 'v1', 'ReplicaSet', 'replicasets', { ...WORKLOAD, shortNames: ['rs'], subresources: SCALED }),
  resource('apps', 'v1', 'StatefulSet', 'statefulsets', { ...WORKLOAD, shortNames: ['sts'], subresources: SCALED }),
  resource('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices', { generation: true }),
  resource('networking.k8s.io', 'v1', 'Ingress', 'ingresses', { shortNames: ['ing'], ...STATUS, generation: true }),
  resource('networking.k8s.io', 'v1', 'IngressClass', 'ingressclasses', { namespaced: false, generation: true }),
  resource('networking.k8s.io', 'v1', 'NetworkPolicy', 'networkpolicies', { shortNames: ['netpol'], generation: true }),
  resource('kubewire.dev', 'v1alpha1', 'Client', 'clients', { namespaced: false, ...STATUS }),
  resource('kubewire.dev', 'v1alpha1', 'Lab', 'labs', { namespaced: false, ...STATUS }),
];

export const groupVersion = (entry: Resource): string =>
  entry.group === '' ? entry.version : `${entry.group}/${entry.version}`;

export const hasSubresource = ({ subresources }: Resource, name: string): boolean =>
  subresources.some((one) => one.name === name);

const byKind = new Map(RESOURCES.toReversed().map((entry) => [entry.kind, entry]));
const byType = new Map(RESOURCES.map((entry) => [`${groupVersion(entry)}/${entry.kind}`, entry]));
const byPath = new Map(RESOURCES.map((entry) => [`${entry.group}/${entry.version}/${entry.plural}`, entry]));

/** The resource of an object: a kind may stand in several groups. Undefined when it is not served. */
export const resourceOf = ({
  apiVersion,
  kind,
}: {
  readonly apiVersion: string;
  readonly kind: string;
}): Resource | undefined => byType.get(`${apiVersion}/${kind}`);

/** The resource of a kind, of several groups the first; undefined for a kind that is not served. */
export const resourceOfKind = (kind: string): Resource | undefined => byKind.get(kind);

/** The resource behind a URL; undefined for a path that is not served. */
export const resourceOfPath = (group: string, version: string, plural: string): Resource | undefined =>
  byPath.get(`${group}/${version}/${plural}`);
