// marker.ts - a packet that a node always forwards. Once it is out, everything sent before it has been handled.
//
// The kernel handles a port's packets in order, and the node's devices have no queue (NO_QUEUE). So nothing sent
// before a marker is still in flight once the marker is seen. No rule counts, tracks or drops it.
import { ETHERNET_BYTES } from '../../../wire/headers.js';
import { DELIVERED, DELIVERED_TO } from './wiring.js';

/** A neighbour in a range of addresses that belong to nobody (RFC 7335). */
const SOURCE = '192.0.0.7';
const [DESTINATION] = DELIVERED_TO;
/** A protocol number for experiments (RFC 3692). */
const PROTOCOL = 253;
const TTL = 64;

const HEADER = 20;
const NUMBER = ETHERNET_BYTES + HEADER;

const octets = (address: string): number[] => address.split('.').map(Number);

/** Two's complement sum of an IPv4 header (RFC 1071). */
function checksum(header: DataView): number {
  let sum = 0;
  for (let at = 0; at < HEADER; at += 2) sum += header.getUint16(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return ~sum & 0xffff;
}

/** The Ethernet frame of the marker with this number (32 bits). */
export function markerFrame(number: number): Uint8Array {
  const frame = new Uint8Array(NUMBER + 4);
  frame.set([0x08, 0x00], 12);
  frame.set(
    [0x45, 0, 0, HEADER + 4, 0, 0, 0, 0, TTL, PROTOCOL, 0, 0, ...octets(SOURCE), ...octets(DESTINATION)],
    ETHERNET_BYTES,
  );
  const header = new DataView(frame.buffer, ETHERNET_BYTES, HEADER);
  header.setUint16(10, checksum(header));
  new DataView(frame.buffer).setUint32(NUMBER, number);
  return frame;
}

/** The number of a marker; null for another frame. */
export function markerNumber(frame: Uint8Array): number | null {
  const isMarker =
    frame.length >= NUMBER + 4 &&
    frame[12] === 0x08 &&
    frame[ETHERNET_BYTES + 9] === PROTOCOL &&
    octets(DESTINATION).every((octet, i) => frame[ETHERNET_BYTES + 16 + i] === octet);
  return isMarker ? new DataView(frame.buffer, frame.byteOffset).getUint32(NUMBER) : null;
}

/** For `nft -f -`: markers are no connections. */
export const MARKER_TABLE = `table ip kubewire-marker {
${['prerouting', 'output']
  .map(
    (hook) => `\tchain ${hook} {
\t\ttype filter hook ${hook} priority -500; policy accept;
\t\tip saddr ${SOURCE} ip daddr ${DESTINATION} ip protocol ${PROTOCOL} notrack
\t}
`,
  )
  .join('')}}
`;

/** For `tc -batch -`: what is sent to these devices is handed over at once. */
export const noQueue = (names: readonly string[]): string =>
  [...names, DELIVERED].map((name) => `qdisc replace dev ${name} root noqueue\n`).join('');
