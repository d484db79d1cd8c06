// power.ts - switches nodes off and on: what the lab's object says of its nodes (spec.stopped) becomes true.
import type { Cluster } from '../cluster/cluster.js';
import { NODE_GRACE_MS } from '../cluster/nodes/lifecycle.js';
import { beatMs, renewLease } from '../lab/heartbeat.js';
import type { Census } from '../lab/host/census.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import type { Kubelet } from '../lab/pods/kubelet.js';
import { interruptPods, type LabSpec, registerNode, updateLab } from '../lab/registration.js';
import type { Tables } from '../lab/tables/tables.js';
import { nodeReady } from '../model/conditions.js';
import type { Node } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import type { LabNode } from '../topology/topology.js';
import type { EmulatorOptions } from './options.js';
import type { Plane } from './plane.js';

interface PowerParts {
  readonly options: EmulatorOptions;
  readonly cluster: Cluster;
  readonly plane: Plane;
  readonly tables: Tables;
  readonly kubelet: Kubelet;
  readonly census: Census;
}

/** The nodes that are off. Others ask before there is anything that could be switched. */
export class Power {
  readonly #off = new Set<string>();
  #parts: PowerParts | null = null;
  #work: Promise<void> = Promise.resolve();

  readonly isOn = (node: string): boolean => !this.#off.has(node);

  /** From now on nodes follow the lab's object, and those that are on give signs of life. */
  start(parts: PowerParts, cleanup: Cleanup): void {
    const { options, cluster } = parts;
    this.#parts = parts;
    this.#beat();
    const timer = setInterval(() => this.#beat(), beatMs(options.nodeLoss?.nodeGraceMs ?? NODE_GRACE_MS));
    timer.unref();
    cleanup.add(() => clearInterval(timer));
    cleanup.add(cluster.store.watch(({ object }) => this.#follow((object.spec as LabSpec).stopped ?? []), 'Lab'));
    cleanup.add(() => this.#work);
  }

  /** Resolves when no node is being switched. */
  settled = (): Promise<void> => this.#work;

  #beat(): void {
    for (const node of this.#parts?.options.topology.nodes ?? []) if (this.isOn(node.name)) this.#sign(node);
  }

  /** Renews the Lease. A node that was taken for lost, though it is not, says what it is like. */
  #sign(node: LabNode): void {
    const { cluster, options, plane } = this.#parts as PowerParts;
    const now = options.clock();
    renewLease(cluster.store, node.name, now);
    const object = cluster.store.get<Node>('Node', '', node.name);
    if (object === undefined || nodeReady(object) === 'True') return;
    registerNode(cluster.store, node, plane.machines.get(`node/${node.name}`)?.path ?? '', timestamp(now));
  }

  #follow(stopped: readonly string[]): void {
    for (const node of this.#parts?.options.topology.nodes ?? []) {
      const on = !stopped.includes(node.name);
      if (on === this.isOn(node.name)) continue;
      if (on) this.#off.delete(node.name);
      else this.#off.add(node.name);
      this.#work = this.#work.then(() => this.#turn(node, on)).catch((error) => this.#report(node, error));
    }
  }

  #report({ name }: LabNode, error: unknown): void {
    this.#parts?.options.report(`${name} could not be switched: ${error instanceof Error ? error.message : error}`);
  }

  async #turn(node: LabNode, on: boolean): Promise<void> {
    const { cluster, options } = this.#parts as PowerParts;
    await (on ? this.#switchOn(node) : this.#switchOff(node));
    updateLab(cluster.store, options.name, { stopped: [...this.#off] });
  }

  async #switchOff(node: LabNode): Promise<void> {
    const { plane, tables, kubelet, census } = this.#parts as PowerParts;
    await tables.forget(node.id);
    await plane.cut(node);
    const machine = plane.machines.get(`node/${node.name}`);
    if (machine) census.kill(machine);
    await kubelet.halt(node.name);
  }

  async #switchOn(node: LabNode): Promise<void> {
    const { cluster, options, plane, tables, kubelet } = this.#parts as PowerParts;
    await plane.mend(node);
    await tables.sync();
    const path = plane.machines.get(`node/${node.name}`)?.path ?? '';
    registerNode(cluster.store, node, path, timestamp(options.clock()));
    this.#sign(node);
    interruptPods(cluster.store, node.name, timestamp(options.clock()));
    kubelet.resume(node.name);
  }
}
