// sctp.ts - SCTP in connection tracking: chunks, verification tags and states of an association (native/law/conntrack.md).
import { SctpState } from '../../abi/abi.gen.js';
import { u8, u16, u32 } from '../../wire/bytes.js';
import type { Direction, Packet } from './packet.js';
import { other } from './window.js';

export interface SctpTrack {
  state: SctpState;
  /** Verification tag that packets of a direction must have. */
  readonly tags: Record<Direction, number>;
  /** An INIT of that direction is on its way. */
  readonly initiated: Record<Direction, boolean>;
  /** Direction of a HEARTBEAT with another tag: perhaps from another address of the peer. */
  oddHeartbeat: Direction | null;
  /** It was ESTABLISHED. */
  settled: boolean;
}

export const newAssociation = (): SctpTrack => ({
  state: SctpState.NONE,
  tags: { ORIGINAL: 0, REPLY: 0 },
  initiated: { ORIGINAL: false, REPLY: false },
  oddHeartbeat: null,
  settled: false,
});

const DATA = 0;
const INIT = 1;
const INIT_ACK = 2;
const HEARTBEAT = 4;
const HEARTBEAT_ACK = 5;
const ABORT = 6;
const SHUTDOWN = 7;
const SHUTDOWN_ACK = 8;
const ERROR = 9;
const COOKIE_ECHO = 10;
const COOKIE_ACK = 11;
const SHUTDOWN_COMPLETE = 14;

const HEADER_BYTES = 12;
const INIT_BYTES = 20;
/** The tag is the peer's own, because the sender has none (RFC 9260 §8.5.1). */
const FLAG_T = 1;

/** Seconds that a flow lives in a state. */
export const SCTP_SECONDS: Readonly<Record<SctpState, number>> = {
  [SctpState.NONE]: 0,
  [SctpState.CLOSED]: 10,
  [SctpState.COOKIE_WAIT]: 3,
  [SctpState.COOKIE_ECHOED]: 3,
  [SctpState.ESTABLISHED]: 210,
  [SctpState.SHUTDOWN_SENT]: 3,
  [SctpState.SHUTDOWN_RECD]: 3,
  [SctpState.SHUTDOWN_ACK_SENT]: 3,
  [SctpState.HEARTBEAT_SENT]: 30,
};

const WORDS: Readonly<Record<string, SctpState | 'INVALID'>> = {
  cl: SctpState.CLOSED,
  cw: SctpState.COOKIE_WAIT,
  ce: SctpState.COOKIE_ECHOED,
  es: SctpState.ESTABLISHED,
  ss: SctpState.SHUTDOWN_SENT,
  sr: SctpState.SHUTDOWN_RECD,
  sa: SctpState.SHUTDOWN_ACK_SENT,
  hs: SctpState.HEARTBEAT_SENT,
  no: 'INVALID',
};

/** Columns are the states that the flow is in, from NONE to HEARTBEAT_SENT. */
const row = (text: string): readonly (SctpState | 'INVALID')[] =>
  text.split(' ').map((word) => WORDS[word] ?? 'INVALID');

const CELLS: Readonly<Record<Direction, Readonly<Record<number, readonly (SctpState | 'INVALID')[]>>>> = {
  ORIGINAL: {
    [INIT]: row('cl cl cw ce es cl cl sa cw'),
    [INIT_ACK]: row('cl cl cw ce es ss sr sa cl'),
    [ABORT]: row('cl cl cl cl cl cl cl cl cl'),
    [SHUTDOWN]: row('cl cl cw ce ss ss sr sa cl'),
    [SHUTDOWN_ACK]: row('sa cl cw ce es sa sa sa sa'),
    [ERROR]: row('cl cl cw ce es ss sr sa cl'),
    [COOKIE_ECHO]: row('cl cl ce ce es ss sr sa cl'),
    [COOKIE_ACK]: row('cl cl cw es es ss sr sa cl'),
    [SHUTDOWN_COMPLETE]: row('cl cl cw ce es ss sr cl cl'),
    [HEARTBEAT]: row('hs cl cw ce es ss sr sa hs'),
    [HEARTBEAT_ACK]: row('cl cl cw ce es ss sr sa hs'),
  },
  REPLY: {
    [INIT]: row('no cl cw ce es ss sr sa no'),
    [INIT_ACK]: row('no cw cw ce es ss sr sa no'),
    [ABORT]: row('no cl cl cl cl cl cl cl no'),
    [SHUTDOWN]: row('no cl cw ce sr ss sr sa no'),
    [SHUTDOWN_ACK]: row('no cl cw ce es sa sa sa no'),
    [ERROR]: row('no cl cw cl es ss sr sa no'),
    [COOKIE_ECHO]: row('no cl ce ce es ss sr sa no'),
    [COOKIE_ACK]: row('no cl cw es es ss sr sa no'),
    [SHUTDOWN_COMPLETE]: row('no cl cw ce es ss sr cl no'),
    [HEARTBEAT]: row('no cl cw ce es ss sr sa hs'),
    [HEARTBEAT_ACK]: row('no cl cw ce es ss sr sa es'),
  },
};

/** An association that is shutting down. */
export const isEnding = ({ state }: SctpTrack): boolean =>
  state >= SctpState.SHUTDOWN_SENT && state <= SctpState.SHUTDOWN_ACK_SENT;

/** The state that follows a chunk; chunks without a row keep it. */
export function sctpCell(direction: Direction, type: number, state: SctpState): SctpState | 'INVALID' {
  const cells = CELLS[direction][type];
  return cells ? (cells[state] ?? 'INVALID') : state;
}

interface Chunk {
  readonly type: number;
  readonly flags: number;
  /** Initiate tag, where the chunk is long enough to have one. */
  readonly initiateTag: number | null;
}

const ALONE: ReadonlySet<number> = new Set([INIT, INIT_ACK, SHUTDOWN_COMPLETE]);
const FIRST: ReadonlySet<number> = new Set([COOKIE_ECHO, COOKIE_ACK]);
const NEVER_FIRST_OF_ALL: ReadonlySet<number> = new Set([ABORT, SHUTDOWN_COMPLETE, COOKIE_ACK]);
/** Types whose tag is judged by rules of their own, or not at all. */
const OWN_TAG_RULES: ReadonlySet<number> = new Set([
  ...[INIT, SHUTDOWN_COMPLETE, COOKIE_ECHO, ABORT, SHUTDOWN_ACK, HEARTBEAT, HEARTBEAT_ACK],
]);

/** Chunks of a packet; null when it has none, or such that do not go together. */
function readChunks(bytes: Uint8Array, { l4, end }: Packet): Chunk[] | null {
  const chunks: Chunk[] = [];
  for (let at = l4 + HEADER_BYTES; at + 4 <= end; ) {
    const type = u8(bytes, at);
    const length = u16(bytes, at + 2);
    const follows = chunks.length > 0;
    if (length === 0 || (follows && (ALONE.has(type) || FIRST.has(type) || ALONE.has(chunks[0]?.type ?? -1))))
      return null;
    const initiateTag = at + INIT_BYTES <= end ? u32(bytes, at + 4) : null;
    chunks.push({ type, flags: u8(bytes, at + 1), initiateTag });
    at += (length + 3) & ~3;
  }
  return chunks.length > 0 ? chunks : null;
}

const tagOf = (bytes: Uint8Array, { l4 }: Packet): number => u32(bytes, l4 + 4);

/** Seconds that the flow lives on; 0 = as long as before; null = INVALID. */
export function followAssociation(
  track: SctpTrack,
  direction: Direction,
  bytes: Uint8Array,
  packet: Packet,
): number | null {
  const chunks = readChunks(bytes, packet);
  return chunks && runChunks(track, direction, tagOf(bytes, packet), chunks, true);
}

/** What is remembered of an association that a packet starts, and for how long; null when it may not. [TRACK-21] */
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

/** What was changed before a chunk was refused stays changed. [TRACK-20] */
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
    // An INIT that comes again does not keep a flow alive that nobody answers.
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

/** A heartbeat may come from another address of the peer, with a tag that is not known yet. */
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

/** The tag that an INIT or INIT ACK asks for; false when it may not. */
function takeTag({ state, tags, initiated }: SctpTrack, direction: Direction, { type, initiateTag }: Chunk): boolean {
  if (initiateTag === null) return false;
  const back = other(direction);
  const isAnother = tags[back] !== initiateTag;
  if (type === INIT) {
    // One that comes again, with the tag that is known, begins nothing.
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
