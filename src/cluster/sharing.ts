// sharing.ts - who holds which load-balancer address. Services may share one as long as their ports do not overlap.
//
// As MetalLB does: two Services of policy Local must also have the same endpoints, or the load balancer could not know which
// nodes may receive the address. Its annotation allow-shared-ip is a key: Services that have one share with those of the
// same key alone, and without asking for an address.
import { isDeepStrictEqual } from 'node:util';
import type { AddressPool } from '../allocate/pool.js';
import { type Family, familyOf } from '../model/address.js';
import type { Service } from '../model/objects.js';

type Find = (key: string) => Service | undefined;

const portsOf = ({ spec }: Service): string[] =>
  (spec.ports ?? []).map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`);
/** Prefixes of MetalLB's annotations, its old one last, and ours. */
const PREFIXES = ['kubewire.dev', 'metallb.io', 'metallb.universe.tf'];

const annotationOf = ({ metadata: { annotations = {} } }: Service, name: string): string | undefined =>
  PREFIXES.map((prefix) => annotations[`${prefix}/${name}`]).find((text) => text !== undefined);

const sharingKey = (service: Service): string | undefined => annotationOf(service, 'allow-shared-ip');

/** What spec.loadBalancerIP, or the annotation loadBalancerIPs with commas between, asks for. */
export function requestedAddresses(service: Service): string[] {
  const listed = annotationOf(service, 'loadBalancerIPs') ?? service.spec.loadBalancerIP ?? '';
  return listed.split(',').flatMap((text) => text.trim() || []);
}

const isLocal = ({ spec }: Service): boolean => spec.externalTrafficPolicy === 'Local';

export class SharedAddresses {
  readonly #pool: AddressPool;
  readonly #find: Find;
  /** Address → `namespace/name` of its holders. */
  readonly #holders = new Map<string, Set<string>>();

  /** @param find looks up the current Service for a key */
  constructor(pool: AddressPool, find: Find) {
    this.#pool = pool;
    this.#find = find;
  }

  /** Why a Service cannot share an address with its holders; null if it can. */
  clash(key: string, service: Service, address: string): string | null {
    for (const holder of this.#holders.get(address) ?? []) {
      const other = holder === key ? undefined : this.#find(holder);
      if (!other) continue;
      if (sharingKey(service) !== sharingKey(other))
        return `${address} is that of ${holder}; to share it, both need the same annotation allow-shared-ip`;
      const taken = portsOf(other).find((port) => portsOf(service).includes(port));
      if (taken !== undefined) return `${address} has port ${taken} for ${holder} already`;
      const differ = !isDeepStrictEqual(service.spec.selector, other.spec.selector);
      if (differ && (isLocal(service) || isLocal(other)))
        return `${address} is that of ${holder}; to share it, both need externalTrafficPolicy Cluster or one selector`;
    }
    return null;
  }

  /** Assigns an address to a Service; returns why not if that fails. */
  take(key: string, service: Service, address: string): string | null {
    const clash = this.clash(key, service, address);
    if (clash !== null) return clash;
    const holders = this.#holders.get(address);
    if (holders) holders.add(key);
    else if (this.#pool.take(address)) this.#holders.set(address, new Set([key]));
    else return `${address} is not in the pool of the load balancer`;
    return null;
  }

  /** One that the Service's sharing key opens, else the lowest free address. */
  next(key: string, service: Service, family: Family): string | undefined {
    const opens = (address: string): boolean =>
      sharingKey(service) !== undefined && familyOf(address) === family && this.clash(key, service, address) === null;
    const shared = [...this.#holders.keys()].find(opens);
    if (shared !== undefined) return shared;
    const address = this.#pool.next(family);
    if (address !== undefined) this.#holders.set(address, new Set([key]));
    return address;
  }

  release(key: string, address: string): void {
    const holders = this.#holders.get(address);
    if (!holders?.delete(key) || holders.size > 0) return;
    this.#holders.delete(address);
    this.#pool.release(address);
  }
}
