// cluster.ts - the control plane of a cluster in one object: store, Service semantics, controllers.

import { createRandom } from '../allocate/random.js';
import type { ClusterSnapshot, KubeObject } from '../model/objects.js';
import type { StatusError } from './status.js';
import { Store } from './store.js';

export interface ClusterOptions {
  /** --service-cluster-ip-range: one or two CIDRs, one a family; the first is the cluster's primary family. */
  readonly serviceClusterIPRange: readonly string[];
  /** --service-node-port-range, inclusive. */
  readonly serviceNodePortRange: string;
  /** Addresses for LoadBalancer Services: `first-last` or CIDRs; empty = they stay pending. */
  readonly loadBalancerPools: readonly string[];
  /** The same seed gives the same addresses, ports and names. */
  readonly seed: number;
  readonly clock: () => Date;
  /** Without a lab: bound pods run and are ready at once, with addresses from their node's podCIDRs. */
  readonly fakeKubelet: boolean;
  /**
   * Applied objects are a recorded state: their status is taken over, and addresses and ports outside the ranges
   * of this cluster are accepted as they are.
   */
  readonly recorded: boolean;
}

export const CLUSTER_DEFAULTS: ClusterOptions = {
  serviceClusterIPRange: ['10.96.0.0/16', 'fd00:10:96::/112'],
  serviceNodePortRange: '30000-32767',
  loadBalancerPools: ['192.168.0.240-192.168.0.250', 'fd00:192:168::f0-fd00:192:168::fa'],
  seed: 1,
  clock: () => new Date(),
  fakeKubelet: false,
  recorded: false,
};

export interface Applied {
  readonly object: KubeObject;
  readonly result: 'created' | 'configured' | 'unchanged';
}

/** What was wrong with one of the objects of an apply. */
export interface Refused {
  /** Place in the list that was given. */
  readonly index: number;
  readonly object: KubeObject;
  readonly error: StatusError;
}

/** Either everything was applied (`refused` is empty), or nothing. Order as given. */
export interface ApplyResult {
  readonly applied: readonly Applied[];
  readonly refused: readonly Refused[];
}

export interface Cluster {
  readonly options: ClusterOptions;
  readonly store: Store;
  /** All or nothing. Never throws for what is wrong with the objects. */
  apply(objects: readonly KubeObject[], options?: { dryRun?: boolean }): ApplyResult;
  /** What node tables are made from. */
  snapshot(): ClusterSnapshot;
  /** Resolves when no controller has anything left to do. */
  settled(): Promise<void>;
  close(): void;
}

export function createCluster(given: Partial<ClusterOptions> = {}): Cluster {
  const options = { ...CLUSTER_DEFAULTS, ...given };
  const store = new Store({ clock: options.clock, random: createRandom(options.seed) });
  return {
    options,
    store,
    apply: () => ({ applied: [], refused: [] }),
    snapshot: () => ({
      services: store.list('Service'),
      endpointSlices: store.list('EndpointSlice'),
      nodes: store.list('Node'),
    }),
    settled: async () => undefined,
    close: () => undefined,
  };
}
