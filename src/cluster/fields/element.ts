// element.ts - one step of a path to a field, as FieldsV1 writes it: `f:name`, `k:{"port":80}`, `v:"x"`, `i:0`.
//
// Semantics of sigs.k8s.io/structured-merge-diff/fieldpath (PathElement). The text is canonical: the members of a key come
// sorted, so that two elements are the same if their texts are.

export type Json = Record<string, unknown>;

export const isMap = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export const fieldElement = (name: string): string => `f:${name}`;

export const indexElement = (index: number): string => `i:${index}`;

/** An item of a set of words or numbers. */
export const valueElement = (value: unknown): string => `v:${canonical(value)}`;

/** An item of a list that is a map by some of its fields. */
export const keyElement = (key: Readonly<Json>): string => `k:${canonical(key)}`;

/** JSON with sorted members. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'null';
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`;
}

/** Written by a client, elements may have blanks or another order of keys. Undefined for what is none. */
export function parseElement(text: string): string | undefined {
  const rest = text.slice(2);
  if (text.startsWith('f:')) return text;
  if (text.startsWith('i:')) return /^\d+$/.test(rest) ? indexElement(Number(rest)) : undefined;
  if (!text.startsWith('k:') && !text.startsWith('v:')) return undefined;
  try {
    const value: unknown = JSON.parse(rest);
    if (text.startsWith('v:')) return valueElement(value);
    return isMap(value) ? keyElement(value) : undefined;
  } catch {
    return undefined;
  }
}

/** A value in the path of a message. */
function shown(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(shown).join(',')}]`;
  if (isMap(value)) {
    const members = Object.keys(value).sort();
    return `{${members.map((name) => `${name}=${shown(value[name])}`).join(';')}}`;
  }
  return typeof value === 'string' ? JSON.stringify(value) : String(value);
}

/** `.ports`, `[port=80,protocol="TCP"]`, `[="x"]`, `[0]`. */
function showElement(element: string): string {
  const rest = element.slice(2);
  if (element.startsWith('f:')) return `.${rest}`;
  if (element.startsWith('i:')) return `[${rest}]`;
  const value: unknown = JSON.parse(rest);
  if (!element.startsWith('k:') || !isMap(value)) return `[=${shown(value)}]`;
  const members = Object.keys(value).sort();
  return `[${members.map((name) => `${name}=${shown(value[name])}`).join(',')}]`;
}

/** A path as messages have it. */
export const showPath = (path: readonly string[]): string => path.map(showElement).join('');

const RANKS = 'fkvi';

function compareValues(a: unknown, b: unknown): number {
  if (isMap(a) && isMap(b)) {
    const names = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    for (const name of names) {
      const order = compareValues(a[name], b[name]);
      if (order !== 0) return order;
    }
    return 0;
  }
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [left, right] = [String(a), String(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The order in which fields are told: names, keys, values, places; each by what it holds. */
export function compareElements(a: string, b: string): number {
  const rank = RANKS.indexOf(a.charAt(0)) - RANKS.indexOf(b.charAt(0));
  if (rank !== 0) return rank;
  const [left, right] = [a.slice(2), b.slice(2)];
  if (a.startsWith('f:')) return left < right ? -1 : left > right ? 1 : 0;
  return compareValues(JSON.parse(left), JSON.parse(right));
}
