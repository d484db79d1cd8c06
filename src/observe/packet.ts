// packet.ts - the packet in a frame's first bytes: both its ends, as values and in a few words.
import { formatBytes, formatEndpoint } from '../model/address.js';
import { ETHERNET_BYTES } from '../wire/headers.js';
import type { FlowTuple } from './conntrack.js';

/** Both ends of an IP packet. Ports are 0 where the protocol has none. */
export interface PacketTuple extends FlowTuple {
  /** IP protocol number. */
  readonly protocol: number;
}

const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'ICMP', 6: 'TCP', 17: 'UDP', 58: 'ICMPv6', 132: 'SCTP' };
const ETHERTYPES: Readonly<Record<number, string>> = { 2054: 'ARP', 2048: 'IPv4', 34525: 'IPv6' };
const WITH_PORTS = new Set([6, 17, 132]);

/** The ends of an IP packet; its ports if the first bytes contain them. Extension headers are not walked. */
function ipTuple(view: DataView, v6: boolean): PacketTuple {
  const first = view.getUint8(ETHERNET_BYTES);
  const protocol = view.getUint8(ETHERNET_BYTES + (v6 ? 6 : 9));
  const address = (at: number): string => {
    const raw = new Uint8Array(view.buffer, view.byteOffset + at, v6 ? 16 : 4);
    return v6 ? formatBytes(raw.slice()) : raw.join('.');
  };
  const [source, destination] = v6
    ? [address(ETHERNET_BYTES + 8), address(ETHERNET_BYTES + 24)]
    : [address(ETHERNET_BYTES + 12), address(ETHERNET_BYTES + 16)];
  const at = ETHERNET_BYTES + (v6 ? 40 : (first & 15) * 4);
  const isLater = !v6 && (view.getUint16(ETHERNET_BYTES + 6) & 0x1fff) !== 0;
  if (isLater || !WITH_PORTS.has(protocol) || view.byteLength < at + 4) {
    return { protocol, source, destination, sourcePort: 0, destinationPort: 0 };
  }
  return { protocol, source, destination, sourcePort: view.getUint16(at), destinationPort: view.getUint16(at + 2) };
}

const viewOf = (head: Uint8Array): DataView => new DataView(head.buffer, head.byteOffset, head.byteLength);

/** The tuple in a frame's first bytes; null if it is no IP packet, or cut off before its addresses. */
export function packetTuple(head: Uint8Array): PacketTuple | null {
  if (head.length < ETHERNET_BYTES) return null;
  const type = viewOf(head).getUint16(12);
  if (type === 0x0800 && head.length >= ETHERNET_BYTES + 20) return ipTuple(viewOf(head), false);
  if (type === 0x86dd && head.length >= ETHERNET_BYTES + 40) return ipTuple(viewOf(head), true);
  return null;
}

/** The packet in a frame's first bytes, in a few words. */
export function packetText(head: Uint8Array): string {
  const tuple = packetTuple(head);
  if (tuple) {
    const { protocol, source, destination, sourcePort, destinationPort } = tuple;
    const name = PROTOCOLS[protocol] ?? `protocol ${protocol}`;
    if (sourcePort === 0 && destinationPort === 0) return `${name} ${source} → ${destination}`;
    return `${name} ${formatEndpoint(source, sourcePort)} → ${formatEndpoint(destination, destinationPort)}`;
  }
  if (head.length < ETHERNET_BYTES) return `${head.length} bytes`;
  const type = viewOf(head).getUint16(12);
  return ETHERTYPES[type] ?? `EtherType 0x${type.toString(16).padStart(4, '0')}`;
}
