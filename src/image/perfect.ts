// perfect.ts - the minimal perfect hash of strategy `perfect`: n keys, n rows, a pilot per bucket (hash and displace).
//
// Twin of native/core/match_perfect.h; native/law/match.md gives the formulas. Buckets are placed from the largest to
// the smallest (Belazzougui, Botelho, Dietzfelbinger, ESA 2009): pilots are tried until one sends all keys of the
// bucket to free rows. Buckets with one key come last and name the row itself, so that the last free rows need no
// search.

/** Top bit of a pilot: the remaining bits are the row itself. */
export const PILOT_DIRECT = 0x80000000;

/** The next bit, without the top bit: the bucket is a group. 5 bits are log2 of its size, the rest its first pilot. */
const PILOT_GROUP = 0x40000000;
const GROUP_BITS_SHIFT = 25;
/** Largest group, as a power of two. */
const MOST_GROUP_BITS = 10;

/** Average number of keys in a bucket. Fewer make the search shorter but need more pilots. */
const KEYS_PER_BUCKET = 3;
/** A bucket that needs more tries than this makes the build fail; the caller then takes another seed. */
const MOST_TRIES = 1 << 24;
/** Maximum number of rows. Above it, a 32-bit number times the number of rows is not an exact double. */
export const MOST_KEYS = 1 << 21;

const SALTS = [0x9e3779b9, 0x85ebca6b, 0xc2b2ae35, 0x27d4eb2f, 0x165667b1, 0xd6e8feb9] as const;
const SPREAD_LOW = 0x1e98df25;
const SPREAD_HIGH = 0x9fb21c65;
const TWO_32 = 2 ** 32;

/** Upper half of the 64-bit product of two 32-bit numbers. (Math.imul gives the lower half.) */
function highProduct(a: number, b: number): number {
  const low = (a & 0xffff) * b;
  return Math.floor(((a >>> 16) * b + Math.floor(low / 65_536)) / 65_536);
}

const word = (key: Uint8Array, at: number): number =>
  ((key[at] ?? 0) | ((key[at + 1] ?? 0) << 8) | ((key[at + 2] ?? 0) << 16) | ((key[at + 3] ?? 0) << 24)) >>> 0;

/** 64-bit hash of a frontend key (20 bytes, see frontendKey) in two halves. [MATCH-3] */
export function perfectHash(key: Uint8Array, seed: number): { high: number; low: number } {
  let high = 0;
  let low = 0;
  for (let i = 0; i < 6; i += 2) {
    const a = (word(key, i * 4) + ((seed ^ (SALTS[i] ?? 0)) >>> 0)) >>> 0;
    const b = (word(key, i * 4 + 4) + ((seed ^ (SALTS[i + 1] ?? 0)) >>> 0)) >>> 0;
    const sum = low + (Math.imul(a, b) >>> 0);
    low = sum >>> 0;
    high = (high + highProduct(a, b) + (sum >= TWO_32 ? 1 : 0)) >>> 0;
  }
  low = (low ^ high) >>> 0;
  const upper = highProduct(low, SPREAD_LOW) + Math.imul(high, SPREAD_LOW) + Math.imul(low, SPREAD_HIGH);
  high = upper >>> 0;
  low = (Math.imul(low, SPREAD_LOW) ^ high) >>> 0;
  return { high, low };
}

/** (value · count) >> 32. */
const scale = (value: number, count: number): number => Math.floor((value * count) / TWO_32);

/** [MATCH-4] */
export const bucketOf = (high: number, buckets: number): number => scale(high, buckets);

/** Which pilot of a group of 2^bits applies to a key with this lower half. */
const groupPlace = (low: number, bits: number): number => Math.imul(low, 0x9e3779b1) >>> (32 - bits);

/** What represents a bucket that got a key later: its pilot, and the group that this pilot names, if it names one. */
interface Group {
  readonly pilot: number;
  /** To be appended to the other pilots. */
  readonly pilots: readonly number[];
}

/**
 * Sends keys to given rows. A bucket with one key names its row. Otherwise each key gets its own place in a group (the
 * second level of Fredman, Komlós and Szemerédi, JACM 1984). Null when no group is large enough.
 * @param lows lower halves of the hashes of the keys
 * @param first row of PILOT at which the group would begin
 */
export function groupOf(lows: readonly number[], rows: readonly number[], first: number): Group | null {
  const direct = (row: number): number => (PILOT_DIRECT | row) >>> 0;
  const [any = 0] = rows;
  if (rows.length === 1) return { pilot: direct(any), pilots: [] };
  if (first >= 1 << GROUP_BITS_SHIFT) return null;
  for (let bits = Math.ceil(Math.log2(rows.length)); bits <= MOST_GROUP_BITS; bits++) {
    if (!areApart(lows, bits)) continue;
    // A place without a key names the row of another key: the comparison at that row fails.
    const pilots = new Array<number>(1 << bits).fill(direct(any));
    for (let i = 0; i < rows.length; i++) pilots[groupPlace(lows[i] ?? 0, bits)] = direct(rows[i] ?? 0);
    return { pilot: (PILOT_GROUP | (bits << GROUP_BITS_SHIFT) | first) >>> 0, pilots };
  }
  return null;
}

/** True if each key has its own place in a group of 2^bits. */
function areApart(lows: readonly number[], bits: number): boolean {
  for (let i = 1; i < lows.length; i++) {
    const place = groupPlace(lows[i] ?? 0, bits);
    for (let j = 0; j < i; j++) if (groupPlace(lows[j] ?? 0, bits) === place) return false;
  }
  return true;
}

/** Row of a key whose hash has this lower half, under a pilot that names no group. [MATCH-5] */
export function rowUnder(low: number, pilot: number, rows: number): number {
  if (pilot >= PILOT_DIRECT) return pilot - PILOT_DIRECT;
  return scale(Math.imul(low ^ Math.imul(pilot, 0x9e3779b1), 0x85ebca6b) >>> 0, rows);
}

export interface PerfectHash {
  /** One a bucket. */
  readonly pilots: Uint32Array;
  /** Key index → row; a permutation. */
  readonly rows: Uint32Array;
  /** Keys of bucket b: order[start[b]] to order[start[b + 1] - 1]. */
  readonly start: Uint32Array;
  readonly order: Uint32Array;
}

/** Rows of the keys that a bucket had when the hash was made. */
export const rowsOfBucket = ({ start, order, rows }: PerfectHash, bucket: number): number[] =>
  Array.from(order.subarray(start[bucket], start[bucket + 1]), (key) => rows[key] ?? 0);

/** Keys by bucket: those of bucket b are order[start[b]] to order[start[b + 1] - 1]. */
function fillBuckets(highs: Uint32Array, count: number): { start: Uint32Array; order: Uint32Array } {
  const start = new Uint32Array(count + 1);
  const bucket = highs.map((high) => bucketOf(high, count));
  for (const b of bucket) start[b + 1] = (start[b + 1] ?? 0) + 1;
  for (let b = 0; b < count; b++) start[b + 1] = (start[b + 1] ?? 0) + (start[b] ?? 0);
  const next = start.slice();
  const order = new Uint32Array(highs.length);
  for (let key = 0; key < bucket.length; key++) {
    const b = bucket[key] ?? 0;
    const at = next[b] ?? 0;
    order[at] = key;
    next[b] = at + 1;
  }
  return { start, order };
}

/** Sends keys to distinct free rows under the first pilot that works; -1 if none does. Marks and writes the rows. */
function findPilot(keys: Uint32Array, lows: Uint32Array, taken: Uint8Array, rows: Uint32Array): number {
  const { length } = keys;
  for (let pilot = 0; pilot < MOST_TRIES; pilot++) {
    let placed = 0;
    for (; placed < length; placed++) {
      const key = keys[placed] ?? 0;
      const row = rowUnder(lows[key] ?? 0, pilot, taken.length);
      if (taken[row] !== 0) break;
      taken[row] = 1;
      rows[key] = row;
    }
    if (placed === length) return pilot;
    for (let i = 0; i < placed; i++) taken[rows[keys[i] ?? 0] ?? 0] = 0;
  }
  return -1;
}

/** Two keys of a bucket with the same lower half collide under every pilot. */
function parts(keys: Uint32Array, lows: Uint32Array): boolean {
  for (let i = 1; i < keys.length; i++) {
    for (let j = 0; j < i; j++) if (lows[keys[i] ?? 0] === lows[keys[j] ?? 0]) return false;
  }
  return true;
}

/** Builds the hash over distinct keys; null when this seed fails (about once in 10,000 with 100,000 keys). [MATCH-6] */
export function buildPerfect(keys: readonly Uint8Array[], seed: number): PerfectHash | null {
  const count = Math.ceil(keys.length / KEYS_PER_BUCKET);
  const highs = new Uint32Array(keys.length);
  const lows = new Uint32Array(keys.length);
  for (let i = 0; i < keys.length; i++) {
    const { high, low } = perfectHash(keys[i] as Uint8Array, seed);
    highs[i] = high;
    lows[i] = low;
  }
  const { start, order } = fillBuckets(highs, count);
  const keysOf = (b: number): Uint32Array => order.subarray(start[b], start[b + 1]);
  const size = (b: number): number => (start[b + 1] ?? 0) - (start[b] ?? 0);
  const bySize = Uint32Array.from({ length: count }, (_, b) => b).sort((a, b) => size(b) - size(a) || a - b);
  const pilots = new Uint32Array(count);
  const rows = new Uint32Array(keys.length);
  const taken = new Uint8Array(keys.length);
  let free = 0;
  for (const b of bySize) {
    const own = keysOf(b);
    if (own.length === 0) break;
    if (own.length === 1) {
      while (taken[free] !== 0) free++;
      taken[free] = 1;
      rows[own[0] ?? 0] = free;
      pilots[b] = (PILOT_DIRECT | free) >>> 0;
      continue;
    }
    const pilot = parts(own, lows) ? findPilot(own, lows, taken, rows) : -1;
    if (pilot < 0) return null;
    pilots[b] = pilot;
  }
  return { pilots, rows, start, order };
}
