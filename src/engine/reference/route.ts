// route.ts - the route of a packet, and whether its TTL and its size allow it (native/law/route.md).

import { NodeFlag, PortKind, Reason, RouteKind, type RouteRow } from '../../abi/abi.gen.js';
import { NONE } from '../../abi/layout.js';
import type { TableSet } from '../../image/table.js';
import { inPrefix } from '../../wire/bytes.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import { type Packet, tcpHeaderBytes } from './packet.js';
import { drop, fromHost, type Passage } from './passage.js';
import { refuse } from './reply.js';

const UDP_HEADER_BYTES = 8;

export interface Route {
  readonly port: number;
  readonly nextHop: number;
  /** True if the route leads to the node's own namespace. */
  readonly local: boolean;
  /** True if this node counts as a hop, so the TTL is decremented. */
  readonly isHop: boolean;
}

/** [ROUTE-1] */
const findRoute = (tables: TableSet, address: Uint8Array): RouteRow | undefined =>
  tables.ROUTE.find((route) => inPrefix(address, route.prefix, route.prefixLength));

/**
 * Returns the route to an address, or why the packet cannot take it.
 * @param moved true if the packet will leave with a different destination
 */
export function judgeRoute(passage: Passage, packet: Packet, towards: Uint8Array, moved = false): Route | Outcome {
  const row = findRoute(passage.tables, towards);
  if (!row || row.kind === RouteKind.UNREACHABLE) {
    // [ROUTE-3]
    return refuse(passage, packet, Reason.HOST_UNREACHABLE, { moved });
  }
  if (row.kind === RouteKind.BLACKHOLE) return drop(passage, Reason.NO_ROUTE); // [ROUTE-4]
  const local = row.kind === RouteKind.LOCAL;
  const route = { port: row.port, nextHop: local ? NONE : row.nextHop, local, isHop: !local && !fromHost(passage) }; // [ROUTE-2]
  if (route.isHop && packet.ttl <= 1) return refuse(passage, packet, Reason.TTL_EXPIRED, { moved }); // [ROUTE-5]
  const mtu = passage.tables.PORT[route.port]?.mtu ?? 0;
  if (!local && linkBytes(passage, packet) > mtu) {
    if (!packet.dontFragment) return drop(passage, Reason.TOO_BIG_SILENT); // [ROUTE-7]
    return refuse(passage, packet, Reason.TOO_BIG, { moved, mtu });
  }
  return route;
}

/** Bytes of the IP packet, or of each segment if the outgoing device will segment it (GSO). [ROUTE-6] */
function linkBytes(passage: Passage, packet: Packet): number {
  const { gsoType, gsoSize } = passage.offload;
  if (gsoType === 0) return packet.end - packet.at;
  return packet.l4 - packet.at + upperHeaderBytes(passage.frame.bytes, packet) + gsoSize;
}

/** Length of the header that every segment repeats. */
function upperHeaderBytes(bytes: Uint8Array, packet: Packet): number {
  if (packet.fragment === 'later') return 0;
  if (packet.protocol === PROTOCOL.TCP) return tcpHeaderBytes(bytes, packet.l4);
  return packet.protocol === PROTOCOL.UDP ? UDP_HEADER_BYTES : 0;
}

/** A packet that would go back where it came from with nothing changed is looping, except on a router or within the host. [ROUTE-8] */
export function loops(passage: Passage, route: Route, isRewritten: boolean): boolean {
  const { frame, node, port } = passage;
  const isRouter = (node.flags & NodeFlag.ROUTER) !== 0;
  return frame.port === route.port && !isRewritten && !isRouter && port.kind !== PortKind.HOST;
}
