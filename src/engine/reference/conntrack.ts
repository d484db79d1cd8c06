// conntrack.ts - whether a packet belongs to a known flow, starts a new one, or neither (native/law/conntrack.md).
import { FlowState, type FlowState as FlowStateNumber, type NodeRow } from '../../abi/abi.gen.js';
import { isListenerType, PROTOCOL } from '../../wire/headers.js';
import { beginAssociation, followAssociation, isEnding } from './association.js';
import { beginConnection, type Followed, followConnection, startsConnection } from './connection.js';
import { type Flow, mark, NS_PER_SECOND } from './flow.js';
import { recount } from './ipvs/counting.js';
import type { Direction, Packet } from './packet.js';
import type { Passage } from './passage.js';
import { isClosing } from './tcp.js';

export type Tracked =
  | { readonly kind: 'invalid' }
  /** Nothing that connection tracking concerns itself with. */
  | { readonly kind: 'untracked' }
  | { readonly kind: 'new' }
  /** The packet has already been applied to the flow. If that ended the flow, it is already forgotten. */
  | { readonly kind: 'known'; readonly flow: Flow; readonly direction: Direction };

const INVALID: Tracked = { kind: 'invalid' };

/** Lifetimes, in seconds, of flows without protocol states; those of UDP are in the row NODE. */
const SECONDS = { gre: 30, greStream: 180, icmp: 30, generic: 600 } as const;
const STREAM_NS = 2n * NS_PER_SECOND;

export function track(passage: Passage, packet: Packet): Tracked {
  if (isListenerType(packet.version, packet.icmpType)) return { kind: 'untracked' };
  if (packet.icmpType >= 0 && !packet.tuple.query) return INVALID; // [TRACK-4]
  const { flows } = passage.state;
  const found = flows.find(packet.tuple, passage.nowNs);
  if (found) {
    const { flow, direction } = found;
    const followed = followAndTell(passage, packet, flow, direction);
    if (followed === 'invalid') return INVALID;
    if (followed === 'end' || followed === 'reopen') flows.remove(flow);
    if (followed !== 'reopen') return { kind: 'known', flow, direction };
  }
  return starts(passage.frame.bytes, packet) ? { kind: 'new' } : INVALID;
}

/** Flows that may be dropped to make room: those not ASSURED, and those already closing. */
const mayGo = (flow: Flow): boolean =>
  !flow.assured || isClosing(flow.tcpState) || (flow.sctp !== null && isEnding(flow.sctp));

/** [TRACK-10] */
function followAndTell(passage: Passage, packet: Packet, flow: Flow, direction: Direction): Followed {
  const couldGo = mayGo(flow);
  const followed = follow(passage, packet, flow, direction);
  const goesOn = followed !== 'invalid' && followed !== 'reopen';
  if (direction === 'REPLY' && goesOn) flow.seenReply = true;
  if (mayGo(flow) !== couldGo) passage.state.flows.letGo(flow, !couldGo);
  recount(flow);
  return followed;
}

function follow(passage: Passage, packet: Packet, flow: Flow, direction: Direction): Followed {
  const { bytes } = passage.frame;
  const { node, nowNs } = passage;
  if (packet.protocol === PROTOCOL.TCP) {
    if (packet.fragment === 'later') return 'ignore';
    return followConnection(node, flow, direction, bytes, packet, nowNs);
  }
  if (packet.protocol === PROTOCOL.SCTP && flow.sctp) {
    if (packet.fragment === 'later') return 'ignore';
    const seconds = followAssociation(flow.sctp, direction, bytes, packet);
    if (flow.sctp.settled) flow.assured = true;
    if (seconds === null) return 'invalid';
    if (seconds === 0) return 'ignore';
    mark(flow, packet.end - packet.at, seconds, nowNs);
    return 'accept';
  }
  const { seconds, isStream } = stateless(node, flow, nowNs);
  if (isStream) flow.assured = true;
  mark(flow, packet.end - packet.at, seconds, nowNs);
  return 'accept';
}

/** [TRACK-11] UDP that went both ways for more than two seconds is a stream, GRE that went both ways at all; others never are. */
function stateless(node: NodeRow, flow: Flow, nowNs: bigint): { seconds: number; isStream: boolean } {
  const { protocol } = flow.original;
  if (protocol === PROTOCOL.UDP) {
    const isStream = flow.seenReply && nowNs > flow.streamNs;
    return { seconds: isStream ? node.udpStreamSeconds : node.udpSeconds, isStream };
  }
  if (protocol === PROTOCOL.GRE) {
    return { seconds: flow.seenReply ? SECONDS.greStream : SECONDS.gre, isStream: flow.seenReply };
  }
  return { seconds: flow.original.query ? SECONDS.icmp : SECONDS.generic, isStream: false };
}

/** Whether a packet without a flow may start one. [TRACK-3] */
function starts(bytes: Uint8Array, packet: Packet): boolean {
  if (packet.protocol === PROTOCOL.TCP) return startsConnection(packet);
  if (packet.protocol === PROTOCOL.SCTP) return packet.fragment !== 'later' && beginAssociation(bytes, packet) !== null;
  return !packet.tuple.query?.isAnswer;
}

/** Initialises a new flow from its first packet. */
export function begin({ node, frame: { bytes }, nowNs }: Passage, flow: Flow, packet: Packet): void {
  const ipBytes = packet.end - packet.at;
  if (packet.protocol === PROTOCOL.TCP) {
    beginConnection(node, flow, bytes, packet, nowNs);
  } else if (packet.protocol === PROTOCOL.SCTP) {
    const association = beginAssociation(bytes, packet);
    flow.sctp = association?.track ?? null;
    mark(flow, ipBytes, association?.seconds ?? 0, nowNs);
  } else {
    flow.streamNs = nowNs + STREAM_NS;
    mark(flow, ipBytes, stateless(node, flow, nowNs).seconds, nowNs);
  }
}

export const stateOf = (direction: Direction): FlowStateNumber =>
  direction === 'ORIGINAL' ? FlowState.ORIGINAL : FlowState.REPLY;
