// loadbalancer.ts - addresses for Services of type LoadBalancer, from the pool, into their status.
//
// Services with a loadBalancerClass belong to another load balancer and are left alone; without a free address a
// Service stays pending, and gets one as soon as one is free.
import { AddressPool } from '../allocate/pool.js';
import { type Family, familyOf } from '../model/address.js';
import type { LoadBalancerIngress, Service } from '../model/objects.js';
import { same } from './freeze.js';
import type { Controller, WorkQueue } from './queue.js';
import type { Store } from './store.js';

export class LoadBalancerController implements Controller {
  readonly name = 'loadbalancer';
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #pool: AddressPool;
  /** `namespace/name` → addresses that the Service holds. */
  readonly #held = new Map<string, string[]>();
  readonly #pending = new Set<string>();

  constructor(store: Store, queue: WorkQueue, pools: readonly string[]) {
    this.#store = store;
    this.#queue = queue;
    this.#pool = new AddressPool(pools, store.journal);
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'Service');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const service = this.#store.get<Service>('Service', namespace, name);
    this.#pending.delete(key);
    if (service?.spec.type !== 'LoadBalancer' || service.spec.loadBalancerClass) {
      this.#release(key, []);
      return;
    }
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const held = this.#held.get(key) ?? [];
    if (held.length === 0 && ingress.length > 0) {
      // Someone else gave these; those of the pool are no longer free.
      this.#held.set(key, this.#take(ingress));
      return;
    }
    const addresses = this.#addresses(service, held);
    this.#release(key, addresses);
    if (addresses.length === 0) this.#pending.add(key);
    const wanted = addresses.map((ip): LoadBalancerIngress => ({ ip, ipMode: 'VIP' }));
    if (same(wanted, ingress)) return;
    const loadBalancer = wanted.length > 0 ? { ingress: wanted } : {};
    const metadata = { ...service.metadata, resourceVersion: '' };
    this.#store.updateStatus({ ...service, metadata, status: { ...service.status, loadBalancer } });
  }

  #take(ingress: readonly LoadBalancerIngress[]): string[] {
    return ingress.map(({ ip }) => ip ?? '').filter((ip) => ip !== '' && this.#pool.take(ip));
  }

  #addresses(service: Service, held: readonly string[]): string[] {
    const families: readonly Family[] = service.spec.ipFamilies ?? ['IPv4'];
    const asked = service.spec.loadBalancerIP;
    const addresses: string[] = [];
    for (const family of families) {
      const wish = asked && familyOf(asked) === family ? asked : undefined;
      const kept = held.find((address) => familyOf(address) === family);
      if (kept && (!wish || kept === wish)) addresses.push(kept);
      else if (wish) addresses.push(...(this.#pool.take(wish) ? [wish] : []));
      else addresses.push(...[this.#pool.next(family)].filter((address) => address !== undefined));
    }
    return addresses;
  }

  #release(key: string, keep: readonly string[]): void {
    const freed = (this.#held.get(key) ?? []).filter((address) => !keep.includes(address));
    for (const address of freed) this.#pool.release(address);
    if (keep.length > 0) this.#held.set(key, [...keep]);
    else this.#held.delete(key);
    if (freed.length > 0) for (const waiting of this.#pending) this.#queue.add(this, waiting);
  }
}
