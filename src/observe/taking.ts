// taking.ts - decides, with the reason, if objects are a cluster's recorded state or manifests still to be applied.
import type { KubeObject, Pod, Service } from '../model/objects.js';

/**
 * How objects become a state. `recorded`: they already are one and stay as they are. `allocate`: their own cluster
 * applies them, as the lab would, and assigns addresses, ports and slices.
 */
export interface Taking {
  readonly how: 'recorded' | 'allocate';
  /** The reason for this choice, as the end of a sentence: `every Service has …`. */
  readonly why: string;
}

/** Objects that were read from a cluster, not written by hand. They contain what the cluster assigned. */
export function isRecorded(object: KubeObject): boolean {
  const { uid, resourceVersion } = object.metadata;
  const status = (object.status ?? {}) as { loadBalancer?: { ingress?: unknown[] }; podIP?: unknown; podIPs?: unknown };
  const given = status.loadBalancer?.ingress?.length ?? status.podIP ?? status.podIPs;
  return Boolean(uid ?? resourceVersion ?? given);
}

const WORKLOADS: ReadonlySet<string> = new Set(['Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Endpoints']);

const nameOf = ({ kind, metadata }: KubeObject): string =>
  `${kind} ${metadata.namespace ?? 'default'}/${metadata.name}`;

const hasOwnAddress = ({ spec }: Service): boolean =>
  spec.type === 'ExternalName' || Boolean(spec.clusterIP) || (spec.clusterIPs ?? []).length > 0;

/** A pod that somebody wrote and no cluster has seen: it has no address yet. */
const isFresh = (object: KubeObject): boolean =>
  object.kind === 'Pod' && !isRecorded(object) && !(object as Pod).status?.phase && !(object as Pod).spec?.hostNetwork;

function slicedServices(objects: readonly KubeObject[]): Set<string> {
  const sliced = new Set<string>();
  for (const { kind, metadata } of objects) {
    const service = kind === 'EndpointSlice' ? metadata.labels?.['kubernetes.io/service-name'] : undefined;
    if (service) sliced.add(`Service ${metadata.namespace ?? 'default'}/${service}`);
  }
  return sliced;
}

/** A guess: recorded if nothing is left for a cluster to decide; otherwise what is left is the reason. */
export function takingOf(objects: readonly KubeObject[]): Taking {
  const allocate = (why: string): Taking => ({ how: 'allocate', why });
  const sliced = slicedServices(objects);
  const makers = objects.some(({ kind }) => WORKLOADS.has(kind) || kind === 'Pod');
  for (const object of objects) {
    if (isFresh(object)) return allocate(`${nameOf(object)} has no address yet`);
    if (object.kind !== 'Service') continue;
    const service = object as Service;
    if (!hasOwnAddress(service)) return allocate(`${nameOf(service)} has no clusterIP yet`);
    if (makers && !sliced.has(nameOf(service)) && service.spec.type !== 'ExternalName') {
      return allocate(`${nameOf(service)} has no EndpointSlice yet`);
    }
  }
  return { how: 'recorded', why: 'every Service and pod has its address, and endpoints come as slices' };
}
