// dataplane.ts - the API's view of the running dataplane: a node's flows, affinities and losses, below .../v1alpha1/nodes/NAME.
import type { Context } from 'hono';
import { BUILT_IN } from '../cluster/kinds/registry.js';
import { noSuchPath, notFound, type StatusError } from '../cluster/status.js';
import type { LinkCounts } from '../lab/links/links.js';
import type { AffinityRecord } from '../observe/affinity.js';
import type { FlowRecord } from '../observe/conntrack.js';
import type { Ruling } from '../observe/flows.js';
import type { LossRecord, TableRoom } from '../observe/losses.js';
import type { CaptureSource } from './capture/tap.js';
import type { RecordingSource } from './recording/source.js';

/** What a node dropped and rejected, and its capacity for connections. */
interface Losses {
  readonly items: readonly LossRecord[];
  readonly table: TableRoom;
}

/** Provided by whoever runs a dataplane. A cluster without one serves none of this. */
export interface DataplaneView {
  /** Tracked connections of a node; undefined if the dataplane does not have the node. */
  flows(node: string): Promise<FlowRecord[] | undefined>;
  /** Clients remembered for session affinity. Absent if the kernel carries the packets. */
  readonly affinities?: (node: string) => Promise<AffinityRecord[] | undefined>;
  /** Packets dropped and rejected; the fabric is named `fabric`. Absent if the kernel carries the packets. */
  readonly losses?: (node: string) => Promise<Losses | undefined>;
  /** The strategy and the plan in force on a node; undefined before its first tables. */
  readonly ruling?: (node: string) => Ruling | undefined;
  /** The frames themselves. Absent if the kernel carries them. */
  readonly capture?: CaptureSource;
  /** What decides about them. Absent if the kernel carries them. */
  readonly recording?: RecordingSource;
  /** What links that misbehave have done so far. Absent if the kernel carries the packets. */
  readonly links?: () => readonly LinkCounts[];
  /** Calls the listener whenever tables are in force, with how many seconds they took to make. */
  readonly onSync?: (listener: (seconds: number) => void) => void;
  /** Counter cells of a node or of `fabric`, laid out as in COUNTERS. Absent if the kernel carries the packets. */
  readonly counters?: (node: string) => readonly bigint[] | undefined;
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

export interface LinkCountsList {
  readonly kind: 'LinkCountsList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  readonly items: readonly LinkCounts[];
}

export function serveLinkCounts(c: Context, dataplane: DataplaneView | undefined): Response {
  if (!dataplane?.links) throw noSuchPath();
  const list: LinkCountsList = {
    kind: 'LinkCountsList',
    apiVersion: 'kubewire.dev/v1alpha1',
    items: dataplane.links(),
  };
  return c.json(list);
}
