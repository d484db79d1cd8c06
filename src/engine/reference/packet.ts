// packet.ts - what the stages know about an IP packet: where its parts are, its tuple, what kind of piece it is.
import { u8, type Version, versionOf } from '../../wire/bytes.js';

export const PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17, GRE: 47, ICMPV6: 58, SCTP: 132 } as const;

export const ETHERNET_BYTES = 14;

export interface Tuple {
  /** 16 bytes. */
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly protocol: number;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

export type Direction = 'ORIGINAL' | 'REPLY';

/** `first` and `later` are fragments; a packet in one piece is `whole`. */
export type Piece = 'whole' | 'first' | 'later';

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
  readonly piece: Piece;
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

/** Protocol number of ICMP in a version of IP; the other one counts as an unknown protocol. */
export const icmpOf = (version: Version): number => (version === 4 ? PROTOCOL.ICMP : PROTOCOL.ICMPV6);

/** True if ports (or identifiers) tell the flows of this tuple apart. */
export function hasPorts(tuple: Tuple): boolean {
  const { protocol } = tuple;
  return protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP || protocol === PROTOCOL.SCTP || isEcho(tuple);
}

/** ICMP of the family: of all its types only echo has tuples. */
export const isEcho = (tuple: Tuple): boolean => tuple.protocol === icmpOf(versionOf(tuple.source));

/** RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem. RFC 4443: 1 to 4. */
export function isIcmpError(version: Version, protocol: number, type: number): boolean {
  if (protocol !== icmpOf(version)) return false;
  return version === 4 ? [3, 4, 5, 11, 12].includes(type) : type >= 1 && type <= 4;
}

export const echoRequestType = (version: Version): number => (version === 4 ? 8 : 128);
export const echoReplyType = (version: Version): number => (version === 4 ? 0 : 129);

/** Neighbour discovery (RFC 4861): router solicitation to redirect. */
export const isNeighbourType = (type: number): boolean => type >= 133 && type <= 137;

/** Offset of the checksum field from the upper-layer header; -1 if the protocol has none that addresses or ports concern. */
export function checksumOffset(protocol: number, version: Version): number {
  if (protocol === PROTOCOL.TCP) return 16;
  if (protocol === PROTOCOL.UDP) return 6;
  return protocol === icmpOf(version) ? 2 : -1;
}

/** Data offset of a TCP header, in bytes. */
export const tcpHeaderBytes = (bytes: Uint8Array, l4: number): number => (u8(bytes, l4 + 12) >> 4) * 4;
