// pcapng.ts - captures as Wireshark reads them: the blocks of a pcapng file (draft-ietf-opsawg-pcapng).

const BLOCK = { section: 0x0a0d0d0a, interface: 1, packet: 6, statistics: 5 } as const;
const OPTION = { end: 0, comment: 1, name: 2, description: 3, resolution: 9, application: 4 } as const;
/** Of a packet block, and of an interface statistics block. */
const FLAGS = 2;
const RECEIVED = 4;
const LEFT_OUT = 5;
const BYTE_ORDER = 0x1a2b3c4d;
const ETHERNET = 1;
const NANOSECONDS = 9;

/** The way that a packet takes through its interface (epb_flags). */
type Direction = 'in' | 'out';
const DIRECTIONS: Readonly<Record<Direction, number>> = { in: 1, out: 2 };

const padded = (length: number): number => (length + 3) & ~3;
const text = (words: string): Uint8Array => Buffer.from(words, 'utf8');

function word32(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

function word64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function option(code: number, value: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(4 + padded(value.length));
  const view = new DataView(bytes.buffer);
  view.setUint16(0, code, true);
  view.setUint16(2, value.length, true);
  bytes.set(value, 4);
  return bytes;
}

function block(type: number, fixed: Uint8Array, options: readonly Uint8Array[]): Uint8Array {
  const ends = options.length > 0 ? [...options, option(OPTION.end, new Uint8Array())] : [];
  const length = 12 + padded(fixed.length) + ends.reduce((sum, { length }) => sum + length, 0);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  bytes.set(fixed, 8);
  let at = 8 + padded(fixed.length);
  for (const one of ends) {
    bytes.set(one, at);
    at += one.length;
  }
  view.setUint32(length - 4, length, true);
  return bytes;
}

/** Two 32-bit words of a time, the upper one first. */
function stamp(view: DataView, at: number, ns: bigint): void {
  view.setUint32(at, Number(ns >> 32n), true);
  view.setUint32(at + 4, Number(ns & 0xffffffffn), true);
}

/** The first block of a file. */
export function sectionBlock(application: string): Uint8Array {
  const fixed = new Uint8Array(16);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, BYTE_ORDER, true);
  view.setUint16(4, 1, true);
  view.setBigInt64(8, -1n, true);
  return block(BLOCK.section, fixed, [option(OPTION.application, text(application))]);
}

/** An interface: Ethernet, stamps in nanoseconds. They are numbered from 0 in the order in which they are written. */
export function interfaceBlock(name: string, description: string, snap: number): Uint8Array {
  const fixed = new Uint8Array(8);
  const view = new DataView(fixed.buffer);
  view.setUint16(0, ETHERNET, true);
  view.setUint32(4, snap, true);
  return block(BLOCK.interface, fixed, [
    option(OPTION.name, text(name)),
    option(OPTION.description, text(description)),
    option(OPTION.resolution, Uint8Array.of(NANOSECONDS)),
  ]);
}

interface CapturedPacket {
  readonly interface: number;
  /** Nanoseconds since 1970. */
  readonly atNs: bigint;
  readonly direction: Direction;
  readonly bytes: Uint8Array;
  /** Of the whole frame. */
  readonly length: number;
  readonly comment: string;
}

export function packetBlock({ interface: at, atNs, direction, bytes, length, comment }: CapturedPacket): Uint8Array {
  const fixed = new Uint8Array(20 + padded(bytes.length));
  const view = new DataView(fixed.buffer);
  view.setUint32(0, at, true);
  stamp(view, 4, atNs);
  view.setUint32(12, bytes.length, true);
  view.setUint32(16, length, true);
  fixed.set(bytes, 20);
  return block(BLOCK.packet, fixed, [
    option(OPTION.comment, text(comment)),
    option(FLAGS, word32(DIRECTIONS[direction])),
  ]);
}

/** How many packets an interface has seen, and how many were left out of the file. */
export function statisticsBlock(at: number, atNs: bigint, received: number, leftOut: number): Uint8Array {
  const fixed = new Uint8Array(12);
  const view = new DataView(fixed.buffer);
  view.setUint32(0, at, true);
  stamp(view, 4, atNs);
  return block(BLOCK.statistics, fixed, [
    option(RECEIVED, word64(BigInt(received))),
    option(LEFT_OUT, word64(BigInt(leftOut))),
  ]);
}
