// run.ts - a lab in this process: prepared, started, filled, announced, and ended in order. For `up` and `demo`.
import { fileURLToPath } from 'node:url';
import type { MetricsAddress } from '../../api/metricslistener.js';
import { kubernetesAddress } from '../../cluster/bootstrap.js';
import { keptServiceRanges } from '../../cluster/cluster.js';
import { bringDns } from '../../cluster/clusterdns.js';
import { openState, type State } from '../../cluster/state/state.js';
import { STRATEGY_NAMES, strategyNamed } from '../../compile/strategy.js';
import { type Emulator, startEmulator } from '../../emulator/emulator.js';
import type { NodeLoss } from '../../emulator/options.js';
import type { EngineTuning } from '../../engine/pool.js';
import { labAccess, reexecInUserNamespace } from '../../lab/host/process.js';
import type { FastPathName } from '../../lab/host/yard.js';
import type { DataplaneName } from '../../lab/netfilter/names.js';
import type { LoadResult } from '../../manifest/load.js';
import type { Node } from '../../model/objects.js';
import { DEFAULT_CONFIG } from '../../plan/config.js';
import {
  type ClusterRanges,
  createTopology,
  MAX_NODES,
  type Topology,
  validateTopology,
} from '../../topology/topology.js';
import { Exit } from '../failure.js';
import type { LiveFlags } from '../packets/live.js';
import { paint } from '../print/colour.js';
import { claimSocket, startReaper } from './claim.js';
import { applyLabFiles, describedNodes, readLabFiles } from './files.js';
import { type LiveMirror, mirrorOf } from './mirror.js';
import { openSecurely, type SecureRequest } from './secure.js';
import { stopSignal } from './signal.js';
import { type SocketPlace, socketPlace } from './socket.js';

export interface LabOptions {
  readonly name: string;
  readonly files: readonly string[];
  /** A live cluster whose Services the lab starts with, instead of files. */
  readonly live: LiveFlags | null;
  /** undefined: as many as there are Node objects in the files, else 3. */
  readonly nodes: number | undefined;
  readonly strategy: string;
  readonly dataplane: DataplaneName;
  readonly shards: number | undefined;
  readonly tuning: EngineTuning;
  readonly offloads: boolean;
  readonly fastPath: FastPathName;
  /** Default: as in a cluster. */
  readonly nodeLoss: NodeLoss | undefined;
  /** A DNS for the cluster, unless the files bring one. */
  readonly dns: boolean;
  readonly seed: number;
  /** Differences from the default lab. */
  readonly ranges: ClusterRanges;
  /** The directory in which objects outlive the lab; undefined: nothing does. */
  readonly state?: string | undefined;
  /** The API over HTTPS. */
  readonly secure: SecureRequest;
  /** Where metrics are served besides; undefined: nowhere. */
  readonly metrics: MetricsAddress | undefined;
}

/** This program, for commands in pods that ask the lab something: they type `$KUBEWIRE get pods`. */
const MAIN = fileURLToPath(new URL(`../main${import.meta.url.slice(-3)}`, import.meta.url));

/** More shards make no sense: one for each node and one for the fabric. */
export const MAX_SHARDS = 64;
export { MAX_NODES, STRATEGY_NAMES };

/** What is known before anything starts. Every mistake of the user is found here. */
interface PreparedLab {
  readonly options: LabOptions;
  readonly place: SocketPlace;
  readonly topology: Topology;
  /** null: nothing to start with. */
  readonly loaded: LoadResult | null;
  /** null: nothing outlives the lab. */
  readonly state: State | null;
  /** null: no cluster is followed. */
  readonly mirror: LiveMirror | null;
}

/** The machines of a kept lab. */
const keptNodes = (state: State | null): Node[] =>
  (state?.kept.objects ?? []).filter((object): object is Node => object.kind === 'Node');

/** Of nodes with the same name the first. */
const firstOfEach = (nodes: readonly Node[]): Node[] =>
  nodes.filter(({ metadata }, i) => nodes.findIndex((other) => other.metadata.name === metadata.name) === i);

/** Checks files, machine and name. Restarts this process in a user namespace if it needs one. */
export async function prepareLab(options: LabOptions): Promise<PreparedLab> {
  strategyNamed(options.strategy);
  const place = socketPlace(options.name);
  // Read first, because standard input can be read only once.
  if (labAccess() === 'user-namespace') reexecInUserNamespace();
  const mirror = options.live === null ? null : await mirrorOf(options.live, warn);
  try {
    return await prepared(options, place, mirror);
  } catch (error) {
    mirror?.close();
    throw error;
  }
}

async function prepared(options: LabOptions, place: SocketPlace, mirror: LiveMirror | null): Promise<PreparedLab> {
  const loaded = mirror?.loaded ?? readLabFiles(options.files, { ...DEFAULT_CONFIG, ...options.ranges.proxy });
  const state = options.state === undefined ? null : await openState(options.state);
  const described = options.nodes === undefined ? [...describedNodes(loaded), ...keptNodes(state)] : [];
  const machines = options.nodes === undefined ? { nodes: firstOfEach(described) } : { count: options.nodes };
  const serviceCIDRs = keptServiceRanges(state) ?? mirror?.serviceCIDRs;
  const topology = createTopology({ ...machines, ...(serviceCIDRs ? { serviceCIDRs } : {}), ...options.ranges });
  const issues = validateTopology(topology);
  if (issues.length > 0) throw new Exit(1, issues.map(({ message }) => `error: ${message}`).join('\n'));
  await claimSocket(place, options.name);
  return { options, place, topology, loaded, state, mirror };
}

function warn(text: string): void {
  process.stderr.write(`${paint(process.stderr, 'yellow', 'warning:')} ${text}\n`);
}

/** Lines like `✓ 3 nodes`, with the time that each step took, on stderr. */
export class Steps {
  readonly #stream = process.stderr;
  readonly #start = performance.now();
  #last = this.#start;

  done(text: string): void {
    const now = performance.now();
    const took = paint(this.#stream, 'dim', `(${((now - this.#last) / 1000).toFixed(2)} s)`);
    this.#last = now;
    this.#stream.write(`${paint(this.#stream, 'green', '✓')} ${text} ${took}\n`);
  }

  readonly warn = warn;
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`;

export interface RunningLab {
  readonly emulator: Emulator;
  /** Resolves when the lab should end: upon a signal, or `kubewire down`. */
  readonly asked: Promise<void>;
  /** Ends everything. */
  close(): Promise<void>;
}

/** The lab's DNS: pods serve it, so it needs a node; and whoever brings their own does not want another. */
function wantsDns({ options, topology, loaded }: PreparedLab): boolean {
  const objects = (loaded?.objects ?? []).map(({ object }) => object);
  return options.dns && topology.nodes.length > 0 && !bringDns(objects, topology.serviceCIDRs);
}

/**
 * Starts what was prepared. Calls `onReady` when all pods run and all tables are in force, before anybody else learns
 * of it.
 */
export async function startLab(
  prepared: PreparedLab,
  steps: Steps,
  onReady: (lab: RunningLab) => void = () => undefined,
): Promise<RunningLab> {
  try {
    return await started(prepared, steps, onReady);
  } catch (error) {
    prepared.mirror?.close();
    throw error;
  }
}

async function started(prepared: PreparedLab, steps: Steps, onReady: (lab: RunningLab) => void): Promise<RunningLab> {
  const { options, place, topology, loaded, state, mirror } = prepared;
  const asked = stopSignal();
  const emulator = await startEmulator({
    name: options.name,
    topology,
    strategy: options.strategy,
    dataplane: options.dataplane,
    shards: options.shards,
    tuning: options.tuning,
    offloads: options.offloads,
    fastPath: options.fastPath,
    ...(options.nodeLoss ? { nodeLoss: options.nodeLoss } : {}),
    dns: wantsDns(prepared),
    seed: options.seed,
    socketPath: place.path,
    state,
    environment: { KUBEWIRE: `${process.execPath} ${MAIN} --name ${options.name}` },
    secure: await openSecurely(options.secure, [kubernetesAddress(topology.serviceCIDRs)], options.state),
    metrics: options.metrics,
    clock: () => new Date(),
    report: (message) => steps.warn(message),
  });
  emulator.cluster.store.watch(({ type }) => {
    if (type === 'DELETED') asked.stop();
  }, 'Lab');
  const close = (): Promise<void> => {
    mirror?.close();
    return emulator.close();
  };
  const lab: RunningLab = { emulator, asked: asked.promise, close };
  try {
    startReaper(place, emulator.mark, emulator.census);
    const { pool } = emulator;
    const dataplane = pool
      ? `${options.strategy} tables, ${plural(pool.shards, 'shard')}`
      : `${options.strategy} rules in the kernel`;
    steps.done(`${plural(topology.nodes.length, 'node')}, fabric and outside client: ${dataplane}`);
    const kept = state?.kept.objects.length ?? 0;
    if (kept > 0) steps.done(`${plural(kept, 'object')} found in ${options.state}`);
    if (loaded) {
      applyLabFiles(emulator.cluster, loaded);
      steps.done(`${plural(loaded.objects.length, 'object')} applied`);
    }
    await emulator.settled();
    if (loaded || kept > 0) {
      const { store } = emulator.cluster;
      const pods = plural(store.list('Pod').length, 'pod');
      steps.done(`${pods} running, ${plural(emulator.cluster.snapshot().services.length, 'Service')} in force`);
    }
    mirror?.follow(emulator.cluster);
    onReady(lab);
    emulator.announce();
    return lab;
  } catch (error) {
    await emulator.close();
    throw error;
  }
}
