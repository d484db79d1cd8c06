// decode.ts - frames back into words, with every checksum judged by full recompute. Written apart from the product's parser.

import type { Offload } from '../../src/engine/engine.js';
import { formatBytes } from '../../src/model/address.js';
import { concat, crc32c, onesSum, pseudoHeader } from './internet.js';
import { TCP_FLAGS } from './packet.js';

export interface Decoded {
  readonly etherSource: string;
  readonly etherDestination: string;
  readonly kind: 'arp' | 'ip4' | 'ip6' | 'unknown';
  readonly arp?: { operation: number; senderMac: string; sender: string; targetMac: string; target: string };
  readonly ip?: DecodedIp;
}

export interface DecodedIp {
  readonly version: 4 | 6;
  readonly source: string;
  readonly destination: string;
  readonly ttl: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp' | 'icmp' | 'icmp6' | 'other';
  readonly number: number;
  /** Bytes of the IP packet. */
  readonly length: number;
  readonly fragment: { offset: number; more: boolean } | null;
  readonly sourcePort?: number;
  readonly destinationPort?: number;
  /** `SYN,ACK` in the order of their bits. */
  readonly flags?: string;
  readonly type?: number;
  readonly code?: number;
  /** Identifier of an ICMP query. */
  readonly id?: number;
  /** Next-hop MTU of "too big". */
  readonly mtu?: number;
  readonly payload: Uint8Array;
  /** The packet that an ICMP error quotes, when it is whole enough to be read. */
  readonly embedded?: DecodedIp;
  /** What is wrong with checksums and lengths; empty when all is right. Truncated quotations are not judged. */
  readonly faults: readonly string[];
}

const macText = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join(':');
const at16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 16) return formatBytes(bytes);
  return formatBytes(concat(new Uint8Array(10), Uint8Array.of(0xff, 0xff), bytes));
}

export function decodeFrame(frame: Uint8Array, offload?: Offload): Decoded {
  const etherDestination = macText(frame.subarray(0, 6));
  const etherSource = macText(frame.subarray(6, 12));
  const type = at16(frame, 12);
  const body = frame.subarray(14);
  if (type === 0x0806) {
    const arp = {
      operation: at16(body, 6),
      senderMac: macText(body.subarray(8, 14)),
      sender: addressText(body.slice(14, 18)),
      targetMac: macText(body.subarray(18, 24)),
      target: addressText(body.slice(24, 28)),
    };
    return { etherSource, etherDestination, kind: 'arp', arp };
  }
  if (type === 0x0800) return { etherSource, etherDestination, kind: 'ip4', ip: decodeIp4(body, false, offload) };
  if (type === 0x86dd) return { etherSource, etherDestination, kind: 'ip6', ip: decodeIp6(body, false, offload) };
  return { etherSource, etherDestination, kind: 'unknown' };
}

/** `quoted`: only a beginning of the packet may be here, so lengths and upper-layer checksums are not judged. */
function decodeIp4(bytes: Uint8Array, quoted: boolean, offload?: Offload): DecodedIp {
  const headerBytes = ((bytes[0] ?? 0) & 0xf) * 4;
  const faults: string[] = [];
  const total = at16(bytes, 2);
  if ((bytes[0] ?? 0) >> 4 !== 4) faults.push('IP version');
  if (onesSum(bytes.subarray(0, headerBytes)) !== 0xffff) faults.push('IPv4 header checksum');
  if (!quoted && total !== bytes.length && !(total === 0 && offload?.gsoType)) faults.push('IPv4 total length');
  const field = at16(bytes, 6);
  const fragment = (field & 0x3fff) === 0 ? null : { offset: (field & 0x1fff) * 8, more: (field & 0x2000) !== 0 };
  const base: Base = {
    version: 4,
    sourceBytes: bytes.subarray(12, 16),
    destinationBytes: bytes.subarray(16, 20),
    ttl: bytes[8] ?? 0,
    number: bytes[9] ?? 0,
    length: bytes.length,
    fragment,
    quoted,
    faults,
  };
  return decodeUpper(base, bytes.subarray(headerBytes), offload);
}

function decodeIp6(bytes: Uint8Array, quoted: boolean, offload?: Offload): DecodedIp {
  const faults: string[] = [];
  const stated = at16(bytes, 4);
  if ((bytes[0] ?? 0) >> 4 !== 6) faults.push('IP version');
  if (!quoted && stated + 40 !== bytes.length && !(stated === 0 && offload?.gsoType))
    faults.push('IPv6 payload length');
  let next = bytes[6] ?? 0;
  let at = 40;
  let fragment: DecodedIp['fragment'] = null;
  while ([0, 43, 44, 60].includes(next) && at + 8 <= bytes.length && !fragment?.offset) {
    const isFragment = next === 44;
    if (isFragment) {
      const field = at16(bytes, at + 2);
      if (field >> 3 !== 0 || (field & 1) !== 0) fragment = { offset: field & 0xfff8, more: (field & 1) !== 0 };
    }
    next = bytes[at] ?? 0;
    at += isFragment ? 8 : ((bytes[at + 1] ?? 0) + 1) * 8;
  }
  const base: Base = {
    version: 6,
    sourceBytes: bytes.subarray(8, 24),
    destinationBytes: bytes.subarray(24, 40),
    ttl: bytes[7] ?? 0,
    number: next,
    length: bytes.length,
    fragment,
    quoted,
    faults,
  };
  return decodeUpper(base, bytes.subarray(at), offload);
}

interface Base {
  readonly version: 4 | 6;
  readonly sourceBytes: Uint8Array;
  readonly destinationBytes: Uint8Array;
  readonly ttl: number;
  readonly number: number;
  readonly length: number;
  readonly fragment: DecodedIp['fragment'];
  readonly quoted: boolean;
  readonly faults: string[];
}

function protocolName(number: number, version: 4 | 6): DecodedIp['protocol'] {
  if (number === 6) return 'tcp';
  if (number === 17) return 'udp';
  if (number === 132) return 'sctp';
  if (number === 1 && version === 4) return 'icmp';
  return number === 58 && version === 6 ? 'icmp6' : 'other';
}

const HEADER_BYTES = { udp: 8, sctp: 12, icmp: 8, icmp6: 8, other: 0 } as const;

function decodeUpper(base: Base, l4: Uint8Array, offload?: Offload): DecodedIp {
  const { version, ttl, number, length, fragment, faults } = base;
  const protocol = protocolName(number, version);
  const ip = {
    version,
    source: addressText(base.sourceBytes),
    destination: addressText(base.destinationBytes),
    ttl,
    protocol,
    number,
    length,
    fragment,
    faults,
  };
  if (fragment && fragment.offset > 0) return { ...ip, payload: l4 };
  const isWhole = fragment === null && !base.quoted;
  if (isWhole) judgeUpper(base, protocol, l4, offload);
  const headerBytes = protocol === 'tcp' ? ((l4[12] ?? 0) >> 4) * 4 : HEADER_BYTES[protocol];
  const payload = l4.subarray(headerBytes);
  if (protocol === 'other') return { ...ip, payload };
  if (protocol !== 'icmp' && protocol !== 'icmp6') {
    const ports = { sourcePort: at16(l4, 0), destinationPort: at16(l4, 2) };
    if (protocol !== 'tcp') return { ...ip, ...ports, payload };
    const bits = l4[13] ?? 0;
    const flags = Object.entries(TCP_FLAGS).filter(([, bit]) => bits & bit);
    return { ...ip, ...ports, flags: flags.map(([name]) => name).join(','), payload };
  }
  const icmp = { type: l4[0] ?? 0, code: l4[1] ?? 0, id: at16(l4, 4), mtu: at16(l4, 6) };
  const quotes = version === 4 ? [3, 4, 5, 11, 12].includes(icmp.type) : icmp.type >= 1 && icmp.type <= 4;
  if (!quotes || base.quoted || fragment) return { ...ip, ...icmp, payload };
  const embedded = version === 4 ? decodeIp4(payload, true) : decodeIp6(payload, true);
  return { ...ip, ...icmp, payload, embedded };
}

/** Judges the upper-layer checksum of a whole packet. */
function judgeUpper(base: Base, protocol: DecodedIp['protocol'], l4: Uint8Array, offload?: Offload): void {
  const { faults } = base;
  if (protocol === 'other') return;
  if (protocol === 'sctp') {
    if (offload?.needsChecksum) return;
    const zeroed = l4.slice();
    zeroed.fill(0, 8, 12);
    const stated = new DataView(l4.buffer, l4.byteOffset).getUint32(8, true);
    if (crc32c(zeroed) !== stated) faults.push('SCTP CRC32c');
    return;
  }
  const length = protocol === 'udp' && at16(l4, 4) !== 0 ? at16(l4, 4) : l4.length;
  const pseudo =
    protocol === 'icmp'
      ? new Uint8Array(0)
      : pseudoHeader(base.sourceBytes, base.destinationBytes, base.number, length);
  const field = { tcp: 16, udp: 6, icmp: 2, icmp6: 2 }[protocol];
  if (offload?.needsChecksum) {
    if (at16(l4, field) % 0xffff !== onesSum(pseudo) % 0xffff) faults.push(`${protocol} partial checksum`);
    return;
  }
  if (protocol === 'udp' && at16(l4, field) === 0) {
    if (base.version === 6) faults.push('udp checksum missing');
    return;
  }
  if (onesSum(pseudo, l4.subarray(0, length)) !== 0xffff) faults.push(`${protocol} checksum`);
}
