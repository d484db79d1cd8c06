// checksum.test.ts - RFC 1624 and its corners; incremental updates against full recompute; CRC32c against its published value.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { complement, fold, sctpChecksum, sumBytes, updateChecksum, updatePartial } from '../../src/wire/checksum.js';
import { crc32c, internetChecksum } from '../support/internet.js';

test('the example of RFC 1624 section 4: equation 3 gives 0x0000 where equation 2 gave 0xffff', () => {
  assert.equal(updateChecksum(0xdd2f, { removed: [0x5555], added: [0x3285] }), 0x0000);
});

test('a change of nothing touches nothing, not even a checksum of 0xffff', () => {
  assert.equal(updateChecksum(0xffff, { removed: [], added: [] }), 0xffff);
  assert.equal(updatePartial(0, { removed: [], added: [] }), 0);
});

test('an update never gives 0xffff unless every word of the packet is zero', () => {
  assert.equal(updateChecksum(0xffff, { removed: [0x1234], added: [0x1234] }), 0x0000);
  assert.equal(updateChecksum(0xffff, { removed: [0xffff], added: [0x0000] }), 0xffff);
});

const word = fc.integer({ min: 0, max: 0xffff });

test('a right checksum stays right: the update equals computing it again', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 2, maxLength: 40 }), fc.nat(), word, (words, index, added) => {
      // A packet whose words are all zero has no place in a network; its checksum alone would be 0xffff.
      const packet = [0x4500, ...words];
      const at = 1 + (index % words.length);
      const bytesOf = (all: readonly number[]): Uint8Array => Uint8Array.from(all.flatMap((w) => [w >> 8, w & 0xff]));
      const before = internetChecksum(bytesOf(packet));
      const after = updateChecksum(before, { removed: [packet[at] ?? 0], added: [added] });
      packet[at] = added;
      assert.equal(after, internetChecksum(bytesOf(packet)));
    }),
  );
});

test('a wrong checksum stays wrong by as much', () => {
  fc.assert(
    fc.property(word, fc.integer({ min: 1, max: 0xfffe }), word, word, (right, error, removed, added) => {
      const change = { removed: [removed], added: [added] };
      const difference = (a: number, b: number): number => (((a - b) % 0xffff) + 0xffff) % 0xffff;
      const wrong = fold(right + error);
      assert.equal(difference(updateChecksum(wrong, change), updateChecksum(right, change)), difference(wrong, right));
    }),
  );
});

test('a partial checksum is the sum itself: it moves the other way', () => {
  fc.assert(
    fc.property(fc.array(word, { minLength: 1, maxLength: 8 }), word, word, (others, removed, added) => {
      const sum = (last: number): number => fold(others.reduce((all, w) => all + w, last));
      const updated = updatePartial(sum(removed), { removed: [removed], added: [added] });
      assert.equal(updated % 0xffff, sum(added) % 0xffff);
    }),
  );
});

test('there and back again restores a checksum', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 0xfffe }), word, word, (checksum, a, b) => {
      const there = updateChecksum(checksum, { removed: [a], added: [b] });
      assert.equal(updateChecksum(there, { removed: [b], added: [a] }), checksum);
    }),
  );
});

test('an odd last byte is the high half of a word', () => {
  assert.equal(sumBytes(Uint8Array.of(0x12, 0x34, 0x56), 0, 3), 0x1234 + 0x5600);
  assert.equal(complement(0x1234), 0xedcb);
});

test('CRC32c has the check value of its definition, and skips the checksum field', () => {
  assert.equal(crc32c(new TextEncoder().encode('123456789')), 0xe3069283);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 12, maxLength: 100 }), (bytes) => {
      const zeroed = bytes.slice();
      zeroed.fill(0, 8, 12);
      assert.equal(sctpChecksum(bytes, 0, bytes.length), crc32c(zeroed));
    }),
  );
});
