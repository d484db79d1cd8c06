// sort.ts - `--sort-by PATH`: numbers by value, text in natural order (`web-2` before `web-10`), what has none first.
import type { KubeObject } from '../../model/objects.js';
import { Exit } from '../failure.js';
import { compilePath } from './jsonpath/evaluate.js';
import { TemplateError } from './jsonpath/parse.js';

/** Runs of digits compare as numbers, everything else character by character. */
export function naturalCompare(left: string, right: string): number {
  const a = left.match(/\d+|\D/g) ?? [];
  const b = right.match(/\d+|\D/g) ?? [];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x === y) continue;
    const byNumber = /\d/.test(x) && /\d/.test(y) ? Number(x) - Number(y) : 0;
    if (byNumber !== 0) return byNumber;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

function compareValues(a: unknown, b: unknown): number {
  if (a === undefined || b === undefined) return a === b ? 0 : a === undefined ? -1 : 1;
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  return naturalCompare(String(a), String(b));
}

/** The objects, sorted by what the path finds in each. Throws Exit if it finds nothing at all. */
export function sortObjects(objects: readonly KubeObject[], path: string): KubeObject[] {
  let find: (object: KubeObject) => unknown[];
  try {
    find = compilePath(path);
    const keyed = objects.map((object) => ({ object, value: find(object)[0] }));
    if (objects.length > 0 && keyed.every(({ value }) => value === undefined)) {
      throw new TemplateError(`couldn't find any field with path "${path}" in the list of objects`);
    }
    return keyed.sort((a, b) => compareValues(a.value, b.value)).map(({ object }) => object);
  } catch (error) {
    if (error instanceof TemplateError) throw new Exit(1, `error: ${error.message}`);
    throw error;
  }
}
