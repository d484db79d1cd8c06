// paths.ts - the fields that an object sets, and that a manager who applies it will own.
//
// Semantics of structured-merge-diff's TypedValue.ToFieldSet: leaves are in the set, and items of lists, and maps that are
// empty; a struct or a map with members is not, only they are.
import { isMap } from './element.js';
import { type FieldSet, NOTHING, SetBuilder } from './set.js';
import { fieldOf, itemElement, membersOf, type Shape, settled } from './shape.js';

/** The fields of a value. Items must have their keys. */
export function fieldsOf(value: unknown, given: Shape): FieldSet {
  const shape = settled(given, value);
  if (isMap(value) && (shape.is === 'struct' || shape.is === 'map')) return mapFields(value, shape);
  if (Array.isArray(value) && (shape.is === 'set' || shape.is === 'list')) return listFields(value, shape);
  return NOTHING;
}

const isLeaf = (shape: Shape, value: unknown): boolean => settled(shape, value).is === 'leaf';

function mapFields(value: Record<string, unknown>, shape: Shape): FieldSet {
  const builder = new SetBuilder();
  for (const [name, element, inner, below] of membersOf(shape, value)) {
    if (inner === undefined) continue;
    const empty = inner === null || (isMap(inner) && Object.keys(inner).length === 0);
    builder.add(element, isLeaf(below, inner) || empty || !fieldOf(shape, name), fieldsOf(inner, below));
  }
  return builder.build();
}

function listFields(value: readonly unknown[], shape: Shape): FieldSet {
  const builder = new SetBuilder();
  const below: Shape = shape.is === 'list' ? shape.element : { is: 'leaf' };
  for (const [i, item] of value.entries()) builder.add(itemElement(shape, item, i), true, fieldsOf(item, below));
  return builder.build();
}
