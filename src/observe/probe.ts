// probe.ts - the packet of a trace: builds the first frame of a connection, and reads a frame's addresses and ports back.

import { formatBytes, isIPv6, mustAddress } from '../model/address.js';
import type { Version } from '../wire/bytes.js';
import { complement, fold, pseudoHeaderSum, sctpChecksum, sumBytes, updateChecksum } from '../wire/checksum.js';
import { checksumOffset, ETHERNET_BYTES, icmpOf, PROTOCOL } from '../wire/headers.js';

export type ProbeProtocol = 'TCP' | 'UDP' | 'SCTP' | 'ICMP';

/** Both ends of a packet. ICMP echo: sourcePort is the identifier, destinationPort 0. */
export interface Tuple {
  readonly source: string;
  readonly sourcePort: number;
  readonly destination: string;
  readonly destinationPort: number;
}

export interface Probe extends Tuple {
  readonly protocol: ProbeProtocol;
}

const TTL = 64;
const PROBE_MAC = [0x02, 0xff, 0, 0, 0, 1];

const numberOf = (protocol: ProbeProtocol, v6: boolean): number =>
  protocol === 'ICMP' ? icmpOf(v6 ? 6 : 4) : PROTOCOL[protocol];

/** Offset of the checksum in the L4 header; SCTP's is a CRC32c (RFC 9260 §3.1). */
export const checksumAt = (protocol: number, version: Version): number =>
  protocol === PROTOCOL.SCTP ? 8 : checksumOffset(protocol, version);

/** TCP SYN, empty UDP datagram, SCTP INIT or ICMP echo request, checksum field zero. */
function l4(probe: Probe, v6: boolean): Uint8Array {
  const { protocol, sourcePort, destinationPort } = probe;
  const size = { TCP: 20, UDP: 8, SCTP: 32, ICMP: 8 }[protocol];
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  if (protocol === 'ICMP') {
    bytes[0] = v6 ? 128 : 8;
    view.setUint16(4, sourcePort);
    view.setUint16(6, 1);
    return bytes;
  }
  view.setUint16(0, sourcePort);
  view.setUint16(2, destinationPort);
  if (protocol === 'UDP') {
    view.setUint16(4, size);
    return bytes;
  }
  if (protocol === 'SCTP') {
    // INIT chunk (RFC 9260 §3.3.2): type 1, 20 bytes, initiate tag, window, one stream each way, first TSN.
    view.setUint16(12, 0x0100);
    view.setUint16(14, 20);
    view.setUint32(16, 1);
    view.setUint32(20, 65_535);
    view.setUint32(24, 0x0001_0001);
    view.setUint32(28, 1);
    return bytes;
  }
  view.setUint32(4, 1);
  view.setUint16(12, 0x5002);
  view.setUint16(14, 65_535);
  return bytes;
}

function ipHeader(probe: Probe, v6: boolean, length: number): Uint8Array {
  const header = new Uint8Array(v6 ? 40 : 20);
  const view = new DataView(header.buffer);
  const source = mustAddress(probe.source).bytes;
  const destination = mustAddress(probe.destination).bytes;
  if (v6) {
    header[0] = 0x60;
    view.setUint16(4, length);
    header[6] = numberOf(probe.protocol, v6);
    header[7] = TTL;
    header.set(source, 8);
    header.set(destination, 24);
    return header;
  }
  header[0] = 0x45;
  view.setUint16(2, 20 + length);
  view.setUint16(6, 0x4000);
  header[8] = TTL;
  header[9] = numberOf(probe.protocol, v6);
  header.set(source.subarray(12), 12);
  header.set(destination.subarray(12), 16);
  view.setUint16(10, complement(sumBytes(header, 0, 20)));
  return header;
}

/** The first frame of a connection, Ethernet header included, with correct checksums. */
export function buildProbe(probe: Probe): Uint8Array {
  const v6 = isIPv6(probe.destination);
  const payload = l4(probe, v6);
  const header = ipHeader(probe, v6, payload.length);
  const frame = new Uint8Array(ETHERNET_BYTES + header.length + payload.length);
  frame.set(PROBE_MAC, 0);
  frame.set(PROBE_MAC, 6);
  frame.set(v6 ? [0x86, 0xdd] : [0x08, 0x00], 12);
  frame.set(header, ETHERNET_BYTES);
  frame.set(payload, ETHERNET_BYTES + header.length);
  const view = new DataView(frame.buffer);
  const at = ETHERNET_BYTES + header.length;
  const field = at + checksumAt(numberOf(probe.protocol, v6), v6 ? 6 : 4);
  if (probe.protocol === 'SCTP') view.setUint32(field, sctpChecksum(frame, at, frame.length), true);
  else {
    const pseudo = probe.protocol === 'ICMP' && !v6 ? 0 : pseudo16(probe, v6, payload.length);
    view.setUint16(field, complement(fold(pseudo + sumBytes(frame, at, frame.length))) || 0xffff);
  }
  return frame;
}

const pseudo16 = (probe: Probe, v6: boolean, length: number): number =>
  pseudoHeaderSum(
    mustAddress(probe.source).bytes,
    mustAddress(probe.destination).bytes,
    numberOf(probe.protocol, v6),
    length,
    v6 ? 6 : 4,
  );

const versionOf = (frame: Uint8Array): Version => (frame[12] === 0x86 ? 6 : 4);

/** Offset of a frame's L4 header, and its protocol number. */
function l4Of(frame: Uint8Array): { at: number; protocol: number } {
  const v6 = versionOf(frame) === 6;
  return { at: ETHERNET_BYTES + (v6 ? 40 : 20), protocol: frame[ETHERNET_BYTES + (v6 ? 6 : 9)] ?? 0 };
}

const isIcmp = (protocol: number): boolean => protocol === 1 || protocol === 58;

/** The same packet from another source port (wrapped into 1 to 65535), with a correct checksum: a wrong one makes it INVALID. */
export function setSourcePort(frame: Uint8Array, port: number): Uint8Array {
  const copy = frame.slice();
  const view = new DataView(copy.buffer);
  const { at, protocol } = l4Of(frame);
  const field = at + checksumAt(protocol, versionOf(frame));
  const place = at + (isIcmp(protocol) ? 4 : 0);
  const removed = [view.getUint16(place)];
  const added = [((port - 1) % 65_535) + 1];
  view.setUint16(place, added[0] ?? 0);
  if (protocol === PROTOCOL.SCTP) view.setUint32(field, sctpChecksum(copy, at, copy.length), true);
  else view.setUint16(field, updateChecksum(view.getUint16(field), { removed, added }) || 0xffff);
  return copy;
}

/** Addresses and ports of a frame that buildProbe made, or that an engine rewrote. */
export function readTuple(frame: Uint8Array): Tuple {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const v6 = view.getUint16(12) === 0x86dd;
  const address = (at: number): string => {
    if (v6) return formatBytes(frame.slice(at, at + 16));
    return frame.slice(at, at + 4).join('.');
  };
  const [source, destination] = v6
    ? [address(ETHERNET_BYTES + 8), address(ETHERNET_BYTES + 24)]
    : [address(ETHERNET_BYTES + 12), address(ETHERNET_BYTES + 16)];
  const { at, protocol } = l4Of(frame);
  if (isIcmp(protocol)) return { source, sourcePort: view.getUint16(at + 4), destination, destinationPort: 0 };
  return { source, sourcePort: view.getUint16(at), destination, destinationPort: view.getUint16(at + 2) };
}
