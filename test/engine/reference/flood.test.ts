// flood.test.ts - a full flow table: who makes room, who does not, and what says so. On both engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FlowFlag, Verdict } from '../../../src/abi/abi.gen.js';
import { COUNTERS } from '../../../src/abi/layout.js';
import type { Engine } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { check, dropped, forwarded } from '../../support/expect.js';
import { packet } from '../../support/packet.js';
import { makeTables, NODE_1 } from '../../support/tables.js';

const SECOND = 1_000_000_000n;
const CAPACITY = 64;
const native = await nativeEngine();
const SERVER = '10.244.1.5';

function start(make: (typeof REFERENCE)['make']): Engine {
  const engine = make({ seed: 1, flowCapacity: CAPACITY });
  engine.load(encodeImage(makeTables(NODE_1)), 0n);
  return engine;
}

/** A TCP connection from the outside, as far as told. */
function connect(engine: Engine, port: number, nowNs: bigint, close = false): void {
  const client = (flags: string, seq: number, ack: number) =>
    packet().ip4('203.0.113.10', SERVER).tcp(port, 80, { flags, seq, ack }).frame(1);
  const server = (flags: string, seq: number, ack: number) =>
    packet().ip4(SERVER, '203.0.113.10').tcp(80, port, { flags, seq, ack }).frame(2);
  const frames = [client('SYN', 100, 0), server('SYN,ACK', 500, 101), client('ACK', 101, 501)];
  for (const frame of close ? [...frames, client('FIN,ACK', 101, 501)] : frames) {
    assert.equal(engine.process(frame, nowNs).decision.verdict, Verdict.FORWARD);
  }
}

const cell = (engine: Engine, index: number): number => Number(engine.counters()[index]);

for (const { name, make, skip } of [REFERENCE, native]) {
  test(`datagrams with forged sources stop no new connection, answered or not (${name})`, { skip }, () => {
    const engine = start(make);
    connect(engine, 40_000, 0n);
    for (let i = 0; i < 10 * CAPACITY; i++) {
      const source = `203.0.113.${(i % 200) + 20}`;
      const question = packet()
        .ip4(source, SERVER)
        .udp(1000 + i, 53)
        .frame(1);
      const answer = packet()
        .ip4(SERVER, source)
        .udp(53, 1000 + i)
        .frame(2);
      check(engine.process(question, SECOND), forwarded('FORWARDED'));
      check(engine.process(answer, SECOND), forwarded('ESTABLISHED'));
    }
    assert.equal(cell(engine, COUNTERS.flows), CAPACITY);
    assert.equal(cell(engine, COUNTERS.flowCapacity), CAPACITY);
    assert.equal(cell(engine, COUNTERS.flowsDropped), 9 * CAPACITY + 1);
    connect(engine, 40_001, SECOND);
    const kept = engine.flows(SECOND).filter(({ protocol }) => protocol === 6);
    assert.deepEqual(kept.map(({ originalSourcePort }) => originalSourcePort).sort(), [40_000, 40_001]);
    engine.close();
  });

  test(`connections that are closing make room when all others are assured (${name})`, { skip }, () => {
    const engine = start(make);
    for (let i = 0; i < CAPACITY; i++) connect(engine, 30_000 + i, 0n, i === 5);
    connect(engine, 20_000, 1n);
    const ports = engine.flows(1n).map(({ originalSourcePort }) => originalSourcePort);
    assert.ok(!ports.includes(30_005));
    const refused = packet().ip4('203.0.113.10', SERVER).tcp(20_001, 80, { flags: 'SYN' }).frame(1);
    check(engine.process(refused, 1n), dropped('FLOW_TABLE_FULL'));
    engine.close();
  });
}

test('90,000 datagrams of one source fill the table of a node of a lab, and new connections come through at once', {
  skip: native.skip,
}, () => {
  const engine = native.make({ seed: 1 });
  engine.load(encodeImage(makeTables(NODE_1)), 0n);
  const question = packet().ip4('203.0.113.66', SERVER).udp(1, 1, { checksum: 0 }).payload(8).bytes();
  const view = new DataView(question.buffer, question.byteOffset);
  let accepted = 0;
  for (let i = 0; i < 90_000; i++) {
    view.setUint16(34, 1024 + (i % 60_000));
    view.setUint16(36, 53 + Math.floor(i / 60_000));
    const { decision } = engine.process({ port: 1, bytes: question }, BigInt(i) * 1000n);
    if (decision.verdict === Verdict.FORWARD) accepted++;
    if (i % 10_000 === 9_999) connect(engine, 40_000 + i / 10_000, BigInt(i) * 1000n);
  }
  assert.equal(accepted, 90_000);
  assert.equal(cell(engine, COUNTERS.flows), cell(engine, COUNTERS.flowCapacity));
  assert.equal(cell(engine, COUNTERS.flowsDropped), 90_000 + 9 - cell(engine, COUNTERS.flowCapacity));
  const kept = engine.flows(SECOND).filter(({ protocol, flags }) => protocol === 6 && flags & FlowFlag.ASSURED);
  assert.equal(kept.length, 9);
  engine.close();
});
