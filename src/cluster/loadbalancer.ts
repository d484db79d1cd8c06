// loadbalancer.ts - assigns addresses from the pool to Services of type LoadBalancer, in their status.
//
// Services with a loadBalancerClass belong to another load balancer and are left alone; without a free address a
// Service stays pending, with the reason as a condition, and gets one as soon as one is free.
import { AddressPool } from '../allocate/pool.js';
import { type Family, familyOf } from '../model/address.js';
import type { LoadBalancerIngress, Service } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { ipModeIn } from '../plan/balancing.js';
import type { ControllerContext } from './context.js';
import type { Teller } from './events/recorder.js';
import { same } from './freeze.js';
import type { Controller, WorkQueue } from './queue.js';
import { requestedAddresses, SharedAddresses } from './sharing.js';
import type { Store } from './store.js';

/** The condition that says whether a Service is pending, and why. */
const CONDITION = 'LoadBalancerReady';

interface Condition {
  readonly type?: string;
  readonly message?: string;
  readonly [key: string]: unknown;
}

/** The conditions with the reason why a Service is pending; without one when `reason` is null. */
function conditionsOf(service: Service, reason: string | null, now: () => Date): readonly Condition[] {
  const all = (service.status?.conditions ?? []) as readonly Condition[];
  const others = all.filter(({ type }) => type !== CONDITION);
  if (reason === null) return others;
  const before = all.find(({ type }) => type === CONDITION);
  if (before?.message === reason) return all;
  const lastTransitionTime = timestamp(now());
  return [
    ...others,
    { ...{ type: CONDITION, status: 'False', reason: 'NoAddress' }, message: reason, lastTransitionTime },
  ];
}

export class LoadBalancerController implements Controller {
  readonly name = 'loadbalancer';
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #clock: () => Date;
  readonly #events: Teller;
  readonly #shared: SharedAddresses;
  /** `namespace/name` → addresses that the Service holds. */
  readonly #held = new Map<string, string[]>();
  readonly #pending = new Set<string>();

  constructor({ store, queue, clock, recorder }: ControllerContext, pools: readonly string[]) {
    this.#store = store;
    this.#queue = queue;
    this.#clock = clock;
    this.#events = recorder.of('service-controller');
    this.#shared = new SharedAddresses(new AddressPool(pools, store.journal), (key) => this.#service(key));
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'Service');
  }

  #service(key: string): Service | undefined {
    const [namespace = '', name = ''] = key.split('/');
    return this.#store.get<Service>('Service', namespace, name);
  }

  sync(key: string): void {
    const service = this.#service(key);
    const waited = this.#pending.delete(key);
    if (service?.spec.type !== 'LoadBalancer' || service.spec.loadBalancerClass) {
      const had = this.#held.has(key);
      if (service && had) this.#events.normal(service, 'DeletingLoadBalancer', 'Deleting load balancer');
      this.#release(key, []);
      if (service && had) this.#events.normal(service, 'DeletedLoadBalancer', 'Deleted load balancer');
      return;
    }
    const ingress = service.status?.loadBalancer?.ingress ?? [];
    const held = this.#held.get(key) ?? [];
    if (held.length === 0 && ingress.length > 0) {
      // Someone else assigned these. Pool addresses among them are no longer free.
      this.#held.set(key, this.#take(key, service, ingress));
      return;
    }
    if (held.length === 0 && !waited) this.#events.normal(service, 'EnsuringLoadBalancer', 'Ensuring load balancer');
    const { addresses, reason } = this.#addresses(key, service, held);
    this.#release(key, addresses);
    if (addresses.length === 0) this.#pending.add(key);
    // If it has fewer ports now, other Services that want the same address may fit next to it.
    else this.#wake();
    const conditions = conditionsOf(service, addresses.length === 0 ? reason : null, this.#clock);
    const modeOf = (ip: string) => ipModeIn(service.metadata) ?? ingress.find((point) => point.ip === ip)?.ipMode;
    const wanted = addresses.map((ip): LoadBalancerIngress => ({ ip, ipMode: modeOf(ip) ?? 'VIP' }));
    if (same(wanted, ingress) && same(conditions, service.status?.conditions ?? [])) return;
    if (addresses.length > 0 && !same(wanted, ingress))
      this.#events.normal(service, 'EnsuredLoadBalancer', 'Ensured load balancer');
    if (reason !== '') {
      const why = `Error syncing load balancer: failed to ensure load balancer: ${reason}`;
      this.#events.warn(service, 'SyncLoadBalancerFailed', why);
    }
    const loadBalancer = wanted.length > 0 ? { ingress: wanted } : {};
    const metadata = { ...service.metadata, resourceVersion: '' };
    const { conditions: _, ...before } = service.status ?? {};
    const status = { ...before, ...(conditions.length > 0 ? { conditions: [...conditions] } : {}), loadBalancer };
    this.#store.updateStatus({ ...service, metadata, status });
  }

  #take(key: string, service: Service, ingress: readonly LoadBalancerIngress[]): string[] {
    const given = ingress.map(({ ip }) => ip ?? '').filter((ip) => ip !== '');
    return given.filter((ip) => this.#shared.take(key, service, ip) === null);
  }

  /** What the Service has or gets, and why it gets nothing of a family. */
  #addresses(key: string, service: Service, held: readonly string[]): { addresses: string[]; reason: string } {
    const families: readonly Family[] = service.spec.ipFamilies ?? ['IPv4'];
    const asked = requestedAddresses(service);
    const addresses: string[] = [];
    let reason = '';
    for (const family of families) {
      const wish = asked.find((address) => familyOf(address) === family);
      const kept = held.find((address) => familyOf(address) === family);
      const address = kept && (!wish || kept === wish) ? kept : (wish ?? this.#shared.next(key, service, family));
      const refusal =
        address === undefined
          ? `the load balancer has no free ${family} address`
          : this.#shared.take(key, service, address);
      if (address !== undefined && refusal === null) addresses.push(address);
      else reason ||= refusal ?? '';
    }
    return { addresses, reason };
  }

  #release(key: string, keep: readonly string[]): void {
    const freed = (this.#held.get(key) ?? []).filter((address) => !keep.includes(address));
    for (const address of freed) this.#shared.release(key, address);
    if (keep.length > 0) this.#held.set(key, [...keep]);
    else this.#held.delete(key);
    if (freed.length > 0) this.#wake();
  }

  #wake(): void {
    for (const waiting of this.#pending) this.#queue.add(this, waiting);
  }
}
