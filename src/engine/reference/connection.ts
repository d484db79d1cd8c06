// connection.ts - how a TCP segment changes its flow: special cases of the state table, and timers.
import { NodeFlag, type NodeRow, TcpState } from '../../abi/abi.gen.js';
import type { Flow } from './flow.js';
import { mark } from './flow.js';
import type { Direction, Packet } from './packet.js';
import { doubt, judgeReset } from './reset.js';
import { isSent, readSegment, type Segment } from './segment.js';
import { type Cell, IMPATIENCE, reopens, segmentOf, type Timeouts, tcpCell, tcpSeconds } from './tcp.js';
import { judgeWindow, newSide, newTrack, readOptions, type TcpTrack } from './window.js';

/** The TCP settings of a node. */
type Rules = Timeouts & Pick<NodeRow, 'flags'>;

/** How a packet of a known flow goes on: with it; with it, but neither counted nor timed; as its last; as the first of another flow; or not at all. */
export type Followed = 'accept' | 'ignore' | 'end' | 'reopen' | 'invalid';

const REPEATS = 3;

/** Whether a segment may start a flow. [TRACK-12] */
export const startsConnection = (packet: Packet): boolean =>
  packet.fragment !== 'later' &&
  isSent(packet.tcpFlags) &&
  typeof tcpCell('ORIGINAL', segmentOf(packet.tcpFlags), TcpState.NONE) === 'number';

/** The first segment of a flow: a SYN, or one from the middle of an unknown connection. */
export function beginConnection(node: Rules, flow: Flow, bytes: Uint8Array, packet: Packet, nowNs: bigint): void {
  const segment = readSegment(bytes, packet);
  flow.tcp = newTrack();
  const { ORIGINAL, REPLY } = flow.tcp.sides;
  ORIGINAL.end = ORIGINAL.maxEnd = segment.end;
  ORIGINAL.maxWindow = segment.window || 1;
  if (segment.kind === 'SYN') {
    readOptions(ORIGINAL, segment);
  } else {
    ORIGINAL.maxEnd = (ORIGINAL.maxEnd + ORIGINAL.maxWindow) >>> 0;
    for (const side of [ORIGINAL, REPLY]) side.sacks = side.liberal = true;
  }
  followConnection(node, flow, 'ORIGINAL', bytes, packet, nowNs);
}

export function followConnection(
  node: Rules,
  flow: Flow,
  direction: Direction,
  bytes: Uint8Array,
  packet: Packet,
  nowNs: bigint,
): Followed {
  const track = flow.tcp;
  if (!track || !isSent(packet.tcpFlags)) return 'invalid';
  const segment = readSegment(bytes, packet);
  // Only part of a fragmented segment is visible, so from here on it is unknown what was sent.
  if (packet.fragment === 'first') track.sides.ORIGINAL.liberal = track.sides.REPLY.liberal = true;
  const cell = tcpCell(direction, segment.kind, flow.tcpState);
  if (cell === 'INVALID') return 'invalid';
  const next = whatFollows(flow, track, direction, segment, cell);
  if (typeof next !== 'number') return next;
  const reset = segment.reset ? judgeReset(flow, track, direction, segment) : { judgement: null, stays: false };
  if (reset.judgement === 'invalid') return 'invalid';
  const liberal = (node.flags & NodeFlag.TCP_BE_LIBERAL) !== 0;
  const judgement = reset.judgement ?? judgeWindow(track, flow.tcpState, direction, segment, liberal);
  if (judgement === 'invalid') doubt(flow, track, direction, segment, nowNs);
  if (judgement !== 'accept') return judgement;
  return accept(node, flow, track, direction, segment, reset.stays ? flow.tcpState : next, packet, nowNs);
}

/** The state to enter, unless the segment passes unchecked or starts another flow. [TRACK-15] */
function whatFollows(
  flow: Flow,
  track: TcpTrack,
  direction: Direction,
  segment: Segment,
  cell: Exclude<Cell, 'INVALID'>,
): TcpState | 'ignore' | 'reopen' {
  const { last } = track;
  const restarts = reopens(flow.tcpState, cell);
  if (restarts && mayReopen(track, direction)) return 'reopen';
  if (restarts || cell === 'IGNORED') {
    if (getsInStep(track, direction, segment)) return TcpState.SYN_RECV;
    note(flow, track, direction, segment);
    return 'ignore';
  }
  const isAck = segment.kind === 'ACK';
  if (cell === TcpState.TIME_WAIT && flow.tcpState === TcpState.LAST_ACK && isAck && last.challenges) {
    if (last.direction !== direction && last.kind === 'SYN') {
      last.challenges = false;
      return 'ignore';
    }
  }
  if (cell === TcpState.SYN_SENT2) last.simultaneous = true;
  if (cell === TcpState.SYN_RECV && direction === 'REPLY' && isAck && last.simultaneous) return TcpState.ESTABLISHED;
  return cell;
}

/** A SYN on a finished connection begins another one if this one was closed by a FIN, or by an RST of the same side. [TRACK-13] */
const mayReopen = ({ sides, last }: TcpTrack, direction: Direction): boolean =>
  sides.ORIGINAL.closes || sides.REPLY.closes || (last.direction === direction && last.kind === 'RST');

/** A SYN-ACK for a SYN that was let through: both ends agree, and the flow follows them. */
function getsInStep(track: TcpTrack, direction: Direction, segment: Segment): boolean {
  const { last, sides } = track;
  if (segment.kind !== 'SYNACK' || last.kind !== 'SYN' || last.direction === direction) return false;
  if (segment.ack !== last.end) return false;
  const { end, scale, scales, sacks } = last;
  last.challenges = false;
  const known = sides[last.direction];
  const kept = { maxAck: null, closes: false, liberal: false, unacked: false };
  Object.assign(known, { end, maxEnd: end, maxWindow: last.window || 1, scale, scales, sacks }, kept);
  Object.assign(sides[direction], newSide(), { liberal: sides[direction].liberal });
  return true;
}

/** Remembers a segment that the flow cannot explain. The reply will show who is right. [TRACK-14] */
function note(flow: Flow, { last }: TcpTrack, direction: Direction, segment: Segment): void {
  const { kind, sequence, end, window } = segment;
  Object.assign(last, { kind, direction, sequence, end, window });
  if (kind === 'SYN' && direction === 'ORIGINAL') {
    const seen = newSide();
    readOptions(seen, segment);
    const { scale, scales, sacks } = seen;
    const challenges = flow.tcpState === TcpState.LAST_ACK;
    Object.assign(last, { scale, scales, sacks, challenges, simultaneous: false });
  }
  if (kind === 'ACK' && direction === 'REPLY' && flow.tcpState === TcpState.SYN_SENT) last.ack = segment.ack;
}

/** Effects of a segment inside the window. [TRACK-19] */
function accept(
  node: Rules,
  flow: Flow,
  track: TcpTrack,
  direction: Direction,
  segment: Segment,
  next: TcpState,
  packet: Packet,
  nowNs: bigint,
): Followed {
  const state = flow.tcpState;
  const { kind } = segment;
  Object.assign(track.last, { kind, direction });
  flow.tcpState = next;
  if (state !== next && next === TcpState.FIN_WAIT) track.sides[direction].closes = true;
  let seconds = patience(node, track, segment, next);
  if (!flow.seenReply) {
    if (kind === 'RST') return 'end';
    // A repeated SYN that nobody answers does not keep the flow alive.
    if (kind === 'SYN' && state === TcpState.SYN_SENT) return 'ignore';
    if (next === TcpState.ESTABLISHED) seconds = Math.min(seconds, IMPATIENCE);
  } else if (next === TcpState.ESTABLISHED && (state === TcpState.SYN_RECV || state === TcpState.ESTABLISHED)) {
    flow.assured = true;
  }
  mark(flow, packet.end - packet.at, seconds, nowNs);
  return 'accept';
}

/** Remaining lifetime in seconds: shorter if data is unacknowledged, an ACK repeats or a window is closed. */
function patience(node: Rules, { sides, last }: TcpTrack, { kind }: Segment, state: TcpState): number {
  const seconds = tcpSeconds(node, state);
  const hasten = Math.min(seconds, IMPATIENCE);
  if (last.repeats >= REPEATS && seconds > IMPATIENCE) return IMPATIENCE;
  if (kind === 'RST') return tcpSeconds(node, TcpState.CLOSE);
  return sides.ORIGINAL.unacked || sides.REPLY.unacked || last.window === 0 ? hasten : seconds;
}
