// craft.test.ts - crafted packets are what they claim to be, and answers to them are recognised.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Craft, craft, flagBits, readAnswer } from '../../src/observe/craft.js';
import type { Probe, ProbeProtocol } from '../../src/observe/probe.js';
import { decodeFrame } from '../support/decode.js';
import { internetChecksum } from '../support/internet.js';
import { packet } from '../support/packet.js';

const probe = (protocol: ProbeProtocol): Probe => ({
  ...{ source: '10.0.0.1', sourcePort: 40_000, destination: '10.0.0.2', protocol },
  destinationPort: protocol === 'ICMP' ? 0 : 80,
});
const PLAIN: Craft = { ttl: 9, flags: 2, badChecksum: false, fragment: null };
const framed = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...new Array(12).fill(2), 8, 0, ...bytes);

test('flags are read by name, and a word that is none is refused', () => {
  assert.deepEqual([flagBits('syn,ACK'), flagBits('FIN'), flagBits('CWR'), flagBits('SYN,NOW')], [18, 1, 128, null]);
});

test('a crafted packet has its TTL, a port of its own and right checksums, unless a wrong one is asked for', () => {
  for (const protocol of ['TCP', 'UDP', 'ICMP', 'SCTP'] as const) {
    for (const badChecksum of [false, true]) {
      const [bytes = new Uint8Array()] = craft(probe(protocol), { ...PLAIN, badChecksum }, 3);
      assert.equal(bytes[8], 9);
      assert.equal(internetChecksum(bytes.subarray(0, 20)), 0, 'of the IP header');
      const faults = decodeFrame(framed(bytes)).ip?.faults ?? ['no IP'];
      assert.deepEqual(faults.length > 0, badChecksum, `${protocol}: ${faults}`);
      const port = new DataView(bytes.buffer, bytes.byteOffset).getUint16(20);
      if (protocol !== 'ICMP') assert.equal(port, 40_003);
    }
  }
});

test('fragments hold the whole packet, in order, and all but the last say that more come', () => {
  const [whole = new Uint8Array()] = craft(probe('UDP'), PLAIN, 0);
  const pieces = craft(probe('UDP'), { ...PLAIN, fragment: 16 }, 0);
  assert.deepEqual(Buffer.concat(pieces.map((piece) => piece.subarray(20))), Buffer.from(whole.subarray(20)));
  const words = pieces.map((piece) => new DataView(piece.buffer).getUint16(6));
  assert.deepEqual(words, [0x2000, 0x2002, 4]);
  assert.ok(pieces.every((piece) => internetChecksum(piece.subarray(0, 20)) === 0));
});

test('an answer, a reset and an error are told with the packet that they answer; what others get is not', () => {
  const synAck = packet().ip4('10.0.0.2', '10.0.0.1').tcp(80, 40_002, { flags: 'SYN,ACK' }).frame(0).bytes.subarray(14);
  const seen = readAnswer(synAck, probe('TCP'), 5);
  assert.deepEqual([seen?.of, seen?.what, seen?.from, seen?.arrived], [2, 'SYN,ACK', '10.0.0.2', true]);
  assert.equal(readAnswer(synAck, probe('TCP'), 2), null, 'no such packet was sent');
  assert.equal(readAnswer(synAck, probe('UDP'), 5), null);
  assert.equal(readAnswer(synAck.subarray(0, 20), probe('TCP'), 5), null, 'cut off');
  const [sent = new Uint8Array()] = craft(probe('ICMP'), PLAIN, 4);
  const header = packet().ip4('10.9.9.9', '10.0.0.1').udp(1, 2).payload('x').frame(0).bytes.slice(14, 34);
  header[9] = 1;
  const error = Uint8Array.of(...header, 11, 0, 0, 0, 0, 0, 0, 0, ...sent.subarray(0, 28));
  const expired = readAnswer(error, probe('ICMP'), 5);
  assert.deepEqual(
    [expired?.of, expired?.what, expired?.from, expired?.arrived],
    [4, 'time exceeded', '10.9.9.9', false],
  );
});
