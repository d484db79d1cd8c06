// options.ts - what a lab is started with.
import type { MetricsAddress } from '../api/metricslistener.js';
import type { SecureListener } from '../api/secure/listener.js';
import type { ClusterOptions } from '../cluster/options.js';
import type { State } from '../cluster/state/state.js';
import type { EngineTuning } from '../engine/pool.js';
import type { FastPathName } from '../lab/host/yard.js';
import type { DataplaneName } from '../lab/netfilter/names.js';
import type { Topology } from '../topology/topology.js';

export type NodeLoss = Pick<ClusterOptions, 'nodeGraceMs' | 'lossTolerationSeconds'>;

export interface EmulatorOptions {
  /** Name of the lab. */
  readonly name: string;
  readonly topology: Topology;
  /** Name of the initial strategy. With a kernel dataplane, the mode of its rules. */
  readonly strategy: string;
  /** Who carries packets: our engine (the default), or the kernel, used as a reference to compare with. */
  readonly dataplane?: DataplaneName;
  /** Threads of the dataplane; undefined = as many as there are processors, at most 2. */
  readonly shards: number | undefined;
  /** What these threads may use. */
  readonly tuning?: EngineTuning;
  /** Checksum and segmentation offload on the TAPs. */
  readonly offloads: boolean;
  /** Lets BPF programs carry established connections where the machine allows it. Default: ebpf. */
  readonly fastPath?: FastPathName;
  /** When a silent node counts as lost, and how long its pods are kept then. Default: as in a cluster. */
  readonly nodeLoss?: NodeLoss;
  /** Gives the cluster a DNS: Service kube-system/kube-dns with its pods. Default false. */
  readonly dns?: boolean;
  /** Seed for everything chosen at random: addresses, ports, endpoints. */
  readonly seed: number;
  /** The socket on which the API listens; null = none. */
  readonly socketPath: string | null;
  /** Extra environment variables for the commands that pods run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Where objects outlive the process; null or absent = nowhere. It is closed with the emulator. */
  readonly state?: State | null;
  /** The API over HTTPS, in addition to the socket. It is closed with the emulator. */
  readonly secure?: SecureListener;
  /** Where metrics are served besides. */
  readonly metrics?: MetricsAddress | undefined;
  readonly clock: () => Date;
  /** Receives one sentence about something the user should know. */
  readonly report: (message: string) => void;
}
