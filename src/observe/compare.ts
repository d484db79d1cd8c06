// compare.ts - compares two ways to do the same Services, class by class: equal for every packet, or how they differ.

import type { StrategyChoice } from '../compile/strategy.js';
import type { KernelMode } from '../lab/netfilter/rules.js';
import { contains, formatEndpoint, parseAddress, parseCidr } from '../model/address.js';
import { LOOPBACK } from '../topology/attachment.js';
import { nodeNamed } from '../topology/naming.js';
import { type FirstPacket, PacketSpace } from './classes.js';
import { buildFirst } from './first.js';
import { type CreateEngine, type Dataplane, Fleet } from './fleet.js';
import { SOURCE_PORT } from './flow.js';
import { sameToSee } from './interview.js';
import { type ClassOutcome, Judge, sameOutcome, sameTrail } from './judge.js';
import { isBesideRules, isUnasked, KernelJudge } from './kerneljudge.js';
import { isStray, kindOf } from './kinds.js';
import { describeStage } from './steps.js';
import type { TraceBackend } from './trace.js';
import { podsOfSlices, podWith, type World, type WorldPod } from './world.js';

/** One of the two ways. */
export interface Side {
  /** Its name: a strategy, an engine, a file. */
  readonly label: string;
  readonly world: World;
  readonly strategy: StrategyChoice;
  readonly createEngine: CreateEngine;
  /** The real kernel with the rules of the strategy, instead of an engine with its tables. */
  readonly kernel?: KernelMode;
}

type AnyJudge = Judge | KernelJudge;

/** A class of packets that the two sides treat differently. */
export interface DifferingClass {
  readonly node: string;
  readonly packet: FirstPacket;
  /** Name of the port through which the packet comes: `pod/ns/name`, `node/name`, `uplink`. */
  readonly from: string;
  readonly outcomes: readonly [ClassOutcome, ClassOutcome];
  /** The rules that the packet meets, in the notation of each side. */
  readonly rules: readonly [readonly string[], readonly string[]] | null;
}

/** Senders, ordered by how often Services meet them. */
const SENDERS = ['clients from outside', 'pods', 'pods of other nodes', 'the node itself', 'nobody here'] as const;
type Sender = (typeof SENDERS)[number];

/** Differences of one kind. */
export interface DifferenceGroup {
  readonly kind: string;
  /** Whose packets differ, the most common first. */
  readonly who: readonly Sender[];
  readonly count: number;
  /** How many of `count` somebody in this topology can send; 0: none of it occurs here. */
  readonly met: number;
  /** Service ports that are meant, `namespace/name:port`; none where a class stands for every address. */
  readonly services: readonly string[];
  readonly example: DifferingClass;
  /** All of them on request, else only the example. */
  readonly classes: readonly DifferingClass[];
}

export interface Comparison {
  readonly nodes: readonly { readonly name: string; readonly classes: number }[];
  readonly classes: number;
  readonly differing: number;
  /** The most common first; what nobody here can send comes last. */
  readonly groups: readonly DifferenceGroup[];
}

interface CompareOptions {
  /** Names of nodes (`node/` may stand before each); empty = all that both sides have. */
  readonly nodes: readonly string[];
  /** Keep every differing class, with its rules. */
  readonly all: boolean;
  /** Compares engines instead of tables: every field and byte counts. */
  readonly exact: boolean;
  readonly onProgress?: (node: string, classes: number, differing: number) => void;
}

interface Group {
  readonly kind: string;
  readonly who: Set<Sender>;
  count: number;
  met: number;
  readonly services: Set<string>;
  example: DifferingClass;
  natural: boolean;
  readonly classes: DifferingClass[];
}

/** Everybody behind a port of a node: running pods, and endpoints whose pods are unknown. */
function podsBehind(world: World): readonly WorldPod[] {
  const found = podsOfSlices(world, world.snapshot.endpointSlices, []);
  return uniquePods([...world.pods, ...found]);
}

function uniquePods(pods: readonly WorldPod[]): WorldPod[] {
  const taken = new Set<string>();
  return pods.filter(({ addresses }) => {
    if (addresses.some((address) => taken.has(address))) return false;
    for (const address of addresses) taken.add(address);
    return true;
  });
}

/** Names of the nodes to compare, each once. Throws Fault NOT_FOUND for one that a side does not have. */
function nodeNames(sides: readonly [Side, Side], wanted: readonly string[]): string[] {
  const [first, second] = sides.map(({ world }) => world.topology.nodes);
  const both = (first ?? []).filter(({ name }) => second?.some((node) => node.name === name));
  const chosen = wanted.length > 0 ? wanted.map((text) => nodeNamed(text, both)) : both;
  return [...new Set(chosen.map(({ name }) => name))];
}

function planeOf(fleet: Fleet, name: string): Dataplane {
  const id = fleet.world.topology.nodes.find((node) => node.name === name)?.id ?? -1;
  const plane = fleet.node(id);
  if (!plane) throw new Error(`no dataplane of ${name}`);
  return plane;
}

/** Who sends through the ports of a node, so that people recognize the examples. */
function sendersOf(fleet: Fleet, plane: Dataplane): (inPort: number) => readonly string[] {
  const { topology } = fleet.world;
  const own = topology.nodes.find(({ name }) => name === plane.name);
  const pods = new Map(fleet.podsOn(plane.name).map(({ name, addresses }) => [`pod/${name}`, addresses]));
  const outside = [
    ...topology.clients.flatMap(({ addresses }) => addresses),
    ...topology.nodes.filter((node) => node !== own).flatMap(({ name }) => fleet.podsOn(name)[0]?.addresses ?? []),
  ];
  const local = own ? fleet.localAddresses(own).filter((address) => !LOOPBACK.some((other) => other === address)) : [];
  return (inPort) => {
    const port = plane.attachment.ports[inPort];
    if (port?.kind === 'HOST') return local;
    return port?.kind === 'POD' ? (pods.get(port.name) ?? []) : outside;
  };
}

/** Compares node by node and collects the differences. */
class Comparer {
  readonly #sides: readonly [Side, Side];
  readonly #fleets: readonly [Fleet, Fleet];
  readonly #options: CompareOptions;
  readonly #groups = new Map<string, Group>();
  #differing = 0;

  constructor(sides: readonly [Side, Side], options: CompareOptions) {
    this.#sides = sides;
    this.#options = options;
    // Tables are compared, so both sides have the same devices, including those of pods that only one side has.
    const pods = uniquePods(sides.flatMap(({ world }) => podsBehind(world)));
    const fleet = ({ world, strategy, createEngine }: Side): Fleet =>
      new Fleet({ ...world, pods }, strategy, createEngine);
    this.#fleets = [fleet(sides[0]), fleet(sides[1])];
  }

  async run(): Promise<Comparison> {
    const names = nodeNames(this.#sides, this.#options.nodes);
    const nodes: { name: string; classes: number }[] = [];
    try {
      for (const name of names) nodes.push({ name, classes: await this.#node(name) });
      return {
        nodes,
        classes: nodes.reduce((sum, { classes }) => sum + classes, 0),
        differing: this.#differing,
        groups: [...this.#groups.values()]
          .sort(byLikelihood)
          .map(({ kind, who, count, met, services, example, classes }) => ({
            kind,
            who: SENDERS.filter((sender) => who.has(sender)),
            count,
            met,
            services: [...services].sort(),
            example,
            classes: this.#options.all ? classes : [example],
          })),
      };
    } finally {
      for (const fleet of this.#fleets) fleet.close();
    }
  }

  /** Returns the number of packet classes of the node. */
  async #node(name: string): Promise<number> {
    const planes = [planeOf(this.#fleets[0], name), planeOf(this.#fleets[1], name)] as const;
    const judges: AnyJudge[] = [];
    try {
      for (const i of [0, 1] as const) judges.push(await this.#judge(planes[i], this.#sides[i]));
      return this.#classes(name, judges as [AnyJudge, AnyJudge]);
    } finally {
      for (const judge of judges) judge.close();
    }
  }

  async #judge(plane: Dataplane, { kernel, createEngine }: Side): Promise<AnyJudge> {
    if (kernel !== undefined) return KernelJudge.start(plane, kernel, createEngine);
    return new Judge(plane, createEngine, this.#options.exact);
  }

  #classes(name: string, judges: readonly [AnyJudge, AnyJudge]): number {
    const [{ plane }] = judges;
    const { exact, onProgress } = this.#options;
    const asksKernel = this.#sides.some(({ kernel }) => kernel !== undefined);
    const same = exact ? sameTrail : asksKernel ? sameToSee : sameOutcome;
    const space = new PacketSpace(
      judges.map((judge) => judge.plane.tables),
      sendersOf(this.#fleets[0], plane),
      exact,
    );
    const changed: Group[] = [];
    let classes = 0;
    for (const { key, packet, natural } of space.classes()) {
      if (asksKernel && isUnasked(key, packet)) continue;
      const frame = buildFirst(packet);
      const outcomes = [judges[0].judge(packet, frame), judges[1].judge(packet, frame)] as const;
      if (asksKernel && outcomes.some(isBesideRules)) continue;
      classes++;
      if (classes % (asksKernel ? 100 : 1_000) === 0) onProgress?.(name, classes, this.#differing);
      if (same(...outcomes)) continue;
      const from = plane.attachment.ports[packet.inPort]?.name ?? `port ${packet.inPort}`;
      const found = { node: name, packet, from, outcomes, rules: null };
      const sender = this.#senderOf(plane, packet, natural);
      const group = this.#add(found, natural && sender !== 'nobody here', sender);
      if (!changed.includes(group)) changed.push(group);
    }
    for (const group of changed) this.#render(group, name, judges);
    return classes;
  }

  /** The sender's own node would have rewritten it, and the network between nodes has no route to it. */
  #isClusterIP(destination: string): boolean {
    const address = parseAddress(destination);
    const ranges = this.#fleets[0].world.topology.serviceCIDRs.map(parseCidr);
    return address !== null && ranges.some((range) => range !== null && contains(range, address));
  }

  /** Who can have sent a packet; nobody when the source cannot come from there. */
  #senderOf(plane: Dataplane, { inPort, source, destination }: FirstPacket, natural: boolean): Sender {
    const port = plane.attachment.ports[inPort];
    if (port?.kind === 'POD') return natural ? 'pods' : 'nobody here';
    if (port?.kind === 'HOST') return natural ? 'the node itself' : 'nobody here';
    const fleet = this.#fleets[0];
    const { nodes } = fleet.world.topology;
    if (nodes.some((node) => node.name === plane.name && fleet.localAddresses(node).includes(source)))
      return 'nobody here';
    if (/^(127\.|0\.|169\.254\.|2(2[4-9]|[345]\d)\.)|^(::1?$|ff|fe80)/.test(source)) return 'nobody here';
    if (this.#isClusterIP(destination)) return 'nobody here';
    const pod = podWith(fleet.world, source);
    if (!pod) return 'clients from outside';
    return pod.node === plane.name ? 'nobody here' : 'pods of other nodes';
  }

  #add(found: DifferingClass, natural: boolean, sender: Sender): Group {
    this.#differing++;
    const kind = this.#options.exact ? 'engines that disagree' : kindOf(found.outcomes, found.packet);
    const key = [kind, ...found.outcomes.map(({ verdict }) => verdict)].join('|');
    const known = this.#groups.get(key);
    const services = found.outcomes.flatMap(({ service }) => service ?? []);
    if (!known) {
      const group = {
        kind,
        who: new Set([sender]),
        count: 1,
        met: sender === 'nobody here' ? 0 : 1,
        services: new Set(services),
        example: found,
        natural,
        classes: this.#options.all ? [found] : [],
      };
      this.#groups.set(key, group);
      return group;
    }
    known.count++;
    known.who.add(sender);
    for (const service of services) known.services.add(service);
    if (sender !== 'nobody here') known.met++;
    if (this.#options.all) known.classes.push(found);
    // An example whose sender uses its own address is easier to follow.
    if (natural && !known.natural && known.example.node === found.node) {
      known.example = found;
      known.natural = true;
    }
    return known;
  }

  /** Rules of what is shown of this node. */
  #render(group: Group, node: string, judges: readonly [AnyJudge, AnyJudge]): void {
    const withRules = (found: DifferingClass): DifferingClass =>
      found.rules !== null || found.node !== node
        ? found
        : { ...found, rules: [this.#rules(found, judges, 0), this.#rules(found, judges, 1)] };
    group.example = withRules(group.example);
    for (const [i, found] of group.classes.entries()) group.classes[i] = withRules(found);
  }

  #rules(
    { packet, from, outcomes }: DifferingClass,
    judges: readonly [AnyJudge, AnyJudge],
    side: 0 | 1,
  ): readonly string[] {
    const { source, destination, destinationPort, protocol } = packet;
    const probe = {
      source,
      sourcePort: SOURCE_PORT,
      destination,
      destinationPort,
      protocol: protocol === 'OTHER' ? ('ICMP' as const) : protocol,
    };
    const flow = { probe, fixedSourcePort: false, start: judges[side].plane.id, fromName: from, notes: [] };
    const stage = judges[side].stage(packet, tellingBackend(outcomes[side], outcomes[1 - side]));
    return describeStage(stage, this.#fleets[side], flow, 0).rules;
  }
}

/** What nobody here can send comes last, after what nobody sends on purpose; else by sender and number of classes. */
function byLikelihood(a: Group, b: Group): number {
  const rank = ({ who }: Group): number => SENDERS.findIndex((sender) => who.has(sender));
  const stray = ({ kind }: Group): number => Number(isStray(kind));
  return Number(a.met === 0) - Number(b.met === 0) || stray(a) - stray(b) || rank(a) - rank(b) || b.met - a.met;
}

/** The endpoint for which the other side does something else. */
function tellingBackend(own: ClassOutcome, other: ClassOutcome | undefined): TraceBackend | undefined {
  return own.backends.find(
    (backend) =>
      !other?.backends.some(
        ({ address, port, masquerade }) =>
          address === backend.address && port === backend.port && masquerade === backend.masquerade,
      ),
  );
}

/** Compares two sides on the nodes that both have. Throws Fault NOT_FOUND for a node that one of them does not have. */
export const compareSides = (sides: readonly [Side, Side], options: CompareOptions): Promise<Comparison> =>
  new Comparer(sides, options).run();

/** `TCP 10.0.0.1 → 10.96.0.1:80` */
export function packetText({ source, destination, destinationPort, protocol }: FirstPacket): string {
  const to = destinationPort === 0 ? destination : formatEndpoint(destination, destinationPort);
  return `${protocol === 'OTHER' ? 'another protocol' : protocol} ${source} → ${to}`;
}
