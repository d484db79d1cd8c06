// routing.ts - what the kernel decides between the hooks: where a packet leaves, and the NAT of a known connection.
import { parseAddress, toBigInt } from '../../model/address.js';
import { inside } from '../rules/elements.js';
import type { Connection, PolicyRule, Route } from '../rules/node.js';
import { type Here, isLocal } from './fields.js';
import type { Moment } from './moment.js';
import { addressText, type Packet } from './packet.js';

const lengthOf = ({ to }: Route): bigint => (to.last as bigint) - (to.first as bigint);

/** The route of one table that is narrowest and, of these, has the smallest metric. */
function routeIn(routes: readonly Route[], table: string, isIPv6: boolean, address: bigint): Route | null {
  let best: Route | null = null;
  for (const route of routes) {
    if (route.table !== table || route.isIPv6 !== isIPv6 || !inside(route.to, address)) continue;
    const narrower = best === null ? -1n : lengthOf(route) - lengthOf(best);
    if (narrower < 0n || (narrower === 0n && route.metric < (best as Route).metric)) best = route;
  }
  return best;
}

/** Rules without any other: local, main and default. */
const USUAL = ['local', 'main', 'default'];

function applies(rule: PolicyRule, packet: Packet): boolean | null {
  if (rule.isIPv6 !== (packet.family === 'IPv6')) return false;
  const fits = [
    rule.source === null || inside(rule.source, packet.source),
    rule.destination === null || inside(rule.destination, packet.destination),
    rule.mark === null || (packet.mark & rule.mark.mask) === rule.mark.value,
  ].every((one) => one);
  if (rule.inDevice !== null && packet.inInterface === null && fits) return null;
  const all = fits && (rule.inDevice === null || rule.inDevice === (packet.own ? 'lo' : packet.inInterface));
  if (rule.more && all) return null;
  return all !== rule.negated;
}

/** The route that the packet takes; null = none, undefined = nobody can say. */
function routeOf({ node }: Here, packet: Packet): Route | null | undefined {
  const { routes, policyRules } = node;
  if (routes === null) return undefined;
  const isIPv6 = packet.family === 'IPv6';
  const tables: string[] = [];
  if (policyRules === null) tables.push(...USUAL);
  for (const rule of policyRules ?? []) {
    const answer = applies(rule, packet);
    if (answer === null) return undefined;
    if (answer) tables.push(rule.table);
  }
  for (const table of tables) {
    const route = routeIn(routes, table, isIPv6, packet.destination);
    if (route && route.type !== 'throw') return route;
  }
  return null;
}

/** Name of the interface through which the packet leaves; null where nobody can say. */
export function leavingBy(here: Here, packet: Packet): string | null {
  if (isLocal(here, packet, packet.destination)) return 'lo';
  return routeOf(here, packet)?.device ?? null;
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
