// dataplane.ts - what the API shows of the running dataplane: flows, affinities and losses of a node, below .../v1alpha1/nodes/NAME.
import type { Context } from 'hono';
import { BUILT_IN } from '../cluster/kinds/registry.js';
import { noSuchPath, notFound, type StatusError } from '../cluster/status.js';
import type { AffinityRecord } from '../observe/affinity.js';
import type { FlowRecord } from '../observe/conntrack.js';
import type { LossRecord, TableRoom } from '../observe/losses.js';

/** What a node dropped and rejected, and the room for its connections. */
interface Losses {
  readonly items: readonly LossRecord[];
  readonly table: TableRoom;
}

/** Given by whoever runs a dataplane; a cluster without one serves none of it. */
export interface DataplaneView {
  /** Tracked connections of a node; undefined for a node that the dataplane does not have. */
  flows(node: string): Promise<FlowRecord[] | undefined>;
  /** Clients that it remembers for session affinity. Absent where the kernel carries the packets. */
  readonly affinities?: (node: string) => Promise<AffinityRecord[] | undefined>;
  /** What it dropped and rejected; the fabric is asked as `fabric`. Absent where the kernel carries the packets. */
  readonly losses?: (node: string) => Promise<Losses | undefined>;
}

export interface FlowList {
  readonly kind: 'FlowList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  readonly items: readonly FlowRecord[];
}

export interface AffinityList {
  readonly kind: 'AffinityList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  readonly items: readonly AffinityRecord[];
}

export interface LossList extends Losses {
  readonly kind: 'LossList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
}

function noSuchNode(node: string): StatusError {
  const nodes = BUILT_IN.named('Node');
  return nodes ? notFound(nodes, node) : noSuchPath();
}

export async function serveFlows(c: Context, node: string, dataplane: DataplaneView | undefined): Promise<Response> {
  if (!dataplane) throw noSuchPath();
  const items = await dataplane.flows(node);
  if (!items) throw noSuchNode(node);
  const list: FlowList = { kind: 'FlowList', apiVersion: 'kubewire.dev/v1alpha1', items };
  return c.json(list);
}

export async function serveLosses(c: Context, node: string, dataplane: DataplaneView | undefined): Promise<Response> {
  if (!dataplane?.losses) throw noSuchPath();
  const losses = await dataplane.losses(node);
  if (!losses) throw noSuchNode(node);
  const list: LossList = { kind: 'LossList', apiVersion: 'kubewire.dev/v1alpha1', ...losses };
  return c.json(list);
}

export async function serveAffinities(
  c: Context,
  node: string,
  dataplane: DataplaneView | undefined,
): Promise<Response> {
  if (!dataplane?.affinities) throw noSuchPath();
  const items = await dataplane.affinities(node);
  if (!items) throw noSuchNode(node);
  const list: AffinityList = { kind: 'AffinityList', apiVersion: 'kubewire.dev/v1alpha1', items };
  return c.json(list);
}
