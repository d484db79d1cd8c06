// world.ts - a scenario's cluster by the real way: manifest text → objects → plan → tables → image, for every node and the fabric.
import { parse } from 'yaml';
import { compileTables, STRATEGY_NAMES, strategyNamed } from '../../../src/compile/strategy.js';
import { encodeImage } from '../../../src/image/encode.js';
import { defaultObject } from '../../../src/manifest/defaults.js';
import { loadTexts } from '../../../src/manifest/load.js';
import type { ClusterSnapshot, EndpointSlice, KubeObject, Node, Service } from '../../../src/model/objects.js';
import { DEFAULT_CONFIG } from '../../../src/plan/config.js';
import { IdTable } from '../../../src/plan/ids.js';
import type { Attachment, NodePlan, NodeView, ProxyConfig } from '../../../src/plan/plan.js';
import { planNode } from '../../../src/plan/planner.js';
import {
  fabricAttachment,
  fabricView,
  nodeAttachment,
  nodeView,
  type PodWire,
  proxyConfig,
} from '../../../src/topology/attachment.js';
import { balance } from '../../../src/topology/balancer.js';
import { createTopology, FABRIC_ID } from '../../../src/topology/topology.js';

/** The ```config block. */
export interface Config {
  /** Only under these strategies; all when not given. */
  readonly strategies?: readonly string[];
  /** `namespace/name` → `node address [address]`. */
  readonly pods?: Readonly<Record<string, string>>;
  /** kube-proxy's options, in camel case. */
  readonly proxy?: Partial<ProxyConfig>;
  readonly flowCapacity?: number;
  readonly mtu?: number;
  /** Why the kernel cannot be asked; absent when it can. */
  readonly kernel?: string;
}

export function readConfig(text: string): Config {
  const config = (parse(text) ?? {}) as Config;
  const known = ['strategies', 'pods', 'proxy', 'flowCapacity', 'mtu', 'kernel'];
  const unknown = [
    ...Object.keys(config).filter((key) => !known.includes(key)),
    ...Object.keys(config.proxy ?? {}).filter((key) => !(key in DEFAULT_CONFIG)),
  ];
  if (unknown.length > 0) throw new Error(`unknown key ${unknown.join(', ')} in a config block`);
  if (config.strategies?.length === 0) throw new Error('a scenario is for one strategy at least');
  for (const name of config.strategies ?? STRATEGY_NAMES) strategyNamed(name);
  return config;
}

/** How the tables of one node came about. */
interface Made {
  readonly plan: NodePlan;
  readonly attachment: Attachment;
  readonly generation: bigint;
}

interface NodeImage {
  readonly id: number;
  readonly image: Uint8Array;
}

/** The same cluster under one strategy, through all its manifests. */
export class World {
  readonly #topology;
  readonly #strategy: string;
  readonly #config: ProxyConfig;
  readonly #wires = new Map<string, PodWire[]>();
  readonly #made = new Map<number, Made>();

  constructor(config: Config, strategy: string) {
    this.#topology = { ...createTopology(), ...(config.mtu ? { mtu: config.mtu } : {}) };
    this.#strategy = strategy;
    this.#config = { ...proxyConfig(this.#topology, strategyNamed(strategy).mode), ...config.proxy };
    let id = 0;
    for (const [name, place] of Object.entries(config.pods ?? {})) {
      const [node = '', ...addresses] = place.split(' ');
      const wires = this.#wires.get(node) ?? [];
      this.#wires.set(node, wires);
      wires.push({ port: 2 + wires.length, id: ++id, name, addresses });
    }
  }

  get nodeIds(): readonly number[] {
    return [FABRIC_ID, ...this.#topology.nodes.map((node) => node.id)];
  }

  /** `fabric` or the name of a node → its id. */
  nodeId(name: string): number {
    const node = this.#topology.nodes.find((each) => each.name === name);
    if (!node && name !== 'fabric') throw new Error(`there is no node ${name}`);
    return node?.id ?? FABRIC_ID;
  }

  nodeName(id: number): string {
    return this.#topology.nodes.find((node) => node.id === id)?.name ?? 'fabric';
  }

  /** `host`, `uplink`, `pod/ns/name`, `client/outside`; on the fabric also the name of a node. */
  port(node: number, name: string): number {
    const ports = this.#made.get(node)?.attachment.ports ?? [];
    const index = ports.findIndex(
      (port) =>
        port.name === name ||
        (name === 'host' && port.kind === 'HOST') ||
        (node === FABRIC_ID && port.name === `node/${name}`),
    );
    if (index < 0)
      throw new Error(`${this.nodeName(node)} has no port ${name}: ${ports.map((port) => port.name).join(', ')}`);
    return index;
  }

  /** Where something goes: the node behind an uplink, or the name of the port. */
  destination(node: number, port: number, nextHop: number): string {
    const row = this.#made.get(node)?.attachment.ports[port];
    if (row?.kind === 'HOST') return 'host';
    return row?.kind === 'UPLINK' ? this.nodeName(nextHop) : (row?.name ?? `port ${port}`);
  }

  /** What was last made for a node. Throws before the first manifest. */
  made(node: number): Made {
    const made = this.#made.get(node);
    if (!made) throw new Error(`nothing was applied to ${this.nodeName(node)}`);
    return made;
  }

  /** Makes the next generation of every node from manifests. Throws with the first issue of the text. */
  apply(file: string, text: string): NodeImage[] {
    const snapshot = snapshotOf(file, text);
    const nodes = this.#topology.nodes.map((node) =>
      this.#make(
        node.id,
        snapshot,
        nodeView(node),
        nodeAttachment(this.#topology, node, this.#wires.get(node.name) ?? []),
      ),
    );
    const ids = new IdTable();
    const nothing: ClusterSnapshot = { services: [], endpointSlices: [], nodes: [] };
    const fabric = fabricAttachment(this.#topology, balance(snapshot, this.#topology.nodes), (name) => ids.of(name));
    return [...nodes, this.#make(FABRIC_ID, nothing, fabricView(this.#topology), fabric)];
  }

  #make(id: number, snapshot: ClusterSnapshot, view: NodeView, attachment: Attachment): NodeImage {
    const before = this.#made.get(id);
    const plan = planNode(snapshot, view, this.#config, before?.plan);
    const generation = (before?.generation ?? 0n) + 1n;
    const tables = compileTables(plan, attachment, { strategy: this.#strategy, generation, hashSeed: 0x5eed });
    this.#made.set(id, { plan, attachment, generation });
    return { id, image: encodeImage(tables) };
  }
}

function snapshotOf(file: string, text: string): ClusterSnapshot {
  const loaded = loadTexts([{ file, text }]);
  const [issue] = loaded.issues;
  if (issue) throw new Error(`${issue.message} (line ${issue.place?.line} of the block)`);
  const objects = loaded.objects.map(({ object }) => defaultObject(object));
  const ofKind = <T extends KubeObject>(kind: string): T[] => objects.filter((each): each is T => each.kind === kind);
  return {
    services: ofKind<Service>('Service'),
    endpointSlices: ofKind<EndpointSlice>('EndpointSlice'),
    nodes: ofKind<Node>('Node'),
    pods: ofKind('Pod'),
  };
}
