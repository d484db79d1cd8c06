// flows.ts - flows of all nodes with names and rules, and who sends how much to whom.
//
// GET /apis/kubewire.dev/v1alpha1/flows?node=&service=&from=&to=&verdict=&reason=
// GET /apis/kubewire.dev/v1alpha1/traffic
import type { Context } from 'hono';
import { COUNTERS } from '../abi/layout.js';
import type { Cluster } from '../cluster/cluster.js';
import { noSuchPath } from '../cluster/status.js';
import type { KubeObject, Node, Pod } from '../model/objects.js';
import { type FlowView, flowViews, type Owner, type OwnerOf, refusedViews } from '../observe/flows.js';
import { refusals } from '../observe/losses.js';
import { Traffic, type TrafficEdge } from '../observe/traffic.js';
import type { DataplaneView } from './dataplane.js';

export interface FlowViewList {
  readonly kind: 'FlowViewList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  readonly items: readonly FlowView[];
}

/** What a node's dataplane has counted since it was started. */
export interface NodeTraffic {
  readonly node: string;
  readonly receivedPackets: number;
  readonly receivedBytes: number;
  readonly sentPackets: number;
  readonly sentBytes: number;
  /** Connections tracked now, and how many fit. */
  readonly flows: number;
  readonly capacity: number;
  /** Reason → packets dropped and rejected. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface TrafficReport {
  readonly kind: 'Traffic';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  /** When it was counted, in milliseconds since 1970. */
  readonly at: number;
  /** Empty if the kernel carries the packets. */
  readonly nodes: readonly NodeTraffic[];
  readonly edges: readonly TrafficEdge[];
}

export const FABRIC = 'fabric';

export const nodeNames = ({ store }: Cluster): string[] =>
  store.list<Node>('Node').map(({ metadata }) => metadata.name);

/** Whose an address is, by the objects of the cluster. */
function ownersIn({ store }: Cluster): OwnerOf {
  const owners = new Map<string, Owner>();
  for (const { metadata, status } of store.list<Node>('Node')) {
    for (const { address } of status?.addresses ?? []) {
      owners.set(address, { name: `node/${metadata.name}`, node: metadata.name });
    }
  }
  for (const { metadata, spec } of store.list<KubeObject>('Client')) {
    for (const address of (spec as { addresses?: readonly string[] }).addresses ?? []) {
      owners.set(address, { name: `client/${metadata.name}`, node: null });
    }
  }
  for (const { metadata, spec, status } of store.list<Pod>('Pod')) {
    if (spec.hostNetwork || metadata.deletionTimestamp) continue;
    const name = `pod/${metadata.namespace}/${metadata.name}`;
    for (const { ip } of status?.podIPs ?? []) owners.set(ip, { name, node: spec.nodeName ?? null });
  }
  return (address) => owners.get(address) ?? { name: address, node: null };
}

async function connectionsOf(node: string, dataplane: DataplaneView, ownerOf: OwnerOf): Promise<FlowView[]> {
  const ruling = dataplane.ruling?.(node);
  return ruling ? flowViews((await dataplane.flows(node)) ?? [], ruling, ownerOf) : [];
}

async function refusedOf(node: string, dataplane: DataplaneView, ownerOf: OwnerOf): Promise<FlowView[]> {
  const ruling = dataplane.ruling?.(node);
  const losses = await dataplane.losses?.(node);
  return ruling && losses ? refusedViews(losses.items, ruling, ownerOf) : [];
}

const QUERIES = ['node', 'from', 'to', 'verdict', 'reason', 'strategy', 'endpoint'] as const;

/** The flows that a query asks for. `service` is NAMESPACE/NAME with or without a port. */
function asked(c: Context): (flow: FlowView) => boolean {
  const service = c.req.query('service');
  const others = QUERIES.flatMap((key) => {
    const value = c.req.query(key);
    return value ? [[key, value] as const] : [];
  });
  return (flow) =>
    (service === undefined || flow.service === service || flow.service?.split(':')[0] === service) &&
    others.every(([key, value]) => flow[key] === value);
}

/** Serves the flows of a cluster whose packets somebody carries. */
export class Flows {
  readonly #cluster: Cluster;
  readonly #dataplane: DataplaneView | undefined;
  readonly #traffic = new Traffic();

  constructor(cluster: Cluster, dataplane: DataplaneView | undefined) {
    this.#cluster = cluster;
    this.#dataplane = dataplane;
  }

  async serveList(c: Context): Promise<Response> {
    const dataplane = this.#present();
    const ownerOf = ownersIn(this.#cluster);
    const only = c.req.query('node');
    const nodes = nodeNames(this.#cluster);
    const asks = (node: string): boolean => !only || node === only;
    const lists = await Promise.all([
      ...nodes.filter(asks).map((node) => connectionsOf(node, dataplane, ownerOf)),
      ...[...nodes, FABRIC].filter(asks).map((node) => refusedOf(node, dataplane, ownerOf)),
    ]);
    const items = lists.flat().filter(asked(c));
    return c.json({ kind: 'FlowViewList', apiVersion: 'kubewire.dev/v1alpha1', items } satisfies FlowViewList);
  }

  /** Who has sent how much to whom since it was first asked. */
  async edges(): Promise<readonly TrafficEdge[]> {
    const dataplane = this.#present();
    const ownerOf = ownersIn(this.#cluster);
    const lists = await Promise.all(nodeNames(this.#cluster).map((node) => connectionsOf(node, dataplane, ownerOf)));
    return this.#traffic.take(lists.flat());
  }

  async serveTraffic(c: Context): Promise<Response> {
    const dataplane = this.#present();
    const names = nodeNames(this.#cluster);
    const report: TrafficReport = {
      kind: 'Traffic',
      apiVersion: 'kubewire.dev/v1alpha1',
      at: this.#cluster.options.clock().getTime(),
      nodes: [...names, FABRIC].flatMap((node) => counted(node, dataplane)),
      edges: await this.edges(),
    };
    return c.json(report);
  }

  #present(): DataplaneView {
    if (!this.#dataplane) throw noSuchPath();
    return this.#dataplane;
  }
}

function counted(node: string, dataplane: DataplaneView): NodeTraffic[] {
  const cells = dataplane.counters?.(node);
  if (!cells) return [];
  const cell = (index: number): number => Number(cells[index] ?? 0n);
  return [
    {
      node,
      receivedPackets: cell(COUNTERS.receivedFrames),
      receivedBytes: cell(COUNTERS.receivedBytes),
      sentPackets: cell(COUNTERS.sentFrames),
      sentBytes: cell(COUNTERS.sentBytes),
      flows: cell(COUNTERS.flows),
      capacity: cell(COUNTERS.flowCapacity),
      refused: Object.fromEntries(refusals(cells).map(({ spec, count }) => [spec.name, count])),
    },
  ];
}
