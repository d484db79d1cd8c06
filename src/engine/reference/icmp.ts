// icmp.ts - translates ICMP errors about known connections, both outside and inside (RFC 5508 §4).

import { DecisionFlag, FlowState, Reason } from '../../abi/abi.gen.js';
import { put16, sameBytes, u16 } from '../../wire/bytes.js';
import { complement, fold, pseudoHeaderSum, sumBytes, updatePartial } from '../../wire/checksum.js';
import { icmpOf } from '../../wire/headers.js';
import type { Outcome } from '../engine.js';
import { changesSource, reverse, rewritten, sameTuple } from './flow.js';
import { rewriteEmbedded, rewriteOuter } from './nat.js';
import type { IpHeader, Packet, Tuple } from './packet.js';
import { parseEmbedded, readPorts } from './parse.js';
import { drop, isOutcome, type Passage } from './passage.js';
import { judgeRoute, loops } from './route.js';
import { forwardUntouched, send } from './send.js';
import { checksumIsGood } from './verify.js';

const ICMP_HEADER_BYTES = 8;

export function relate(passage: Passage, packet: Packet): Outcome {
  const bytes = passage.frame.bytes;
  if (!checksumIsGood(bytes, packet, passage.offload)) {
    // [ICMP-2]
    return forwardUntouched(passage, packet, Reason.BAD_ICMP_CHECKSUM);
  }
  const embedded = parseEmbedded(bytes, packet.l4 + ICMP_HEADER_BYTES, packet.end, packet.version);
  const tuple = embedded && embeddedTuple(bytes, embedded);
  const found = tuple && passage.state.flows.find(reverse(tuple), passage.nowNs);
  // The error must be addressed to the sender of the quoted packet.
  if (!embedded || !tuple || !found || !sameBytes(tuple.source, packet.destination)) {
    // [ICMP-4]
    return forwardUntouched(passage, packet, Reason.ICMP_ERROR_UNMATCHED);
  }
  const { flow, direction } = found;
  passage.decision.state = FlowState.RELATED;
  // The outer packet goes where a packet of the flow would go. A source that the flow does not rewrite is a router.
  const incoming = direction === 'ORIGINAL' ? flow.original : flow.reply;
  const leaving = rewritten(flow, direction);
  const outer: Tuple = {
    ...packet.tuple,
    source: changesSource(incoming, leaving) ? leaving.source : packet.source, // [ICMP-5]
    destination: leaving.destination,
  };
  const towards = direction === 'ORIGINAL' && flow.via ? flow.via : outer.destination;
  const route = judgeRoute(passage, packet, towards); // [ICMP-9]
  if (isOutcome(route)) return route;
  if (loops(passage, route, !sameTuple(incoming, leaving))) return drop(passage, Reason.SOURCE_LOOP);
  if (!sameBytes(outer.source, packet.source)) passage.decision.flags |= DecisionFlag.SNAT;
  if (!sameBytes(outer.destination, packet.destination)) passage.decision.flags |= DecisionFlag.DNAT;
  const translated = bytes.slice(0, packet.end);
  const rewrites = !sameTuple(flow.original, reverse(flow.reply));
  translate(
    translated,
    packet,
    outer,
    { ...embedded, from: tuple, to: reverse(leaving), rewrites },
    passage.offload.needsChecksum,
  );
  return send(passage, packet, translated, route, Reason.RELATED); // [ICMP-8]
}

/** ICMPv6 covers a pseudo-header, ICMP does not. */
function pseudoSum(packet: Packet, source: Uint8Array, destination: Uint8Array): number {
  return packet.version === 6 ? pseudoHeaderSum(source, destination, icmpOf(6), packet.end - packet.l4, 6) : 0;
}

/** Tuple of the quoted packet at the point where the error occurred; null for ICMP that neither asks nor answers. */
function embeddedTuple(bytes: Uint8Array, header: IpHeader): Tuple | null {
  const ports = readPorts(bytes, header);
  const { version, protocol, source, destination } = header;
  const { sourcePort, destinationPort, query } = ports;
  if (protocol === icmpOf(version) && !query) return null;
  return { source, destination, protocol, sourcePort, destinationPort, query };
}

/** The quoted packet, and how it is rewritten. */
interface Quoted extends IpHeader {
  readonly from: Tuple;
  readonly to: Tuple;
  /** True if its flow rewrites anything. */
  readonly rewrites: boolean;
}

function translate(bytes: Uint8Array, packet: Packet, outer: Tuple, quoted: Quoted, isPartial: boolean): void {
  const before = bytes.slice();
  const addresses = rewriteOuter(bytes, packet, outer);
  rewriteEmbedded(bytes, quoted, quoted.from, quoted.to, quoted.rewrites);
  const field = packet.l4 + 2;
  if (isPartial) {
    if (packet.version === 6) put16(bytes, field, updatePartial(u16(bytes, field), addresses));
    return;
  }
  if (sameBytes(before, bytes)) return;
  // The checksum was just verified, so recomputing it equals updating it. [ICMP-7]
  put16(bytes, field, 0);
  const sum = pseudoSum(packet, outer.source, outer.destination) + sumBytes(bytes, packet.l4, packet.end);
  put16(bytes, field, complement(fold(sum)));
}
