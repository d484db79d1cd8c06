// random.ts - seeded randomness for everything the control plane draws: addresses, ports, names, uids.

/** A stream of pseudo-random numbers: the same seed gives the same cluster. */
export interface Random {
  /** Uniform integer in [0, bound); bound at most 2^32. */
  below(bound: number): number;
}

/** splitmix32 (public domain construction): small, and good enough to spread addresses and names. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (z ^ (z >>> 15)) >>> 0;
  };
  return { below: (bound) => Math.floor((next() / 0x1_0000_0000) * bound) };
}

/** The alphabet of generated names (k8s.io/apimachinery/pkg/util/rand): no vowels, no characters that look alike. */
const SAFE = 'bcdfghjklmnpqrstvwxz2456789';

/** Random name part of `length` characters, as appended to generateName. */
export function randomSuffix(random: Random, length = 5): string {
  return Array.from({ length }, () => SAFE[random.below(SAFE.length)]).join('');
}

/** Maps a number to the safe alphabet, digit by digit (rand.SafeEncodeString): the hash suffixes of ReplicaSets. */
export function safeEncode(text: string): string {
  return Array.from(text, (character) => SAFE[character.charCodeAt(0) % SAFE.length]).join('');
}

/** Version 4 UUID. */
export function randomUid(random: Random): string {
  const hex = Array.from({ length: 8 }, () => random.below(0x10000).toString(16).padStart(4, '0'));
  const [a, b, c, d = '', e = '', f, g, h] = hex;
  const variant = '89ab'[Number.parseInt(e.slice(0, 1), 16) & 3];
  return `${a}${b}-${c}-4${d.slice(1)}-${variant}${e.slice(1)}-${f}${g}${h}`;
}
