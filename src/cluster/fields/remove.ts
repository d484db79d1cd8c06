// remove.ts - removes fields from an object.
//
// Semantics of structured-merge-diff's TypedValue.RemoveItems: what is emptied stays as an empty map or list, and of an
// atomic one nothing is removed.
import { isMap, type Json } from './element.js';
import { below, type FieldSet, has, NOTHING, SetBuilder } from './set.js';
import { fieldOf, itemElement, membersOf, type Shape, settled, shapeBelow } from './shape.js';

/** A copy of the value without the fields of the set. */
export function removeFields(value: unknown, gone: FieldSet, given: Shape): unknown {
  const shape = settled(given, value);
  if (isMap(value) && (shape.is === 'struct' || shape.is === 'map')) return removeMembers(value, gone, shape);
  if (Array.isArray(value) && (shape.is === 'set' || shape.is === 'list')) return removeItems(value, gone, shape);
  return value;
}

function removeMembers(value: Json, gone: FieldSet, shape: Shape): Json {
  const result: Json = { ...value };
  for (const [name, element, item, inner] of membersOf(shape, value)) {
    if (has(gone, element)) delete result[name];
    else {
      const rest = below(gone, element);
      if (rest) result[name] = removeFields(item, rest, inner);
    }
  }
  return result;
}

function removeItems(value: readonly unknown[], gone: FieldSet, shape: Shape): unknown[] {
  const result: unknown[] = [];
  for (const [i, item] of value.entries()) {
    const element = itemElement(shape, item, i);
    if (has(gone, element)) continue;
    const rest = below(gone, element);
    result.push(rest ? removeFields(item, rest, shapeBelow(shape, element)) : item);
  }
  return result;
}

/** The set with the fields that a struct has by name as members, where it has only fields below them. */
export function withNamedFields(set: FieldSet, shape: Shape): FieldSet {
  const builder = new SetBuilder();
  for (const element in set) {
    if (element === '.') continue;
    const { '.': _self, ...inner } = set[element] ?? NOTHING;
    const named = element.startsWith('f:') && fieldOf(shape, element.slice(2)) !== undefined;
    builder.add(element, named || has(set, element), withNamedFields(inner, shapeBelow(shape, element)));
  }
  return builder.build();
}
