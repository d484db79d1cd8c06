// unstructured.ts - why a patched map does not fit its type, in the words of apimachinery's FromUnstructured.
import { type ApiType, elementOf, typeNamed } from '../../schema/types.js';
import { mistyped } from '../json/mistyped.js';

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** reflect.Kind of a value. */
const kindOf = (value: unknown): string => {
  if (Array.isArray(value)) return 'slice';
  if (isMap(value)) return 'map';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return typeof value === 'boolean' ? 'bool' : typeof value;
};

/** Its type. */
const typeOf = (value: unknown): string =>
  Array.isArray(value) ? '[]interface {}' : isMap(value) ? 'map[string]interface {}' : kindOf(value);

const SIMPLE: Readonly<Record<string, readonly [string, readonly string[]]>> = {
  s: ['string', ['string']],
  i: ['int32', ['int64']],
  l: ['int64', ['int64']],
  n: ['float64', ['int64', 'float64']],
  b: ['bool', ['bool']],
};

/** The first misfit; undefined if the value fits. Types with JSON of their own are left to the decoder. */
function fault(type: string, value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  const simple = SIMPLE[type];
  if (simple) return simple[1].includes(kindOf(value)) ? undefined : `cannot convert ${typeOf(value)} to ${simple[0]}`;
  if (type.length === 1) return undefined;
  const element = elementOf(type);
  if (element === undefined) return structFault(typeNamed(type), value);
  if (type.startsWith('[')) {
    if (!Array.isArray(value)) return `cannot restore slice from ${kindOf(value)}`;
    return first(value, (item) => fault(element, item));
  }
  if (!isMap(value)) return `cannot restore map from ${kindOf(value)}`;
  return first(Object.values(value), (item) => fault(element, item));
}

function first<T>(values: readonly T[], test: (value: T) => string | undefined): string | undefined {
  for (const value of values) {
    const found = test(value);
    if (found !== undefined) return found;
  }
  return undefined;
}

function structFault(type: ApiType | undefined, value: unknown): string | undefined {
  if (!type) return undefined;
  if (!isMap(value)) return `cannot restore struct from: ${kindOf(value)}`;
  return first([...type.fields.values()], (field) => fault(field.type, value[field.name]));
}

/** Why the map is no object of the type; undefined if it is one. */
export const unstructuredFault = (type: ApiType, value: Json): string | undefined =>
  structFault(type, value) ?? mistyped(type, value);
