// first.ts - a FirstPacket as the frame that an engine takes.
import { complement, sumBytes } from '../engine/reference/checksum.js';
import type { FirstPacket } from './classes.js';
import { SOURCE_PORT } from './flow.js';
import { buildProbe } from './probe.js';

/** A protocol that nothing looks into (RFC 3692: for experiments). */
const OTHER_PROTOCOL = 253;
const IP = 14;

/** SYN, UDP datagram, SCTP INIT, echo request, or a packet of another protocol. */
export function buildFirst(packet: FirstPacket, sourcePort = SOURCE_PORT): Uint8Array {
  const { source, destination, destinationPort, protocol } = packet;
  if (protocol !== 'OTHER') return buildProbe({ source, sourcePort, destination, destinationPort, protocol });
  const frame = buildProbe({ source, sourcePort, destination, destinationPort, protocol: 'ICMP' });
  if (destination.includes(':')) {
    frame[IP + 6] = OTHER_PROTOCOL;
    return frame;
  }
  frame[IP + 9] = OTHER_PROTOCOL;
  frame.fill(0, IP + 10, IP + 12);
  new DataView(frame.buffer, frame.byteOffset).setUint16(IP + 10, complement(sumBytes(frame, IP, IP + 20)));
  return frame;
}
