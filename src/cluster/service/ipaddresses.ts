// ipaddresses.ts - IPAddress objects: one for each ClusterIP, made and deleted with it; and those of others, which hold theirs.
//
// Rules of pkg/registry/core/service/ipallocator (ipallocator.go) and pkg/registry/networking/ipaddress, Kubernetes 1.36.
import { AllocationError } from '../../allocate/bands.js';
import { canonicalAddress, familyOf } from '../../model/address.js';
import type { KubeObject, Service } from '../../model/objects.js';
import type { Store, Strategy } from '../store.js';
import type { ClusterIPAllocators } from './addresses.js';
import { isHeadless, needsClusterIP } from './fields.js';

export const IP_ADDRESS = 'IPAddress.networking.k8s.io';
const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
const MANAGER_LABEL = 'ipaddress.kubernetes.io/managed-by';
const MANAGER = 'ipallocator.k8s.io';

export interface IPAddress extends KubeObject {
  readonly spec?: {
    readonly parentRef?: {
      readonly group?: string;
      readonly resource?: string;
      readonly namespace?: string;
      readonly name?: string;
    };
  };
}

/** The Service that an allocated address belongs to; undefined for addresses that others manage. */
export function serviceOf({ metadata, spec }: IPAddress): { namespace: string; name: string } | undefined {
  const { group = '', resource, namespace = '', name = '' } = spec?.parentRef ?? {};
  const allocated = metadata.labels?.[MANAGER_LABEL] === MANAGER && group === '' && resource === 'services';
  return allocated ? { namespace, name } : undefined;
}

/** The addresses that a Service has of the cluster's ranges, as objects are named by them. */
export const addressesOf = ({ spec }: Service): string[] =>
  needsClusterIP(spec) && !isHeadless(spec)
    ? (spec.clusterIPs ?? []).map((address) => canonicalAddress(address, familyOf(address)) ?? address)
    : [];

export class IPAddresses {
  readonly #store: Store;
  readonly #allocators: ClusterIPAllocators;
  /** What happens now to an object follows from what happens to its Service, which sees to the allocator. */
  #following = false;

  constructor(store: Store, allocators: ClusterIPAllocators) {
    this.#store = store;
    this.#allocators = allocators;
  }

  /** Makes the objects of a Service that are not there, and deletes those of addresses that it no longer has. */
  follow(service: Service, now: readonly string[], before: readonly string[] = []): void {
    this.#following = true;
    try {
      for (const address of before)
        if (!now.includes(address) && this.#store.get(IP_ADDRESS, '', address))
          this.#store.delete(IP_ADDRESS, '', address, { gracePeriodSeconds: 0 });
      for (const address of now)
        if (!this.#store.get(IP_ADDRESS, '', address)) this.#store.create(objectFor(service, address));
    } finally {
      this.#following = false;
    }
  }

  /** The strategy of IPAddresses: that of any kind; addresses that others bring are taken, and given back. */
  strategy(generic: Strategy): Strategy {
    return {
      ...generic,
      create: (object) => {
        const made = generic.create?.(object) ?? object;
        if (!this.#following) this.#hold(made.metadata.name);
        return made;
      },
      deleted: (old) => {
        if (!this.#following && !this.#isUsed(old)) this.#release(old.metadata.name);
      },
      restored: (object) => this.#hold(object.metadata.name),
    };
  }

  #hold(address: string): void {
    try {
      this.#allocators.get(familyOf(address))?.take(address);
    } catch (error) {
      // Of no range, or taken with the Service that it is of.
      if (!(error instanceof AllocationError)) throw error;
    }
  }

  #release(address: string): void {
    this.#allocators.get(familyOf(address))?.release(address);
  }

  /** Its Service is there and has the address still: the object will be made again. */
  #isUsed(object: IPAddress): boolean {
    const owner = serviceOf(object);
    const service = owner && this.#store.get<Service>('Service', owner.namespace, owner.name);
    return service !== undefined && addressesOf(service).includes(object.metadata.name);
  }
}

function objectFor({ metadata }: Service, address: string): KubeObject {
  const { namespace, name } = metadata;
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'IPAddress',
    metadata: { name: address, labels: { [FAMILY_LABEL]: familyOf(address), [MANAGER_LABEL]: MANAGER } },
    spec: { parentRef: { resource: 'services', namespace, name } },
  };
}
