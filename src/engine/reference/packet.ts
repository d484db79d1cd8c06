// packet.ts - what the stages know about an IP packet: where its parts are, its tuple, whether it is a fragment.
import { u8, type Version, versionOf } from '../../wire/bytes.js';
import { icmpOf, PROTOCOL } from '../../wire/headers.js';

export interface Tuple {
  /** 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export type Direction = 'ORIGINAL' | 'REPLY';

/** Of a packet that is no fragment, `none`. */
export type FragmentKind = 'none' | 'first' | 'later';

/** Where an IP header and what follows it lie in a buffer. */
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
  /** Protocol field, or the first next header that is no extension header. */
  readonly protocol: number;
  /** Protocol that all fragments of the packet name: for IPv6 the next header of the fragment header. */
  readonly fragmentProtocol: number;
  /** True if IPv6 extension headers stand in between. */
  readonly extended: boolean;
  /** Offset of the upper-layer header. */
  readonly l4: number;
  /** Offset behind the last byte of the packet. */
  readonly end: number;
}

export interface Packet extends IpHeader {
  readonly tuple: Tuple;
  /** ICMP or ICMPv6 type; -1 for other protocols. */
  readonly icmpType: number;
  /** TCP flags byte; 0 for other protocols and later fragments. */
  readonly tcpFlags: number;
}

/** True if ports (or identifiers) tell the flows of this tuple apart. */
export function hasPorts(tuple: Tuple): boolean {
  const { protocol } = tuple;
  return protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP || protocol === PROTOCOL.SCTP || isEcho(tuple);
}

/** ICMP of the family: of all its types only echo has tuples. */
export const isEcho = (tuple: Tuple): boolean => tuple.protocol === icmpOf(versionOf(tuple.source));

/** Data offset of a TCP header, in bytes. */
export const tcpHeaderBytes = (bytes: Uint8Array, l4: number): number => (u8(bytes, l4 + 12) >> 4) * 4;
