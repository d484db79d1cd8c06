// live-node.ts - tables of a node that follow the cluster, with the image that the node would have.
import { compileLive, compileTables, strategyNamed } from '../../src/compile/strategy.js';
import { encodeImage } from '../../src/image/encode.js';
import { applyPatch } from '../../src/image/patch.js';
import type { TableSet } from '../../src/image/table.js';
import type { Surroundings } from '../../src/lab/tables/node-tables.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import type { NodePlan } from '../../src/plan/plan.js';
import { RunningPlan } from '../../src/plan/running.js';

export class LiveNode {
  readonly #around: Surroundings & { readonly hashSeed: number };
  #running: RunningPlan;
  #live: ReturnType<typeof compileLive>;
  #generation = 1n;
  image: Uint8Array;
  /** The last step, when it was one. */
  patch: Uint8Array | null = null;

  constructor(snapshot: ClusterSnapshot, around: Surroundings & { readonly hashSeed: number }) {
    const { view, config, strategy } = around;
    this.#around = around;
    this.#running = new RunningPlan(snapshot, view, { ...config, proxyMode: strategyNamed(strategy).mode });
    this.#live = compileLive(this.#running.plan, around.attachment, this.#options());
    this.image = encodeImage(this.#live.tables);
  }

  get tables(): TableSet {
    return this.#live.tables;
  }

  get plan(): NodePlan {
    return this.#running.plan;
  }

  #options() {
    const { strategy, hashSeed } = this.#around;
    return { strategy, hashSeed, generation: this.#generation };
  }

  /** True when a patch does. */
  follows(snapshot: ClusterSnapshot): boolean {
    const changes = this.#running.follow(snapshot);
    if (!changes) throw new Error('pods with weights do not change here');
    this.patch = this.#live.patch(changes, this.#running.plan.changedPorts, ++this.#generation);
    if (this.patch) {
      this.image = applyPatch(this.image, this.patch).image;
    } else {
      this.#live = compileLive(this.#running.plan, this.#around.attachment, this.#options());
      this.image = encodeImage(this.#live.tables);
    }
    return this.patch !== null;
  }

  /** The same, made whole. */
  anew(): TableSet {
    return compileTables(this.#running.plan, this.#around.attachment, this.#options());
  }
}
