// capturefile.ts - reads captures: pcap in both byte orders, with stamps of micro- or nanoseconds, and pcapng.
//
// (draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.) A packet at a time: no file is too large, and a length that cannot be
// is no reason to reserve memory for it.
import { LONGEST_PACKET_BYTES } from './headers.js';

/** Reads from where it stands; fewer bytes at the end. */
type ReadBytes = (bytes: number) => Uint8Array;

export interface FilePacket {
  /** Nanoseconds since 1970; null if the file does not say. */
  readonly atNs: bigint | null;
  /** LINKTYPE_*, https://www.tcpdump.org/linktypes.html */
  readonly linkType: number;
  readonly bytes: Uint8Array;
  /** Of the whole packet; more than there are bytes if it was cut off. */
  readonly length: number;
}

/** What is wrong with a file, and how many packets came before. */
export class CaptureFileError extends Error {}

/** No packet of any link type is longer: those of a device, with what a tunnel of GRO may add (BIG TCP). */
const LONGEST = 16 * LONGEST_PACKET_BYTES;
const MOST_INTERFACES = 65_536;

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Magic of pcap as it stands in the file → byte order and nanoseconds per unit. */
const PCAP: Readonly<Record<number, readonly [little: boolean, unit: bigint]>> = {
  ...{ 2712847316: [false, 1000n], 3569595041: [true, 1000n] },
  ...{ 2712812621: [false, 1n], 1295823521: [true, 1n] },
};
const SECTION = 0x0a0d0d0a;
const BYTE_ORDER = 0x1a2b3c4d;

function* pcapPackets(read: ReadBytes, little: boolean, unit: bigint): Generator<FilePacket> {
  const head = read(20);
  if (head.length < 20) throw new CaptureFileError('the file ends within its header');
  const linkType = viewOf(head).getUint32(16, little) & 0xffff;
  for (;;) {
    const record = read(16);
    if (record.length === 0) return;
    if (record.length < 16) throw new CaptureFileError('the file ends within the header of a packet');
    const at = viewOf(record);
    const [kept, length] = [at.getUint32(8, little), at.getUint32(12, little)];
    if (kept > LONGEST) throw new CaptureFileError(`a packet of ${kept} bytes cannot be`);
    const bytes = read(kept);
    if (bytes.length < kept) throw new CaptureFileError('the file ends within a packet');
    const atNs = BigInt(at.getUint32(0, little)) * 1_000_000_000n + BigInt(at.getUint32(4, little)) * unit;
    yield { atNs, linkType, bytes, length };
  }
}

interface Interface {
  readonly linkType: number;
  readonly snap: number;
  /** Nanoseconds of a number of units. */
  readonly toNs: (units: bigint) => bigint;
}

/** if_tsresol: a power of ten, or of two if the highest bit is set. */
function resolution(value: number): Interface['toNs'] {
  const power = BigInt(value & 0x7f);
  if ((value & 0x80) !== 0) return (units) => (units * 1_000_000_000n) >> power;
  return power <= 9n ? (units) => units * 10n ** (9n - power) : (units) => units / 10n ** (power - 9n);
}

/** The first value of an option; null if there is none. */
function optionOf(block: DataView, from: number, little: boolean, wanted: number): DataView | null {
  for (let at = from; at + 4 <= block.byteLength; ) {
    const [code, length] = [block.getUint16(at, little), block.getUint16(at + 2, little)];
    if (code === 0 || at + 4 + length > block.byteLength) return null;
    if (code === wanted) return new DataView(block.buffer, block.byteOffset + at + 4, length);
    at += 4 + ((length + 3) & ~3);
  }
  return null;
}

function interfaceOf(block: DataView, little: boolean): Interface {
  if (block.byteLength < 8) throw new CaptureFileError('a description of an interface is too short');
  const unit = optionOf(block, 8, little, 9);
  const value = unit && unit.byteLength > 0 ? unit.getUint8(0) : 6;
  return { linkType: block.getUint16(0, little), snap: block.getUint32(4, little), toNs: resolution(value) };
}

const PACKET = { interface: 1, old: 2, simple: 3, enhanced: 6 } as const;

/** The packet of a block; null if it holds none. */
function packetOf(type: number, block: DataView, little: boolean, interfaces: readonly Interface[]): FilePacket | null {
  if (type === PACKET.simple) {
    const [first] = interfaces;
    if (!first || block.byteLength < 4) throw new CaptureFileError('a packet of no interface');
    const length = block.getUint32(0, little);
    const kept = Math.min(length, first.snap || length, block.byteLength - 4);
    const bytes = new Uint8Array(block.buffer, block.byteOffset + 4, kept);
    return { atNs: null, linkType: first.linkType, bytes, length };
  }
  if (type !== PACKET.enhanced && type !== PACKET.old) return null;
  if (block.byteLength < 20) throw new CaptureFileError('a packet is too short');
  const number = type === PACKET.old ? block.getUint16(0, little) : block.getUint32(0, little);
  const of = interfaces[number];
  if (!of) throw new CaptureFileError(`a packet of interface ${number}, which is not described`);
  const [kept, length] = [block.getUint32(12, little), block.getUint32(16, little)];
  if (kept > block.byteLength - 20) throw new CaptureFileError('a packet is longer than its block');
  const units = (BigInt(block.getUint32(4, little)) << 32n) | BigInt(block.getUint32(8, little));
  const bytes = new Uint8Array(block.buffer, block.byteOffset + 20, kept);
  return { atNs: of.toNs(units), linkType: of.linkType, bytes, length };
}

function* pcapngPackets(read: ReadBytes): Generator<FilePacket> {
  let little = true;
  let interfaces: Interface[] = [];
  // The type of the first block has been read.
  let head: Uint8Array = Uint8Array.of(0x0a, 0x0d, 0x0d, 0x0a, ...read(4));
  for (; head.length > 0; head = read(8)) {
    if (head.length < 8) throw new CaptureFileError('the file ends within the head of a block');
    const isSection = viewOf(head).getUint32(0) === SECTION;
    const order = isSection ? read(4) : new Uint8Array();
    if (isSection) {
      if (order.length < 4) throw new CaptureFileError('the file ends within the head of a section');
      little = viewOf(order).getUint32(0, true) === BYTE_ORDER;
      if (!little && viewOf(order).getUint32(0) !== BYTE_ORDER)
        throw new CaptureFileError('a section of no byte order');
      interfaces = [];
    }
    const length = viewOf(head).getUint32(4, little);
    if (length < 12 + order.length || length % 4 !== 0 || length > LONGEST) {
      throw new CaptureFileError(`a block of ${length} bytes cannot be`);
    }
    const body = read(length - 8 - order.length);
    if (body.length < length - 8 - order.length) throw new CaptureFileError('the file ends within a block');
    const type = viewOf(head).getUint32(0, little);
    const block = viewOf(body.subarray(0, body.length - 4));
    if (isSection) continue;
    if (type === PACKET.interface) {
      if (interfaces.length >= MOST_INTERFACES) throw new CaptureFileError('more interfaces than can be');
      interfaces.push(interfaceOf(block, little));
      continue;
    }
    const packet = packetOf(type, block, little, interfaces);
    if (packet) yield packet;
  }
}

/**
 * Packets of a capture, one at a time.
 * Throws CaptureFileError where the file is no capture, is damaged or cut off; what came before has been given.
 */
export function* capturedPackets(read: ReadBytes): Generator<FilePacket> {
  const magic = read(4);
  if (magic.length < 4) throw new CaptureFileError('it is no capture: it is too short');
  const number = viewOf(magic).getUint32(0);
  if (number === SECTION) return yield* pcapngPackets(read);
  const pcap = PCAP[number];
  if (!pcap) throw new CaptureFileError('it is no capture: it is neither pcap nor pcapng');
  yield* pcapPackets(read, ...pcap);
}
