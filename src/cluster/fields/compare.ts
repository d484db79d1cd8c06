// compare.ts - the difference between two states of an object as sets of fields: added, modified, removed.
//
// Semantics of structured-merge-diff's TypedValue.Compare. Both states are viewed as Go structs (asStruct), so that
// a struct by value is never added.
import { same } from '../freeze.js';
import { isMap, type Json } from './element.js';
import { type FieldSet, NOTHING, SetBuilder } from './set.js';
import { asStruct, itemElement, membersOf, type Shape, settled, shapeBelow } from './shape.js';

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

class Builders {
  readonly added = new SetBuilder();
  readonly modified = new SetBuilder();
  readonly removed = new SetBuilder();

  /** Records the verdict on a field, and what was found below it. */
  add(element: string, verdict: keyof Comparison | undefined, inner: Comparison): void {
    this.added.add(element, verdict === 'added', inner.added);
    this.modified.add(element, verdict === 'modified', inner.modified);
    this.removed.add(element, verdict === 'removed', inner.removed);
  }

  build(): Comparison {
    return { added: this.added.build(), modified: this.modified.build(), removed: this.removed.build() };
  }
}

const EQUAL: Comparison = { added: NOTHING, modified: NOTHING, removed: NOTHING };

const isBare = (value: unknown): boolean =>
  value === undefined || value === null || (typeof value === 'object' && Object.keys(value).length === 0);

/** True for a value that is compared as a whole, without looking below it. */
function isLeaf(shape: Shape, before: unknown, after: unknown): boolean {
  return shape.is === 'leaf' || (isBare(before) && isBare(after));
}

/** Compares the values of one field and records the result. */
function compareField(found: Builders, element: string, before: unknown, after: unknown, given: Shape): void {
  if (before === after) return;
  const absent = before === undefined ? 'added' : after === undefined ? 'removed' : undefined;
  const shape = settled(given, after ?? before);
  if (!isLeaf(shape, before, after)) found.add(element, absent, compare(before, after, shape));
  else if (absent || !same(before, after)) found.add(element, absent ?? 'modified', EQUAL);
}

/** Compares two states; undefined means that the state does not exist. */
export function compare(before: unknown, after: unknown, shape: Shape): Comparison {
  const found = new Builders();
  if (shape.is === 'struct' || shape.is === 'map') compareMaps(found, before, after, shape);
  else if (shape.is === 'set' || shape.is === 'list') compareLists(found, before, after, shape);
  return found.build();
}

function compareMaps(found: Builders, before: unknown, after: unknown, shape: Shape): void {
  const [left, right] = [before, after].map((value) => (isMap(value) ? asStruct(shape, value) : {})) as [Json, Json];
  for (const [name, element, value, below] of membersOf(shape, right))
    compareField(found, element, left[name], value, below);
  for (const [name, element, value, below] of membersOf(shape, left))
    if (right[name] === undefined) compareField(found, element, value, undefined, below);
}

/** Items by element. Items that are there twice count as one value. */
function itemsOf(value: unknown, shape: Shape): Map<string, unknown[]> {
  const items = new Map<string, unknown[]>();
  if (!Array.isArray(value)) return items;
  for (const [i, item] of value.entries()) {
    const element = itemElement(shape, item, i);
    const others = items.get(element);
    if (others) others.push(item);
    else items.set(element, [item]);
  }
  return items;
}

function compareLists(found: Builders, before: unknown, after: unknown, shape: Shape): void {
  const [left, right] = [itemsOf(before, shape), itemsOf(after, shape)];
  for (const element of new Set([...left.keys(), ...right.keys()])) {
    const [old = [], now = []] = [left.get(element), right.get(element)];
    const below: Shape = shape.is === 'set' ? { is: 'leaf' } : shapeBelow(shape, element);
    if (old.length <= 1 && now.length <= 1) compareField(found, element, old[0], now[0], below);
    else if (old.length > 1 && now.length > 1) found.add(element, same(old, now) ? undefined : 'modified', EQUAL);
    else if (old.length > 1) {
      if (now.length > 0) compareField(found, element, undefined, now[0], below);
      found.add(element, 'removed', EQUAL);
    } else {
      if (old.length > 0) compareField(found, element, old[0], undefined, below);
      found.add(element, 'added', EQUAL);
    }
  }
}
