// headers.ts - numbers of the headers that frames are made of: protocols, types, lengths, where a checksum stands.
import type { Version } from './bytes.js';

/** Protocol numbers of IANA. */
export const PROTOCOL = { ICMP: 1, TCP: 6, UDP: 17, GRE: 47, ICMPV6: 58, SCTP: 132 } as const;

export const ETHERNET_BYTES = 14;
/** The longest IP packet that a device hands over (segmentation offload included), rounded up. */
export const LONGEST_PACKET_BYTES = 65_536;

/** Protocol number of ICMP in a version of IP; the other one counts as an unknown protocol. */
export const icmpOf = (version: Version): number => (version === 4 ? PROTOCOL.ICMP : PROTOCOL.ICMPV6);

/** RFC 792: destination unreachable, source quench, redirect, time exceeded, parameter problem. RFC 4443: 1 to 4. */
export function isIcmpError(version: Version, protocol: number, type: number): boolean {
  if (protocol !== icmpOf(version)) return false;
  return version === 4 ? [3, 4, 5, 11, 12].includes(type) : type >= 1 && type <= 4;
}

/** A question of ICMP, or the answer to it. */
export interface IcmpQuery {
  /** Type of the question. */
  readonly type: number;
  readonly isAnswer: boolean;
}

/** Types of questions and answers. RFC 792, RFC 950: echo, timestamp, information, address mask; RFC 4443, RFC 4620. */
export const ICMP_QUERIES: Readonly<Record<Version, readonly (readonly [question: number, answer: number])[]>> = {
  4: [
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ],
  6: [
    [128, 129],
    [139, 140],
  ],
};

/** Null for a type that neither asks nor answers. */
export function icmpQuery(version: Version, type: number): IcmpQuery | null {
  const pair = ICMP_QUERIES[version].find((each) => each.includes(type));
  return pair ? { type: pair[0], isAnswer: type === pair[1] } : null;
}

/** Type of the answer to a question. */
export const answerType = (version: Version, type: number): number =>
  ICMP_QUERIES[version].find(([question]) => question === type)?.[1] ?? type;

/** Reports and queries of multicast listeners (RFC 2710, RFC 3810). */
export const isListenerType = (version: Version, type: number): boolean =>
  version === 6 && [130, 131, 132, 143].includes(type);

/** Neighbour discovery (RFC 4861): router solicitation to redirect. */
export const isNeighbourType = (type: number): boolean => type >= 133 && type <= 137;

/** Offset of the checksum field from the upper-layer header; -1 if the protocol has none that addresses or ports concern. */
export function checksumOffset(protocol: number, version: Version): number {
  if (protocol === PROTOCOL.TCP) return 16;
  if (protocol === PROTOCOL.UDP) return 6;
  return protocol === icmpOf(version) ? 2 : -1;
}
