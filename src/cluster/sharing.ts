// sharing.ts - who holds which load-balancer address. Services may share one as long as their ports do not overlap.
//
// As MetalLB does: two Services of policy Local must also have the same endpoints, or the load balancer could not know which
// nodes may receive the address.
import { isDeepStrictEqual } from 'node:util';
import type { AddressPool } from '../allocate/pool.js';
import type { Service } from '../model/objects.js';

type Find = (key: string) => Service | undefined;

const portsOf = ({ spec }: Service): string[] =>
  (spec.ports ?? []).map(({ port, protocol = 'TCP' }) => `${port}/${protocol}`);
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

  /** The lowest free address. */
  next(key: string, family: 'IPv4' | 'IPv6'): string | undefined {
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
