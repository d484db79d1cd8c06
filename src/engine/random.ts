// random.ts - xoshiro128** seeded by splitmix32 (native/law/choose.md), with optional scripted draws before it.

const rotl = (x: number, bits: number): number => ((x << bits) | (x >>> (32 - bits))) >>> 0;

/** Expands a 32-bit seed into four words of state. [CHOOSE-5] */
function splitmix32(seed: number): [number, number, number, number] {
  let s = seed >>> 0;
  const next = (): number => {
    s = (s + 0x9e3779b9) >>> 0;
    let z = s;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return [next(), next(), next(), next()];
}

export class Generator {
  #state: [number, number, number, number];
  #script: number[] = [];

  constructor(seed: number) {
    this.#state = splitmix32(seed);
  }

  /** Uses these values for the next draws. When they run out, the generator takes over again. */
  script(draws: readonly number[]): void {
    this.#script = draws.map((draw) => draw >>> 0);
  }

  /** One 32-bit draw. */
  draw(): number {
    const scripted = this.#script.shift();
    if (scripted !== undefined) return scripted;
    let [a, b, c, d] = this.#state;
    const result = Math.imul(rotl(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = (b << 9) >>> 0;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    this.#state = [a >>> 0, b >>> 0, c >>> 0, rotl(d >>> 0, 11)];
    return result;
  }
}

/** Scales a 32-bit number to 0 … count − 1: (value · count) >> 32. */
export const scale = (value: number, count: number): number => Number((BigInt(value) * BigInt(count)) >> 32n);
