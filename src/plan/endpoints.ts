// endpoints.ts - EndpointSlices → the endpoints of each Service port, as kube-proxy's endpoint slice cache merges them.
//
// Source: pkg/proxy/endpointslicecache.go (v1.36). Only the first address of an endpoint counts; conditions left out mean
// ready, serving, not terminating; a port without a number does not exist; of duplicates a living one wins.
import { type Family, formatAddress, formatEndpoint, parseAddress } from '../model/address.js';
import type { Endpoint, EndpointSlice, Protocol } from '../model/objects.js';
import type { PlanEndpoint } from './plan.js';
import { endpointWeights, type Weights } from './weights.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';

/** `namespace/service` → its slices. Slices of headless Services and of other address types are left out. */
export type SliceIndex = ReadonlyMap<string, readonly EndpointSlice[]>;

/** Groups slices by Service, sorted by name so that the result does not depend on the order of the store. */
export function indexSlices(slices: readonly EndpointSlice[]): SliceIndex {
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
    if (list.length > 1) list.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
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

/** Canonical text of an endpoint address of the family; null when it is not one. */
function endpointAddress(text: string | undefined, family: Family): string | null {
  const address = text === undefined ? null : parseAddress(text);
  if (!address || address.family !== family) return null;
  return family === 'IPv4' ? (text ?? null) : formatAddress(address);
}

/**
 * The endpoints of one Service port in one family, sorted by their `ip:port` string.
 * @param portName name of the Service port, '' when it has none: slices are matched by name and protocol, not by number
 */
export function endpointsOf(
  slices: readonly EndpointSlice[],
  portName: string,
  protocol: Protocol,
  family: Family,
  nodeName: string,
  weightOf: Weights = endpointWeights([]),
): readonly PlanEndpoint[] {
  const found = new Map<string, PlanEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    for (const port of slice.ports ?? []) {
      if ((port.name ?? '') !== portName || (port.protocol ?? 'TCP') !== protocol || !port.port) continue;
      for (const endpoint of slice.endpoints ?? []) {
        const address = endpointAddress(endpoint.addresses[0], family);
        if (address === null) continue;
        const key = formatEndpoint(address, port.port);
        const known = found.get(key);
        const next = planEndpoint(endpoint, address, port.port, nodeName, weightOf(slice, endpoint));
        if (!known || (known.terminating && !next.terminating)) found.set(key, next);
      }
    }
  }
  if (found.size < 2) return [...found.values()];
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, endpoint]) => endpoint);
}
