// place.ts - where every field of the contract lies, and the hash by which both sides know that they mean the same.
import { createHash } from 'node:crypto';
import { ENUMERATIONS } from './enumerations.js';
import type { Field, Struct } from './field.js';
import { ABI_VERSION, COUNTERS, STRUCTS } from './layout.js';
import { REASON_SPECS } from './reasons.js';
import { SECTION_SPECS } from './sections.js';
import { STRATEGY_SPECS } from './strategies.js';

interface PlacedField extends Field {
  readonly offset: number;
  readonly bytes: number;
}

const SIZES = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

/** Gives every field its offset; throws when one is misaligned or the struct overflows (an error in layout.ts). */
export function place(struct: Struct): PlacedField[] {
  let offset = 0;
  const placed = struct.fields.map((field) => {
    const bytes = field.kind === 'bytes' ? (field.length ?? 0) : SIZES[field.kind];
    if (field.kind !== 'bytes' && offset % bytes !== 0) {
      throw new Error(`${struct.name}.${field.name} is misaligned at ${offset}`);
    }
    const result = { ...field, offset, bytes };
    offset += bytes;
    return result;
  });
  if (offset > struct.size) throw new Error(`${struct.name} needs ${offset} bytes, has ${struct.size}`);
  return placed;
}

/**
 * 64-bit hash of what both sides must agree on: names, offsets, sizes, numbers, what a patch may write, what a
 * reject answers, how a strategy finds and chooses.
 */
export function layoutHash(): bigint {
  const facts = {
    version: ABI_VERSION,
    structs: STRUCTS.map((s) => [s.name, s.size, place(s).map((f) => [f.name, f.kind, f.offset, f.bytes])]),
    enums: ENUMERATIONS.map((e) => [e.name, e.values.map(([name, value]) => [name, value])]),
    counters: COUNTERS,
    sections: SECTION_SPECS.map((s) => [s.name, s.row, s.hash, s.patch]),
    answers: REASON_SPECS.map((r) => [r.name, r.answer ?? null]),
    strategies: STRATEGY_SPECS.map((s) => [s.name, s.frontends, s.lookup, s.choice, s.affinity, s.servers]),
  };
  return createHash('sha256').update(JSON.stringify(facts)).digest().readBigUInt64LE(0);
}

export const NOTICE = 'Generated from src/abi/layout.ts by `npm run abi`. Do not edit.';
