// segment.ts - a TCP segment as seen by connection tracking: sequence numbers, kind, and the options that windows need.
import { u8, u16, u32 } from '../../wire/bytes.js';
import type { Packet } from './packet.js';
import { tcpHeaderBytes } from './packet.js';
import { type Segment as Kind, segmentOf } from './tcp.js';

export interface Segment {
  readonly kind: Kind;
  readonly syn: boolean;
  readonly acknowledges: boolean;
  readonly reset: boolean;
  readonly sequence: number;
  readonly ack: number;
  /** Just past the last byte. SYN and FIN count as one each; a frame that a device will segment counts as a whole. */
  readonly end: number;
  /** The raw value from the header, before scaling. */
  readonly window: number;
  readonly options: readonly Option[];
  /** True if the header has room for options, whether or not it contains any. */
  readonly hasOptions: boolean;
}

interface Option {
  readonly kind: number;
  readonly body: Uint8Array;
}

const FIN = 1;
const SYN = 2;
const RST = 4;
const ACK = 16;
const URG = 32;

/** Addition modulo 2^32: sequence numbers wrap around. */
export const plus = (a: number, b: number): number => (a + b) >>> 0;
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;
export const after = (a: number, b: number): boolean => before(b, a);

/** Valid combinations of TCP flags. PSH, ECE and CWR may always be set. */
const SENT: ReadonlySet<number> = new Set([
  ...[SYN, SYN | URG, SYN | ACK, RST, RST | ACK, FIN | ACK, FIN | ACK | URG, ACK, ACK | URG],
]);

export const isSent = (flags: number): boolean => SENT.has(flags & (FIN | SYN | RST | ACK | URG));

export function readSegment(bytes: Uint8Array, packet: Packet): Segment {
  const { l4, end, tcpFlags } = packet;
  const headerBytes = tcpHeaderBytes(bytes, l4);
  const sequence = u32(bytes, l4 + 4);
  const marks = (tcpFlags & SYN ? 1 : 0) + (tcpFlags & FIN ? 1 : 0);
  return {
    kind: segmentOf(tcpFlags),
    syn: (tcpFlags & SYN) !== 0,
    acknowledges: (tcpFlags & ACK) !== 0,
    reset: (tcpFlags & RST) !== 0,
    sequence,
    ack: u32(bytes, l4 + 8),
    end: plus(sequence, end - l4 - headerBytes + marks),
    window: u16(bytes, l4 + 14),
    options: readOptions(bytes.subarray(l4 + 20, l4 + headerBytes)),
    hasOptions: headerBytes > 20,
  };
}

/** Reads options up to the end of the list, or to the first malformed one (RFC 9293 §3.1). */
function readOptions(bytes: Uint8Array): Option[] {
  const options: Option[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = u8(bytes, at);
    if (kind === 0) break;
    if (kind === 1) {
      at += 1;
      continue;
    }
    const length = bytes[at + 1] ?? 0;
    if (length < 2 || at + length > bytes.length) break;
    options.push({ kind, body: bytes.subarray(at + 2, at + length) });
    at += length;
  }
  return options;
}

const SACK = 5;

/** The highest acknowledged byte, including selective ones: the right edges of the first SACK option (RFC 2018). */
export function highestAck({ ack, options }: Segment): number {
  const sack = options.find(({ kind, body }) => kind === SACK && body.length >= 8 && body.length % 8 === 0);
  let highest = ack;
  for (let at = 0; sack && at < sack.body.length; at += 8) {
    const edge = u32(sack.body, at + 4);
    if (after(edge, highest)) highest = edge;
  }
  return highest;
}
