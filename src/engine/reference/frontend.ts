// frontend.ts - which frontend a destination matches, and what the tables say about both ends of a packet.

import {
  CidrKind,
  DecisionFlag,
  FrontendKind,
  LocalAddressFlag,
  NodeFlag,
  ServiceModeFlag,
} from '../../abi/abi.gen.js';
import type { TableSet } from '../../image/table.js';
import { inPrefix, sameBytes, swap16, UNSPECIFIED, versionOf } from '../../wire/bytes.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { Packet, Tuple } from './packet.js';
import type { Passage } from './passage.js';

/** The FRONTEND row that matches the tuple's destination, or -1. */
export function findFrontend(tables: TableSet, tuple: Tuple): number {
  const isRouter = ((tables.NODE[0]?.flags ?? 0) & NodeFlag.ROUTER) !== 0;
  const row = (address: Uint8Array, port: number, protocol: number): number =>
    tables.FRONTEND.findIndex(
      (frontend) =>
        sameBytes(frontend.address, address) &&
        frontend.port_be === swap16(port) &&
        frontend.protocol === protocol &&
        (frontend.kind === FrontendKind.SPREAD || frontend.kind === FrontendKind.PROXY) === isRouter, // [SERVICE-3]
    );
  const { destination, destinationPort, protocol } = tuple;
  const hasServices = protocol === PROTOCOL.TCP || protocol === PROTOCOL.UDP || protocol === PROTOCOL.SCTP;
  const exact = hasServices ? row(destination, destinationPort, protocol) : -1; // [SERVICE-1]
  if (exact >= 0) return exact;
  if (isRouter) return row(destination, 0, 0);
  const local = tables.LOCAL_ADDRESS.find((candidate) => sameBytes(candidate.address, destination));
  if (!hasServices || !local) return -1;
  const any = row(UNSPECIFIED[versionOf(destination)], destinationPort, protocol); // [SERVICE-2]
  const isHostPort = tables.FRONTEND[any]?.kind === FrontendKind.HOST_PORT;
  return isHostPort || (local.flags & LocalAddressFlag.NODE_PORT) !== 0 ? any : -1;
}

export const inCidr = (tables: TableSet, address: Uint8Array, kind: CidrKind): boolean =>
  tables.CIDR.some((row) => row.kind === kind && inPrefix(address, row.prefix, row.prefixLength));

const isLocal = (tables: TableSet, address: Uint8Array): boolean =>
  tables.LOCAL_ADDRESS.some((row) => sameBytes(row.address, address));

/** What the tables say about both ends of the packet. */
export interface Ends {
  readonly hasDetector: boolean;
  readonly sourceIsPod: boolean;
  readonly sourceIsNode: boolean;
  readonly destinationIsLocal: boolean;
}

/** [SERVICE-4] */
export function judgeEnds(passage: Passage, packet: Packet): Ends {
  const { tables, node, decision } = passage;
  const bit = packet.version === 4 ? ServiceModeFlag.DETECT_LOCAL : ServiceModeFlag.DETECT_LOCAL_6;
  const hasDetector = (node.serviceFlags & bit) !== 0;
  const sourceIsPod = hasDetector && inCidr(tables, packet.source, CidrKind.DETECT_LOCAL);
  const sourceIsNode = isLocal(tables, packet.source);
  if (sourceIsPod) decision.flags |= DecisionFlag.SOURCE_IS_POD;
  if (sourceIsNode) decision.flags |= DecisionFlag.SOURCE_IS_NODE;
  return { hasDetector, sourceIsPod, sourceIsNode, destinationIsLocal: isLocal(tables, packet.destination) };
}
