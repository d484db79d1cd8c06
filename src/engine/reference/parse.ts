// parse.ts - IPv4 and IPv6 headers, extension headers, and the upper-layer header with its ports.

import { Reason } from '../../abi/abi.gen.js';
import { readAddress, u8, u16, u32, type Version } from '../../wire/bytes.js';
import { sumBytes } from '../../wire/checksum.js';
import { ETHERNET_BYTES, icmpOf, icmpQuery, PROTOCOL } from '../../wire/headers.js';
import type { Offload } from '../engine.js';
import { type FragmentKind, type IpHeader, type TupleQuery, tcpHeaderBytes } from './packet.js';

const GSO_UDP_L4 = 5;
const GSO_ECN = 0x80;

/** Reads the IPv4 header after the Ethernet header, or returns why it cannot (RFC 791, RFC 1812 §5.2.2). */
export function parseIp4(bytes: Uint8Array, offload: Offload): IpHeader | Reason {
  const at = ETHERNET_BYTES;
  const there = bytes.length - at;
  if (there < 20 || u8(bytes, at) >> 4 !== 4) return Reason.MALFORMED_IP;
  const headerBytes = (u8(bytes, at) & 0xf) * 4;
  if (headerBytes < 20 || headerBytes > there) return Reason.MALFORMED_IP;
  const stated = u16(bytes, at + 2);
  const total = stated === 0 && offload.gsoType !== 0 ? there : stated; // [PARSE-2]
  if (total < headerBytes || total > there) return Reason.MALFORMED_IP; // [PARSE-1]
  if (sumBytes(bytes, at, at + headerBytes) !== 0xffff) return Reason.BAD_IP_CHECKSUM; // [PARSE-3]
  return ip4Header(bytes, at, headerBytes, at + total);
}

/** Reads an IPv4 header whose length has been checked. */
function ip4Header(bytes: Uint8Array, at: number, headerBytes: number, end: number): IpHeader {
  const field = u16(bytes, at + 6);
  const later = (field & 0x1fff) !== 0;
  const protocol = u8(bytes, at + 9);
  return {
    version: 4,
    at,
    source: readAddress(bytes, at + 12, 4),
    destination: readAddress(bytes, at + 16, 4),
    ttl: u8(bytes, at + 8),
    dontFragment: (field & 0x4000) !== 0,
    fragment: later ? 'later' : (field & 0x2000) !== 0 ? 'first' : 'none',
    identification: u16(bytes, at + 4),
    protocol,
    fragmentProtocol: protocol,
    extended: false,
    l4: at + headerBytes,
    end,
  };
}

/** Reads the IPv6 header and its extension headers after the Ethernet header, or returns why it cannot (RFC 8200). */
export function parseIp6(bytes: Uint8Array, offload: Offload): IpHeader | Reason {
  const at = ETHERNET_BYTES;
  const there = bytes.length - at;
  if (there < 40 || u8(bytes, at) >> 4 !== 6) return Reason.MALFORMED_IP;
  const stated = u16(bytes, at + 4);
  const payload = stated === 0 && offload.gsoType !== 0 ? there - 40 : stated;
  if (40 + payload > there) return Reason.MALFORMED_IP; // [PARSE-5]
  return ip6Header(bytes, at, at + 40 + payload) ?? Reason.UNSUPPORTED_EXTENSION;
}

const HOP_BY_HOP = 0;
const ROUTING = 43;
const FRAGMENT = 44;
const DESTINATION_OPTIONS = 60;
const EXTENSIONS_AT_MOST = 8;

const isExtension = (next: number): boolean =>
  next === HOP_BY_HOP || next === ROUTING || next === FRAGMENT || next === DESTINATION_OPTIONS;

/** Walks the extension headers; null if there are too many, they leave the packet, or two are fragment headers. */
function ip6Header(bytes: Uint8Array, at: number, end: number): IpHeader | null {
  let next = u8(bytes, at + 6);
  let here = at + 40;
  let extensions = 0;
  let fragment: FragmentKind = 'none';
  let identification = 0;
  let fragmentProtocol = -1;
  while (isExtension(next) && fragment !== 'later') {
    if (++extensions > EXTENSIONS_AT_MOST || here + 8 > end) return null; // [PARSE-6]
    const length = next === FRAGMENT ? 8 : (u8(bytes, here + 1) + 1) * 8;
    if (here + length > end) return null;
    if (next === FRAGMENT) {
      if (fragmentProtocol >= 0) return null;
      const field = u16(bytes, here + 2);
      // Offset 0 without M is an atomic fragment: a whole packet (RFC 6946). [PARSE-7]
      fragment = field >> 3 !== 0 ? 'later' : (field & 1) !== 0 ? 'first' : 'none';
      identification = u32(bytes, here + 4);
      fragmentProtocol = u8(bytes, here);
    }
    next = u8(bytes, here);
    here += length;
  }
  return {
    version: 6,
    at,
    source: readAddress(bytes, at + 8, 6),
    destination: readAddress(bytes, at + 24, 6),
    ttl: u8(bytes, at + 7),
    dontFragment: true,
    fragment,
    identification,
    protocol: next,
    fragmentProtocol,
    extended: extensions > 0,
    l4: here,
    end,
  };
}

/** The IP header inside an ICMP error: whole, of the given version, and with at least 8 bytes behind it. Null otherwise. [ICMP-3] */
export function parseEmbedded(bytes: Uint8Array, at: number, end: number, version: Version): IpHeader | null {
  let header: IpHeader | null = null;
  if (version === 4) {
    const headerBytes = (u8(bytes, at) & 0xf) * 4;
    if (at + 20 > end || u8(bytes, at) >> 4 !== 4 || headerBytes < 20 || at + headerBytes > end) return null;
    header = ip4Header(bytes, at, headerBytes, end);
  } else {
    if (at + 40 > end || u8(bytes, at) >> 4 !== 6) return null;
    header = ip6Header(bytes, at, end);
  }
  return header && header.l4 + 8 <= end && header.fragment !== 'later' ? header : null;
}

/** True if the upper-layer header of a whole packet or first fragment is complete and consistent. */
export function upperLayerIsSound(bytes: Uint8Array, header: IpHeader, offload: Offload): boolean {
  const { l4, end, protocol, fragment, version } = header;
  const there = end - l4;
  if (protocol === PROTOCOL.TCP) {
    if (there < 20) return false;
    const headerBytes = tcpHeaderBytes(bytes, l4);
    return headerBytes >= 20 && headerBytes <= there; // [PARSE-11]
  }
  if (protocol === PROTOCOL.UDP) {
    if (there < 8) return false;
    const length = u16(bytes, l4 + 4);
    if (length === 0) return (offload.gsoType & ~GSO_ECN) === GSO_UDP_L4;
    return length >= 8 && (fragment === 'first' || length <= there); // [PARSE-12]
  }
  if (protocol === PROTOCOL.SCTP) return there >= 12; // [PARSE-13]
  return protocol === icmpOf(version) ? there >= 8 : true;
}

/** Ports of an upper-layer header of which at least 8 bytes are there; for ICMP the type decides what they are. */
export interface Ports {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly query: TupleQuery | null;
  /** -1 unless the protocol is ICMP of the family. */
  readonly icmpType: number;
}

/** [PARSE-14] */
export function readPorts(bytes: Uint8Array, header: IpHeader): Ports {
  const { l4, protocol, version } = header;
  if (protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP || protocol === PROTOCOL.SCTP) {
    return { sourcePort: u16(bytes, l4), destinationPort: u16(bytes, l4 + 2), query: null, icmpType: -1 };
  }
  if (protocol !== icmpOf(version)) return { sourcePort: 0, destinationPort: 0, query: null, icmpType: -1 };
  const icmpType = u8(bytes, l4);
  const query = icmpQuery(version, icmpType);
  if (!query) return { sourcePort: 0, destinationPort: 0, query: null, icmpType };
  const identifier = u16(bytes, l4 + 4);
  return {
    sourcePort: query.isAnswer ? 0 : identifier,
    destinationPort: query.isAnswer ? identifier : 0,
    query: { ...query, code: u8(bytes, l4 + 1) },
    icmpType,
  };
}
