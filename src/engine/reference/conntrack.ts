// conntrack.ts - step 7: is the packet part of a known flow, the first of a new one, or neither (native/README.md §3).
import { FlowState, type FlowState as FlowStateNumber, TcpState } from '../../abi/abi.gen.js';
import type { Direction, Flow } from './flow.js';
import { touch } from './flow.js';
import { recount } from './ipvs/counting.js';
import { echoReplyType, echoRequestType, type Packet, PROTOCOL } from './packet.js';
import type { Passage } from './passage.js';
import { reopens, segmentOf, tcpCell } from './tcp.js';

export type Tracked =
  | { readonly kind: 'invalid' }
  | { readonly kind: 'new'; readonly tcpState: TcpState }
  /** `next` is the TCP state to enter; null = the packet goes with the flow and changes nothing of it. */
  | { readonly kind: 'known'; readonly flow: Flow; readonly direction: Direction; readonly next: TcpState | null };

const INVALID: Tracked = { kind: 'invalid' };

export function track(passage: Passage, packet: Packet): Tracked {
  if (packet.icmpType >= 0 && !isEchoType(packet)) return INVALID;
  const found = passage.state.flows.find(packet.tuple, passage.nowNs);
  if (found) {
    const known = knownPacket(packet, found.flow, found.direction);
    if (known) return known;
    passage.state.flows.remove(found.flow);
  }
  return newPacket(packet);
}

const isEchoType = ({ version, icmpType }: Packet): boolean =>
  icmpType === echoRequestType(version) || icmpType === echoReplyType(version);

/** Null when the packet ends the flow and begins another one. */
function knownPacket(packet: Packet, flow: Flow, direction: Direction): Tracked | null {
  if (packet.protocol !== PROTOCOL.TCP) return { kind: 'known', flow, direction, next: TcpState.NONE };
  if (packet.piece === 'later') return { kind: 'known', flow, direction, next: null };
  const cell = tcpCell(direction, segmentOf(packet.tcpFlags), flow.tcpState);
  if (reopens(flow.tcpState, cell)) return null;
  if (cell === 'INVALID') return INVALID;
  return { kind: 'known', flow, direction, next: cell === 'IGNORED' ? null : cell };
}

function newPacket(packet: Packet): Tracked {
  if (packet.protocol === PROTOCOL.TCP) {
    if (packet.piece === 'later') return INVALID;
    const cell = tcpCell('ORIGINAL', segmentOf(packet.tcpFlags), TcpState.NONE);
    return cell === 'INVALID' || cell === 'IGNORED' ? INVALID : { kind: 'new', tcpState: cell };
  }
  return packet.icmpType === echoReplyType(packet.version) ? INVALID : { kind: 'new', tcpState: TcpState.NONE };
}

/** What the packet does to its flow, once nothing stands in its way any more. */
export function advance(passage: Passage, packet: Packet, known: Tracked & { kind: 'known' }): void {
  const { flow, direction, next } = known;
  if (next === null) return;
  flow.tcpState = next;
  if (direction === 'REPLY') flow.seenReply = true;
  const settled = packet.protocol !== PROTOCOL.TCP || flow.tcpState === TcpState.ESTABLISHED;
  if (flow.seenReply && settled) flow.assured = true;
  touch(flow, packet.end - packet.at, passage.nowNs);
  recount(flow);
}

export const stateOf = (direction: Direction): FlowStateNumber =>
  direction === 'ORIGINAL' ? FlowState.ORIGINAL : FlowState.REPLY;
