// conntrack-speakers.ts - what the two ends of a connection through one node send: talk, fragments, and errors about what they got.
import type { FrameIn } from '../../src/engine/engine.js';
import { formatBytes } from '../../src/model/address.js';
import { ICMP_QUERIES } from '../../src/wire/headers.js';
import { fragmentsOf } from './fragments.js';
import { ip, type PacketBuilder } from './packet.js';
import { SctpTalk } from './sctp-talk.js';
import type { Dice } from './seed.js';
import { type End, type TalkSegment, TcpTalk } from './tcp-talk.js';

export const CLIENT = { port: 2, addresses: { 4: '10.244.1.5', 6: 'fd00:10:244:1::5' } } as const;
export const SERVER = { port: 1, addresses: { 4: '10.244.2.7', 6: 'fd00:10:244:2::7' } } as const;
export const FRONTEND = { 4: '10.96.0.10', 6: 'fd00:10:96::a' } as const;
/** Between the node and the server. */
const ROUTER = { 4: '10.244.2.1', 6: 'fd00:10:244:2::1' } as const;
export const SERVICE_PORT = 80;
export const TARGET_PORT = 8080;
export const SERVED = ['TCP', 'UDP', 'SCTP'] as const;

export type Protocol = (typeof SERVED)[number] | 'ICMP' | 'OTHER';

/** Where a connection runs: through the Service or past it. */
export interface Line {
  readonly family: 4 | 6;
  readonly viaService: boolean;
  readonly port: number;
}

/** What is sent at a time: a packet, or all its fragments. */
export interface Said {
  readonly frames: readonly FrameIn[];
  readonly text: string;
}

/** Makes what is said next in one connection. */
type Speaker = () => Said;

function ends(line: Line, from: End) {
  const { family, viaService, port } = line;
  const client = [CLIENT.addresses[family], port] as const;
  const server = [SERVER.addresses[family], TARGET_PORT] as const;
  if (from === 'server') return { inPort: SERVER.port, source: server, destination: client };
  return {
    inPort: CLIENT.port,
    source: client,
    destination: viaService ? ([FRONTEND[family], SERVICE_PORT] as const) : server,
  };
}

function layers(line: Line, from: End) {
  const { inPort, source, destination } = ends(line, from);
  return { inPort, layer: ip(source[0], destination[0]), from: source[1], to: destination[1] };
}

const whole = (packet: PacketBuilder, port: number, text: string): Said => ({ frames: [packet.frame(port)], text });

export function segment(line: Line, said: TalkSegment): Said {
  const { inPort, layer, from, to } = layers(line, said.from);
  const text = JSON.stringify({ ...said, options: Buffer.from(said.options).toString('hex') });
  return whole(layer.tcp(from, to, said).payload(said.payload), inPort, text);
}

/** What is asked and answered, by family; the last of IPv6 is a listener's report, and no query. */
const ASKED = { 4: ICMP_QUERIES[4], 6: [...ICMP_QUERIES[6], [131, 132] as const] };

/** Bytes of payload in a fragment, and how often one is cut, in percent. */
const PIECE = 64;
const CUT = 10;

function datagram(dice: Dice, line: Line, id: number): Said {
  const side: End = dice.pick(['client', 'client', 'server']);
  const { inPort, layer, from, to } = layers(line, side);
  if (!dice.chance(CUT)) return whole(layer.udp(from, to).payload(dice.below(20)), inPort, side);
  const pieces = fragmentsOf(layer.udp(from, to).payload(PIECE + dice.below(200)), PIECE, id);
  return { frames: pieces.map((bytes) => ({ port: inPort, bytes })), text: `${side}, ${pieces.length} fragments` };
}

export function speaker(dice: Dice, protocol: Protocol, line: Line): Speaker {
  const tcp = new TcpTalk(dice);
  const sctp = new SctpTalk(dice);
  let id = line.port;
  const query = dice.pick(ASKED[line.family]);
  return () => {
    if (protocol === 'TCP') return segment(line, tcp.next());
    if (protocol === 'UDP') return datagram(dice, line, ++id);
    if (protocol === 'SCTP') {
      const said = sctp.next();
      const { inPort, layer, from, to } = layers(line, said.from);
      return whole(layer.sctp(from, to, said).payload(said.payload), inPort, JSON.stringify(said));
    }
    const side: End = dice.pick(['client', 'client', 'server']);
    const { inPort, layer } = layers(line, side);
    if (protocol === 'OTHER') return whole(layer.other(99, 16), inPort, side);
    const [question, answer] = dice.chance(90) ? query : dice.pick(ASKED[line.family]);
    const code = dice.chance(95) ? 0 : 1;
    const type = (side === 'client') === dice.chance(95) ? question : answer;
    return whole(layer.query(type, line.port, code), inPort, `${side} ${type}/${code}`);
  };
}

/** Errors by family: type and code. */
const ERRORS: Readonly<Record<4 | 6, readonly (readonly [type: number, code: number])[]>> = {
  4: [
    [3, 1],
    [3, 3],
    [3, 4],
    [11, 0],
    [12, 0],
  ],
  6: [
    [1, 0],
    [1, 4],
    [2, 0],
    [3, 0],
    [4, 1],
  ],
};
const IP_BYTES = { 4: 20, 6: 40 } as const;

/** An ICMP error about a packet that left, from whoever got it or a router on the way, to its sender or to somebody else. */
export function errorAbout(
  dice: Dice,
  family: 4 | 6,
  left: { readonly port: number; readonly bytes: Uint8Array },
): Said {
  const quoted = left.bytes.subarray(14);
  const at = family === 4 ? 12 : 8;
  const size = family === 4 ? 4 : 16;
  const address = (from: number): string => addressText(quoted.subarray(from, from + size));
  const toServer = left.port === SERVER.port;
  // What the node sends where it came from is another matter: it ends loops.
  const sender = !toServer && dice.chance(10) ? ROUTER[family] : address(at);
  const receiver = address(at + size);
  const reporter = toServer && (receiver === FRONTEND[family] || dice.chance(30)) ? ROUTER[family] : receiver;
  const [type, code] = dice.pick(ERRORS[family]);
  const kept = dice.chance(70) ? quoted : quoted.subarray(0, IP_BYTES[family] + dice.pick([8, 12, 20]));
  const packet = ip(reporter, sender).icmp(type, code).payload(kept);
  return whole(packet, left.port, `error ${type}/${code} from ${reporter} to ${sender} about ${kept.length} bytes`);
}

const addressText = (bytes: Uint8Array): string => (bytes.length === 4 ? bytes.join('.') : formatBytes(bytes));

/** The same with its last byte changed, which no checksum covers any more. */
export function damaged({ frames, text }: Said): Said {
  const flip = (frame: FrameIn): FrameIn => {
    const bytes = frame.bytes.slice();
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0x40;
    return { ...frame, bytes };
  };
  return frames.length > 1 ? { frames, text } : { frames: frames.map(flip), text: `damaged: ${text}` };
}
