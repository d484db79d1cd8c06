// merge.ts - merges an applied object into the live one: applied fields win, fields it does not name stay.
//
// Semantics of structured-merge-diff's TypedValue.Merge: items that both have keep the order of what is applied, as far as
// those between them allow; an atomic list or map is replaced.
import { isMap, type Json } from './element.js';
import { itemElement, membersOf, type Shape, settled } from './shape.js';

const isBare = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

const LEAF: Shape = { is: 'leaf' };

/** Changes neither argument; undefined means there is no value. */
export function merge(live: unknown, applied: unknown, given: Shape): unknown {
  if (applied === undefined) return live;
  const shape = settled(given, applied ?? live);
  if (shape.is === 'leaf' || (isBare(live) && isBare(applied))) return applied;
  if (shape.is === 'set' || shape.is === 'list') return mergeLists(listOf(live), listOf(applied), shape);
  return mergeMaps(isMap(live) ? live : {}, isMap(applied) ? applied : {}, shape);
}

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

function mergeMaps(live: Json, applied: Json, shape: Shape): Json {
  const result: Json = { ...live };
  for (const [name, , value, below] of membersOf(shape, applied)) {
    const merged = merge(Object.hasOwn(live, name) ? live[name] : undefined, value, below);
    Object.defineProperty(result, name, { value: merged, writable: true, enumerable: true, configurable: true });
  }
  return result;
}

/** A list with its elements; what is there twice has no item to merge with. */
class Items {
  readonly elements: readonly string[];
  readonly #items = new Map<string, unknown>();

  constructor(list: readonly unknown[], shape: Shape) {
    this.elements = list.map((item, i) => itemElement(shape, item, i));
    for (const [i, element] of this.elements.entries())
      this.#items.set(element, this.#items.has(element) ? undefined : list[i]);
  }

  has(element: string): boolean {
    return this.#items.has(element);
  }

  get(element: string): unknown {
    return this.#items.get(element);
  }
}

function mergeLists(live: readonly unknown[], applied: readonly unknown[], shape: Shape): unknown[] {
  const below = shape.is === 'list' ? shape.element : LEAF;
  const [left, right] = [new Items(live, shape), new Items(applied, shape)];
  const shared = right.elements.filter((element) => left.has(element));
  const done = new Set<string>();
  const result: unknown[] = [];
  let [l, r] = [0, 0];
  const take = (element: string): void => {
    done.add(element);
    result.push(merge(left.get(element), right.get(element), below));
    r++;
    if (shared[0] === element) shared.shift();
  };
  while (l < left.elements.length || r < right.elements.length) {
    const [old, now] = [left.elements[l], right.elements[r]];
    if (old !== undefined && now !== undefined) {
      if (old === now) {
        take(now);
        l++;
        continue;
      }
      // An item of both, and not the one whose turn it is.
      if (right.has(old) && shared.length > 0 && shared[0] !== old) {
        l++;
        continue;
      }
    }
    if (old !== undefined && !right.has(old)) {
      result.push(live[l]);
      l++;
      continue;
    }
    if (old !== undefined && done.has(old)) l++;
    if (now !== undefined) take(now);
  }
  return result;
}
