// reconcile.ts - computes the EndpointSlices that a Service and its pods should have. Pure.
//
// The rules of k8s.io/endpointslice/reconciler.go, Kubernetes 1.36.
import { type Family, familyOf } from '../../model/address.js';
import type { Endpoint, EndpointPort, EndpointSlice, Node, Pod, Service } from '../../model/objects.js';
import { isEndpoint, podEndpoint, podPorts } from './endpoint.js';
import { withHints } from './hints.js';
import { type Packed, pack } from './pack.js';
import { orderPorts, portsKey } from './ports.js';
import { wantsTopologyHints, withTopologyHints } from './topology.js';

export const SERVICE_NAME_LABEL = 'kubernetes.io/service-name';
export const MANAGED_BY_LABEL = 'endpointslice.kubernetes.io/managed-by';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
export const CONTROLLER_NAME = 'endpointslice-controller.k8s.io';

/** --max-endpoints-per-slice of the controller manager. */
export const MAX_ENDPOINTS_PER_SLICE = 100;

interface SliceInput {
  readonly service: Service;
  /** Pods that the selector matches, of the Service's namespace. */
  readonly pods: readonly Pod[];
  readonly node: (name: string) => Node | undefined;
  /** Zone → share of the CPUs, for topology-mode Auto; null when nodes do not say. */
  readonly cpuShares: ReadonlyMap<string, number> | null;
  /** Slices of the Service that this controller made before. */
  readonly existing?: readonly EndpointSlice[];
  readonly maxEndpointsPerSlice?: number;
}

/** The desired slices; `metadata.name` is '' for a new one. */
export function reconcileSlices(input: SliceInput): EndpointSlice[] {
  return families(input.service).flatMap((family) => reconcileFamily(input, family));
}

function families(service: Service): Family[] {
  const { ipFamilies, clusterIP } = service.spec;
  if (ipFamilies?.length) return ipFamilies;
  if (clusterIP && clusterIP !== 'None') return [familyOf(clusterIP)];
  return ['IPv4', 'IPv6'];
}

interface Group {
  readonly ports: EndpointPort[];
  readonly endpoints: Endpoint[];
  readonly existing: EndpointSlice[];
}

function reconcileFamily(input: SliceInput, family: Family): EndpointSlice[] {
  const groups = groupByPorts(input, family);
  const existing = (input.existing ?? []).filter((slice) => slice.addressType === family);
  for (const slice of existing) groups.get(portsKey(slice.ports))?.existing.push(slice);

  const limit = input.maxEndpointsPerSlice ?? MAX_ENDPOINTS_PER_SLICE;
  const packed: { group: Group; slice: Packed }[] = [];
  for (const group of groups.values())
    for (const slice of pack(group.endpoints, group.existing, limit)) packed.push({ group, slice });
  if (packed.length === 0) {
    // A Service always has a slice: the empty placeholder.
    const group: Group = { ports: [], endpoints: [], existing: [] };
    return [toSlice(input.service, family, group, { existing: existing[0], endpoints: [] })];
  }
  hint(
    input,
    packed.map(({ slice }) => slice),
  );
  return packed.map(({ group, slice }) => toSlice(input.service, family, group, slice));
}

/** Pods whose named ports resolve to different numbers go to different slices. */
function groupByPorts(input: SliceInput, family: Family): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of input.pods) {
    if (!isEndpoint(pod)) continue;
    const ports = orderPorts(podPorts(pod, input.service));
    const key = portsKey(ports);
    const group: Group = groups.get(key) ?? { ports, endpoints: [], existing: [] };
    groups.set(key, group);
    const node = input.node(pod.spec.nodeName ?? '');
    if (!node && input.service.spec.publishNotReadyAddresses !== true) continue;
    const endpoint = podEndpoint(pod, node, input.service, family);
    if (endpoint) group.endpoints.push(endpoint);
  }
  return groups;
}

function hint(input: SliceInput, slices: readonly Packed[]): void {
  if (!wantsTopologyHints(input.service)) {
    const distribution = input.service.spec.trafficDistribution;
    for (const slice of slices) slice.endpoints = slice.endpoints.map((endpoint) => withHints(endpoint, distribution));
    return;
  }
  const all = withTopologyHints(
    slices.flatMap((slice) => slice.endpoints),
    input.cpuShares,
  );
  for (const slice of slices) slice.endpoints = all.splice(0, slice.endpoints.length);
}

function toSlice(service: Service, family: Family, group: Group, packed: Packed): EndpointSlice {
  const { name, namespace = '', uid = '' } = service.metadata;
  const owner = { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: true };
  return {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: {
      ...packed.existing?.metadata,
      name: packed.existing?.metadata.name ?? '',
      generateName: `${name}-`,
      namespace,
      labels: sliceLabels(service),
      ownerReferences: [owner],
    },
    addressType: family,
    endpoints: packed.endpoints,
    ports: group.ports,
  };
}

function sliceLabels(service: Service): Record<string, string> {
  const labels = { ...service.metadata.labels };
  const { clusterIP } = service.spec;
  delete labels[HEADLESS_LABEL];
  if (!clusterIP || clusterIP === 'None') labels[HEADLESS_LABEL] = '';
  return { ...labels, [SERVICE_NAME_LABEL]: service.metadata.name, [MANAGED_BY_LABEL]: CONTROLLER_NAME };
}
