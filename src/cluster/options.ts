// options.ts - what a cluster is made with.
import { after, type Timer } from '../model/timer.js';
import { MAX_ENDPOINTS_PER_SLICE } from './endpointslice/reconcile.js';
import { EVENT_LIMITS, type EventLimits } from './events/expiry.js';
import { NODE_GRACE_MS } from './nodes/lifecycle.js';
import { LOSS_TOLERATION_SECONDS } from './podadmission.js';
import type { State } from './state/state.js';
import { type Backoff, JOB_BACKOFF } from './workload/job/controller.js';

export interface ClusterOptions {
  /** --service-cluster-ip-range: one or two CIDRs, one per family. The first sets the cluster's primary family. */
  readonly serviceClusterIPRange: readonly string[];
  /** --service-node-port-range, inclusive. */
  readonly serviceNodePortRange: string;
  /** Addresses for LoadBalancer Services: `first-last` or CIDRs; empty = they stay pending. */
  readonly loadBalancerPools: readonly string[];
  /** --max-endpoints-per-slice. */
  readonly maxEndpointsPerSlice: number;
  /** The same seed gives the same addresses, ports and names. */
  readonly seed: number;
  readonly clock: () => Date;
  /** Waits by that clock. */
  readonly timer: Timer;
  readonly eventLimits: EventLimits;
  /** Pauses before failed pods of a Job are replaced. */
  readonly jobBackoff: Backoff;
  /** How long the Lease of a node may go without being renewed before the node counts as lost. */
  readonly nodeGraceMs: number;
  /** Seconds that pods stay on a lost node unless they say otherwise (--default-unreachable-toleration-seconds). */
  readonly lossTolerationSeconds: number;
  /** Names of the nodes that can run pods; other nodes are never chosen. Null = all. */
  readonly machines: readonly string[] | null;
  /** Without a lab: bound pods are running and ready at once, with addresses from their node's podCIDRs. */
  readonly fakeKubelet: boolean;
  /**
   * Applied objects are a recorded state: status, deletionTimestamp and uid are kept, addresses and ports outside
   * the cluster's ranges are accepted, namespaces are created on demand, and Service default/kubernetes exists
   * only if it is applied.
   */
  readonly recorded: boolean;
  /** Where writes are kept beyond this process; null = nowhere. The cluster closes the keeper, but not the state. */
  readonly state: State | null;
}

export const CLUSTER_DEFAULTS: ClusterOptions = {
  serviceClusterIPRange: ['10.96.0.0/16', 'fd00:10:96::/112'],
  serviceNodePortRange: '30000-32767',
  loadBalancerPools: ['192.168.0.240-192.168.0.250', 'fd00:192:168::f0-fd00:192:168::fa'],
  maxEndpointsPerSlice: MAX_ENDPOINTS_PER_SLICE,
  seed: 1,
  clock: () => new Date(),
  timer: (ms, work) => after(ms, work, { unref: true }),
  eventLimits: EVENT_LIMITS,
  jobBackoff: JOB_BACKOFF,
  nodeGraceMs: NODE_GRACE_MS,
  lossTolerationSeconds: LOSS_TOLERATION_SECONDS,
  machines: null,
  fakeKubelet: false,
  recorded: false,
  state: null,
};
