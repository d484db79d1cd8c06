// hashing.ts - dh, sh and mh. Their tables are rebuilt from the current list for every question.
import { type Destination, type Question, type ServerKind, usable } from './destination.js';

type List = readonly Destination[];
type Table = readonly (Destination | undefined)[];

const BUCKETS = 256;
const SLOTS = 4093;
/** Maximum bits for mh's turns. */
const TURN_BITS = 6;

/** An address as one number: IPv4 unchanged, IPv6 as the XOR of its four words. [IPVS-19] */
function fold(address: Uint8Array): number {
  const view = new DataView(address.buffer, address.byteOffset, 16);
  const words = [0, 4, 8, 12].map((at) => view.getUint32(at));
  const isV4 = words[0] === 0 && words[1] === 0 && words[2] === 0xffff;
  return isV4 ? (words[3] ?? 0) : words.reduce((folded, word) => (folded ^ word) >>> 0, 0);
}

/** Multiplication by the golden ratio; the upper eight bits. */
const hash8 = (value: number): number => Math.imul(value, 0x61c88647) >>> 24;

const MASK = (1n << 64n) - 1n;
const rotate = (x: bigint, bits: bigint): bigint => ((x << bits) | (x >> (64n - bits))) & MASK;

function sipRound(v: [bigint, bigint, bigint, bigint]): void {
  v[0] = (v[0] + v[1]) & MASK;
  v[1] = rotate(v[1], 13n) ^ v[0];
  v[0] = rotate(v[0], 32n);
  v[2] = (v[2] + v[3]) & MASK;
  v[3] = rotate(v[3], 16n) ^ v[2];
  v[0] = (v[0] + v[3]) & MASK;
  v[3] = rotate(v[3], 21n) ^ v[0];
  v[2] = (v[2] + v[1]) & MASK;
  v[1] = rotate(v[1], 17n) ^ v[2];
  v[2] = rotate(v[2], 32n);
}

/** SipHash-1-3 of a 32-bit number as four little-endian bytes; the lower half of the result. */
export function sip13(value: number, key0: bigint, key1: bigint): number {
  const v: [bigint, bigint, bigint, bigint] = [
    key0 ^ 0x736f6d6570736575n,
    key1 ^ 0x646f72616e646f6dn,
    key0 ^ 0x6c7967656e657261n,
    key1 ^ 0x7465646279746573n,
  ];
  const block = (4n << 56n) | BigInt(value);
  v[3] ^= block;
  sipRound(v);
  v[0] ^= block;
  v[2] ^= 0xffn;
  for (let i = 0; i < 3; i++) sipRound(v);
  return Number((v[0] ^ v[1] ^ v[2] ^ v[3]) & 0xffffffffn);
}

const KEYS = [2654435761n, 2654446892n] as const;
const mhHash = (address: Uint8Array, port: number, offset: number, key: bigint): number =>
  sip13((offset + port + fold(address)) >>> 0, key, key);

/** The first usable of the buckets that `next` names; an empty one ends the search. */
function fallBack(table: Table, tries: number, next: (offset: number) => number): Destination | null {
  for (let offset = 0; offset < tries; offset++) {
    const to = table[next(offset)];
    if (!to) return null;
    if (usable(to)) return to;
  }
  return null;
}

function look(table: Table, at: number, kind: ServerKind, next: (offset: number) => number): Destination | null {
  const to = table[at];
  if (to && usable(to)) return to;
  return to && kind.fallback ? fallBack(table, table.length, next) : null;
}

/** [IPVS-12] */
export function destinationHash(list: List, _kind: ServerKind, question: Question): Destination | null {
  const to = list[hash8(fold(question.destination)) % list.length];
  return to && usable(to) ? to : null;
}

/** Each destination as many buckets in a row as its weight says, at least one. [IPVS-13] */
export function sourceHash(list: List, kind: ServerKind, { source, sourcePort }: Question): Destination | null {
  const round = list.flatMap((to) => new Array<Destination>(Math.max(1, Math.min(to.weight, BUCKETS))).fill(to));
  const table = Array.from({ length: BUCKETS }, (_, i) => round[i % round.length]);
  const hash = hash8((fold(source) + (kind.port ? sourcePort : 0)) >>> 0);
  return look(table, hash, kind, (offset) => (((offset + hash) % BUCKETS) + hash) % BUCKETS);
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** Claims slots in turns along each destination's permutation until all are taken. */
function maglevTable(list: List): Table {
  const divisor = list.map((to) => to.lastWeight).reduce(gcd, 0);
  const table = new Array<Destination | undefined>(SLOTS).fill(undefined);
  if (divisor === 0) return table;
  const most = Math.max(...list.map((to) => to.lastWeight)) / divisor;
  const shift = Math.max(0, most.toString(2).length - TURN_BITS);
  const claimants = list
    .filter((to) => to.lastWeight > 0)
    .map((to) => ({
      to,
      at: mhHash(to.address, to.port, 0, KEYS[0]) % SLOTS,
      skip: (mhHash(to.address, to.port, 0, KEYS[1]) % (SLOTS - 1)) + 1,
      turns: Math.max(1, (to.lastWeight / divisor) >> shift),
    }));
  let left = SLOTS;
  while (left > 0) {
    for (const claimant of claimants) {
      for (let turn = 0; turn < claimant.turns && left > 0; turn++, left--) {
        while (table[claimant.at]) claimant.at = (claimant.at + claimant.skip) % SLOTS;
        table[claimant.at] = claimant.to;
      }
    }
  }
  return table;
}

/** [IPVS-14] */
export function maglev(list: List, kind: ServerKind, { source, sourcePort }: Question): Destination | null {
  const port = kind.port ? sourcePort : 0;
  const slot = (offset: number): number => mhHash(source, port, offset, KEYS[0]) % SLOTS;
  const hash = slot(0);
  return look(maglevTable(list), hash, kind, (offset) => slot((offset + hash) % SLOTS));
}
