// first.ts - a FirstPacket as the frame that an engine takes: a template of its protocol with addresses and ports filled in.

import { isIPv6, mustAddress } from '../model/address.js';
import { complement, fold, sctpChecksum } from '../wire/checksum.js';
import { CLASS_PROTOCOLS, type ClassProtocol, type FirstPacket } from './classes.js';
import { SOURCE_PORT } from './flow.js';
import { buildProbe, checksumAt } from './probe.js';

/** A protocol that no rule looks into (RFC 3692: for experiments). */
const OTHER_PROTOCOL = 253;
const IP = 14;

/** Linux checks a checksum like ICMP's before it rejects a packet of any protocol. */
const OTHER_CHECKSUM = 2;

function template(protocol: ClassProtocol, v6: boolean): Uint8Array {
  const [source, destination] = v6 ? ['2001:db8::1', '2001:db8::2'] : ['192.0.2.1', '192.0.2.2'];
  return buildProbe({
    source: source as string,
    sourcePort: SOURCE_PORT,
    destination: destination as string,
    destinationPort: 0,
    protocol: protocol === 'OTHER' ? 'ICMP' : protocol,
  });
}

const TEMPLATES = new Map(
  CLASS_PROTOCOLS.flatMap((protocol) =>
    [false, true].map((v6) => [`${protocol} ${v6}`, template(protocol, v6)] as const),
  ),
);

/** Sum of 16-bit words. `from` and `to` are an even distance apart. */
function sum(view: DataView, from: number, to: number): number {
  let total = 0;
  for (let at = from; at < to; at += 2) total += view.getUint16(at);
  return total;
}

function fillAddresses(frame: Uint8Array, view: DataView, packet: FirstPacket, v6: boolean): void {
  const source = mustAddress(packet.source).bytes;
  const destination = mustAddress(packet.destination).bytes;
  frame.set(v6 ? source : source.subarray(12), IP + (v6 ? 8 : 12));
  frame.set(v6 ? destination : destination.subarray(12), IP + (v6 ? 24 : 16));
  if (packet.protocol === 'OTHER') frame[IP + (v6 ? 6 : 9)] = OTHER_PROTOCOL;
  if (v6) return;
  view.setUint16(IP + 10, 0);
  view.setUint16(IP + 10, complement(fold(sum(view, IP, IP + 20))));
}

/** Fills in the ports, and the checksum over them and the pseudo-header (RFC 9293 §3.1, RFC 8200 §8.1). */
function fillL4(frame: Uint8Array, view: DataView, packet: FirstPacket, sourcePort: number, v6: boolean): void {
  const { protocol, destinationPort } = packet;
  const at = IP + (v6 ? 40 : 20);
  const number = frame[IP + (v6 ? 6 : 9)] ?? 0;
  const field = protocol === 'OTHER' ? OTHER_CHECKSUM : checksumAt(number, v6 ? 6 : 4);
  const hasPorts = protocol !== 'ICMP' && protocol !== 'OTHER';
  view.setUint16(hasPorts ? at : at + 4, sourcePort);
  if (hasPorts) view.setUint16(at + 2, destinationPort);
  if (protocol === 'SCTP') {
    view.setUint32(at + field, sctpChecksum(frame, at, frame.length), true);
    return;
  }
  view.setUint16(at + field, 0);
  const pseudo = !hasPorts && !v6 ? 0 : sum(view, IP + (v6 ? 8 : 12), at) + number + frame.length - at;
  view.setUint16(at + field, complement(fold(pseudo + sum(view, at, frame.length))) || 0xffff);
}

/**
 * SYN, UDP datagram, SCTP INIT, echo request, or a packet of another protocol.
 * @param sourcePort an echo's identifier
 */
export function buildFirst(packet: FirstPacket, sourcePort = SOURCE_PORT): Uint8Array {
  const v6 = isIPv6(packet.destination);
  const frame = (TEMPLATES.get(`${packet.protocol} ${v6}`) as Uint8Array).slice();
  const view = new DataView(frame.buffer);
  fillAddresses(frame, view, packet, v6);
  fillL4(frame, view, packet, sourcePort, v6);
  return frame;
}
