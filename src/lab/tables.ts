// tables.ts - keeps every node's tables in step with the cluster: snapshot → plan → tables → image → dataplane.
//
// Many changes within a few milliseconds are one generation. A node whose tables did not change gets no new image; one
// whose tables cannot be made, or are refused, keeps the old ones, and that is reported.
import { LAYOUT } from '../abi/abi.gen.js';
import { compileTables, strategyNamed } from '../compile/strategy.js';
import { encodeImage } from '../image/encode.js';
import type { TableSet } from '../image/table.js';
import type { ClusterSnapshot } from '../model/objects.js';
import { IdTable } from '../plan/ids.js';
import type { Attachment, NodePlan, NodeView, ProxyConfig, ProxyMode } from '../plan/plan.js';
import { planNode } from '../plan/planner.js';
import { fabricAttachment, fabricView, nodeAttachment, nodeView, type PodWire } from './attachment.js';
import { spreadAddresses } from './balancer.js';
import { FABRIC_ID, type Topology } from './topology.js';

/** Changes that come within this many milliseconds share a generation. */
const DEBOUNCE_MS = 3;

const NOTHING: ClusterSnapshot = { services: [], endpointSlices: [], nodes: [] };

export interface TablesOptions {
  readonly topology: Topology;
  /** Name of the strategy that a node (or the fabric) should have now. */
  readonly strategyOf: (node: string) => string;
  readonly configOf: (mode: ProxyMode) => ProxyConfig;
  /** Seed of every hash section. */
  readonly seed: number;
  readonly snapshot: () => ClusterSnapshot;
  readonly wires: (node: string) => readonly PodWire[];
  /** Resolves when no controller has anything left to do. */
  readonly settled: () => Promise<void>;
  /** Gives a node its image; resolves when it is in force, rejects when it is refused. */
  readonly load: (node: number, image: Uint8Array, made: InForce) => Promise<void>;
  readonly report: (message: string) => void;
}

/** What is in force on one node. */
export interface InForce {
  /** Name of its strategy. */
  readonly strategy: string;
  readonly plan: NodePlan;
  readonly attachment: Attachment;
  readonly tables: TableSet;
  readonly image: Uint8Array;
}

export class Tables {
  readonly #options: TablesOptions;
  readonly #ids = new IdTable();
  readonly #inForce = new Map<number, InForce>();
  readonly #problems = new Map<number, string>();
  readonly #listeners = new Set<(snapshot: ClusterSnapshot) => void>();
  #waiting: Promise<void> | null = null;
  #running: Promise<void> = Promise.resolve();
  #runs = 0;
  #closed = false;

  constructor(options: TablesOptions) {
    this.#options = options;
  }

  /** What is in force on a node (0 is the fabric); undefined before its first image. */
  inForceOn(node: number): InForce | undefined {
    return this.#inForce.get(node);
  }

  /** Node id → why its tables are older than the cluster. */
  get problems(): ReadonlyMap<number, string> {
    return this.#problems;
  }

  /** Generations so far, also those in which nothing changed. */
  get runs(): number {
    return this.#runs;
  }

  /** Called with the snapshot of every generation when it is in force. */
  onSync(listener: (snapshot: ClusterSnapshot) => void): void {
    this.#listeners.add(listener);
  }

  /** Something changed: resolves when tables made from everything known now are in force. Never rejects. */
  sync(): Promise<void> {
    this.#waiting ??= this.#next();
    return this.#waiting;
  }

  /** No more generations; resolves when the last is done. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#waiting;
    await this.#running;
  }

  async #next(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, DEBOUNCE_MS));
    await this.#running;
    // The controllers first: what they still have to write belongs to this generation.
    await this.#options.settled();
    this.#waiting = null;
    this.#running = this.#run();
    await this.#running;
  }

  async #run(): Promise<void> {
    if (this.#closed) return;
    this.#runs++;
    const { topology, snapshot } = this.#options;
    const now = snapshot();
    const nodes = topology.nodes.map((node) => {
      const attachment = (): Attachment => nodeAttachment(topology, node, this.#options.wires(node.name));
      return this.#update(node.id, now, nodeView(node, now.nodes), attachment);
    });
    const fabric = this.#update(FABRIC_ID, NOTHING, fabricView(topology), () => {
      const spread = [...spreadAddresses(now, topology.nodes)];
      const members = spread.map(([address, members]) => ({ address, id: this.#ids.of(address), nodes: members }));
      return fabricAttachment(topology, members);
    });
    await Promise.all([...nodes, fabric]);
    for (const listener of this.#listeners) listener(now);
  }

  async #update(node: number, snapshot: ClusterSnapshot, view: NodeView, attach: () => Attachment): Promise<void> {
    try {
      const next = this.#make(node, snapshot, view, attach());
      if (next) {
        await this.#options.load(node, next.image, next);
        this.#inForce.set(node, next);
      }
      this.#problems.delete(node);
    } catch (error) {
      const message = `${view.name} keeps its old tables: ${(error as Error).message}`;
      if (this.#problems.get(node) !== message) this.#options.report(message);
      this.#problems.set(node, message);
    }
  }

  /** The next tables of a node; null when they equal those in force. */
  #make(node: number, snapshot: ClusterSnapshot, view: NodeView, attachment: Attachment): InForce | null {
    const { configOf, strategyOf, seed } = this.#options;
    const strategy = strategyOf(view.name);
    const before = this.#inForce.get(node);
    const plan = planNode(snapshot, view, configOf(strategyNamed(strategy).mode), before?.plan);
    const generation = (before?.tables.generation ?? 0n) + 1n;
    const tables = compileTables(plan, attachment, { strategy, generation, hashSeed: seed });
    const image = encodeImage(tables);
    return before && sameTables(image, before.image) ? null : { strategy, plan, attachment, tables, image };
  }
}

const GENERATION = LAYOUT.ImageHeader.fields.find((field) => field.name === 'generation');

/** True if two images differ in nothing but their generation. */
function sameTables(a: Uint8Array, b: Uint8Array): boolean {
  const start = GENERATION?.offset ?? 0;
  const end = start + (GENERATION?.bytes ?? 0);
  const same = (from: number, to: number): boolean => Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0;
  return a.length === b.length && same(0, start) && same(end, a.length);
}
