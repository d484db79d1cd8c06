// tcp.test.ts - every cell of the TCP state tables, written out a second time, and the flags that choose a row.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TcpState } from '../../../src/abi/abi.gen.js';
import { type Cell, reopens, type Segment, segmentOf, tcpCell, tcpSeconds } from '../../../src/engine/reference/tcp.js';
import { tcpFlags } from '../../support/packet.js';

const { NONE, SYN_SENT, SYN_RECV, ESTABLISHED, FIN_WAIT, CLOSE_WAIT, LAST_ACK, TIME_WAIT, CLOSE, SYN_SENT2 } = TcpState;
const ALL = [
  NONE,
  SYN_SENT,
  SYN_RECV,
  ESTABLISHED,
  FIN_WAIT,
  CLOSE_WAIT,
  LAST_ACK,
  TIME_WAIT,
  CLOSE,
  SYN_SENT2,
] as const;

type Row = readonly [state: TcpState, SYN: Cell, SYNACK: Cell, FIN: Cell, ACK: Cell, RST: Cell];
const IGN = 'IGNORED';
const INV = 'INVALID';

/** By state: what each kind of segment does to it. An empty segment is always invalid. */
const ORIGINAL: readonly Row[] = [
  [NONE, SYN_SENT, INV, INV, ESTABLISHED, INV],
  [SYN_SENT, SYN_SENT, INV, INV, INV, CLOSE],
  [SYN_RECV, IGN, SYN_RECV, FIN_WAIT, ESTABLISHED, CLOSE],
  [ESTABLISHED, IGN, INV, FIN_WAIT, ESTABLISHED, CLOSE],
  [FIN_WAIT, IGN, INV, LAST_ACK, CLOSE_WAIT, CLOSE],
  [CLOSE_WAIT, IGN, INV, LAST_ACK, CLOSE_WAIT, CLOSE],
  [LAST_ACK, IGN, INV, LAST_ACK, TIME_WAIT, CLOSE],
  [TIME_WAIT, SYN_SENT, INV, TIME_WAIT, TIME_WAIT, CLOSE],
  [CLOSE, SYN_SENT, INV, CLOSE, CLOSE, CLOSE],
  [SYN_SENT2, SYN_SENT2, SYN_RECV, INV, INV, CLOSE],
];

const REPLY: readonly Row[] = [
  [NONE, INV, INV, INV, INV, INV],
  [SYN_SENT, SYN_SENT2, SYN_RECV, INV, IGN, CLOSE],
  [SYN_RECV, INV, IGN, FIN_WAIT, SYN_RECV, CLOSE],
  [ESTABLISHED, INV, IGN, FIN_WAIT, ESTABLISHED, CLOSE],
  [FIN_WAIT, INV, IGN, LAST_ACK, CLOSE_WAIT, CLOSE],
  [CLOSE_WAIT, INV, IGN, LAST_ACK, CLOSE_WAIT, CLOSE],
  [LAST_ACK, INV, IGN, LAST_ACK, TIME_WAIT, CLOSE],
  [TIME_WAIT, SYN_SENT, IGN, TIME_WAIT, TIME_WAIT, CLOSE],
  [CLOSE, INV, IGN, CLOSE, CLOSE, CLOSE],
  [SYN_SENT2, SYN_SENT2, SYN_RECV, INV, IGN, CLOSE],
];

const SEGMENTS: readonly Segment[] = ['SYN', 'SYNACK', 'FIN', 'ACK', 'RST'];

for (const [direction, rows] of [
  ['ORIGINAL', ORIGINAL],
  ['REPLY', REPLY],
] as const) {
  test(`every state answers every segment of direction ${direction} as nf_conntrack does`, () => {
    for (const [state, ...cells] of rows) {
      for (const [i, segment] of SEGMENTS.entries()) {
        assert.equal(tcpCell(direction, segment, state), cells[i], `${direction} ${segment} in state ${state}`);
      }
      assert.equal(tcpCell(direction, 'EMPTY', state), 'INVALID');
    }
  });
}

test('RST wins over SYN, SYN over FIN, FIN over ACK; other bits do not count', () => {
  const cases: readonly [string, Segment][] = [
    ['SYN', 'SYN'],
    ['SYN,ECE,CWR', 'SYN'],
    ['SYN,ACK', 'SYNACK'],
    ['SYN,FIN', 'SYN'],
    ['SYN,RST', 'RST'],
    ['RST,ACK', 'RST'],
    ['FIN', 'FIN'],
    ['FIN,ACK,PSH', 'FIN'],
    ['ACK', 'ACK'],
    ['PSH,ACK,URG', 'ACK'],
    ['', 'EMPTY'],
    ['PSH,URG', 'EMPTY'],
  ];
  for (const [flags, segment] of cases) assert.equal(segmentOf(tcpFlags(flags)), segment, flags);
});

test('only a SYN that leads a finished connection back to its beginning reopens', () => {
  for (const state of ALL) {
    assert.equal(reopens(state, SYN_SENT), state === TIME_WAIT || state === CLOSE);
    assert.equal(reopens(state, ESTABLISHED), false);
  }
});

test('timeouts are those of the kernel, with the two that kube-proxy sets', () => {
  const node = { tcpEstablishedSeconds: 7, tcpCloseWaitSeconds: 9 };
  assert.deepEqual(
    ALL.map((state) => tcpSeconds(node, state)),
    [0, 120, 60, 7, 120, 9, 30, 120, 10, 120],
  );
});
