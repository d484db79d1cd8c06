// fleet.ts - the dataplanes of a world under one strategy: each node's plan, tables and engine, made on first use.

import { strategySpec } from '../abi/strategies.js';
import { compileTables, type StrategyChoice, strategyOf } from '../compile/strategy.js';
import { type Engine, type EngineOptions, FLOW_CAPACITY } from '../engine/engine.js';
import { encodeImage } from '../image/encode.js';
import type { TableSet } from '../image/table.js';
import { hostCidr } from '../model/address.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import { IdTable } from '../plan/ids.js';
import type { Attachment, NodePlan, PlanRoute, ProxyMode } from '../plan/plan.js';
import { planNode } from '../plan/planner.js';
import {
  FIRST_POD_PORT,
  fabricAttachment,
  fabricView,
  LOOPBACK,
  macOf,
  nodeAttachment,
} from '../topology/attachment.js';
import { balance } from '../topology/balancer.js';
import { FABRIC_ID, type LabNode } from '../topology/topology.js';
import { withDraws } from './shares.js';
import type { World, WorldPod } from './world.js';

const SEED = 1;

/** One node (or the fabric) that is ready to take frames. */
export interface Dataplane {
  readonly id: number;
  /** Name of the node, or `fabric`. */
  readonly name: string;
  readonly plan: NodePlan;
  readonly attachment: Attachment;
  readonly tables: TableSet;
  readonly engine: Engine;
  /** True for a Kubernetes node, false for the fabric. */
  readonly isNode: boolean;
}

export type CreateEngine = (options: EngineOptions) => Engine;

/** A trace has one flow at a time. */
const ONE_FLOW = 64;

const localAddressesOf = (world: World, node: LabNode): readonly string[] => [
  ...node.addresses,
  ...(world.extraAddresses.get(node.name) ?? []),
  ...LOOPBACK,
];

/** What a node of the world must do for Services under a mode. */
export function planOf(world: World, node: LabNode, proxyMode: ProxyMode): NodePlan {
  const view = {
    name: node.name,
    id: node.id,
    nodeIPs: node.addresses,
    localAddresses: localAddressesOf(world, node),
    labels: node.labels,
    podCIDRs: node.podCIDRs,
  };
  return planNode(world.snapshot, view, { ...world.config, proxyMode });
}

/** How a node is wired: its pods, its own addresses, and the routes to the other nodes. */
export function attachmentOf(
  world: World,
  node: LabNode,
  pods: readonly WorldPod[] = world.pods.filter((pod) => pod.node === node.name),
): Attachment {
  const wires = pods.map((pod, i) => ({
    port: FIRST_POD_PORT + i,
    id: i + 1,
    name: pod.name,
    addresses: pod.addresses,
  }));
  const base = nodeAttachment(world.topology, node, wires);
  const uplink = base.ports.findIndex((port) => port.kind === 'UPLINK');
  const own = localAddressesOf(world, node).map(
    (address): PlanRoute => ({ prefix: hostCidr(address), kind: 'LOCAL', port: 0, nextHop: -1 }),
  );
  const others = world.topology.nodes.flatMap((other) =>
    (world.extraAddresses.get(other.name) ?? []).map(
      (address): PlanRoute => ({ prefix: hostCidr(address), kind: 'FORWARD', port: uplink, nextHop: other.id }),
    ),
  );
  return { ...base, routes: [...own, ...base.routes, ...others] };
}

export class Fleet {
  readonly world: World;
  readonly #strategy: StrategyChoice;
  readonly #own: ReadonlyMap<string, string>;
  readonly #createEngine: CreateEngine;
  readonly #goesOn: boolean;
  readonly #planes = new Map<number, Dataplane>();
  #byNode: Map<string, WorldPod[]> | null = null;

  /**
   * @param own name of a node → its strategy, where it differs
   * @param goesOn packets follow one another as in a lab; else each is the first, and draws may try out every endpoint
   */
  constructor(
    world: World,
    strategy: StrategyChoice,
    createEngine: CreateEngine,
    own: ReadonlyMap<string, string> = new Map(),
    goesOn = false,
  ) {
    this.#goesOn = goesOn;
    this.world = world;
    this.#strategy = strategy;
    this.#own = own;
    this.#createEngine = createEngine;
  }

  node(id: number): Dataplane | null {
    const known = this.#planes.get(id);
    if (known) return known;
    const node = this.world.topology.nodes.find((candidate) => candidate.id === id);
    if (!node && id !== FABRIC_ID) return null;
    const made = node ? this.#makeNode(node) : this.#makeFabric();
    this.#planes.set(id, made);
    return made;
  }

  /** The name of a node's strategy. */
  strategyOn(node: string): string {
    const choice = this.#choiceOn(node);
    return typeof choice === 'string' ? choice : choice.name;
  }

  #choiceOn(node: string): StrategyChoice {
    return this.#own.get(node) ?? this.#strategy;
  }

  get fabric(): Dataplane {
    return this.node(FABRIC_ID) as Dataplane;
  }

  /** Every local address of a node, loopback included. */
  localAddresses(node: LabNode): readonly string[] {
    return localAddressesOf(this.world, node);
  }

  podsOn(node: string): readonly WorldPod[] {
    if (!this.#byNode) {
      this.#byNode = new Map();
      for (const pod of this.world.pods) {
        const list = this.#byNode.get(pod.node);
        if (list) list.push(pod);
        else this.#byNode.set(pod.node, [pod]);
      }
    }
    return this.#byNode.get(node) ?? [];
  }

  close(): void {
    for (const plane of this.#planes.values()) plane.engine.close();
    this.#planes.clear();
  }

  #makeNode(node: LabNode): Dataplane {
    const plan = planOf(this.world, node, strategyOf(this.#choiceOn(node.name)).mode);
    return this.#load(plan, attachmentOf(this.world, node, this.podsOn(node.name)), true);
  }

  #makeFabric(): Dataplane {
    const { topology, snapshot, elsewhere } = this.world;
    const ids = new IdTable();
    const base = fabricAttachment(topology, balance(snapshot, topology.nodes), (name) => ids.of(name));
    const outside = base.ports.length;
    const beyond = {
      ports: [{ kind: 'POD' as const, name: 'outside', mac: macOf('client', 0), mtu: topology.mtu, id: 0 }],
      routes: ['0.0.0.0/0', '::/0'].map(
        (prefix): PlanRoute => ({ prefix, kind: 'FORWARD', port: outside, nextHop: -1 }),
      ),
    };
    const extra = topology.nodes.flatMap((node, port) =>
      (this.world.extraAddresses.get(node.name) ?? []).map(
        (address): PlanRoute => ({ prefix: hostCidr(address), kind: 'FORWARD', port, nextHop: node.id }),
      ),
    );
    // The port to the outside exists even where no route leads to it: strangers send through it.
    const attachment = {
      ...base,
      ports: [...base.ports, ...beyond.ports],
      routes: [...base.routes, ...extra, ...(elsewhere ? beyond.routes : [])],
    };
    const empty = { services: [], endpointSlices: [], nodes: [] };
    return this.#load(planNode(empty, fabricView(topology), DEFAULT_CONFIG), attachment, false);
  }

  #load(plan: NodePlan, attachment: Attachment, isNode: boolean): Dataplane {
    const tables = compileTables(plan, attachment, {
      strategy: this.#choiceOn(plan.node.name),
      generation: 1,
      hashSeed: SEED,
    });
    const engine = this.#createEngine({ seed: SEED, flowCapacity: this.#goesOn ? FLOW_CAPACITY : ONE_FLOW });
    // An IPVS scheduler depends on earlier packets. Where every packet is the first, draws try out every endpoint.
    const draws = strategySpec(tables.strategy).servers && !this.#goesOn;
    engine.load(encodeImage(draws ? withDraws(tables) : tables), 0n);
    return { id: plan.node.id, name: plan.node.name, plan, attachment, tables, engine, isNode };
  }
}
