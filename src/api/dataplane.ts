// dataplane.ts - what the API shows of the running dataplane: GET /apis/kubewire.dev/v1alpha1/nodes/NAME/flows.
import type { Context } from 'hono';
import { resourceOfKind } from '../cluster/resources.js';
import { noSuchPath, notFound } from '../cluster/status.js';
import type { FlowRecord } from '../observe/conntrack.js';

/** Given by whoever runs a dataplane; a cluster without one serves none of it. */
export interface DataplaneView {
  /** Tracked connections of a node; undefined for a node that the dataplane does not have. */
  flows(node: string): Promise<FlowRecord[] | undefined>;
}

export interface FlowList {
  readonly kind: 'FlowList';
  readonly apiVersion: 'kubewire.dev/v1alpha1';
  readonly items: readonly FlowRecord[];
}

export async function serveFlows(c: Context, node: string, dataplane: DataplaneView | undefined): Promise<Response> {
  if (!dataplane) throw noSuchPath();
  const items = await dataplane.flows(node);
  const nodes = resourceOfKind('Node');
  if (!items) throw nodes ? notFound(nodes, node) : noSuchPath();
  const list: FlowList = { kind: 'FlowList', apiVersion: 'kubewire.dev/v1alpha1', items };
  return c.json(list);
}
