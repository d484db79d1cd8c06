// tcp.ts - TCP states in connection tracking: which state a segment leads to, and how long an idle flow lives in it.
//
// The transitions are those of nf_conntrack (loose pick-up); windows are judged in window.ts. A row is a kind of segment, a column the state
// that the flow is in: NONE, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2.
import { type NodeRow, TcpState } from '../../abi/abi.gen.js';

export type Segment = 'SYN' | 'SYNACK' | 'FIN' | 'ACK' | 'RST' | 'EMPTY';

/** A cell holds the next state, IGNORED (the flow does not change), or INVALID. */
export type Cell = TcpState | 'IGNORED' | 'INVALID';

const FIN = 0x01;
const SYN = 0x02;
const RST = 0x04;
const ACK = 0x10;

/** Classifies a segment by its flags byte. RST wins over SYN, SYN over FIN, FIN over ACK. */
export function segmentOf(flags: number): Segment {
  if (flags & RST) return 'RST';
  if (flags & SYN) return flags & ACK ? 'SYNACK' : 'SYN';
  if (flags & FIN) return 'FIN';
  return flags & ACK ? 'ACK' : 'EMPTY';
}

const WORDS: Readonly<Record<string, Cell>> = {
  ss: TcpState.SYN_SENT,
  sr: TcpState.SYN_RECV,
  es: TcpState.ESTABLISHED,
  fw: TcpState.FIN_WAIT,
  cw: TcpState.CLOSE_WAIT,
  la: TcpState.LAST_ACK,
  tw: TcpState.TIME_WAIT,
  cl: TcpState.CLOSE,
  s2: TcpState.SYN_SENT2,
  ig: 'IGNORED',
  no: 'INVALID',
};

const row = (text: string): readonly Cell[] => text.split(' ').map((word) => WORDS[word] ?? 'INVALID');

const CLOSING = row('no no fw fw la la la tw cl no');
const RESET = row('no cl cl cl cl cl cl cl cl cl');
const NOTHING = row('no no no no no no no no no no');

const ORIGINAL: Readonly<Record<Segment, readonly Cell[]>> = {
  SYN: row('ss ss ig ig ig ig ig ss ss s2'),
  SYNACK: row('no no sr no no no no no no sr'),
  FIN: CLOSING,
  ACK: row('es no es es cw cw tw tw cl no'),
  RST: RESET,
  EMPTY: NOTHING,
};

const REPLY: Readonly<Record<Segment, readonly Cell[]>> = {
  SYN: row('no s2 no no no no no ss no s2'),
  SYNACK: row('no sr ig ig ig ig ig ig ig sr'),
  FIN: CLOSING,
  ACK: row('no ig sr es cw cw tw tw cl ig'),
  RST: RESET,
  EMPTY: NOTHING,
};

export function tcpCell(direction: 'ORIGINAL' | 'REPLY', segment: Segment, state: TcpState): Cell {
  return (direction === 'ORIGINAL' ? ORIGINAL : REPLY)[segment][state] ?? 'INVALID';
}

/** True if a SYN on a finished connection may start a new one. */
export const reopens = (from: TcpState, cell: Cell): boolean =>
  cell === TcpState.SYN_SENT && (from === TcpState.TIME_WAIT || from === TcpState.CLOSE);

/** The timeouts configured on a node. */
export type Timeouts = Pick<NodeRow, 'tcpEstablishedSeconds' | 'tcpCloseWaitSeconds'>;

const SECONDS: Readonly<Record<number, number>> = {
  [TcpState.SYN_SENT]: 120,
  [TcpState.SYN_RECV]: 60,
  [TcpState.FIN_WAIT]: 120,
  [TcpState.LAST_ACK]: 30,
  [TcpState.TIME_WAIT]: 120,
  [TcpState.CLOSE]: 10,
  [TcpState.SYN_SENT2]: 120,
};

/** Seconds for which a flow lives in a state without another packet. */
export function tcpSeconds(node: Timeouts, state: TcpState): number {
  if (state === TcpState.ESTABLISHED) return node.tcpEstablishedSeconds;
  if (state === TcpState.CLOSE_WAIT) return node.tcpCloseWaitSeconds;
  return SECONDS[state] ?? 0;
}

/** Maximum lifetime, in seconds, of a flow that is in doubt. */
export const IMPATIENCE = 300;

/** True for a connection that is closing or closed. */
export const isClosing = (state: TcpState): boolean => state >= TcpState.FIN_WAIT && state <= TcpState.CLOSE;
