// packet.ts - an IP packet as the stages see it: where its parts are, its tuple, whether it is a fragment.
import { u8, type Version } from '../../wire/bytes.js';
import { type IcmpQuery, PROTOCOL } from '../../wire/headers.js';

export interface Tuple {
  /** 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
  /** Null unless the packet is such a message of ICMP. */
  readonly query: TupleQuery | null;
}

/** [PARSE-14] */
export interface TupleQuery extends IcmpQuery {
  readonly code: number;
}

export type Direction = 'ORIGINAL' | 'REPLY';

/** `none` for a packet that is not a fragment. */
export type FragmentKind = 'none' | 'first' | 'later';

/** Position of an IP header and of what follows it in a buffer. */
export interface IpHeader {
  readonly version: Version;
  /** Offset of the IP header. */
  readonly at: number;
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  /** TTL or hop limit. */
  readonly ttl: number;
  /** IPv4 DF. */
  readonly dontFragment: boolean;
  readonly fragment: FragmentKind;
  readonly identification: number;
  /** The protocol field, or the first next header that is not an extension header. */
  readonly protocol: number;
  /** The protocol that all fragments name: for IPv6, the next header of the fragment header. */
  readonly fragmentProtocol: number;
  /** True if there are IPv6 extension headers. */
  readonly extended: boolean;
  /** Offset of the upper-layer header. */
  readonly l4: number;
  /** Offset just past the last byte of the packet. */
  readonly end: number;
}

export interface Packet extends IpHeader {
  readonly tuple: Tuple;
  /** ICMP or ICMPv6 type; -1 for other protocols. */
  readonly icmpType: number;
  /** TCP flags byte; 0 for other protocols and later fragments. */
  readonly tcpFlags: number;
}

/** True if ports (or identifiers) distinguish flows of this tuple. */
export function hasPorts(tuple: Tuple): boolean {
  const { protocol } = tuple;
  return protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP || protocol === PROTOCOL.SCTP || tuple.query !== null;
}

/** Data offset of a TCP header, in bytes. */
export const tcpHeaderBytes = (bytes: Uint8Array, l4: number): number => (u8(bytes, l4 + 12) >> 4) * 4;
