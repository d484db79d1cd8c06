// node-tables.ts - NodeTables: keeps one node's tables in sync with the cluster, by whole images or patches.
//
// A patch when only Services changed since the last time, a whole image when anything else did, when the Services that
// changed cannot be changed alone, or when the dataplane refuses the patch.

import { isDeepStrictEqual } from 'node:util';
import { LAYOUT } from '../../abi/abi.gen.js';
import type { LiveTables } from '../../compile/live.js';
import { compileLive, compileTables } from '../../compile/strategy.js';
import { encodeImage } from '../../image/encode.js';
import type { TableSet } from '../../image/table.js';
import type { ClusterSnapshot } from '../../model/objects.js';
import type { Attachment, NodePlan, NodeView, ProxyConfig } from '../../plan/plan.js';
import { RunningPlan } from '../../plan/running.js';

/** Everything besides Services that a node's tables depend on. */
export interface Surroundings {
  readonly view: NodeView;
  readonly config: ProxyConfig;
  /** Name of the strategy. */
  readonly strategy: string;
  readonly attachment: Attachment;
}

/** What is in force on one node. */
export interface InForce {
  /** Name of its strategy. */
  readonly strategy: string;
  readonly plan: NodePlan;
  readonly attachment: Attachment;
  readonly tables: TableSet;
}

/** What a dataplane receives to put tables in force. */
export interface Update {
  readonly kind: 'image' | 'patch';
  readonly bytes: Uint8Array;
}

/** Resolves when it is in force, rejects when it is refused. */
type Load = (update: Update, made: InForce) => Promise<void>;

/** Tables that a dataplane has, with what is needed to change them. */
interface Running {
  readonly around: Surroundings;
  readonly plan: RunningPlan;
  /** Null for the fabric, whose tables are always made whole. */
  readonly live: LiveTables | null;
  /** As it was taken; null when patches have changed it since. */
  readonly image: Uint8Array | null;
}

export class NodeTables {
  readonly #seed: number;
  readonly #load: Load;
  #running: Running | null = null;
  #inForce: InForce | undefined;

  /** @param seed of every hash section */
  constructor(seed: number, load: Load) {
    this.#seed = seed;
    this.#load = load;
  }

  /** Undefined before the first image. */
  get inForce(): InForce | undefined {
    return this.#inForce;
  }

  /** Puts tables for the snapshot in force. Throws if they cannot be made or are refused; the old ones then stay. */
  async follow(snapshot: ClusterSnapshot, around: Surroundings): Promise<void> {
    const running = this.#running;
    if (running?.live && isDeepStrictEqual(running.around, around)) {
      // Whatever happens, these tables have changed. Only success makes them usable for another step.
      this.#running = null;
      if (await this.#step(running, running.live, snapshot)) return;
    }
    await this.#renew(running, snapshot, around);
  }

  async #step(running: Running, live: LiveTables, snapshot: ClusterSnapshot): Promise<boolean> {
    const { plan, around } = running;
    const changes = plan.follow(snapshot);
    if (!changes) return false;
    if (changes.length > 0) {
      const patch = live.patch(changes, plan.plan.changedPorts, live.tables.generation + 1n);
      if (!patch) return false;
      const made = { strategy: around.strategy, plan: plan.plan, attachment: around.attachment, tables: live.tables };
      try {
        await this.#load({ kind: 'patch', bytes: patch }, made);
      } catch {
        return false;
      }
      this.#inForce = made;
    }
    this.#running = { ...running, image: changes.length > 0 ? null : running.image };
    return true;
  }

  /** Loads whole tables, unless they equal those in force. */
  async #renew(running: Running | null, snapshot: ClusterSnapshot, around: Surroundings): Promise<void> {
    const { view, config, strategy, attachment } = around;
    const before = this.#inForce?.tables.generation ?? 0n;
    const plan = new RunningPlan(snapshot, view, config, this.#inForce?.plan);
    const options = { strategy, generation: before + 1n, hashSeed: this.#seed };
    const live = attachment.router ? null : compileLive(plan.plan, attachment, options);
    const tables = live?.tables ?? compileTables(plan.plan, attachment, options);
    const image = encodeImage(tables);
    if (running?.image && isSame(image, running.image)) {
      live?.keepGeneration(before);
      this.#running = { around, plan, live, image };
      return;
    }
    const made = { strategy, plan: plan.plan, attachment, tables };
    await this.#load({ kind: 'image', bytes: image }, made);
    this.#inForce = made;
    this.#running = { around, plan, live, image };
  }
}

const GENERATION = LAYOUT.ImageHeader.fields.find((field) => field.name === 'generation');

/** True if two images differ only in their generation. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  const start = GENERATION?.offset ?? 0;
  const end = start + (GENERATION?.bytes ?? 0);
  const same = (from: number, to: number): boolean => Buffer.compare(a.subarray(from, to), b.subarray(from, to)) === 0;
  return a.length === b.length && same(0, start) && same(end, a.length);
}
