// window.ts - TCP windows: whether a segment is possible, and what it reveals about both sides (native/law/conntrack.md).
import { TcpState } from '../../abi/abi.gen.js';
import type { Direction } from './packet.js';
import { after, before, highestAck, plus, type Segment } from './segment.js';

/** What one side has sent, and what it may send. */
interface Side {
  /** Just past the last byte it sent. */
  end: number;
  /** Just past the last byte the other side accepts. */
  maxEnd: number;
  /** The largest window it has offered; 0 = it has not sent anything yet. */
  maxWindow: number;
  /** The last byte it acknowledged. */
  maxAck: number | null;
  scale: number;
  scales: boolean;
  sacks: boolean;
  /** It sent the first FIN. */
  closes: boolean;
  liberal: boolean;
  /** Its data is still unacknowledged. */
  unacked: boolean;
}

/** The last segment that counted, and the values it carried. */
interface Last {
  kind: Segment['kind'];
  direction: Direction;
  sequence: number;
  ack: number;
  end: number;
  window: number;
  /** Options of a SYN that was accepted without a check. */
  scale: number;
  scales: boolean;
  sacks: boolean;
  /** The next ACK answers a SYN, not a FIN. */
  challenges: boolean;
  /** Both sides sent a SYN. */
  simultaneous: boolean;
  /** How often the last ACK was repeated; 8 bits. */
  repeats: number;
}

export interface TcpTrack {
  readonly sides: Record<Direction, Side>;
  readonly last: Last;
}

export const newSide = (): Side => ({
  end: 0,
  maxEnd: 0,
  maxWindow: 0,
  maxAck: null,
  scale: 0,
  scales: false,
  sacks: false,
  closes: false,
  liberal: false,
  unacked: false,
});

export const newTrack = (): TcpTrack => ({
  sides: { ORIGINAL: newSide(), REPLY: newSide() },
  last: {
    kind: 'EMPTY',
    direction: 'ORIGINAL',
    sequence: 0,
    ack: 0,
    end: 0,
    window: 0,
    scale: 0,
    scales: false,
    sacks: false,
    challenges: false,
    simultaneous: false,
    repeats: 0,
  },
});

export const other = (direction: Direction): Direction => (direction === 'ORIGINAL' ? 'REPLY' : 'ORIGINAL');

export type Judgement = 'accept' | 'ignore' | 'invalid';

const SCALE = 3;
const SACK_PERMITTED = 4;
const SCALE_MAXIMUM = 14;
const LATE_ACK = 66_000;

/** Learns the sender's options from its SYN. Everything known before is forgotten, except that it is liberal. */
export function readOptions(side: Side, { options, hasOptions }: Segment): void {
  if (!hasOptions) return;
  const { end, maxEnd, maxWindow, liberal } = side;
  Object.assign(side, newSide(), { end, maxEnd, maxWindow, liberal });
  for (const { kind, body } of options) {
    if (kind === SACK_PERMITTED && body.length === 0) side.sacks = true;
    if (kind === SCALE && body.length === 1) {
      side.scales = true;
      side.scale = Math.min(body[0] ?? 0, SCALE_MAXIMUM);
    }
  }
}

function openSide(sender: Side, receiver: Side, segment: Segment, direction: Direction): void {
  sender.end = sender.maxEnd = segment.end;
  sender.maxWindow = segment.window || 1;
  readOptions(sender, segment);
  // RFC 7323: window scaling applies only if both sides offer it.
  if (direction === 'REPLY' && !(sender.scales && receiver.scales)) sender.scale = receiver.scale = 0;
}

/** The first segment of a side whose SYN was not seen. */
function pickUpSide(sender: Side, receiver: Side, segment: Segment, highest: number): void {
  sender.end = segment.end;
  sender.maxWindow = scaled(segment.window, sender.scale) || 1;
  sender.maxEnd = plus(segment.end, sender.maxWindow);
  if (receiver.maxWindow === 0) receiver.end = receiver.maxEnd = highest;
  else if (highest === plus(receiver.end, 1)) receiver.end = highest;
}

const scaled = (window: number, scale: number): number => window * 2 ** scale;

/**
 * [TRACK-17]
 * @param state state of the flow before the segment
 * @param liberal true to accept segments outside the window
 */
export function judgeWindow(
  track: TcpTrack,
  state: TcpState,
  direction: Direction,
  segment: Segment,
  liberal: boolean,
): Judgement {
  const sender = track.sides[direction];
  const receiver = track.sides[other(direction)];
  const { syn, acknowledges } = segment;
  let highest = receiver.sacks ? highestAck(segment) : segment.ack;
  if (sender.maxWindow === 0) {
    if (!syn) pickUpSide(sender, receiver, segment, highest);
    else openSide(sender, receiver, segment, direction);
    if (syn && !acknowledges) return 'accept';
  } else if (syn && after(segment.end, sender.end) && (state === TcpState.SYN_SENT || state === TcpState.SYN_RECV)) {
    openSide(sender, receiver, segment, direction);
    if (direction === 'REPLY' && !acknowledges) return 'accept';
  }
  let { ack, sequence, end } = segment;
  if (!acknowledges || (segment.reset && ack === 0)) ack = highest = receiver.end;
  if (segment.reset && sequence === 0 && state === TcpState.SYN_SENT) sequence = end = sender.end;
  const judgement = compare(sender, receiver, sequence, end, highest);
  if (judgement !== 'accept') return liberal || sender.liberal ? 'accept' : judgement;
  update(sender, receiver, segment, end, ack, highest);
  if (segment.kind === 'ACK') countRepeats(track.last, { direction, sequence, ack, end, window: segment.window });
  return 'accept';
}

function compare(sender: Side, receiver: Side, sequence: number, end: number, highest: number): Judgement {
  const oldestAck = receiver.end - Math.max(sender.maxWindow, LATE_ACK);
  const ackIsRecent = after(highest, oldestAck - 1);
  const ackIsOfDataSeen = !after(highest, receiver.end);
  const dataIsRecent = after(end, sender.end - receiver.maxWindow - 1);
  if (before(sequence, sender.maxEnd + 1)) {
    if (!ackIsOfDataSeen) return 'invalid';
    if (receiver.maxWindow !== 0 && !dataIsRecent) return 'ignore';
    return ackIsRecent ? 'accept' : 'ignore';
  }
  // Slightly beyond the window: the other side may accept it, and will then acknowledge it.
  const excess = plus(end - sender.maxEnd, 1);
  const fits = receiver.maxWindow !== 0 && excess <= receiver.maxWindow;
  if (!fits || !dataIsRecent || !ackIsRecent || !ackIsOfDataSeen) return 'invalid';
  sender.end = end;
  sender.unacked = true;
  return 'ignore';
}

function update(sender: Side, receiver: Side, segment: Segment, end: number, ack: number, highest: number): void {
  const window = segment.syn ? segment.window : scaled(segment.window, sender.scale);
  sender.maxWindow = Math.max(sender.maxWindow, plus(window, highest - ack));
  if (after(end, sender.end)) {
    sender.end = end;
    sender.unacked = true;
  }
  if (segment.acknowledges && (sender.maxAck === null || after(ack, sender.maxAck))) sender.maxAck = ack;
  if (receiver.maxWindow !== 0 && after(end, sender.maxEnd)) {
    receiver.maxWindow = plus(receiver.maxWindow, end - sender.maxEnd);
  }
  if (after(plus(highest, window), receiver.maxEnd - 1)) receiver.maxEnd = plus(highest, window || 1);
  if (ack === receiver.end) receiver.unacked = false;
}

type Seen = Pick<Last, 'direction' | 'sequence' | 'ack' | 'end' | 'window'>;

function countRepeats(last: Last, seen: Seen): void {
  const isSame = (Object.keys(seen) as (keyof Seen)[]).every((key) => last[key] === seen[key]);
  if (isSame) last.repeats = (last.repeats + 1) & 0xff;
  else Object.assign(last, seen, { repeats: 0 });
}
