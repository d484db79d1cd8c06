// reset.ts - how much a TCP flow trusts an RST, or a FIN or RST outside the window (native/law/conntrack.md).
import { TcpState } from '../../abi/abi.gen.js';
import { type Flow, NS_PER_SECOND } from './flow.js';
import type { Direction } from './packet.js';
import { before, type Segment } from './segment.js';
import { IMPATIENCE, isClosing } from './tcp.js';
import { type Judgement, other, type TcpTrack } from './window.js';

interface Reset {
  /** Null = the window decides. */
  readonly judgement: Judgement | null;
  /** The state stays unchanged; a challenge may follow. */
  readonly stays: boolean;
}

/** RFC 5961 §3: the other side must have acknowledged everything before the RST, and nothing after it. [TRACK-16] */
export function judgeReset(flow: Flow, track: TcpTrack, direction: Direction, segment: Segment): Reset {
  const { last, sides } = track;
  const { maxAck } = sides[other(direction)];
  if (isClosing(flow.tcpState)) return { judgement: 'accept', stays: false };
  let stays = false;
  if (maxAck !== null && last.kind !== 'SYN') {
    const established = flow.tcpState === TcpState.ESTABLISHED && flow.assured;
    const byWindow: Reset = { judgement: null, stays: false };
    if (segment.sequence === 0 && !established) return byWindow;
    if (before(segment.sequence, maxAck)) return { judgement: 'invalid', stays: false };
    if (!established || segment.sequence === maxAck) return byWindow;
    if (last.kind === 'ACK' && last.direction === direction && segment.sequence === last.end) return byWindow;
    stays = true;
  }
  // The answer to a SYN, or to an ACK of a flow that is half open, which was let through; or to a challenge.
  const ofOtherSyn = flow.seenReply && last.kind === 'SYN' && last.direction !== direction;
  const unjudged = ofOtherSyn || (!flow.assured && last.kind === 'ACK');
  const refuses = unjudged && segment.ack === last.end;
  const challenged = flow.tcpState === TcpState.SYN_SENT && last.kind === 'ACK' && last.direction === 'REPLY';
  const answers = refuses || (challenged && segment.sequence === last.ack);
  return { judgement: answers ? 'accept' : null, stays };
}

/** A FIN or RST outside the window: if the other side sent one too, the flow need not live for a day. [TRACK-18] */
export function doubt(flow: Flow, { last }: TcpTrack, direction: Direction, { kind }: Segment, nowNs: bigint): void {
  if (!flow.assured || (kind !== 'RST' && kind !== 'FIN')) return;
  if (last.direction !== direction && (last.kind === 'FIN' || last.kind === 'RST')) {
    const soon = nowNs + BigInt(IMPATIENCE) * NS_PER_SECOND;
    if (flow.expiresNs > soon) flow.expiresNs = soon;
    return;
  }
  Object.assign(last, { kind, direction });
}
