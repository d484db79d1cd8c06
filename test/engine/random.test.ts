// random.test.ts - xoshiro128** and splitmix32 against values computed by their published C code's arithmetic, and scripts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Generator, scale } from '../../src/engine/random.js';

const MASK = 0xffffffffn;

/** The same generator in exact integers. */
function* exact(seed: number): Draws {
  let s = BigInt(seed);
  const split = (): bigint => {
    s = (s + 0x9e3779b9n) & MASK;
    let z = s;
    z = ((z ^ (z >> 16n)) * 0x21f0aaadn) & MASK;
    z = ((z ^ (z >> 15n)) * 0x735a2d97n) & MASK;
    return z ^ (z >> 15n);
  };
  const rotl = (x: bigint, k: bigint): bigint => ((x << k) | (x >> (32n - k))) & MASK;
  const state = [split(), split(), split(), split()] as [bigint, bigint, bigint, bigint];
  while (true) {
    yield Number((rotl((state[1] * 5n) & MASK, 7n) * 9n) & MASK);
    const t = (state[1] << 9n) & MASK;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= t;
    state[3] = rotl(state[3], 11n);
  }
}

type Draws = globalThis.Generator<number, never, unknown>;

test('the draws are those of xoshiro128** in exact integers', () => {
  for (const seed of [0, 1, 42, 0xffffffff]) {
    const generator = new Generator(seed);
    const truth = exact(seed);
    for (let i = 0; i < 1000; i++) assert.equal(generator.draw(), truth.next().value, `seed ${seed}, draw ${i}`);
  }
});

test('a script of draws comes first, and the generator goes on where it was', () => {
  const [plain, scripted] = [new Generator(7), new Generator(7)];
  scripted.script([1, 2, 0xffffffff]);
  assert.deepEqual([scripted.draw(), scripted.draw(), scripted.draw()], [1, 2, 0xffffffff]);
  assert.equal(scripted.draw(), plain.draw());
});

test('a draw scales to every place of a list and to no other', () => {
  assert.equal(scale(0, 3), 0);
  assert.equal(scale(0x55555556, 3), 1);
  assert.equal(scale(0xffffffff, 3), 2);
  assert.equal(scale(0xffffffff, 1), 0);
  assert.equal(scale(0xffffffff, 0xffffffff), 0xfffffffe);
});
