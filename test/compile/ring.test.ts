// ring.test.ts - Maglev rings: full, even, weighted, stable when a backend goes; and the same rings in tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { maglevRing, preference, ringName } from '../../src/compile/ring.js';
import { compileTables } from '../../src/compile/strategy.js';
import { ringShares } from '../../src/observe/ring.js';
import { MAGLEV_SIZES } from '../../src/plan/config.js';
import { ATTACHMENT, on, plan, service, slice } from '../plan/sample.js';

const backends = (count: number, weight = 1) =>
  Array.from({ length: count }, (_, i) => ({ name: `10.0.${i >> 8}.${i & 255}:80`, weight }));

function counts(ring: Uint32Array, length: number): number[] {
  const slots = new Array<number>(length).fill(0);
  for (const index of ring) slots[index] = (slots[index] ?? 0) + 1;
  return slots;
}

const sizes = fc.constantFrom(...MAGLEV_SIZES.filter((size) => size < 5000));

test('every size is a prime, or a permutation would miss slots', () => {
  const isPrime = (n: number): boolean => {
    for (let d = 2; d * d <= n; d++) if (n % d === 0) return false;
    return true;
  };
  assert.deepEqual(MAGLEV_SIZES.filter(isPrime), [...MAGLEV_SIZES]);
});

test('a permutation visits every slot once', () => {
  const { offset, skip } = preference('10.0.0.1:80', 251);
  const visited = new Set(Array.from({ length: 251 }, (_, i) => (offset + i * skip) % 251));
  assert.equal(visited.size, 251);
});

test('a ring has no holes, and equal backends differ by at most one slot', () => {
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 100 }), (size, count) => {
      const slots = counts(maglevRing(backends(count), size), count);
      assert.equal(slots.length, count);
      assert.equal(
        slots.reduce((sum, each) => sum + each, 0),
        size,
      );
      assert.ok(Math.max(...slots) - Math.min(...slots) <= 1);
    }),
    { numRuns: 60 },
  );
});

test('weights are shares, weight 0 gets nothing, and all 0 counts as all equal', () => {
  const [one, two, none] = ['a:1', 'b:1', 'c:1'];
  const ring = maglevRing(
    [
      { name: one ?? '', weight: 1 },
      { name: two ?? '', weight: 3 },
      { name: none ?? '', weight: 0 },
    ],
    16_381,
  );
  const slots = counts(ring, 3);
  assert.equal(slots[2], 0);
  assert.ok(Math.abs((slots[1] ?? 0) / (slots[0] ?? 1) - 3) < 0.01, String(slots));
  const idle = counts(maglevRing(backends(4, 0), 251), 4);
  assert.ok(Math.max(...idle) - Math.min(...idle) <= 1);
});

test('the order of the backends does not matter', () => {
  fc.assert(
    fc.property(fc.shuffledSubarray(backends(20), { minLength: 20 }), (shuffled) => {
      const plain = Array.from(maglevRing(backends(20), 1021), (i) => backends(20)[i]?.name);
      const other = Array.from(maglevRing(shuffled, 1021), (i) => shuffled[i]?.name);
      assert.deepEqual(other, plain);
    }),
    { numRuns: 20 },
  );
});

test('when one of many backends goes, few slots of the others move', () => {
  for (const { name, slots, departure } of ringShares(backends(50), 16_381)) {
    assert.equal(departure?.own, slots, name);
    assert.ok((departure?.others ?? 0) / 16_381 < 0.02, `${name}: ${departure?.others}`);
  }
});

test('a ring of 65,537 slots over 1,000 backends takes milliseconds', () => {
  const best = Math.min(
    ...Array.from({ length: 8 }, () => {
      const start = performance.now();
      maglevRing(backends(1000), 65_537);
      return performance.now() - start;
    }),
  );
  // It takes about 5; the bound only notices a loop of another order, whatever else the machine does.
  assert.ok(best < 100, `${best} ms`);
});

test('ebpf tables have rings when asked, one for each list, of its members alone', () => {
  const web = service('web', { clusterIP: '10.8.0.1', internalTrafficPolicy: 'Local' });
  const slices = [slice('web', [on('n1', '10.9.1.1'), on('n2', '10.9.2.1'), on('n1', '10.9.1.2')])];
  const options = { strategy: 'ebpf', generation: 1, hashSeed: 5 };
  const random = compileTables(plan([web], slices, {}), ATTACHMENT, options);
  assert.equal(random.RING.length, 0);
  assert.equal(random.SERVICE[0]?.ringCount, 0);
  const config = { ebpfSelection: 'maglev', maglevTableSize: 251 } as const;
  const tables = compileTables(plan([web], slices, config), ATTACHMENT, options);
  const row = tables.SERVICE[0];
  assert.ok(row);
  const names = (first: number): Set<string> =>
    new Set(tables.RING.slice(first, first + 251).map(({ index }) => ringName(tables.BACKEND[index] as never)));
  const lists = [
    [row.ringFirst, row.clusterCount],
    [row.localRingFirst, row.localCount],
  ].filter(([, count]) => count !== 0);
  assert.equal(row.ringCount, 251);
  assert.equal(tables.RING.length, 251 * lists.length);
  for (const [first = 0, count] of lists) assert.equal(names(first).size, count);
});

test('rings that would not fit memory are refused with a remedy', () => {
  const services = Array.from({ length: 520 }, (_, i) => service(`s${i}`, { clusterIP: `10.8.${i >> 8}.${i & 255}` }));
  const slices = services.map((_, i) => slice(`s${i}`, [on('n1', '10.9.1.1')]));
  const config = { ebpfSelection: 'maglev', maglevTableSize: 131_071 } as const;
  const options = { strategy: 'ebpf', generation: 1, hashSeed: 5 };
  assert.throws(
    () => compileTables(plan(services, slices, config), ATTACHMENT, options),
    /take more than 67108864 slots/,
  );
});
