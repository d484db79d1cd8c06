// pack.ts - distributes endpoints with the same ports over slices of limited size, changing as few slices as possible.
//
// The rules of reconcileByPortMapping (k8s.io/endpointslice/reconciler.go), Kubernetes 1.36.
import type { Endpoint, EndpointSlice } from '../../model/objects.js';

/** A desired slice: an existing one with new content, or (without `existing`) a new one. */
export interface Packed {
  readonly existing: EndpointSlice | undefined;
  endpoints: Endpoint[];
}

const keyOf = (endpoint: Endpoint): string =>
  [endpoint.targetRef?.namespace, endpoint.targetRef?.name, endpoint.hostname, ...endpoint.addresses].join(' ');

/** Slices that end up empty are not returned. */
export function pack(desired: readonly Endpoint[], existing: readonly EndpointSlice[], limit: number): Packed[] {
  const left = new Map(desired.map((endpoint) => [keyOf(endpoint), endpoint]));
  const kept: Packed[] = [];
  const changed: Packed[] = [];
  for (const slice of existing) {
    const endpoints: Endpoint[] = [];
    for (const endpoint of slice.endpoints ?? []) {
      const key = keyOf(endpoint);
      const now = left.get(key);
      if (!now) continue;
      endpoints.push(now);
      left.delete(key);
    }
    if (endpoints.length === 0) continue;
    const same = endpoints.length === slice.endpoints?.length;
    (same ? kept : changed).push({ existing: slice, endpoints });
  }
  const rest = [...left.values()];
  // Slices that must be written anyway take new endpoints first, fullest slice first.
  changed.sort((a, b) => b.endpoints.length - a.endpoints.length);
  for (const slice of changed) slice.endpoints.push(...rest.splice(0, limit - slice.endpoints.length));
  const added: Packed[] = [];
  while (rest.length > 0) {
    const room = kept.filter((slice) => slice.endpoints.length + rest.length <= limit);
    const fullest = room.sort((a, b) => b.endpoints.length - a.endpoints.length)[0];
    if (fullest) fullest.endpoints.push(...rest.splice(0));
    else added.push({ existing: undefined, endpoints: rest.splice(0, limit) });
  }
  return [...kept, ...changed, ...added];
}
