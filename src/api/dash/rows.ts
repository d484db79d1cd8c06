// rows.ts - objects of the cluster → the rows that the map draws, and what differs between two states of them.
import { isPodReady } from '../../model/conditions.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service, ServicePort } from '../../model/objects.js';
import { balancerAddresses, slicesByService } from '../../topology/balancer.js';
import type { ClientRow, MapRow, NodeRow, PodRow, ServiceRow } from './shapes.js';

/** What rows are made of. */
interface Mapped {
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  readonly services: readonly Service[];
  readonly slices: readonly EndpointSlice[];
  readonly clients: readonly KubeObject[];
  /** Name of a node → strategy of its tables. */
  readonly strategies: Readonly<Record<string, string>>;
}

const placed = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;
const addressesOf = (client: KubeObject): string[] =>
  (client.spec as { addresses?: string[] } | undefined)?.addresses ?? [];

const clientRow = (client: KubeObject): ClientRow => ({
  kind: 'client',
  id: `client/${client.metadata.name}`,
  name: client.metadata.name,
  addresses: addressesOf(client),
});

const nodeRow = ({ metadata, status }: Node, strategies: Mapped['strategies']): NodeRow => ({
  kind: 'node',
  id: `node/${metadata.name}`,
  name: metadata.name,
  addresses: (status?.addresses ?? []).flatMap(({ type, address }) => (type === 'InternalIP' ? [address] : [])),
  ready: (status?.conditions ?? []).some((one) => one.type === 'Ready' && one.status === 'True'),
  strategy: strategies[metadata.name] ?? '',
});

function podRow(pod: Pod): PodRow {
  const { metadata, spec, status } = pod;
  return {
    kind: 'pod',
    id: `pod/${placed(pod)}`,
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    node: spec.nodeName ?? '',
    addresses: (status?.podIPs ?? []).map(({ ip }) => ip),
    phase: metadata.deletionTimestamp === undefined ? String(status?.phase ?? 'Pending') : 'Terminating',
    ready: isPodReady(pod),
  };
}

const portText = ({ port, nodePort, protocol = 'TCP' }: ServicePort): string =>
  `${port}${nodePort ? `:${nodePort}` : ''}/${protocol}`;

/** Pods of ready endpoints, each once, in the order of their names. */
function endpointsOf(slices: readonly EndpointSlice[]): string[] {
  const ready = slices.flatMap(({ endpoints, metadata }) =>
    (endpoints ?? []).flatMap(({ conditions, targetRef }) =>
      conditions?.ready !== false && targetRef?.kind === 'Pod'
        ? [`pod/${targetRef.namespace ?? metadata.namespace ?? 'default'}/${targetRef.name}`]
        : [],
    ),
  );
  return [...new Set(ready)].sort();
}

/** Distinct ready addresses of the family that has more of them: an endpoint with both counts once. */
function readyOf(slices: readonly EndpointSlice[]): number {
  const ready = new Map<string, Set<string>>();
  for (const { addressType, endpoints } of slices) {
    const known = ready.get(addressType) ?? new Set();
    ready.set(addressType, known);
    for (const { addresses, conditions } of endpoints ?? [])
      if (conditions?.ready !== false) for (const address of addresses) known.add(address);
  }
  return Math.max(0, ...[...ready.values()].map(({ size }) => size));
}

const serviceRow = (service: Service, slices: readonly EndpointSlice[]): ServiceRow => ({
  kind: 'service',
  id: `service/${placed(service)}`,
  namespace: service.metadata.namespace ?? 'default',
  name: service.metadata.name,
  type: service.spec.type ?? 'ClusterIP',
  addresses: service.spec.clusterIPs ?? [],
  ports: (service.spec.ports ?? []).map(portText),
  balanced: balancerAddresses(service),
  endpoints: endpointsOf(slices),
  ready: readyOf(slices),
});

/** A row an object; the order is that of the lists. */
export function mapRows({ nodes, pods, services, slices, clients, strategies }: Mapped): MapRow[] {
  const bySlices = slicesByService(slices);
  return [
    ...clients.map(clientRow),
    ...nodes.map((node) => nodeRow(node, strategies)),
    ...pods.map(podRow),
    ...services.map((service) => serviceRow(service, bySlices.get(placed(service)) ?? [])),
  ];
}

/** Remembers rows, so that only what differs is sent. */
export class RowBook {
  #known = new Map<string, string>();

  /** Takes a new state; returns what differs from the one before. */
  turn(rows: readonly MapRow[]): { put: MapRow[]; gone: string[] } {
    const now = new Map(rows.map((row) => [row.id, JSON.stringify(row)]));
    const put = rows.filter(({ id }) => now.get(id) !== this.#known.get(id));
    const gone = [...this.#known.keys()].filter((id) => !now.has(id));
    this.#known = now;
    return { put, gone };
  }
}
