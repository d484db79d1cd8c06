// mirror.ts - mirrors Endpoints that someone wrote for a Service without a selector to EndpointSlices.
//
// The rules of k8s.io/kubernetes/pkg/controller/endpointslicemirroring, Kubernetes 1.36.
import { type Family, parseAddress } from '../../model/address.js';
import type { Endpoint, EndpointSlice, Service } from '../../model/objects.js';
import { same } from '../freeze.js';
import { Index } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import type { Store } from '../store.js';
import { ownerReference } from '../workload/template.js';
import { ENDPOINTS_MANAGED_BY, type EndpointAddress, type EndpointSubset, type Endpoints } from './endpoints.js';
import { orderPorts } from './ports.js';
import { MANAGED_BY_LABEL, SERVICE_NAME_LABEL } from './reconcile.js';

const MIRROR_NAME = 'endpointslicemirroring-controller.k8s.io';
const SKIP_LABEL = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER_ANNOTATION = 'control-plane.alpha.kubernetes.io/leader';
const NOT_COPIED = [
  'kubectl.kubernetes.io/last-applied-configuration',
  'endpoints.kubernetes.io/last-change-trigger-time',
];

/** --mirroring-max-endpoints-per-subset. */
const MAX_PER_SUBSET = 1000;

const keyOf = (namespace: string | undefined, name: string): string => `${namespace}/${name}`;

export class MirrorController implements Controller {
  readonly name = 'endpointslicemirroring';
  readonly #store: Store;
  readonly #slices: Index<EndpointSlice>;

  constructor(store: Store, queue: WorkQueue) {
    this.#store = store;
    this.#slices = new Index<EndpointSlice>(store, 'EndpointSlice', (slice) => {
      const labels = slice.metadata.labels ?? {};
      const ours = labels[MANAGED_BY_LABEL] === MIRROR_NAME;
      return ours ? [keyOf(slice.metadata.namespace, labels[SERVICE_NAME_LABEL] ?? '')] : [];
    });
    for (const kind of ['Service', 'Endpoints'])
      store.watch(({ object }) => queue.add(this, keyOf(object.metadata.namespace, object.metadata.name)), kind);
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const endpoints = this.#store.get<Endpoints>('Endpoints', namespace, name);
    const service = this.#store.get<Service>('Service', namespace, name);
    const wanted = endpoints && service && isMirrored(endpoints, service) ? mirror(endpoints) : [];
    const left = this.#slices.list(key);
    this.#store.transaction(() => {
      for (const slice of wanted) {
        const at = left.findIndex((old) => old.addressType === slice.addressType && same(old.ports, slice.ports));
        const [old] = at < 0 ? [] : left.splice(at, 1);
        if (!old) this.#store.create(slice);
        else
          this.#store.update({ ...slice, metadata: { ...old.metadata, ...slice.metadata, name: old.metadata.name } });
      }
      for (const { metadata } of left) this.#store.delete('EndpointSlice', namespace, metadata.name);
    });
  }

  stop(): void {
    this.#slices.stop();
  }
}

function isMirrored(endpoints: Endpoints, service: Service): boolean {
  const { labels = {}, annotations = {} } = endpoints.metadata;
  return (
    Object.keys(service.spec.selector ?? {}).length === 0 &&
    labels[SKIP_LABEL] !== 'true' &&
    !(ENDPOINTS_MANAGED_BY in labels) &&
    !(LEADER_ANNOTATION in annotations)
  );
}

/** One slice for each subset and each family it has addresses of. */
function mirror(endpoints: Endpoints): EndpointSlice[] {
  const slices: EndpointSlice[] = [];
  for (const subset of endpoints.subsets ?? [])
    for (const family of ['IPv4', 'IPv6'] as const) {
      const list = [...mirrorAddresses(subset, family, true), ...mirrorAddresses(subset, family, false)];
      if (list.length > 0) slices.push(toSlice(endpoints, subset, family, list.slice(0, MAX_PER_SUBSET)));
    }
  return slices;
}

function mirrorAddresses(subset: EndpointSubset, family: Family, ready: boolean): Endpoint[] {
  const addresses: EndpointAddress[] = (ready ? subset.addresses : subset.notReadyAddresses) ?? [];
  return addresses
    .filter(({ ip }) => parseAddress(ip)?.family === family)
    .map(({ ip, hostname, nodeName, targetRef }) => ({
      addresses: [ip],
      conditions: { ready },
      ...(hostname ? { hostname } : {}),
      ...(targetRef ? { targetRef } : {}),
      ...(nodeName ? { nodeName } : {}),
    }));
}

function toSlice(endpoints: Endpoints, subset: EndpointSubset, family: Family, list: Endpoint[]): EndpointSlice {
  const { name, namespace = 'default', labels, annotations } = endpoints.metadata;
  const copied = Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.includes(key));
  const ports = (subset.ports ?? []).map((port) => ({
    ...port,
    name: port.name ?? '',
    protocol: port.protocol ?? 'TCP',
  }));
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      name: '',
      generateName: `${name}-`,
      namespace,
      labels: { ...labels, [SERVICE_NAME_LABEL]: name, [MANAGED_BY_LABEL]: MIRROR_NAME },
      ...(copied.length > 0 ? { annotations: Object.fromEntries(copied) } : {}),
      ownerReferences: [ownerReference(endpoints)],
    },
    addressType: family,
    endpoints: list,
    ports: orderPorts(ports),
  };
}
