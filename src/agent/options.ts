// options.ts - what an agent is started with.
import type { Changer } from '../live/changer.js';
import type { Topology } from '../topology/topology.js';

export interface AgentOptions {
  readonly cluster: Changer;
  /** Unique among the agents of a cluster. */
  readonly name: string;
  /** Nodes that it makes, so that there are so many of its own making. */
  readonly nodes: number;
  /** Nodes that it runs at most, whoever made them. */
  readonly capacity: number;
  /** IPv4 address at which other agents reach this one. */
  readonly wireAddress: string;
  /** How long a Lease holds, in milliseconds. */
  readonly leaseMs: number;
  readonly strategy: string;
  readonly ranges: Partial<Pick<Topology, 'serviceCIDRs' | 'nodePortRange'>>;
  readonly seed: number;
  readonly clock: () => Date;
  /** Milliseconds of a clock that only goes on. */
  readonly monotonic: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
  /** Receives one sentence about something the user should know. */
  readonly report: (message: string) => void;
}
