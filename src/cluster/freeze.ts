// freeze.ts - objects as immutable JSON values: frozen copies that share what did not change, and comparison.

/**
 * A deeply frozen copy without `undefined` members. What is frozen already is taken as it is: in this code base
 * a frozen object is frozen all the way down, so that an update copies only what it changes.
 */
export function freeze<T>(value: T): T {
  if (value === null || typeof value !== 'object' || Object.isFrozen(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((item) => freeze(item))) as T;
  const copy: Record<string, unknown> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) copy[key] = freeze(item);
  return Object.freeze(copy) as T;
}

/** Equal as JSON: order of keys does not matter, absent and `undefined` are the same. */
export function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
    return a.every((item, i) => same(item, b[i]));
  }
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  for (const key of Object.keys(left)) if (!same(left[key], right[key])) return false;
  for (const key of Object.keys(right)) if (!(key in left) && right[key] !== undefined) return false;
  return true;
}

/** Bytes of a value in V8's heap, about: a header and a slot a member, text at one byte a character. */
const HEADER = 24;
const SLOT = 8;

/**
 * What a value takes beside another that it was made from: objects that both share cost nothing. Equal text counts, because
 * it seldom is the same text.
 */
export function freshBytes(value: unknown, before: unknown): number {
  if (typeof value === 'string') return HEADER + value.length;
  if (value === before || value === null || typeof value !== 'object') return 0;
  const old = (before ?? {}) as Record<string, unknown>;
  let bytes = HEADER;
  for (const key in value) bytes += SLOT + freshBytes((value as Record<string, unknown>)[key], old[key]);
  return bytes;
}
