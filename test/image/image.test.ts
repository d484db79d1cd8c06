// image.test.ts - tables to bytes and back; hash slots find every row and nothing else.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { LAYOUT, SECTIONS, type SectionName, Strategy } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { decodeImage } from '../../src/image/decode.js';
import { encodeImage } from '../../src/image/encode.js';
import { buildSlots, frontendKey, hashKey } from '../../src/image/hash.js';
import { SECTION_NAMES, type TableSet } from '../../src/image/table.js';
import { swap16 } from '../../src/wire/bytes.js';

/** Any value of a field, by its kind. */
function anyRow(section: SectionName): fc.Arbitrary<object> {
  const fields: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of SECTIONS[section].row.fields) {
    if (field.kind === 'bytes') fields[field.name] = fc.uint8Array({ minLength: field.bytes, maxLength: field.bytes });
    else if (field.kind === 'u64') fields[field.name] = fc.bigInt(0n, (1n << 64n) - 1n);
    else fields[field.name] = fc.integer({ min: 0, max: 2 ** (8 * field.bytes) - 1 });
  }
  return fc.record(fields, { noNullPrototype: true });
}

const anyTables: fc.Arbitrary<TableSet> = fc
  .record(Object.fromEntries(SECTION_NAMES.map((name) => [name, fc.array(anyRow(name), { maxLength: 5 })])))
  .map(
    (sections) =>
      ({
        ...sections,
        strategy: Strategy.NFTABLES,
        generation: 7n,
        hashSeed: 42,
        nodeId: 3,
        buckets: 2,
        spread: 5,
        names: { services: [], ports: [] },
      }) as unknown as TableSet,
  );

test('decoding an encoded image gives the tables back', () => {
  fc.assert(fc.property(anyTables, (tables) => assert.deepEqual(decodeImage(encodeImage(tables)), tables)));
});

test('two encodings of one TableSet are equal bytes', () => {
  fc.assert(fc.property(anyTables, (tables) => assert.deepEqual(encodeImage(tables), encodeImage(tables))));
});

test('a truncated or altered header is refused, never misread', () => {
  const image = Uint8Array.from(encodeImage(fc.sample(anyTables, { numRuns: 1, seed: 1 })[0] as TableSet));
  for (const length of [0, 1, LAYOUT.ImageHeader.size - 1, LAYOUT.ImageHeader.size, image.length - 1]) {
    assert.throws(() => decodeImage(image.slice(0, length)), { code: 'IMAGE_REFUSED' }, `length ${length}`);
  }
  for (const offset of [0, 4, 8]) {
    const altered = image.slice();
    altered[offset] = (altered[offset] ?? 0) ^ 0xff;
    assert.throws(() => decodeImage(altered), { code: 'IMAGE_REFUSED' }, `offset ${offset}`);
  }
});

test('a slot section finds every key it was built from, and an unknown key ends at a free slot', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.tuple(fc.nat(0xffff), fc.nat(255)), { selector: (k) => `${k}`, maxLength: 200 }),
      fc.nat(0xffffffff),
      (ports, seed) => {
        const address = new Uint8Array(16).fill(9);
        const keys = ports.map(([port, protocol]) => frontendKey(address, swap16(port), protocol));
        const slots = buildSlots(keys, seed);
        for (const [i, key] of keys.entries()) {
          let slot = hashKey(key, seed) & (slots.length - 1);
          while (slots[slot]?.index !== i) {
            assert.notEqual(slots[slot]?.index, NONE);
            slot = (slot + 1) & (slots.length - 1);
          }
        }
        assert.ok(slots.some(({ index }) => index === NONE));
      },
    ),
  );
});

test('the hash agrees with published MurmurHash3 x86_32 values', () => {
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  assert.equal(hashKey(text(''), 0), 0);
  assert.equal(hashKey(text(''), 1), 0x514e28b7);
  assert.equal(hashKey(text('test'), 0), 0xba6bd213);
  assert.equal(hashKey(text('test'), 0x9747b28c), 0x704b81dc);
});
