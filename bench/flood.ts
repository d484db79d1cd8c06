// flood.ts - one node under attack, in memory: what becomes of its established connections, and of new ones.
import { type Reason, ReasonNames } from '../src/abi/abi.gen.js';
import { COUNTERS } from '../src/abi/layout.js';
import { loadAddon, type NodeEngine } from '../src/engine/addon.js';
import { encodeImage } from '../src/image/encode.js';
import { FIRST_POD_PORT } from '../src/topology/attachment.js';
import { makeBench, makeService, OWN, snapshotOf, tablesOf } from './cluster.js';
import {
  ACK,
  asDatagrams,
  asFragments,
  type Batch,
  frames,
  number4,
  SYN,
  setFlags,
  shuffled,
  slice,
} from './packets.js';

const VIP = '10.96.0.1';
const BACKEND = '10.128.0.1';
const PORT = 80;
const FIRST_CLIENT = number4('10.244.0.1');
/** Attackers are pods, or come from outside: then the node sends what they want in its own name. */
const PODS = number4('10.244.128.0');
const OUTSIDE = number4('10.245.0.1');
const FIRST_CLIENT_PORT = 1024;
const CLIENT_PORTS = 32_768;
const ATTACKER_PORTS = 60_000;
/** Packets of users and of attackers take turns in so many. */
const TURN = 4096;
const SECOND_NS = 1_000_000_000n;

interface Kind {
  /** Different packets, so that each is new to the node. */
  readonly make: (count: number) => Batch;
}

/** From this address on, each with all of its ports. */
const spoofed = (count: number, first = PODS): Batch =>
  frames(count, FIRST_POD_PORT, SYN, (i) => ({
    source: first + Math.floor(i / ATTACKER_PORTS),
    destination: number4(VIP),
    sourcePort: 1024 + (i % ATTACKER_PORTS),
    destinationPort: PORT,
  }));

const KINDS: Readonly<Record<string, Kind>> = {
  'SYN flood': { make: (count) => spoofed(count) },
  'SYN flood from outside': { make: (count) => spoofed(count, OUTSIDE) },
  'UDP flood': { make: (count) => asDatagrams(spoofed(count)) },
  'port scan': {
    make: (count) =>
      frames(count, FIRST_POD_PORT, SYN, (i) => ({
        source: PODS,
        destination: number4(BACKEND) + Math.floor(i / 65_535),
        sourcePort: 40_000,
        destinationPort: 1 + (i % 65_535),
      })),
  },
  fragments: { make: (count) => asFragments(spoofed(count)) },
};

export const ATTACKS: readonly string[] = Object.keys(KINDS);

interface Plan {
  /** One of ATTACKS. */
  readonly kind: string;
  /** Packets of the attack, all different. */
  readonly packets: number;
  /** Connections that exist before it. */
  readonly established: number;
  readonly capacity: number;
  readonly seed: number;
}

interface Outcome {
  /** ns for a packet of an established connection: without the attack, between its packets, and a minute after it. */
  readonly quietNs: number;
  readonly attackedNs: number;
  readonly afterNs: number;
  /** ns for a packet of the attack. */
  readonly attackNs: number;
  /** Packets of established connections that did not get through while it lasted. */
  readonly lost: number;
  /** New connections, of `tried`, that were served when it was over, and a minute later. */
  readonly tried: number;
  readonly served: number;
  readonly servedLater: number;
  /** How often the attack ended how, most often first; `dropped` counts flows that made room. */
  readonly ends: readonly { readonly reason: keyof typeof Reason; readonly count: number }[];
  readonly dropped: number;
}

/** A node with one Service, on which users hold connections. */
class Victim {
  readonly #cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
  readonly #node: NodeEngine;
  #now = SECOND_NS;

  constructor({ capacity, seed }: Plan) {
    this.#node = new (loadAddon().NodeEngine)(seed, capacity, this.#cells);
    const bench = makeBench([{ port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] }]);
    const ports = { [PORT]: 'TCP' } as const;
    const parts = [
      makeService({ name: 'target', clusterIP: VIP, endpoints: [BACKEND], ports }),
      makeService({ name: 'target-udp', clusterIP: VIP, endpoints: [BACKEND], ports: { [PORT]: 'UDP' } }),
    ];
    const routes = [
      { prefix: '10.244.0.0/15', kind: 'FORWARD', port: FIRST_POD_PORT, nextHop: -1 },
      { prefix: '0.0.0.0/0', kind: 'FORWARD', port: FIRST_POD_PORT + 1, nextHop: -1 },
    ] as const;
    const server = { kind: 'POD', name: 'pod/default/server', mac: '02:00:00:00:00:02', mtu: 1500, id: 2 } as const;
    const attachment = { ...bench.attachment, ports: [...bench.attachment.ports, server], routes };
    const tables = tablesOf({ ...bench, attachment }, snapshotOf(parts), OWN, 1, seed);
    const error = this.#node.load(encodeImage(tables), this.#now);
    if (error !== 0) throw new Error(`image refused: ${error}`);
  }

  /** ns for all packets together, and how many got through. */
  run({ bytes, lengths, ports }: Batch): { ns: number; forwarded: number } {
    const { nsPerFrame, forwarded } = this.#node.processBatch(bytes, lengths, ports, 1, this.#now);
    return { ns: nsPerFrame * lengths.length, forwarded };
  }

  wait(seconds: bigint): void {
    this.#now += seconds * SECOND_NS;
    this.#node.sweep(this.#now, 1 << 22);
  }

  cells(): bigint[] {
    return Array.from(this.#cells);
  }
}

/** Packets of users: number `first` and the `count` after it, in random order, from them or to them. */
function users(first: number, count: number, seed: number, back: boolean, flags: number): Batch {
  const order = shuffled(count, seed);
  return frames(count, back ? FIRST_POD_PORT + 1 : FIRST_POD_PORT, flags, (place) => {
    const i = first + (order[place] ?? 0);
    const client = FIRST_CLIENT + Math.floor(i / CLIENT_PORTS);
    const port = FIRST_CLIENT_PORT + (i % CLIENT_PORTS);
    return back
      ? { source: number4(BACKEND), destination: client, sourcePort: PORT, destinationPort: port }
      : { source: client, destination: number4(VIP), sourcePort: port, destinationPort: PORT };
  });
}

/** Shakes hands; returns how many of them got all three packets through. */
function connect(victim: Victim, first: number, count: number, seed: number): number {
  const there = users(first, count, seed, false, SYN);
  const begun = victim.run(there).forwarded;
  const answered = victim.run(users(first, count, seed, true, SYN | ACK)).forwarded;
  return Math.min(begun, answered, victim.run(setFlags(there, ACK)).forwarded);
}

/** Passes turns of established packets, each after a turn of `attack` if there is one. */
function pass(victim: Victim, known: Batch, attack: Batch | null) {
  const turns = Math.ceil((attack ?? known).lengths.length / TURN);
  const total = { knownNs: 0, known: 0, lost: 0, attackNs: 0 };
  for (let turn = 0; turn < turns; turn++) {
    if (attack) total.attackNs += victim.run(slice(attack, turn * TURN, (turn + 1) * TURN)).ns;
    const at = (turn * TURN) % known.lengths.length;
    const part = slice(known, at, at + TURN);
    const { ns, forwarded } = victim.run(part);
    total.knownNs += ns;
    total.known += part.lengths.length;
    total.lost += part.lengths.length - forwarded;
  }
  return { ...total, each: total.knownNs / total.known };
}

function endsOf(before: readonly bigint[], after: readonly bigint[], users: number): Outcome['ends'] {
  return Object.entries(ReasonNames)
    .map(([cell, reason]) => ({
      reason: reason as keyof typeof Reason,
      count: Number((after[Number(cell)] ?? 0n) - (before[Number(cell)] ?? 0n)),
    }))
    .map((end) => (end.reason === 'ESTABLISHED' ? { ...end, count: end.count - users } : end))
    .filter(({ count }) => count > 0)
    .sort((a, b) => b.count - a.count);
}

/** Attacks a node and says what came of it. */
export function attack(plan: Plan): Outcome {
  const kind = KINDS[plan.kind];
  if (!kind) throw new Error(`no attack "${plan.kind}"`);
  const victim = new Victim(plan);
  const { established, packets, seed } = plan;
  const made = connect(victim, 0, established, seed);
  if (made !== established) throw new Error(`${made} of ${established} connections were made`);
  const known = users(0, established, seed + 1, false, ACK);
  pass(victim, known, null);
  const quiet = pass(victim, known, null);
  const before = victim.cells();
  const attacked = pass(victim, known, kind.make(packets));
  const after = victim.cells();
  const tried = Math.min(established, 1000);
  const served = connect(victim, established, tried, seed);
  victim.wait(60n);
  const servedLater = connect(victim, established + tried, tried, seed);
  const later = pass(victim, known, null);
  const dropped = Number((after[COUNTERS.flowsDropped] ?? 0n) - (before[COUNTERS.flowsDropped] ?? 0n));
  return {
    ...{ quietNs: quiet.each, attackedNs: attacked.each, afterNs: later.each, attackNs: attacked.attackNs / packets },
    ...{ lost: attacked.lost + later.lost, tried, served, servedLater, dropped },
    ends: endsOf(before, after, attacked.known - attacked.lost),
  };
}
