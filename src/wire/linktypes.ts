// linktypes.ts - packets of other link types as Ethernet frames (https://www.tcpdump.org/linktypes.html).
import { ETHERNET_BYTES } from './headers.js';

const IPV4 = 0x0800;
const IPV6 = 0x86dd;

/** An Ethernet header with the type, and the packet from an offset on. Both addresses are zero: nobody looks at them. */
function framed(type: number, packet: Uint8Array, from: number): Uint8Array {
  const frame = new Uint8Array(ETHERNET_BYTES + Math.max(0, packet.length - from));
  frame[12] = type >> 8;
  frame[13] = type & 255;
  frame.set(packet.subarray(from), ETHERNET_BYTES);
  return frame;
}

/** IPv4 unless the packet says that it is IPv6. */
const rawIp = (bytes: Uint8Array, from: number): Uint8Array =>
  framed((bytes[from] ?? 0) >> 4 === 6 ? IPV6 : IPV4, bytes, from);

const u16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

interface LinkType {
  readonly name: string;
  /** Absent: what it carries is not a packet of this network. */
  readonly frame?: (bytes: Uint8Array) => Uint8Array;
}

const LINK_TYPES: Readonly<Record<number, LinkType>> = {
  0: { name: 'NULL', frame: (bytes) => rawIp(bytes, 4) },
  1: { name: 'ETHERNET', frame: (bytes) => bytes },
  12: { name: 'RAW', frame: (bytes) => rawIp(bytes, 0) },
  14: { name: 'RAW', frame: (bytes) => rawIp(bytes, 0) },
  101: { name: 'RAW', frame: (bytes) => rawIp(bytes, 0) },
  105: { name: 'IEEE802_11' },
  108: { name: 'LOOP', frame: (bytes) => rawIp(bytes, 4) },
  113: { name: 'LINUX_SLL', frame: (bytes) => framed(u16(bytes, 14), bytes, 16) },
  127: { name: 'IEEE802_11_RADIOTAP' },
  228: { name: 'IPV4', frame: (bytes) => framed(IPV4, bytes, 0) },
  229: { name: 'IPV6', frame: (bytes) => framed(IPV6, bytes, 0) },
  239: { name: 'NFLOG' },
  276: { name: 'LINUX_SLL2', frame: (bytes) => framed(u16(bytes, 0), bytes, 20) },
};

/** The packet as an Ethernet frame; null if its link type is not one that carries IP as it is. */
export const ethernetOf = (linkType: number, bytes: Uint8Array): Uint8Array | null =>
  LINK_TYPES[linkType]?.frame?.(bytes) ?? null;

/** `NFLOG (239)` */
export const linkTypeName = (linkType: number): string => `${LINK_TYPES[linkType]?.name ?? 'unknown'} (${linkType})`;
