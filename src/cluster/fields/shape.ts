// shape.ts - how server-side apply views a value: as a leaf, a struct, a map, a set, or a list keyed by fields.
//
// What structured-merge-diff calls a schema comes from the types of the API (src/schema). An atomic list or map is a leaf:
// it has one owner and is replaced as a whole. What the types do not tell (any value) is deduced from the value itself.
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';
import { fieldElement, indexElement, isMap, type Json, keyElement, valueElement } from './element.js';

export type Shape =
  | { readonly is: 'leaf' }
  /** Its form says what it is: a map, or a leaf. */
  | { readonly is: 'any' }
  | { readonly is: 'struct'; readonly type: ApiType }
  | { readonly is: 'map'; readonly element: Shape }
  | { readonly is: 'set' }
  | { readonly is: 'list'; readonly keys: readonly Key[]; readonly element: Shape };

/** A field that tells the items of a list apart. */
interface Key {
  readonly name: string;
  /** What counts where it is not written. */
  readonly default: unknown;
}

const LEAF: Shape = { is: 'leaf' };
export const ANY: Shape = { is: 'any' };
const SET: Shape = { is: 'set' };

/** Letters of the simple types (src/schema/types.ts), `x` aside. */
const isSimple = (type: string): boolean => type.length === 1 && type !== 'x';

const shapes = new WeakMap<Field, Shape>();
const structShapes = new WeakMap<ApiType, Shape>();

function typeShape(type: string): Shape {
  if (isSimple(type)) return LEAF;
  if (type === 'x') return ANY;
  const element = elementOf(type);
  if (element !== undefined) return type.startsWith('{') ? { is: 'map', element: typeShape(element) } : LEAF;
  const named = typeNamed(type);
  return named ? shapeOfType(named) : ANY;
}

/** Of a whole object, or of a struct in it. */
export function shapeOfType(type: ApiType): Shape {
  let shape = structShapes.get(type);
  if (!shape) {
    shape = type.atomic ? LEAF : { is: 'struct', type };
    structShapes.set(type, shape);
  }
  return shape;
}

function keyOf(element: string, name: string): Key {
  const field = typeNamed(element)?.fields.get(name);
  return { name, default: field?.default === undefined ? undefined : JSON.parse(field.default) };
}

function makeShape(field: Field): Shape {
  if (field.atomic || field.list === 'atomic') return LEAF;
  if (field.list === 'set') return SET;
  const element = elementOf(field.type);
  if (field.list !== 'map' || element === undefined) return typeShape(field.type);
  return { is: 'list', keys: field.keys.map((name) => keyOf(element, name)), element: typeShape(element) };
}

/** Of what a field holds. */
export function shapeOfField(field: Field): Shape {
  let shape = shapes.get(field);
  if (!shape) {
    shape = makeShape(field);
    shapes.set(field, shape);
  }
  return shape;
}

/** The shape of a value under a shape: what is not told is what it looks like. */
export const settled = (shape: Shape, value: unknown): Shape =>
  shape.is !== 'any' ? shape : isMap(value) ? { is: 'map', element: ANY } : LEAF;

/** The field of a struct; undefined where the shape is another, or does not have it. */
export const fieldOf = (shape: Shape, name: string): Field | undefined =>
  shape.is === 'struct' ? shape.type.fields.get(name) : undefined;

/** The shape of what stands below an element. */
export function shapeBelow(shape: Shape, element: string): Shape {
  if (shape.is === 'map' || shape.is === 'list') return shape.element;
  const field = element.startsWith('f:') ? fieldOf(shape, element.slice(2)) : undefined;
  return field ? shapeOfField(field) : ANY;
}

/** Fields that Go's struct has at all times: structs by value as `{}`, required lists and maps as null. */
const everPresent = new WeakMap<ApiType, readonly (readonly [string, unknown])[]>();

function presentOf(type: ApiType): readonly (readonly [string, unknown])[] {
  let present = everPresent.get(type);
  if (!present) {
    const fields = [...type.fields.values()];
    const structs = fields.filter((field) => field.default === '{}').map(({ name }) => [name, {}] as const);
    const lists = fields.filter((field) => field.required && /^[[{]/.test(field.type));
    present = [...structs, ...lists.map(({ name }) => [name, null] as const)];
    everPresent.set(type, present);
  }
  return present;
}

/** The value as Go's struct has it; what our JSON leaves out stands there all the same. Not deep. */
export function asStruct(shape: Shape, value: Json): Json {
  if (shape.is !== 'struct') return value;
  let filled: Json | null = null;
  for (const [name, zero] of presentOf(shape.type)) {
    if (value[name] !== undefined) continue;
    filled ??= { ...value };
    filled[name] = zero;
  }
  return filled ?? value;
}

/** Why an item of a list has no element: it lacks a key, or is of the wrong kind. */
export class ElementError extends Error {}

/** The element of a list's item. Throws ElementError. */
export function itemElement(shape: Shape, item: unknown, index: number): string {
  if (shape.is === 'set') {
    if (item === null) throw new ElementError("associative list without keys has an element that's an explicit null");
    if (typeof item !== 'object') return valueElement(item);
    throw new ElementError(
      isMap(item)
        ? "associative list without keys has an element that's a map type"
        : 'not supported: associative list with lists as elements',
    );
  }
  if (shape.is !== 'list') return indexElement(index);
  if (item === null) throw new ElementError('associative list with keys may not have a null element');
  if (!isMap(item)) throw new ElementError('associative list with keys may not have non-map elements');
  const key: Json = {};
  for (const { name, default: preset } of shape.keys) {
    const value = item[name] ?? preset;
    if (value === undefined)
      throw new ElementError(
        `associative list with keys has an element that omits key field ${JSON.stringify(name)} (and doesn't have default value)`,
      );
    key[name] = value;
  }
  return keyElement(key);
}

/** Elements and shapes of what a map holds. */
export function* membersOf(shape: Shape, value: Json): Generator<readonly [string, string, unknown, Shape]> {
  for (const name in value) {
    const element = fieldElement(name);
    yield [name, element, value[name], shapeBelow(shape, element)];
  }
}
