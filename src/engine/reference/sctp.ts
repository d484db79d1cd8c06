// sctp.ts - SCTP in connection tracking: the chunks of a packet, and the state table (native/law/conntrack.md).
import { SctpState } from '../../abi/abi.gen.js';
import { u8, u16, u32 } from '../../wire/bytes.js';
import type { Direction, Packet } from './packet.js';

/** Chunk types (RFC 9260 §3.2). */
export const CHUNK = {
  DATA: 0,
  INIT: 1,
  INIT_ACK: 2,
  HEARTBEAT: 4,
  HEARTBEAT_ACK: 5,
  ABORT: 6,
  SHUTDOWN: 7,
  SHUTDOWN_ACK: 8,
  ERROR: 9,
  COOKIE_ECHO: 10,
  COOKIE_ACK: 11,
  SHUTDOWN_COMPLETE: 14,
} as const;

const {
  INIT,
  INIT_ACK,
  HEARTBEAT,
  HEARTBEAT_ACK,
  ABORT,
  SHUTDOWN,
  SHUTDOWN_ACK,
  ERROR,
  COOKIE_ECHO,
  COOKIE_ACK,
  SHUTDOWN_COMPLETE,
} = CHUNK;

const HEADER_BYTES = 12;
const INIT_BYTES = 20;
/** Lifetime of a flow in each state, in seconds. */
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

/** Columns are the flow's current state, from NONE to HEARTBEAT_SENT. */
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

/** The state after a chunk. Chunks without a row leave it unchanged. */
export function sctpCell(direction: Direction, type: number, state: SctpState): SctpState | 'INVALID' {
  const cells = CELLS[direction][type];
  return cells ? (cells[state] ?? 'INVALID') : state;
}

export interface Chunk {
  readonly type: number;
  readonly flags: number;
  /** Initiate tag, if the chunk is long enough to hold one. */
  readonly initiateTag: number | null;
}

const ALONE: ReadonlySet<number> = new Set([INIT, INIT_ACK, SHUTDOWN_COMPLETE]);
const FIRST: ReadonlySet<number> = new Set([COOKIE_ECHO, COOKIE_ACK]);
/** The chunks of a packet; null if there are none or they may not be combined. */
export function readChunks(bytes: Uint8Array, { l4, end }: Packet): Chunk[] | null {
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
