// header.test.ts - header fields of a packet are read where they are, and what a step changed is found.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesOf, changed, fieldsOf } from '../../src/dash/path/header.js';
import { formatBytes, mustAddress } from '../../src/model/address.js';
import { buildProbe, type ProbeProtocol, setSourcePort } from '../../src/observe/probe.js';

const textOf = (frame: Uint8Array, layer: string, name: string): string | undefined =>
  fieldsOf(frame).find((field) => field.layer === layer && field.name === name)?.text;

test('addresses and ports of every protocol and family are read back', () => {
  const pairs = [
    ['10.244.1.2', '10.96.0.10'],
    ['fd00:10:244:1::2', 'fd00:10:96::a'],
    ['fe80::1', '2001:db8:0:0:1:0:0:1'],
  ] as const;
  for (const protocol of ['TCP', 'UDP', 'SCTP', 'ICMP'] satisfies ProbeProtocol[]) {
    for (const [source, destination] of pairs) {
      const frame = buildProbe({ protocol, source, destination, sourcePort: 40_001, destinationPort: 8080 });
      const layer = textOf(frame, 'IPv4', 'source') === undefined ? 'IPv6' : 'IPv4';
      assert.equal(textOf(frame, layer, 'source'), formatBytes(mustAddress(source).bytes));
      assert.equal(textOf(frame, layer, 'destination'), formatBytes(mustAddress(destination).bytes));
      if (protocol === 'ICMP') assert.equal(textOf(frame, layer === 'IPv4' ? 'ICMP' : 'ICMPv6', 'identifier'), '40001');
      else assert.equal(textOf(frame, protocol, 'destination port'), '8080');
    }
  }
});

test('another source port changes its own bytes and the checksum, and nothing else', () => {
  const ends = { source: '10.0.0.1', destination: '10.0.0.2', sourcePort: 40_000, destinationPort: 80 };
  const before = buildProbe({ protocol: 'UDP', ...ends });
  const places = changed(before, setSourcePort(before, 40_001));
  const fields = fieldsOf(before).filter(({ at, length }) => [...places].some((i) => i >= at && i < at + length));
  assert.deepEqual(
    fields.map(({ layer, name }) => `${layer} ${name}`),
    ['UDP source port', 'UDP checksum'],
  );
});

test('a packet that is cut short has only the fields that are there', () => {
  assert.deepEqual(fieldsOf(bytesOf('')), []);
  assert.equal(fieldsOf(bytesOf('02ff0000000102ff00000001')).length, 2);
});
