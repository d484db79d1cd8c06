// endpoints.ts - the legacy Endpoints object next to a Service's slices: primary family only, no terminating pods.
//
// Deprecated in Kubernetes 1.33 but still written there; `kubectl get endpoints` and `describe service` read it.
import type { Endpoint, EndpointPort, EndpointSlice, KubeObject, Service } from '../../model/objects.js';

export interface EndpointAddress {
  ip: string;
  hostname?: string;
  nodeName?: string;
  targetRef?: Endpoint['targetRef'];
}

export interface EndpointSubset {
  addresses?: EndpointAddress[];
  notReadyAddresses?: EndpointAddress[];
  ports?: EndpointPort[];
}

export interface Endpoints extends KubeObject {
  subsets?: EndpointSubset[];
}

/** Label of Endpoints objects that were made from pods; those are not mirrored to slices. */
export const ENDPOINTS_MANAGED_BY = 'endpoints.kubernetes.io/managed-by';

/** Maximum number of addresses in one Endpoints object (pkg/controller/endpoint). */
const MAX_CAPACITY = 1000;

export function endpointsOf(service: Service, slices: readonly EndpointSlice[]): Endpoints {
  const family = service.spec.ipFamilies?.[0] ?? 'IPv4';
  const subsets: EndpointSubset[] = [];
  let left = MAX_CAPACITY;
  for (const slice of slices) {
    if (slice.addressType !== family) continue;
    const live = (slice.endpoints ?? []).filter((endpoint) => !endpoint.conditions?.terminating).slice(0, left);
    left -= live.length;
    if (live.length > 0) subsets.push(toSubset(live, slice.ports ?? []));
  }
  const { name, namespace = 'default', labels } = service.metadata;
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: { name, namespace, labels: { ...labels, [ENDPOINTS_MANAGED_BY]: 'endpoint-controller' } },
    ...(subsets.length > 0 ? { subsets } : {}),
  };
}

function toSubset(endpoints: readonly Endpoint[], ports: readonly EndpointPort[]): EndpointSubset {
  const ready = endpoints.filter((endpoint) => endpoint.conditions?.ready !== false).map(toAddress);
  const other = endpoints.filter((endpoint) => endpoint.conditions?.ready === false).map(toAddress);
  return {
    ...(ready.length > 0 ? { addresses: ready } : {}),
    ...(other.length > 0 ? { notReadyAddresses: other } : {}),
    ...(ports.length > 0 ? { ports: ports.map(({ name, ...port }) => (name ? { name, ...port } : port)) } : {}),
  };
}

function toAddress(endpoint: Endpoint): EndpointAddress {
  const { addresses, hostname, nodeName, targetRef } = endpoint;
  return {
    ip: addresses[0] ?? '',
    ...(hostname ? { hostname } : {}),
    ...(nodeName ? { nodeName } : {}),
    ...(targetRef ? { targetRef } : {}),
  };
}
