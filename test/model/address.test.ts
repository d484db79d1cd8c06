// address.test.ts - addresses and CIDRs: what parses, what does not, and that text and bytes are two views of one value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  contains,
  formatAddress,
  formatBytes,
  formatCidr,
  fromBigInt,
  fromBytes,
  length128,
  maskedCidr,
  mustAddress,
  mustCidr,
  parseAddress,
  parseCidr,
  toBigInt,
} from '../../src/model/address.js';

const bytes16 = fc.uint8Array({ minLength: 16, maxLength: 16 });

test('canonical text of IPv6 follows RFC 5952', () => {
  const cases: [string, string][] = [
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:DB8::0001', '2001:db8::1'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ];
  for (const [text, canonical] of cases) assert.equal(formatAddress(mustAddress(text)), canonical);
});

test('what Kubernetes refuses as an address is refused', () => {
  const wrong = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.4/8',
    '::ffff:1.2.3.4',
    '1::2::3',
    ':1',
    '1:2:3:4:5:6:7',
  ];
  for (const text of [...wrong, 'fe80::1%eth0', '12345::', ' 1.2.3.4', '1.2.3.-4', 'g::1', '1:2:3:4:5:6:7:8:9']) {
    assert.equal(parseAddress(text), null, text);
  }
});

test('what Kubernetes refuses as a CIDR is refused', () => {
  for (const text of [
    '1.2.3.4',
    '1.2.3.4/',
    '1.2.3.4/33',
    '1.2.3.4/08',
    '::/129',
    '::ffff:1.2.3.4/24',
    '1.2.3.4/-1',
    '/8',
  ]) {
    assert.equal(parseCidr(text), null, text);
  }
});

test('bytes to text and back is the identity', () => {
  fc.assert(
    fc.property(bytes16, (bytes) => {
      const address = fromBytes(bytes);
      assert.deepEqual(mustAddress(formatAddress(address)).bytes, bytes);
    }),
  );
});

test('numbers and addresses are two views of one value', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, (1n << 32n) - 1n), (value) => assert.equal(toBigInt(fromBigInt('IPv4', value)), value)),
  );
  assert.equal(formatAddress(fromBigInt('IPv6', toBigInt(mustAddress('fd00:10:96::1')) + 1n)), 'fd00:10:96::2');
});

test('a CIDR contains exactly the addresses that share its masked prefix', () => {
  const cases: [string, string, boolean][] = [
    ['10.244.1.0/24', '10.244.1.255', true],
    ['10.244.1.0/24', '10.244.2.0', false],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '::1', false],
    ['::/0', '1.2.3.4', false],
    ['10.1.2.3/8', '10.9.9.9', true],
    ['fd00:10::/64', 'fd00:10::ffff', true],
    ['192.168.0.11/32', '192.168.0.12', false],
  ];
  for (const [cidr, address, inside] of cases) {
    assert.equal(contains(mustCidr(cidr), mustAddress(address)), inside, `${cidr} ${address}`);
  }
  assert.equal(formatCidr(maskedCidr(mustCidr('10.1.2.3/8'))), '10.0.0.0/8');
  assert.equal(length128(mustCidr('10.0.0.0/8')), 104);
  assert.equal(formatBytes(mustAddress('10.0.0.1').bytes), '10.0.0.1');
});
