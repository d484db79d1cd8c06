// structure.ts - does an object have the form of its kind: known fields, right types; and the same object tidied up.
//
// The API server decodes JSON into Go structs: `null` means absent, an unknown or mistyped field is refused. Whether
// required fields are there is a matter of validation, not of form.

import type { Issue } from '../model/issue.js';
import { type Field, typeNamed } from '../schema/types.js';
import { nearest } from './suggest.js';

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const within = (bits: number) => (value: unknown) =>
  Number.isInteger(value) && (value as number) >= -(2 ** (bits - 1)) && (value as number) < 2 ** (bits - 1);
const isText = (value: unknown): boolean => typeof value === 'string';

/** What a simple type is called, and its test. */
const SIMPLE: Record<string, readonly [string, (value: unknown) => boolean]> = {
  s: ['string', isText],
  y: ['base64 string', isText],
  t: ['time', isText],
  u: ['time', isText],
  i: ['integer', within(32)],
  l: ['integer', within(54)],
  n: ['number', (value) => typeof value === 'number'],
  b: ['boolean', (value) => typeof value === 'boolean'],
  q: ['quantity', (value) => isText(value) || typeof value === 'number'],
  '*': ['integer or string', (value) => isText(value) || within(32)(value)],
  x: ['anything', () => true],
};

/** What Go makes of a `null` where a value of the type must stand, in a list or a map. */
function zero(type: string): unknown {
  if (['s', 'y', 't', 'u', 'q'].includes(type)) return '';
  if (type === 'i' || type === 'l' || type === 'n' || type === '*') return 0;
  return type === 'b' ? false : {};
}

/** Lists that may be left out, and are written all the same when they are empty. */
const ALWAYS_WRITTEN: ReadonlySet<string> = new Set(['[discovery.v1.EndpointPort', '[rbac.v1.PolicyRule']);

/** A list or map without anything in it says nothing where it need not be there (Go's omitempty). */
const isOmitted = ({ type, required }: Field, value: unknown): boolean =>
  !required && /^[[{]/.test(type) && !ALWAYS_WRITTEN.has(type) && Object.keys(value as object).length === 0;

function called(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isObject(value)) return 'object';
  return typeof value === 'string' ? `string ${JSON.stringify(value)}` : `${typeof value} ${String(value)}`;
}

interface Form {
  /** The object without nulls and without fields that are wrong. */
  readonly value: unknown;
  readonly issues: Issue[];
  /** Field paths whose value in the tidied object is not what was meant. */
  readonly broken: string[];
}

class Check {
  readonly issues: Issue[] = [];
  readonly broken: string[] = [];

  mistyped(field: string, expected: string, value: unknown): undefined {
    this.broken.push(field);
    const quoted = expected === 'string' && (typeof value === 'boolean' || typeof value === 'number');
    const detail = `expected ${expected}, got ${called(value)}${quoted ? '; write it in quotes' : ''}`;
    this.issues.push({ type: 'FieldValueTypeInvalid', field, message: `${field}: ${detail}`, detail });
    return undefined;
  }

  /** The tidied value, or undefined when it is wrong. */
  value(type: string, value: unknown, field: string): unknown {
    const simple = SIMPLE[type];
    if (simple) return simple[1](value) ? value : this.mistyped(field, simple[0], value);
    if (type.startsWith('[')) return this.list(type.slice(1), value, field);
    if (type.startsWith('{')) return this.map(type.slice(1), value, field);
    return this.object(type, value, field);
  }

  private list(type: string, value: unknown, field: string): unknown {
    if (!Array.isArray(value)) return this.mistyped(field, 'list', value);
    // A wrong item keeps its place, so that the others keep their numbers.
    return value.map((item, i) => this.value(type, item ?? zero(type), `${field}[${i}]`) ?? zero(type));
  }

  private map(type: string, value: unknown, field: string): unknown {
    if (!isObject(value)) return this.mistyped(field, 'object', value);
    const map: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const tidy = this.value(type, item ?? zero(type), `${field}[${key}]`);
      if (tidy !== undefined) Object.defineProperty(map, key, { value: tidy, ...PLAIN_PROPERTY });
    }
    return map;
  }

  private object(type: string, value: unknown, field: string): unknown {
    if (!isObject(value)) return this.mistyped(field, 'object', value);
    const fields = typeNamed(type)?.fields;
    const object: Record<string, unknown> = {};
    for (const [key, item] of Object.entries(value)) {
      const path = field === '' ? key : `${field}.${key}`;
      const known = fields?.get(key);
      if (known === undefined) this.unknown(field, key, [...(fields?.keys() ?? [])]);
      else if (item !== null) {
        const tidy = this.value(known.type, item, path);
        if (tidy !== undefined && !isOmitted(known, tidy)) object[key] = tidy;
      }
    }
    return object;
  }

  private unknown(parent: string, key: string, known: readonly string[]): void {
    const path = (name: string): string => (parent === '' ? name : `${parent}.${name}`);
    const word = nearest(key, known);
    const detail = word === undefined ? 'unknown field' : `unknown field, did you mean "${word}"?`;
    this.issues.push({ type: 'UnknownField', field: path(key), message: `${path(key)}: ${detail}`, detail });
    if (word !== undefined) this.broken.push(path(word));
  }
}

/** So that a key called `__proto__` is a key like any other. */
const PLAIN_PROPERTY = { writable: true, enumerable: true, configurable: true } as const;

/**
 * Checks `value` against a type.
 * @param type its name (src/schema)
 */
export function checkForm(type: string, value: unknown): Form {
  const check = new Check();
  const tidy = check.value(type, value, '');
  return { value: tidy, issues: check.issues, broken: check.broken };
}
