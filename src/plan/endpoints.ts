// endpoints.ts - EndpointSlices → the endpoints of each Service port, as kube-proxy's endpoint slice cache merges them.
//
// Source: pkg/proxy/endpointslicecache.go (v1.36). Only the first address of an endpoint counts. Conditions that are
// left out mean ready, serving and not terminating. A port without a number is ignored. Of duplicates, the last living
// one wins.
import { canonicalAddress, type Family, formatEndpoint } from '../model/address.js';
import type { Endpoint, EndpointSlice, Protocol } from '../model/objects.js';
import type { PlanEndpoint } from './plan.js';
import { endpointWeights, type Weights } from './weights.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** `namespace/service` → its slices. Slices of headless Services and of other address types are left out. */
export type SliceIndex = ReadonlyMap<string, readonly EndpointSlice[]>;

/** Sorts by name, in place, so that the result does not depend on the order of the store. */
export const sortSlices = (slices: EndpointSlice[]): EndpointSlice[] =>
  slices.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));

/** Groups slices by Service, each group sorted. */
export function indexSlices(slices: readonly EndpointSlice[]): Map<string, EndpointSlice[]> {
  const index = new Map<string, EndpointSlice[]>();
  for (const slice of slices) {
    const labels = slice.metadata.labels ?? {};
    const service = labels[SERVICE_LABEL];
    if (service === undefined || service === '' || HEADLESS_LABEL in labels || slice.addressType === 'FQDN') continue;
    const key = `${slice.metadata.namespace ?? 'default'}/${service}`;
    const list = index.get(key);
    if (list) list.push(slice);
    else index.set(key, [slice]);
  }
  for (const list of index.values()) {
    if (list.length > 1) sortSlices(list);
  }
  return index;
}

const NO_HINTS: readonly string[] = [];

function planEndpoint(
  endpoint: Endpoint,
  address: string,
  port: number,
  nodeName: string,
  weight: number,
): PlanEndpoint {
  const conditions = endpoint.conditions ?? {};
  return {
    name: formatEndpoint(address, port),
    address,
    port,
    local: endpoint.nodeName !== undefined && endpoint.nodeName === nodeName,
    ready: conditions.ready ?? true,
    serving: conditions.serving ?? true,
    terminating: conditions.terminating ?? false,
    weight,
    nodeName: endpoint.nodeName ?? '',
    zoneHints: endpoint.hints?.forZones?.map((zone) => zone.name) ?? NO_HINTS,
    nodeHints: endpoint.hints?.forNodes?.map((node) => node.name) ?? NO_HINTS,
  };
}

const hasTwins = (sorted: readonly PlanEndpoint[]): boolean =>
  sorted.some(({ name }, i) => i > 0 && name === sorted[i - 1]?.name);

/** Keeps one endpoint per name. Duplicates are adjacent, in slice order: the last living one wins, else the first. */
function distinct(sorted: readonly PlanEndpoint[]): PlanEndpoint[] {
  const kept: PlanEndpoint[] = [];
  for (const endpoint of sorted) {
    const last = kept.length - 1;
    if (endpoint.name !== kept[last]?.name) kept.push(endpoint);
    else if (!endpoint.terminating) kept[last] = endpoint;
  }
  return kept;
}

/**
 * The endpoints of one Service port in one family, sorted by their `ip:port` string.
 * @param portName name of the Service port, '' when unnamed: slices are matched by name and protocol, not by number
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
  family: Family,
  nodeName: string,
  weightOf: Weights = endpointWeights([]),
): readonly PlanEndpoint[] {
  const found: PlanEndpoint[] = [];
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    for (const port of slice.ports ?? []) {
      if ((port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol || !port.port) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const address = canonicalAddress(endpoint.addresses[0] ?? '', family);
        if (address === null) continue;
        found.push(planEndpoint(endpoint, address, port.port, nodeName, weightOf(slice, endpoint)));
      }
    }
  }
  // Most slices are already in order.
  const unsorted = found.some(({ name }, i) => i > 0 && name < (found[i - 1]?.name ?? ''));
  if (unsorted) found.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));
  return hasTwins(found) ? distinct(found) : found;
}
