// cidrs.ts - ServiceCIDRs: the ranges that addresses of Services come from, ready when they can be used, kept while they are.
//
// As pkg/controller/servicecidrs/servicecidrs_controller.go, Kubernetes 1.36.
import { contains, familyOf, mustAddress, mustCidr } from '../../model/address.js';
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { Controller, WorkQueue } from '../queue.js';
import type { Store } from '../store.js';
import type { ClusterIPAllocators } from './addresses.js';
import { IP_ADDRESS } from './ipaddresses.js';

const SERVICE_CIDR = 'ServiceCIDR.networking.k8s.io';
const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';

interface ServiceCIDR extends KubeObject {
  readonly spec?: { readonly cidrs?: readonly string[] };
  readonly status?: { readonly conditions?: readonly Condition[] };
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  readonly lastTransitionTime?: string;
}

const READY: Condition = { type: 'Ready', status: 'True', message: 'Kubernetes Service CIDR is ready', reason: '' };
const TERMINATING: Condition = {
  ...{ type: 'Ready', status: 'False', reason: 'Terminating' },
  message: 'There are still IPAddresses referencing the ServiceCIDR, please remove them or create a new ServiceCIDR',
};

const cidrsOf = ({ spec }: ServiceCIDR): readonly string[] => spec?.cidrs ?? [];
const isIn = (cidr: string, address: string): boolean => contains(mustCidr(cidr), mustAddress(address));

export class ServiceCIDRController implements Controller {
  readonly name = 'servicecidr';
  readonly #store: Store;
  readonly #allocators: ClusterIPAllocators;
  readonly #clock: () => Date;
  /** Ranges that are open, by the name of their object. */
  readonly #opened = new Map<string, readonly string[]>();

  constructor(store: Store, queue: WorkQueue, allocators: ClusterIPAllocators, clock: () => Date) {
    this.#store = store;
    this.#allocators = allocators;
    this.#clock = clock;
    store.watch(({ object }) => {
      queue.add(this, object.metadata.name);
      // The addresses of one may be covered by another.
      for (const one of this.#terminating()) queue.add(this, one.metadata.name);
    }, SERVICE_CIDR);
    store.watch(({ type }) => {
      if (type !== 'ADDED') for (const one of this.#terminating()) queue.add(this, one.metadata.name);
    }, IP_ADDRESS);
  }

  sync(name: string): void {
    const range = this.#store.get<ServiceCIDR>(SERVICE_CIDR, '', name);
    if (!range) this.#forget(name);
    else if (range.metadata.deletionTimestamp) this.#end(range);
    else this.#begin(range);
  }

  #begin(range: ServiceCIDR): void {
    const { metadata } = range;
    this.#open(range);
    const finalizers = metadata.finalizers ?? [];
    const marked = finalizers.includes(FINALIZER)
      ? range
      : this.#store.update({ ...range, metadata: { ...metadata, finalizers: [...finalizers, FINALIZER] } });
    this.#tell(marked, READY);
  }

  #open(range: ServiceCIDR): void {
    if (this.#opened.has(range.metadata.name)) return;
    this.#opened.set(range.metadata.name, cidrsOf(range));
    const held = this.#held();
    for (const cidr of cidrsOf(range)) this.#allocators.get(familyOf(cidr))?.open(cidr, held);
  }

  /** Gives way once none of its addresses is in use, but for those that other ranges have, too. */
  #end(range: ServiceCIDR): void {
    const others = this.#store
      .list<ServiceCIDR>(SERVICE_CIDR)
      .filter(({ metadata }) => metadata.name !== range.metadata.name && !metadata.deletionTimestamp)
      .flatMap(cidrsOf);
    const cidrs = cidrsOf(range).filter((cidr) => !others.includes(cidr));
    for (const cidr of cidrs) this.#allocators.get(familyOf(cidr))?.close(cidr);
    const orphaned = this.#held().some(
      (address) => cidrs.some((cidr) => isIn(cidr, address)) && !others.some((cidr) => isIn(cidr, address)),
    );
    if (orphaned) {
      this.#tell(range, TERMINATING);
      return;
    }
    const finalizers = (range.metadata.finalizers ?? []).filter((one) => one !== FINALIZER);
    this.#store.update({ ...range, metadata: { ...range.metadata, finalizers } });
  }

  #forget(name: string): void {
    const still = new Set(this.#store.list<ServiceCIDR>(SERVICE_CIDR).flatMap(cidrsOf));
    for (const cidr of this.#opened.get(name) ?? [])
      if (!still.has(cidr)) this.#allocators.get(familyOf(cidr))?.remove(cidr);
    this.#opened.delete(name);
  }

  #tell(range: KubeObject, condition: Condition): void {
    const { conditions = [] } = (range as ServiceCIDR).status ?? {};
    if (conditions.some(({ type, status }) => type === condition.type && status === condition.status)) return;
    const others = conditions.filter(({ type }) => type !== condition.type);
    const lastTransitionTime = timestamp(this.#clock());
    this.#store.updateStatus({ ...range, status: { conditions: [...others, { ...condition, lastTransitionTime }] } });
  }

  #held(): string[] {
    return this.#store.list(IP_ADDRESS).map(({ metadata }) => metadata.name);
  }

  #terminating(): readonly KubeObject[] {
    return this.#store.list(SERVICE_CIDR).filter(({ metadata }) => metadata.deletionTimestamp);
  }
}
