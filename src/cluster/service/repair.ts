// repair.ts - keeps IPAddress objects and ClusterIPs in step: what somebody deletes comes back, what belongs to nobody goes.
//
// As pkg/registry/core/service/ipallocator/controller/repairip.go, Kubernetes 1.36.
import type { Service } from '../../model/objects.js';
import type { Controller, WorkQueue } from '../queue.js';
import type { Store } from '../store.js';
import { addressesOf, IP_ADDRESS, type IPAddress, type IPAddresses, serviceOf } from './ipaddresses.js';

const ALL = '*';

export class IPAddressRepair implements Controller {
  readonly name = 'ipaddress';
  readonly #store: Store;
  readonly #addresses: IPAddresses;
  /** Of addresses that were deleted, the Service that had them. */
  readonly #deleted = new Map<string, { namespace: string; name: string }>();

  constructor(store: Store, queue: WorkQueue, addresses: IPAddresses) {
    this.#store = store;
    this.#addresses = addresses;
    store.watch(({ type, object }) => {
      const owner = serviceOf(object as IPAddress);
      if (!owner) return;
      const { name } = object.metadata;
      if (type === 'DELETED') this.#deleted.set(name, owner);
      queue.add(this, name);
    }, IP_ADDRESS);
    // Services of a state that knew no such objects.
    queue.add(this, ALL);
  }

  sync(address: string): void {
    if (address === ALL) {
      for (const service of this.#store.list<Service>('Service')) this.#addresses.follow(service, addressesOf(service));
      return;
    }
    const object = this.#store.get<IPAddress>(IP_ADDRESS, '', address);
    const owner = object ? serviceOf(object) : this.#deleted.get(address);
    this.#deleted.delete(address);
    const service = owner && this.#store.get<Service>('Service', owner.namespace, owner.name);
    const used = service !== undefined && addressesOf(service).includes(address);
    if (object && owner && !used) this.#store.delete(IP_ADDRESS, '', address, { gracePeriodSeconds: 0 });
    if (!object && used) this.#addresses.follow(service, [address]);
  }
}
