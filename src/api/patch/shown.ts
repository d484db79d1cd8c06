// shown.ts - a patched document as error messages quote it: maps touched by the patch are sorted, the rest is as in Go.
import { fieldOrder } from '../../schema/protobuf/decode.js';
import { elementOf, typeNamed } from '../../schema/types.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The maps that a patch went through, by the names that lead to them. */
interface Touched {
  readonly [name: string]: Touched;
}

/** Of a merge patch: every map in it. */
export function touchedByMerge(patch: Json): Touched {
  const maps = Object.entries(patch).filter(([, value]) => isMap(value));
  return Object.fromEntries(maps.map(([name, value]) => [name, touchedByMerge(value as Json)]));
}

/** Of a JSON patch: what holds the places that its operations name. */
export function touchedByOperations(operations: readonly unknown[]): Touched {
  const root: Record<string, Touched> = {};
  for (const operation of operations) {
    const { path, from } = isMap(operation) ? operation : {};
    for (const pointer of [path, from]) if (typeof pointer === 'string') touch(root, pointer.split('/').slice(1, -1));
  }
  return root;
}

function touch(root: Record<string, Touched>, steps: readonly string[]): void {
  let at = root;
  for (const step of steps) {
    const next: Record<string, Touched> = Object.hasOwn(at, step) ? (at[step] as Record<string, Touched>) : {};
    Object.defineProperty(at, step, { value: next, writable: true, enumerable: true, configurable: true });
    at = next;
  }
}

/** The names of a map in the order in which they are written. */
function namesOf(value: Json, type: string, touched: Touched | undefined): string[] {
  const names = Object.keys(value).sort();
  if (touched) return names;
  const order = fieldOrder(type);
  const rank = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);
  return names.sort((a, b) => rank(a) - rank(b));
}

/** JSON of a value of a type (its name, or as in the tables; '' = unknown). */
export function shownJson(value: unknown, type: string, touched: Touched | undefined): string {
  const element = elementOf(type) ?? '';
  if (Array.isArray(value))
    return `[${value.map((item, i) => shownJson(item, element, touched?.[String(i)])).join(',')}]`;
  if (!isMap(value)) return JSON.stringify(value) ?? 'null';
  const fields = typeNamed(type)?.fields;
  const members = namesOf(value, type, touched).map((name) => {
    const inner = type.startsWith('{') ? element : (fields?.get(name)?.type ?? '');
    const below = touched && Object.hasOwn(touched, name) ? touched[name] : undefined;
    return `${JSON.stringify(name)}:${shownJson(value[name], inner, below)}`;
  });
  return `{${members.join(',')}}`;
}
