// losses.test.ts - what was dropped, in words: packets of both families, cut ones, and the order of reasons.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Reason } from '../../src/abi/abi.gen.js';
import { COUNTERS } from '../../src/abi/layout.js';
import { lossRecords, pressureText, tableRoom } from '../../src/observe/losses.js';
import { packetText } from '../../src/observe/packet.js';
import { buildProbe, type ProbeProtocol } from '../../src/observe/probe.js';

const frame = (protocol: ProbeProtocol, v6 = false): Uint8Array =>
  buildProbe({
    source: v6 ? 'fd00::1' : '10.244.1.2',
    sourcePort: 40_000,
    destination: v6 ? 'fd00::2' : '10.96.0.9',
    destinationPort: 80,
    protocol,
  });

test('a packet is named by its protocol and both ends, as far as its first bytes go', () => {
  assert.equal(packetText(frame('TCP')), 'TCP 10.244.1.2:40000 → 10.96.0.9:80');
  assert.equal(packetText(frame('UDP', true)), 'UDP [fd00::1]:40000 → [fd00::2]:80');
  assert.equal(packetText(frame('ICMP')), 'ICMP 10.244.1.2 → 10.96.0.9');
  assert.equal(packetText(frame('TCP').subarray(0, 36)), 'TCP 10.244.1.2 → 10.96.0.9');
  for (let length = 0; length < 60; length++)
    assert.doesNotThrow(() => packetText(frame('TCP', true).subarray(0, length)));
  assert.equal(packetText(new Uint8Array(9)), '9 bytes');
  assert.equal(packetText(new Uint8Array(20)), 'EtherType 0x0000');
});

test('drops and rejects are listed with what to do, the most frequent first; what was delivered is not', () => {
  const cells = new Array<bigint>(COUNTERS.cells).fill(0n);
  cells[Reason.FORWARDED] = 99n;
  cells[Reason.SOURCE_RANGE] = 2n;
  cells[Reason.NO_ENDPOINTS] = 5n;
  const records = lossRecords('node-1', cells, [], 0n, () => undefined);
  assert.deepEqual(
    records.map(({ reason, class: kind, count, example }) => [reason, kind, count, example]),
    [
      ['NO_ENDPOINTS', 'reject', 5, null],
      ['SOURCE_RANGE', 'drop', 2, null],
    ],
  );
  for (const { sentence, remedy } of records) assert.ok(sentence.length > 20 && remedy.length > 20);
});

test('a table of connections is told of when it is nearly full, or was', () => {
  const pressure = (flows: bigint, madeRoom: bigint, turnedAway: bigint): string | null => {
    const cells = new Array<bigint>(COUNTERS.cells).fill(0n);
    cells[COUNTERS.flows] = flows;
    cells[COUNTERS.flowCapacity] = 100n;
    cells[COUNTERS.flowsDropped] = madeRoom;
    cells[Reason.FLOW_TABLE_FULL] = turnedAway;
    return pressureText(tableRoom('node-1', cells));
  };
  assert.equal(pressure(89n, 0n, 0n), null);
  assert.equal(pressure(90n, 0n, 0n), 'node-1 tracks 90 of at most 100 connections');
  assert.equal(
    pressure(3n, 1n, 2n),
    'node-1 tracks 3 of at most 100 connections; 1 that was not assured made room (early drop); 2 packets of new ones found none',
  );
});
