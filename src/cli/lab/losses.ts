// losses.ts - asks the running lab's API what its nodes lost.
import type { LossList } from '../../api/dataplane.js';
import type { Client } from './client.js';

/** Losses of the named nodes. The load balancer and the routes to the outside are `fabric`. */
export function readLosses(client: Client, nodes: readonly string[]): Promise<LossList[]> {
  const path = (node: string): string => `/apis/kubewire.dev/v1alpha1/nodes/${encodeURIComponent(node)}/losses`;
  return Promise.all(nodes.map((node) => client.get<LossList>(path(node))));
}
