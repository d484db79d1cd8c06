// packets.ts - many small IPv4 frames in one buffer, as input for NodeEngine.processBatch.

import { mustAddress } from '../src/model/address.js';
import { ETHERNET_BYTES } from '../src/wire/headers.js';

/** TCP flag bits. */
export const FIN = 1;
export const SYN = 2;
export const ACK = 16;

/** One packet of a connection, as far as frames of a benchmark differ. Addresses are 32-bit numbers. */
export interface Packet {
  source: number;
  destination: number;
  sourcePort: number;
  destinationPort: number;
}

/** Frames that lie one after another. */
export interface Batch {
  readonly bytes: Uint8Array;
  readonly lengths: Uint32Array;
  readonly ports: Uint32Array;
}

const IP = 20;

/** The smallest frame that a link carries, without FCS. */
export const FRAME_BYTES = 60;

/** An IPv4 address as a 32-bit number. */
export function number4(text: string): number {
  const { bytes } = mustAddress(text);
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(12);
}

/** Checksum of the words in [at, at + length), whose checksum field is zero, and of what else is covered. */
function checksum(view: DataView, at: number, length: number, other = 0): number {
  let sum = other;
  for (let i = 0; i < length; i += 2) sum += view.getUint16(at + i);
  sum = (sum & 0xffff) + (sum >>> 16);
  return ~(sum + (sum >>> 16)) & 0xffff;
}

const TCP = 6;
const TCP_BYTES = FRAME_BYTES - ETHERNET_BYTES - IP;

/** Corrects the TCP checksum of the frame at `at`. */
function sumUp(view: DataView, at: number): void {
  const ip = at + ETHERNET_BYTES;
  view.setUint16(ip + IP + 16, 0);
  let pseudo = TCP + TCP_BYTES;
  for (let i = 12; i < IP; i += 2) pseudo += view.getUint16(ip + i);
  view.setUint16(ip + IP + 16, checksum(view, ip + IP, TCP_BYTES, pseudo));
}

/** The byte of a TCP frame that holds the flags. */
const FLAGS_AT = ETHERNET_BYTES + IP + 13;

/**
 * `count` TCP frames of 60 bytes, all for port `port`. `packet` describes the one at an index and may return the same object
 * again and again.
 */
export function frames(count: number, port: number, flags: number, packet: (place: number) => Packet): Batch {
  const bytes = new Uint8Array(count * FRAME_BYTES);
  const view = new DataView(bytes.buffer);
  for (let place = 0; place < count; place++) {
    const { source, destination, sourcePort, destinationPort } = packet(place);
    const at = place * FRAME_BYTES;
    view.setUint16(at, 0x0200);
    view.setUint16(at + 6, 0x0200);
    view.setUint16(at + 12, 0x0800);
    const ip = at + ETHERNET_BYTES;
    view.setUint16(ip, 0x4500);
    view.setUint16(ip + 2, FRAME_BYTES - ETHERNET_BYTES);
    view.setUint16(ip + 8, 0x4006); // TTL 64, TCP
    view.setUint32(ip + 12, source);
    view.setUint32(ip + 16, destination);
    view.setUint16(ip + 10, checksum(view, ip, IP));
    view.setUint16(ip + IP, sourcePort);
    view.setUint16(ip + IP + 2, destinationPort);
    view.setUint16(ip + IP + 12, (5 << 12) | flags); // data offset 5 words
    sumUp(view, at);
  }
  return {
    bytes,
    lengths: new Uint32Array(count).fill(FRAME_BYTES),
    ports: new Uint32Array(count).fill(port),
  };
}

/** The same frames with other flags, in place. */
export function setFlags(batch: Batch, flags: number): Batch {
  const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
  for (let at = 0; at < batch.bytes.length; at += FRAME_BYTES) {
    batch.bytes[at + FLAGS_AT] = flags;
    sumUp(view, at);
  }
  return batch;
}

/** Changes the IPv4 header of every frame, in place, with what follows it. */
function rewrite(batch: Batch, change: (view: DataView, ip: number, place: number) => void): Batch {
  const view = new DataView(batch.bytes.buffer, batch.bytes.byteOffset);
  for (let place = 0; place < batch.lengths.length; place++) {
    const ip = place * FRAME_BYTES + ETHERNET_BYTES;
    change(view, ip, place);
    view.setUint16(ip + 10, 0);
    view.setUint16(ip + 10, checksum(view, ip, IP));
  }
  return batch;
}

const UDP = 17;

/** The same frames as UDP datagrams without a checksum, in place. */
export const asDatagrams = (batch: Batch): Batch =>
  rewrite(batch, (view, ip) => {
    view.setUint8(ip + 9, UDP);
    view.setUint16(ip + IP + 4, TCP_BYTES);
    view.setUint16(ip + IP + 6, 0);
  });

const MORE_FRAGMENTS = 0x2000;
/** Where a second fragment begins, in units of eight bytes. */
const SECOND = 185;

/** The same frames as fragments, in place: first ones and later ones in turn, and none belongs to another. */
export const asFragments = (batch: Batch): Batch =>
  rewrite(batch, (view, ip, place) => {
    view.setUint16(ip + 4, place & 0xffff);
    view.setUint16(ip + 6, place % 2 === 0 ? MORE_FRAGMENTS : SECOND);
  });

/** Frames `from` to `to`, in the same memory. */
export const slice = ({ bytes, lengths, ports }: Batch, from: number, to: number): Batch => ({
  bytes: bytes.subarray(from * FRAME_BYTES, to * FRAME_BYTES),
  lengths: lengths.subarray(from, to),
  ports: ports.subarray(from, to),
});

/** 0 … count − 1 in an order that a cache cannot guess. The same seed gives the same order. */
export function shuffled(count: number, seed: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1;
  for (let i = count - 1; i > 0; i--) {
    // xorshift32 is good enough for an order.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    const j = (state >>> 0) % (i + 1);
    const held = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = held;
  }
  return order;
}
