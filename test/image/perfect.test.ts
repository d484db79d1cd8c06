// perfect.test.ts - the minimal perfect hash: a permutation for any keys, the formulas of native/law/match.md, determinism.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frontendKey } from '../../src/image/hash.js';
import { buildPerfect, groupOf, PILOT_DIRECT, perfectHash, rowUnder } from '../../src/image/perfect.js';

const key = fc
  .record({
    address: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    port: fc.integer({ min: 0, max: 65_535 }),
    protocol: fc.constantFrom(6, 17, 132),
  })
  .map(({ address, port, protocol }) => frontendKey(address, port, protocol));
const keys = fc.uniqueArray(key, { maxLength: 200, selector: (bytes) => bytes.join() });

/** The formulas with the numbers that they mean. */
function slowHash(bytes: Uint8Array, seed: number): bigint {
  const salts = [0x9e3779b9n, 0x85ebca6bn, 0xc2b2ae35n, 0x27d4eb2fn, 0x165667b1n, 0xd6e8feb9n];
  const words = [...Array(5).keys()].map((i) => BigInt(new DataView(bytes.buffer).getUint32(i * 4, true)));
  const part = (i: number): bigint => BigInt.asUintN(32, (words[i] ?? 0n) + (BigInt(seed >>> 0) ^ (salts[i] ?? 0n)));
  let h = BigInt.asUintN(64, part(0) * part(1) + part(2) * part(3) + part(4) * part(5));
  h = BigInt.asUintN(64, (h ^ (h >> 32n)) * 0x9fb21c651e98df25n);
  return h ^ (h >> 32n);
}

test('the hash is the one of the law', () => {
  fc.assert(
    fc.property(key, fc.integer(), (bytes, seed) => {
      const { high, low } = perfectHash(bytes, seed);
      assert.equal((BigInt(high) << 32n) | BigInt(low), slowHash(bytes, seed));
    }),
  );
});

test('every key has a row of its own, and its pilot leads there', () => {
  fc.assert(
    fc.property(keys, fc.integer(), (list, seed) => {
      const made = buildPerfect(list, seed);
      assert.ok(made, 'this seed does not do');
      assert.equal(new Set(made.rows).size, list.length);
      for (const [i, bytes] of list.entries()) {
        const { high, low } = perfectHash(bytes, seed);
        const bucket: number = Number((BigInt(high) * BigInt(made.pilots.length)) >> 32n);
        assert.equal(rowUnder(low, made.pilots[bucket] ?? 0, list.length), made.rows[i]);
        assert.ok((made.rows[i] ?? list.length) < list.length);
      }
    }),
    { numRuns: 50 },
  );
});

test('neighbouring addresses and ports are no trouble: 20,000 of them, twice the same', () => {
  const list = Array.from({ length: 20_000 }, (_, i) =>
    frontendKey(
      Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 10, 96, i >> 10, (i >> 2) & 255),
      80 + (i & 3),
      6,
    ),
  );
  const made = buildPerfect(list, 7);
  assert.ok(made);
  assert.equal(new Set(made.rows).size, list.length);
  assert.deepEqual(buildPerfect(list, 7), made);
});

test('two keys that no pilot can part make the build fail instead of going on for ever', () => {
  const one = frontendKey(new Uint8Array(16), 80, 6);
  assert.equal(buildPerfect([one, one], 1), null);
  // With this seed the last product is zero, whatever the port is.
  const other = frontendKey(new Uint8Array(16), 443, 6);
  assert.equal(buildPerfect([one, other], 0xd6e8feb9), null);
});

test('a bucket with one key names its row', () => {
  const made = buildPerfect([frontendKey(new Uint8Array(16), 80, 6)], 1);
  assert.deepEqual([...(made?.pilots ?? [])], [PILOT_DIRECT]);
});

test('keys that come later have places of their own in a group, and one key alone needs none', () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 2 ** 32 - 1 }), { minLength: 1, maxLength: 12 }), (lows) => {
      const rows = lows.map((_, i) => 1000 + i);
      const placeIn = (low: number, bits: number): number =>
        Number(BigInt.asUintN(32, BigInt(low) * 0x9e3779b1n) >> BigInt(32 - bits));
      const made = groupOf(lows, rows, 77);
      if (!made) {
        assert.ok(new Set(lows.map((low) => placeIn(low, 10))).size < lows.length, 'the largest group would have done');
        return;
      }
      if (lows.length === 1) return assert.equal(made.pilot, PILOT_DIRECT + 1000);
      const bits = (made.pilot >>> 25) & 31;
      assert.equal(made.pilots.length, 2 ** bits);
      assert.equal(made.pilot & 0x1ffffff, 77);
      for (const [i, low] of lows.entries()) {
        assert.equal(made.pilots[placeIn(low, bits)], PILOT_DIRECT + (rows[i] ?? 0));
      }
    }),
    { numRuns: 300 },
  );
  assert.equal(groupOf([5, 5], [1, 2], 0), null, 'two keys that nothing parts');
});
