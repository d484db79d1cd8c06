// controller.ts - keeps the EndpointSlices (and legacy Endpoints) of Services with a selector in sync with their pods.
import type { EndpointSlice, Labels, Node, Pod, Service } from '../../model/objects.js';
import { labelKeys, selectorKey } from '../../topology/selection.js';
import { same } from '../freeze.js';
import { Index } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import { matchesLabels } from '../selector.js';
import type { Store } from '../store.js';
import { ZONE_LABEL } from './endpoint.js';
import { endpointsOf } from './endpoints.js';
import { CONTROLLER_NAME, MANAGED_BY_LABEL, reconcileSlices, SERVICE_NAME_LABEL } from './reconcile.js';
import { cpuShares, wantsTopologyHints } from './topology.js';

const keyOf = (namespace: string | undefined, name: string): string => `${namespace}/${name}`;

export class EndpointSliceController implements Controller {
  readonly name = 'endpointslice';
  readonly #store: Store;
  readonly #pods: Index<Pod>;
  readonly #services: Index<Service>;
  readonly #slices: Index<EndpointSlice>;
  readonly #limit: number;
  readonly #recorded: boolean;
  /** uids of the slices created here. */
  readonly #made = new Set<string>();

  /** `recorded`: Services whose slices were applied keep them, whatever their pods. */
  constructor(store: Store, queue: WorkQueue, maxEndpointsPerSlice: number, recorded: boolean) {
    this.#store = store;
    this.#limit = maxEndpointsPerSlice;
    this.#recorded = recorded;
    this.#pods = new Index<Pod>(store, 'Pod', (pod) => labelKeys(pod.metadata.namespace, pod.metadata.labels));
    this.#services = new Index<Service>(store, 'Service', (service) => {
      const key = selectorKey(service);
      return key === null ? [] : [key];
    });
    this.#slices = new Index<EndpointSlice>(store, 'EndpointSlice', (slice) => {
      const labels = slice.metadata.labels ?? {};
      const ours = recorded || labels[MANAGED_BY_LABEL] === CONTROLLER_NAME;
      return ours ? [keyOf(slice.metadata.namespace, labels[SERVICE_NAME_LABEL] ?? '')] : [];
    });
    this.#watch(queue);
  }

  #watch(queue: WorkQueue): void {
    const store = this.#store;
    store.watch(({ object }) => queue.add(this, keyOf(object.metadata.namespace, object.metadata.name)), 'Service');
    store.watch(({ type, object, old }) => {
      if (type === 'MODIFIED' && old && !podChanged(old as Pod, object as Pod)) return;
      for (const pod of old && old.metadata.labels !== object.metadata.labels ? [old, object] : [object])
        for (const service of this.#servicesOf(pod as Pod)) queue.add(this, service);
    }, 'Pod');
    store.watch(({ object }) => {
      const service = object.metadata.labels?.[SERVICE_NAME_LABEL];
      const ours = object.metadata.labels?.[MANAGED_BY_LABEL] === CONTROLLER_NAME;
      if (service && ours) queue.add(this, keyOf(object.metadata.namespace, service));
    }, 'EndpointSlice');
    store.watch(({ type, object, old }) => {
      if (type === 'MODIFIED' && old && !nodeChanged(old as Node, object as Node)) return;
      for (const { metadata } of store.list('Service')) queue.add(this, keyOf(metadata.namespace, metadata.name));
    }, 'Node');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#store.get<Service>('Service', namespace, name);
    if (!service || service.spec.type === 'ExternalName') return;
    const selector = service.spec.selector ?? {};
    if (Object.keys(selector).length === 0) return;
    const existing = this.#slices.list(key);
    if (this.#recorded && existing.some(({ metadata }) => !this.#made.has(metadata.uid ?? ''))) return;
    const wanted = reconcileSlices({
      service,
      pods: this.#podsOf(service, selector),
      node: (node) => this.#store.get<Node>('Node', '', node),
      cpuShares: wantsTopologyHints(service) ? cpuShares(this.#store.list<Node>('Node')) : null,
      existing,
      maxEndpointsPerSlice: this.#limit,
    });
    this.#store.transaction(() => {
      this.#write(wanted, existing);
      this.#writeEndpoints(service, wanted);
    });
  }

  stop(): void {
    for (const index of [this.#pods, this.#services, this.#slices]) index.stop();
  }

  #servicesOf(pod: Pod): string[] {
    const { namespace, labels } = pod.metadata;
    const keys: string[] = [];
    for (const key of labelKeys(namespace, labels))
      for (const [service, { spec }] of this.#services.get(key))
        if (matchesLabels(spec.selector, labels)) keys.push(service);
    return keys;
  }

  #podsOf(service: Service, selector: Labels): Pod[] {
    const keys = labelKeys(service.metadata.namespace, selector);
    const [fewest = ''] = keys.sort((a, b) => this.#pods.get(a).size - this.#pods.get(b).size);
    return this.#pods.list(fewest).filter((pod) => matchesLabels(selector, pod.metadata.labels));
  }

  #write(wanted: readonly EndpointSlice[], existing: readonly EndpointSlice[]): void {
    const left = new Map(existing.map((slice) => [slice.metadata.name, slice]));
    for (const slice of wanted) {
      const before = left.get(slice.metadata.name);
      left.delete(slice.metadata.name);
      if (!before) this.#made.add(this.#store.create(slice).metadata.uid ?? '');
      else if (!same(before, slice))
        this.#store.update({ ...slice, metadata: { ...slice.metadata, resourceVersion: '' } });
    }
    for (const { metadata } of left.values())
      this.#store.delete('EndpointSlice', metadata.namespace ?? '', metadata.name);
  }

  #writeEndpoints(service: Service, slices: readonly EndpointSlice[]): void {
    const wanted = endpointsOf(service, slices);
    const before = this.#store.get('Endpoints', wanted.metadata.namespace ?? '', wanted.metadata.name);
    if (!before) this.#store.create(wanted);
    else this.#store.update({ ...wanted, metadata: { ...before.metadata, ...wanted.metadata, resourceVersion: '' } });
  }
}

/** Whether a pod's change affects its endpoints. */
const podChanged = (a: Pod, b: Pod): boolean =>
  a.status !== b.status ||
  a.spec !== b.spec ||
  a.metadata.labels !== b.metadata.labels ||
  a.metadata.deletionTimestamp !== b.metadata.deletionTimestamp;

/** Whether a node's change affects zones, or the zones' shares. */
const nodeChanged = (a: Node, b: Node): boolean =>
  a.metadata.labels?.[ZONE_LABEL] !== b.metadata.labels?.[ZONE_LABEL] ||
  !same([...(cpuShares([a, a]) ?? [])], [...(cpuShares([b, b]) ?? [])]) ||
  a.status?.allocatable !== b.status?.allocatable ||
  a.status?.conditions !== b.status?.conditions;
