// routing.ts - what the kernel decides between the hooks: where a packet leaves, and the NAT of a known connection.
import { parseAddress, toBigInt } from '../../model/address.js';
import type { Connection } from '../rules/node.js';
import { type Here, isLocal } from './fields.js';
import type { Moment } from './moment.js';
import { addressText, type Packet } from './packet.js';
import { routeOf } from './routes.js';

/** Name of the interface through which the packet leaves; null where nobody can say. */
export function leavingBy(here: Here, packet: Packet): string | null {
  if (isLocal(here, packet, packet.destination)) return 'lo';
  return routeOf(here.node, packet)?.device ?? null;
}

const value = (text: string): bigint | null => {
  const address = parseAddress(text);
  return address && toBigInt(address);
};

/** The connection of the dump that the packet belongs to. */
function connectionOf(connections: readonly Connection[], { original, family, protocol }: Packet): Connection | null {
  const [source, destination] = [addressText(family, original.source), addressText(family, original.destination)];
  const fits = (one: Connection): boolean =>
    one.protocol === protocol &&
    one.original.source === source &&
    one.original.destination === destination &&
    BigInt(one.original.destinationPort) === (original.destinationPort ?? 0n) &&
    (original.sourcePort === null || BigInt(one.original.sourcePort) === original.sourcePort);
  return connections.find(fits) ?? null;
}

/** Does to a packet of an established connection what was decided for the first; says so. */
export function settleConnection({ node }: Here, moment: Moment): string {
  const { packet, stage } = moment;
  const isDestination = stage === 'prerouting' || stage === 'output';
  const settled = isDestination ? moment.destinationSettled : moment.sourceSettled;
  if (isDestination) moment.destinationSettled = true;
  else moment.sourceSettled = true;
  if (settled || packet.state !== ESTABLISHED) return '';
  const connection = connectionOf(node.connections ?? [], packet);
  if (!connection) return '';
  const [before, after] = isDestination
    ? [connection.original.destination, connection.reply.source]
    : [connection.original.source, connection.reply.destination];
  const ports = isDestination
    ? [connection.original.destinationPort, connection.reply.sourcePort]
    : [connection.original.sourcePort, connection.reply.destinationPort];
  if (before === after && ports[0] === ports[1]) return '';
  return rewritten(packet, isDestination, value(after), BigInt(ports[1] ?? 0), connection);
}

const ESTABLISHED = 2n;

function rewritten(
  packet: Packet,
  isDestination: boolean,
  address: bigint | null,
  port: bigint,
  { place }: Connection,
): string {
  if (isDestination) {
    packet.destinationRewritten = true;
    packet.destination = address ?? packet.destination;
    packet.destinationPort = port;
  } else {
    packet.sourceRewritten = true;
    packet.source = address ?? packet.source;
  }
  const what = isDestination ? 'destination' : 'source';
  return `the connection of ${place.file}:${place.line} has the ${what} ${addressText(packet.family, address ?? 0n)}`;
}
