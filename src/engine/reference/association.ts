// association.ts - how SCTP packets change their flow: verification tags, heartbeats, states (native/law/conntrack.md).
import { SctpState } from '../../abi/abi.gen.js';
import { u32 } from '../../wire/bytes.js';
import type { Direction, Packet } from './packet.js';
import { CHUNK, type Chunk, readChunks, SCTP_SECONDS, sctpCell } from './sctp.js';
import { other } from './window.js';

export interface SctpTrack {
  state: SctpState;
  /** Verification tag required of packets in each direction. */
  readonly tags: Record<Direction, number>;
  /** Whether an INIT from that direction is in flight. */
  readonly initiated: Record<Direction, boolean>;
  /** Direction of a HEARTBEAT with a different tag, perhaps from another address of the peer. */
  oddHeartbeat: Direction | null;
  /** True once it has been ESTABLISHED. */
  settled: boolean;
}

const newAssociation = (): SctpTrack => ({
  state: SctpState.NONE,
  tags: { ORIGINAL: 0, REPLY: 0 },
  initiated: { ORIGINAL: false, REPLY: false },
  oddHeartbeat: null,
  settled: false,
});

/** True for an association that is shutting down. */
export const isEnding = ({ state }: SctpTrack): boolean =>
  state >= SctpState.SHUTDOWN_SENT && state <= SctpState.SHUTDOWN_ACK_SENT;

const {
  DATA,
  INIT,
  INIT_ACK,
  HEARTBEAT,
  HEARTBEAT_ACK,
  ABORT,
  SHUTDOWN_ACK,
  COOKIE_ECHO,
  COOKIE_ACK,
  SHUTDOWN_COMPLETE,
} = CHUNK;

const NEVER_FIRST_OF_ALL: ReadonlySet<number> = new Set([ABORT, SHUTDOWN_COMPLETE, COOKIE_ACK]);
/** Chunk types whose tag is checked by their own rules, or not at all. */
const OWN_TAG_RULES: ReadonlySet<number> = new Set([
  ...[INIT, SHUTDOWN_COMPLETE, COOKIE_ECHO, ABORT, SHUTDOWN_ACK, HEARTBEAT, HEARTBEAT_ACK],
]);

/** The tag is the peer's, because the sender has none (RFC 9260 §8.5.1). */
const FLAG_T = 1;

const tagOf = (bytes: Uint8Array, { l4 }: Packet): number => u32(bytes, l4 + 4);

/** Seconds for which the flow stays alive; 0 = unchanged; null = INVALID. */
export function followAssociation(
  track: SctpTrack,
  direction: Direction,
  bytes: Uint8Array,
  packet: Packet,
): number | null {
  const chunks = readChunks(bytes, packet);
  return chunks && runChunks(track, direction, tagOf(bytes, packet), chunks, true);
}

/** The state and lifetime of an association that this packet starts; null if it may not start one. [TRACK-21] */
export function beginAssociation(bytes: Uint8Array, packet: Packet): { track: SctpTrack; seconds: number } | null {
  const chunks = readChunks(bytes, packet);
  const tag = tagOf(bytes, packet);
  const track = newAssociation();
  if (!chunks || chunks.some(({ type }) => NEVER_FIRST_OF_ALL.has(type))) return null;
  for (const { type, initiateTag } of chunks) {
    if (sctpCell('ORIGINAL', type, SctpState.NONE) === SctpState.NONE) return null;
    if (type === INIT && (tag !== 0 || initiateTag === null)) return null;
    if (type === INIT) track.tags.REPLY = initiateTag ?? 0;
    else if (type === HEARTBEAT || type === HEARTBEAT_ACK) track.tags.ORIGINAL = tag;
    else track.tags.REPLY = tag;
  }
  const seconds = runChunks(track, 'ORIGINAL', tag, chunks, false);
  return seconds === null ? null : { track, seconds };
}

/** Changes made before a chunk is refused are kept. [TRACK-20] */
function runChunks(
  track: SctpTrack,
  direction: Direction,
  tag: number,
  chunks: readonly Chunk[],
  isKnown: boolean,
): number | null {
  if (!chunks.some(({ type }) => OWN_TAG_RULES.has(type)) && tag !== track.tags[direction]) return null;
  const hasData = chunks.some(({ type }) => type === DATA);
  let state: SctpState = SctpState.NONE;
  let keepsTimer = false;
  for (const chunk of chunks) {
    const { type } = chunk;
    if (!tagFits(track, direction, tag, chunk)) return null;
    if (type === COOKIE_ACK) track.initiated.ORIGINAL = track.initiated.REPLY = false;
    if (type === HEARTBEAT || type === HEARTBEAT_ACK) {
      const beat = judgeHeartbeat(track, direction, tag, type === HEARTBEAT_ACK, hasData || keepsTimer);
      if (beat === 'refused') return null;
      if (beat === 'skipped') {
        keepsTimer = true;
        continue;
      }
    }
    const cell = sctpCell(direction, type, track.state);
    if (cell === 'INVALID') return null;
    state = cell;
    if ((type === INIT || type === INIT_ACK) && !takeTag(track, direction, chunk)) return null;
    // A repeated INIT that nobody answers does not keep the flow alive.
    if (type === INIT && isKnown && state === SctpState.CLOSED && track.state === SctpState.CLOSED) keepsTimer = true;
    if (state === SctpState.ESTABLISHED && track.state !== state) track.settled = true;
    track.state = state;
  }
  return keepsTimer ? 0 : SCTP_SECONDS[state];
}

/** RFC 9260 §8.5.1. */
function tagFits({ tags }: SctpTrack, direction: Direction, tag: number, { type, flags }: Chunk): boolean {
  if (type === INIT) return tag === 0;
  if (type === COOKIE_ECHO) return tag === tags[direction];
  if (type !== ABORT && type !== SHUTDOWN_COMPLETE) return true;
  return tag === tags[flags & FLAG_T ? other(direction) : direction];
}

/** A heartbeat may come from another address of the peer, with an unknown tag. */
function judgeHeartbeat(
  track: SctpTrack,
  direction: Direction,
  tag: number,
  isAnswer: boolean,
  mayNotBeOdd: boolean,
): 'fits' | 'skipped' | 'refused' {
  const { tags } = track;
  if (tags[direction] === 0) {
    tags[direction] = tag;
    return 'fits';
  }
  if (tag === tags[direction]) {
    track.oddHeartbeat = null;
    return 'fits';
  }
  if (mayNotBeOdd) return 'refused';
  if (!isAnswer) {
    track.oddHeartbeat = direction;
    return 'skipped';
  }
  if (track.oddHeartbeat !== other(direction)) return 'refused';
  track.oddHeartbeat = null;
  tags[direction] = tag;
  tags[other(direction)] = 0;
  return 'fits';
}

/** The tag that an INIT or INIT ACK asks for; false if it may not ask. */
function takeTag({ state, tags, initiated }: SctpTrack, direction: Direction, { type, initiateTag }: Chunk): boolean {
  if (initiateTag === null) return false;
  const back = other(direction);
  const isAnother = tags[back] !== initiateTag;
  if (type === INIT) {
    // A repetition with the known tag starts nothing new.
    if (state === SctpState.NONE || isAnother) {
      if (initiated[direction]) initiated[back] = false;
      initiated[direction] = true;
    }
  } else {
    if (isAnother && !initiated[back] && tags[back] !== 0) return false;
    if (isAnother && initiated[back] && initiated[direction]) return false;
  }
  tags[back] = initiateTag;
  return true;
}
