// change.ts - manifests before and after a change → two worlds. Whatever stays keeps its addresses, ports and pods.
import type { Cluster } from '../cluster/cluster.js';
import type { KubeObject } from '../model/objects.js';
import type { ProxyConfig } from '../plan/plan.js';
import {
  configOf,
  type Machines,
  machinesOf,
  openCluster,
  RefusedObjects,
  type State,
  settle,
  type WorldOptions,
  worldFromObjects,
} from './objects.js';
import { isRecorded, takingOf } from './taking.js';
import type { World } from './world.js';

/** The cluster accepted the manifests before the change, but not those after it. */
export class RefusedChange extends RefusedObjects {}

const identity = ({ kind, metadata }: KubeObject): string => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`;

/** Deletes what the manifests no longer contain. */
function remove(cluster: Cluster, before: readonly KubeObject[], after: readonly KubeObject[]): void {
  const kept = new Set(after.map(identity));
  for (const object of before) {
    const { kind, metadata } = object;
    const namespace = metadata.namespace ?? '';
    // A name may stand twice in a list, or have gone with its owner.
    if (kept.has(identity(object)) || !cluster.store.get(kind, namespace, metadata.name)) continue;
    cluster.store.delete(kind, namespace, metadata.name, { gracePeriodSeconds: 0 });
  }
}

async function inOneCluster(
  lists: readonly [readonly KubeObject[], readonly KubeObject[]],
  machines: Machines,
  config: ProxyConfig,
  recorded: boolean,
): Promise<[State, State]> {
  const cluster = await openCluster(machines, config, recorded);
  try {
    const before = await settle(cluster, lists[0]);
    remove(cluster, ...lists);
    await cluster.settled();
    try {
      return [before, await settle(cluster, lists[1])];
    } catch (error) {
      throw error instanceof RefusedObjects ? new RefusedChange(error.refused) : error;
    }
  } finally {
    cluster.close();
  }
}

/** As the lab would take them. Objects with numbers from outside this cluster are another cluster's state. */
async function completed(
  lists: readonly [readonly KubeObject[], readonly KubeObject[]],
  machines: Machines,
  config: ProxyConfig,
): Promise<[State, State]> {
  if (lists.some((list) => list.some(isRecorded))) return inOneCluster(lists, machines, config, true);
  try {
    return await inOneCluster(lists, machines, config, false);
  } catch (error) {
    if (!(error instanceof RefusedObjects)) throw error;
    return inOneCluster(lists, machines, config, true).catch(() => {
      throw error;
    });
  }
}

/**
 * The worlds before and after. If the nodes change too, the two worlds are separate, each with its own addresses where
 * the manifests leave them open. Throws RefusedObjects for the manifests before, RefusedChange for those after.
 */
export async function worldsOfChange(
  before: readonly KubeObject[],
  after: readonly KubeObject[],
  options: WorldOptions,
): Promise<readonly [World, World]> {
  const machines = machinesOf(before, options.impliedNode, false);
  const moved = machinesOf(after, options.impliedNode, false);
  const recorded = [before, after].every((objects) => (options.taking ?? takingOf(objects)).how === 'recorded');
  if (recorded || JSON.stringify(machines.topology) !== JSON.stringify(moved.topology)) {
    const first = await worldFromObjects(before, options);
    const second = worldFromObjects(after, options).catch((error: unknown) => {
      throw error instanceof RefusedObjects ? new RefusedChange(error.refused) : error;
    });
    return [first, await second];
  }
  const { topology, extraAddresses, given } = machines;
  const config = configOf(machines, options.config, before);
  const states = await completed([before, after], machines, config);
  const world = (state: State): World => ({ topology, extraAddresses, ...state, config, elsewhere: given });
  return [world(states[0]), world(states[1])];
}
