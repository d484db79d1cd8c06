// tables.ts - keeps all nodes' tables in sync with the cluster: snapshot → plan → tables → image or patch → dataplane.
//
// Changes within a few milliseconds form one generation. A node whose tables are unchanged gets no new image. If tables
// cannot be made, or are refused, the node keeps the old ones, and that is reported. A node that is late (lag.ts) follows later.
import { strategyNamed } from '../../compile/strategy.js';
import type { ClusterSnapshot } from '../../model/objects.js';
import { IdTable } from '../../plan/ids.js';
import type { Attachment, NodeView, ProxyConfig, ProxyMode } from '../../plan/plan.js';
import { fabricAttachment, fabricView, nodeAttachment, nodeView, type PodWire } from '../../topology/attachment.js';
import { BalancedPart } from '../../topology/balanced.js';
import { balance } from '../../topology/balancer.js';
import { FABRIC_ID, type LabNode, type Topology } from '../../topology/topology.js';
import { Lag } from './lag.js';
import { type InForce, NodeTables, type Surroundings, type Update } from './node-tables.js';

/** Changes within this many milliseconds share a generation. */
const DEBOUNCE_MS = 3;

const NOTHING: ClusterSnapshot = { services: [], endpointSlices: [], nodes: [] };

export interface TablesOptions {
  /** Asked for at every generation: another object where machines come and go. */
  readonly topology: Topology;
  /** Name of the strategy that a node (or the fabric) should have now. */
  readonly strategyOf: (node: string) => string;
  readonly configOf: (mode: ProxyMode) => ProxyConfig;
  /** By how many milliseconds a node follows Services and endpoints later than it could. */
  readonly delayOf: (node: string) => number;
  /** Seed of every hash section. */
  readonly seed: number;
  readonly snapshot: () => ClusterSnapshot;
  readonly wires: (node: string) => readonly PodWire[];
  /** False for a node that is switched off: it gets no tables. */
  readonly isOn: (node: string) => boolean;
  /** Resolves when no controller has anything left to do. */
  readonly settled: () => Promise<void>;
  /** Gives a node its tables; resolves when they are in force, rejects when they are refused. */
  readonly load: (node: number, update: Update, made: InForce) => Promise<void>;
  readonly report: (message: string) => void;
}

/** Called when a generation is in force, with what load balancers look at in it and how many seconds it took to make it. */
type SyncListener = (balanced: ClusterSnapshot, seconds: number) => void;

export class Tables {
  readonly #options: TablesOptions;
  readonly #ids = new IdTable();
  readonly #balanced = new BalancedPart();
  readonly #nodes = new Map<number, NodeTables>();
  readonly #lags = new Map<string, Lag>();
  #late: NodeJS.Timeout | undefined;
  readonly #attachments = new Map<number, { topology: Topology; wires: readonly PodWire[]; attachment: Attachment }>();
  readonly #problems = new Map<number, string>();
  readonly #listeners = new Set<SyncListener>();
  #waiting: Promise<void> | null = null;
  #running: Promise<void> = Promise.resolve();
  #runs = 0;
  #closed = false;

  constructor(options: TablesOptions) {
    this.#options = options;
  }

  /** What is in force on a node (0 is the fabric); undefined before its first image. */
  inForceOn(node: number): InForce | undefined {
    return this.#nodes.get(node)?.inForce;
  }

  /** Node id → why its tables are older than the cluster. */
  get problems(): ReadonlyMap<number, string> {
    return this.#problems;
  }

  /** Number of generations so far, including those in which nothing changed. */
  get runs(): number {
    return this.#runs;
  }

  onSync(listener: SyncListener): void {
    this.#listeners.add(listener);
  }

  /** Reports a change. Resolves when tables made from everything known now are in force. Never rejects. */
  sync(): Promise<void> {
    this.#waiting ??= this.#next();
    return this.#waiting;
  }

  /** Forgets what a node has, which has lost it. Resolves when nobody is giving it more. */
  async forget(node: number): Promise<void> {
    await this.#running;
    this.#nodes.delete(node);
    this.#problems.delete(node);
  }

  /** Stops making generations; resolves when the last one is done. */
  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#late);
    await this.#waiting;
    await this.#running;
  }

  async #next(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, DEBOUNCE_MS));
    await this.#running;
    // Controllers go first: what they still have to write belongs to this generation.
    await this.#options.settled();
    this.#waiting = null;
    this.#running = this.#run();
    await this.#running;
  }

  async #run(): Promise<void> {
    if (this.#closed) return;
    this.#runs++;
    const { topology, snapshot, isOn } = this.#options;
    const start = performance.now();
    const now = snapshot();
    const balanced = this.#balanced.of(now);
    const nodes: Promise<void>[] = [];
    for (const node of topology.nodes.filter(({ name }) => isOn(name))) {
      const seen = this.#seenBy(node.name, now);
      nodes.push(this.#update(node.id, seen, nodeView(node, now.nodes), () => this.#attachment(node)));
      // Making whole tables takes time, so yield between two nodes.
      await new Promise((resolve) => setImmediate(resolve));
    }
    const fabric = this.#update(FABRIC_ID, NOTHING, fabricView(topology), () => {
      return fabricAttachment(topology, balance(balanced, topology.nodes), (name) => this.#ids.of(name));
    });
    await Promise.all([...nodes, fabric]);
    this.#comeBack();
    const seconds = (performance.now() - start) / 1000;
    for (const listener of this.#listeners) listener(balanced, seconds);
  }

  /** What a node has heard of the cluster. */
  #seenBy(node: string, snapshot: ClusterSnapshot): ClusterSnapshot {
    const lag = this.#lags.get(node) ?? new Lag();
    this.#lags.set(node, lag);
    return lag.see(snapshot, performance.now(), this.#options.delayOf(node));
  }

  /** Makes tables again when a node that is late sees the next change. */
  #comeBack(): void {
    const next = Math.min(...[...this.#lags.values()].map((lag) => lag.next ?? Number.POSITIVE_INFINITY));
    clearTimeout(this.#late);
    if (this.#closed || next === Number.POSITIVE_INFINITY) return;
    this.#late = setTimeout(() => void this.sync(), Math.max(0, next - performance.now()) + 1);
  }

  /** The same object as long as pods and machines are the same, so that it need not be compared piece by piece. */
  #attachment(node: LabNode): Attachment {
    const { topology } = this.#options;
    const wires = this.#options.wires(node.name);
    const known = this.#attachments.get(node.id);
    if (known?.wires === wires && known.topology === topology) return known.attachment;
    const attachment = nodeAttachment(topology, node, wires);
    this.#attachments.set(node.id, { topology, wires, attachment });
    return attachment;
  }

  async #update(node: number, snapshot: ClusterSnapshot, view: NodeView, attach: () => Attachment): Promise<void> {
    try {
      await this.#of(node).follow(snapshot, this.#around(view, attach()));
      this.#problems.delete(node);
    } catch (error) {
      const message = `${view.name} keeps its old tables: ${(error as Error).message}`;
      if (this.#problems.get(node) !== message) this.#options.report(message);
      this.#problems.set(node, message);
    }
  }

  #of(node: number): NodeTables {
    const known = this.#nodes.get(node);
    if (known) return known;
    const { seed, load } = this.#options;
    const made = new NodeTables(seed, (update, made) => load(node, update, made));
    this.#nodes.set(node, made);
    return made;
  }

  #around(view: NodeView, attachment: Attachment): Surroundings {
    const { configOf, strategyOf } = this.#options;
    const strategy = strategyOf(view.name);
    return { view, config: configOf(strategyNamed(strategy).mode), strategy, attachment };
  }
}
