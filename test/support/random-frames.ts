// random-frames.ts - random frames for differential tests: plausible ones that make flows progress, and hostile ones.

import { type FrameIn, NO_OFFLOAD, type Offload, type Outcome } from '../../src/engine/engine.js';
import { isIPv6 } from '../../src/model/address.js';
import { answerType, ICMP_QUERIES } from '../../src/wire/headers.js';
import { type DecodedIp, decodeFrame } from './decode.js';
import { fragmentsOf } from './fragments.js';
import { concat, internetChecksum, word } from './internet.js';
import { ip, mac, type PacketBuilder, packet } from './packet.js';
import { NODE_PORTS, POOLS, type Pool, SERVICE_PORTS } from './random-tables.js';
import type { Dice } from './seed.js';
import { sctpSpeaker, tcpSpeaker } from './speakers.js';
import type { FrontendSpec } from './tables.js';

const CLIENT_PORTS = [40_000, 40_001, 40_002, 0, 65_535, 30_080] as const;
const ANY_TARGET = [8080, 53, 80, 31_000, 1, 999] as const;
const FLAGS = [
  'SYN',
  'SYN',
  'SYN',
  'ACK',
  'ACK',
  'SYN,ACK',
  'FIN,ACK',
  'RST',
  'RST,ACK',
  'PSH,ACK',
  '',
  'SYN,FIN',
  'FIN',
] as const;
/** Queries and answers of either family; in the other one they mean nothing. */
const QUERIES = Object.values(ICMP_QUERIES).flat(2);
const PORTS = 5;
const KEPT = 64;
/** Conversations at a time. */
const TALKS = 12;
/** More than the smallest flow table holds. */
const CROWD = 10;

/** Makes the frames of one run. It is told every outcome, so that it can answer what left. */
export class FrameSource {
  readonly #dice: Dice;
  readonly #sent: FrameIn[] = [];
  readonly #left: { frame: Uint8Array; port: number; offload: Offload }[] = [];
  #queue: FrameIn[] = [];
  #frontends: readonly FrontendSpec[] = [];
  readonly #talks: (() => FrameIn)[] = [];

  constructor(dice: Dice) {
    this.#dice = dice;
  }

  /** The frontends in force: most connections go to one of them. */
  aimAt(frontends: readonly FrontendSpec[]): void {
    this.#frontends = frontends;
  }

  next(): FrameIn {
    const frame = this.#queue.shift() ?? this.#fresh();
    this.#keep(this.#sent, frame);
    return frame;
  }

  /** What the reference made of the last frame. */
  saw(outcome: Outcome): void {
    const { out } = outcome;
    if (out) this.#keep(this.#left, { frame: out.bytes, port: out.port, offload: out.offload });
  }

  /** The same for a frame that left without a word about it. */
  left(port: number, frame: Uint8Array): void {
    this.#keep(this.#left, { frame, port, offload: NO_OFFLOAD });
  }

  #keep<T>(list: T[], item: T): void {
    list.push(item);
    if (list.length > KEPT) list.shift();
  }

  #fresh(): FrameIn {
    const dice = this.#dice;
    if (dice.below(400) === 0) return this.#crowd();
    const kind = dice.below(100);
    if (kind < 20 && this.#frontends.length > 0) return this.#toService(dice.pick(this.#frontends));
    if (kind < 34) return this.#connection();
    if (kind < 44) return this.#talk();
    if (kind < 62 && this.#left.length > 0) return this.#reply();
    if (kind < 70 && this.#left.length > 0) return this.#icmpError();
    if (kind < 78 && this.#sent.length > 0) return this.#again();
    if (kind < 88 && this.#sent.length > 0) return this.#mutated();
    if (kind < 92) return this.#fragments();
    if (kind < 95) return this.#neighbour();
    return kind < 98 ? this.#odd() : { port: dice.below(PORTS + 1), bytes: this.#noise(dice.below(120)) };
  }

  /** The next packet of one of a few connections between a pod here and one elsewhere, whose ends know what they say. */
  #talk(): FrameIn {
    const dice = this.#dice;
    if (this.#talks.length < TALKS || dice.chance(5)) {
      const pool = dice.pick(POOLS);
      const [client, server] = [pool.localPods[0] ?? '', pool.remotePods[0] ?? ''];
      const ends = { client: { address: client, inPort: 2 }, server: { address: server, inPort: 1 } };
      const port = dice.between(50_000, 50_020);
      const speak = dice.chance(70) ? tcpSpeaker(dice, ends, port) : sctpSpeaker(dice, ends, port);
      this.#keep(this.#talks, speak);
      if (this.#talks.length > TALKS) this.#talks.shift();
    }
    return dice.pick(this.#talks)();
  }

  /** More connections at once than the smallest table holds, all of them established. */
  #crowd(): FrameIn {
    const pool = this.#dice.pick(POOLS);
    const [client, server] = [pool.localPods[0] ?? '', pool.remotePods[0] ?? ''];
    const frames = Array.from({ length: CROWD }, (_, i) => {
      const port = 51_000 + i;
      const open = ip(client, server).tcp(port, 80, { flags: 'SYN', seq: 1 }).frame(2);
      const answer = ip(server, client).tcp(80, port, { flags: 'SYN,ACK', seq: 1, ack: 2 }).frame(1);
      return [open, answer, ip(client, server).tcp(port, 80, { flags: 'ACK', seq: 2, ack: 2 }).frame(2)];
    }).flat();
    this.#queue = frames.slice(1);
    return frames[0] as FrameIn;
  }

  /** A connection to a frontend that exists. */
  #toService(frontend: FrontendSpec): FrameIn {
    const dice = this.#dice;
    const isV6 = isIPv6(frontend.address) || frontend.address === '6';
    const { pool, source, port } = this.#ends(POOLS[isV6 ? 1 : 0]);
    const destination = frontend.address.length === 1 ? (pool.nodes[0] ?? '') : frontend.address;
    const layer = ip(source, destination, this.#hops());
    const [from, to] = [dice.pick(CLIENT_PORTS), frontend.port];
    const size = this.#payload();
    const protocol = frontend.protocol === 'ANY' ? dice.pick(['TCP', 'UDP', 'SCTP'] as const) : frontend.protocol;
    let whole = layer.tcp(from, to, { flags: dice.pick(['SYN', 'SYN', 'SYN', 'ACK']) }).payload(size);
    if (protocol === 'UDP') whole = layer.udp(from, to, dice.chance(15) ? { checksum: 0 } : {}).payload(size);
    if (protocol === 'SCTP') whole = layer.sctp(from, to).payload(size);
    if (dice.chance(10)) whole = this.#offloaded(whole, isV6);
    if (dice.chance(93)) return whole.frame(port);
    const [first, ...rest] = fragmentsOf(whole, 24, dice.below(6)).map((bytes) => ({ port, bytes }));
    this.#queue = rest.slice(0, 3);
    return first ?? whole.frame(port);
  }

  #ends(pool: Pool = this.#dice.pick(POOLS)): { pool: Pool; source: string; destination: string; port: number } {
    const dice = this.#dice;
    const port = dice.below(PORTS);
    const node = pool.nodes[0] ?? '';
    const own =
      port >= 2
        ? (pool.localPods[port - 2] ?? node)
        : port === 0
          ? node
          : dice.pick([...pool.clients, ...pool.remotePods]);
    const source = dice.chance(93)
      ? own
      : dice.pick([...pool.localPods, ...pool.nodes, ...pool.clients, ...pool.strangers]);
    const destination = dice.pick([
      ...pool.clusterIps,
      ...pool.clusterIps,
      ...pool.externalIps,
      ...pool.externalIps,
      ...pool.nodes,
      ...pool.localPods,
      ...pool.remotePods,
      ...pool.clients,
      ...pool.strangers,
      pool.unallocated,
    ]);
    return { pool, source, destination, port };
  }

  #hops(): number {
    return this.#dice.chance(4) ? this.#dice.pick([0, 1, 2, 255]) : 64;
  }

  #payload(): number {
    const dice = this.#dice;
    return dice.chance(85) ? dice.below(40) : dice.pick([535, 536, 1240, 1400, 1472, 1500]);
  }

  #upper(layer: PacketBuilder): PacketBuilder {
    const dice = this.#dice;
    const from = dice.pick(CLIENT_PORTS);
    const to = dice.pick([...SERVICE_PORTS, ...SERVICE_PORTS, ...NODE_PORTS, ...ANY_TARGET]);
    const size = this.#payload();
    const kind = dice.below(100);
    if (kind < 50) return layer.tcp(from, to, { flags: dice.pick(FLAGS) }).payload(size);
    const none = dice.chance(15) ? { checksum: 0 } : {};
    if (kind < 75) return layer.udp(from, to, none).payload(size);
    if (kind < 85) return layer.sctp(from, to).payload(size);
    const id = dice.pick([0, 1, 2, 40_000]);
    if (kind < 89) return layer.echo(id, 1, { reply: dice.chance(20) }).payload(size);
    if (kind < 94) return layer.query(dice.pick(QUERIES), id, dice.chance(90) ? 0 : 1).payload(size);
    return kind < 97
      ? layer.icmp(dice.below(256), dice.below(4)).payload(size)
      : layer.other(dice.pick([1, 47, 58, 59, 51]), 20);
  }

  #connection(): FrameIn {
    const dice = this.#dice;
    const { source, destination, port } = this.#ends();
    let layer = ip(source, destination, this.#hops());
    if (!isIPv6(source)) {
      const options = dice.chance(5) ? new Uint8Array(4 * dice.between(1, 10)).fill(1) : new Uint8Array(0);
      layer = packet().ip4(source, destination, { ttl: this.#hops(), df: dice.chance(60), options });
    } else if (dice.chance(6)) {
      for (let i = dice.between(1, 9); i > 0; i--) layer = layer.extension(dice.pick([0, 43, 60]), dice.between(1, 2));
      if (dice.chance(30)) layer = layer.fragment({});
    }
    const whole = this.#upper(layer);
    if (dice.chance(8)) return this.#offloaded(whole, isIPv6(source)).frame(port);
    return whole.frame(port);
  }

  #offloaded(whole: PacketBuilder, isV6: boolean): PacketBuilder {
    const dice = this.#dice;
    if (dice.chance(60)) return whole.partial();
    return whole.gso(dice.pick(isV6 ? [4, 5, 0x84] : [1, 5, 0x81]), dice.pick([500, 1200, 1400, 1448, 1460]));
  }

  /** The other side's answer to a frame that left. */
  #reply(): FrameIn {
    const dice = this.#dice;
    const { frame, port } = dice.pick(dice.chance(50) ? this.#left.slice(-4) : this.#left);
    const seen = decodeFrame(frame).ip;
    if (!seen) return this.#connection();
    const layer = ip(seen.destination, seen.source, this.#hops());
    return this.#answer(layer, seen).frame(dice.chance(95) ? port : dice.below(PORTS));
  }

  #answer(layer: PacketBuilder, seen: DecodedIp): PacketBuilder {
    const dice = this.#dice;
    const [from, to] = [seen.destinationPort ?? 0, seen.sourcePort ?? 0];
    const size = this.#payload();
    if (seen.protocol === 'tcp') {
      const usual = seen.flags === 'SYN' ? 'SYN,ACK' : seen.flags?.includes('FIN') ? 'FIN,ACK' : 'ACK';
      return layer.tcp(from, to, { flags: dice.chance(80) ? usual : dice.pick(FLAGS) }).payload(size);
    }
    if (seen.protocol === 'udp') return layer.udp(from, to).payload(size);
    if (seen.protocol === 'sctp') return layer.sctp(from, to).payload(size);
    if (seen.protocol === 'other') return layer.other(seen.number, 20);
    const type = answerType(seen.version, seen.type ?? 0);
    return layer.query(type, seen.id ?? 0, dice.chance(95) ? seen.code : 1).payload(size);
  }

  /** Somebody on the way, or the receiver, complains about a frame that left. */
  #icmpError(): FrameIn {
    const dice = this.#dice;
    const { frame, port } = dice.pick(this.#left);
    const seen = decodeFrame(frame).ip;
    if (!seen) return this.#connection();
    const pool = POOLS[seen.version === 4 ? 0 : 1] as Pool;
    const teller = dice.chance(60) ? seen.destination : dice.pick([...pool.nodes, ...pool.clients]);
    const quoted = frame.slice(14, dice.chance(70) ? undefined : 14 + dice.below(80));
    const [type, code] = dice.pick(
      seen.version === 4
        ? [
            [3, 3],
            [3, 4],
            [11, 0],
            [5, 1],
            [12, 0],
          ]
        : [
            [1, 4],
            [2, 0],
            [3, 0],
            [4, 0],
          ],
    ) as [number, number];
    const rest = concat(word(0), word(1400));
    const checksum = dice.chance(5) ? { checksum: dice.below(0x10000) } : {};
    const made = ip(teller, seen.source, this.#hops())
      .icmp(type, code, { rest, ...checksum })
      .payload(quoted);
    return (dice.chance(5) ? made.partial() : made).frame(port);
  }

  #again(): FrameIn {
    return this.#dice.pick(this.#sent);
  }

  /** A known frame with a few bytes changed, cut, grown, or with another idea of its offload. */
  #mutated(): FrameIn {
    const dice = this.#dice;
    const frame = dice.pick(this.#sent);
    let bytes: Uint8Array = frame.bytes.slice();
    for (let i = dice.below(4); i > 0 && bytes.length > 0; i--) {
      // Most of the meaning is in the headers.
      const at = dice.chance(80) ? dice.below(Math.min(bytes.length, 90)) : dice.below(bytes.length);
      bytes[at] = dice.chance(50) ? dice.below(256) : (bytes[at] ?? 0) ^ (1 << dice.below(8));
    }
    if (dice.chance(20)) bytes = bytes.slice(0, dice.below(bytes.length + 1));
    if (dice.chance(20)) bytes = concat(bytes, new Uint8Array(dice.below(20)));
    if (dice.chance(70)) mendIp4(bytes);
    const offload = dice.chance(90) ? (frame.offload ?? NO_OFFLOAD) : this.#offload();
    return { port: dice.chance(80) ? frame.port : dice.below(PORTS + 1), bytes, offload };
  }

  #offload(): Offload {
    const dice = this.#dice;
    return {
      needsChecksum: dice.chance(50),
      gsoType: dice.pick([0, 1, 4, 5, 0x81, 0x80]),
      gsoSize: dice.pick([0, 100, 1400, 65_535]),
      headerLength: dice.pick([0, 54, 74, 65_535]),
      checksumStart: dice.below(100),
      checksumOffset: dice.pick([6, 16]),
    };
  }

  #fragments(): FrameIn {
    const dice = this.#dice;
    const { source, destination, port } = this.#ends();
    const layer = ip(source, destination, this.#hops());
    const whole = this.#upper(layer);
    const pieces = fragmentsOf(whole, dice.pick([24, 64, 512]), dice.below(6)).slice(0, 4);
    if (dice.chance(20)) pieces.reverse();
    const frames = pieces.map((bytes) => ({ port, bytes }));
    this.#queue = frames.slice(1);
    return frames[0] ?? { port, bytes: whole.bytes() };
  }

  #neighbour(): FrameIn {
    const dice = this.#dice;
    const port = dice.below(PORTS);
    const sender = dice.pick(['10.244.1.5', '192.168.0.11', '0.0.0.0', '203.0.113.10']);
    const senderMac = '02:00:00:00:00:c1';
    if (dice.chance(40)) {
      const target = dice.pick(['10.244.1.1', '10.244.1.5', '10.96.0.10']);
      const operation = dice.pick([1, 1, 1, 2, 3]);
      const arp = packet().arp({ operation, sender: [senderMac, sender], target: ['00:00:00:00:00:00', target] });
      return { port, bytes: concat(arp.bytes(), new Uint8Array(dice.pick([0, 18]))) };
    }
    const source = dice.pick(['fd00:10:244:1::5', 'fe80::5', '::', 'ff02::1', 'fd00:10:244:1::6']);
    const target = dice.pick(['fd00:10:244:1::5', 'fd00:10:244:1::1', 'fe80::1', 'ff02::9']);
    const rest = new Uint8Array(4);
    const asked = packet().ip6(source, 'ff02::1:ff00:1', { hopLimit: dice.chance(85) ? 255 : 64 });
    const layer = dice.chance(8) ? asked.extension(0) : asked;
    const type = dice.pick([135, 135, 135, 136, 133, 134, 137]);
    const target16 = dice.chance(90) ? packet().ip6(target, target).packetBytes().slice(8, 24) : new Uint8Array(3);
    const option = concat(Uint8Array.of(1, 1), mac(senderMac));
    return {
      port,
      bytes: layer
        .icmp(type, dice.chance(95) ? 0 : 1, { rest })
        .payload(concat(target16, option))
        .bytes(),
    };
  }

  /** Addresses that nobody may have, and headers at their limits. */
  #odd(): FrameIn {
    const dice = this.#dice;
    const port = dice.below(PORTS);
    const v4 = ['0.0.0.0', '127.0.0.1', '224.0.0.1', '255.255.255.255', '10.244.1.5', '240.0.0.1'];
    const v6 = ['::', '::1', 'ff02::1', 'fe80::1', 'fd00:10:244:1::5', '::2'];
    const pool = dice.chance(50) ? v4 : v6;
    const layer = ip(dice.pick(pool), dice.pick(pool));
    const made = this.#upper(layer).bytes();
    if (pool === v6 && dice.chance(30))
      made.set([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4], 14 + dice.pick([8, 24]));
    return { port, bytes: made };
  }

  #noise(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#dice.below(256));
  }
}

/** Makes the IPv4 header checksum right again, so that mutations reach the stages behind it. */
function mendIp4(bytes: Uint8Array): void {
  const end = 14 + ((bytes[14] ?? 0) & 0xf) * 4;
  if (bytes[12] !== 0x08 || bytes[13] !== 0 || end < 34 || bytes.length < end) return;
  bytes.set(word(0), 24);
  bytes.set(word(internetChecksum(bytes.subarray(14, end))), 24);
}
