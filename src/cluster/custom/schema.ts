// schema.ts - structural schemas of definitions: fills in defaults, prunes unknown fields, and validates objects.
//
// Words of apiextensions-apiserver's validation (kube-openapi, pkg/validation/errors). Rules in CEL: rules.ts.
import { isDeepStrictEqual } from 'node:util';
import { duplicate, invalid, notSupported, required, tooMany } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';

/** A rule in CEL. */
export interface ValidationRule {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  /** As an Issue's type; undefined = FieldValueInvalid. */
  readonly reason?: string;
  /** Below the value, beginning with a dot. */
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
}

/** An OpenAPI v3 schema, as definitions have it. */
export interface Structural {
  readonly type?: string;
  readonly format?: string;
  readonly properties?: Readonly<Record<string, Structural>>;
  readonly additionalProperties?: Structural | boolean;
  readonly items?: Structural;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly nullable?: boolean;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: boolean;
  readonly exclusiveMaximum?: boolean;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly allOf?: readonly Structural[];
  readonly anyOf?: readonly Structural[];
  readonly oneOf?: readonly Structural[];
  readonly not?: Structural;
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean;
  readonly 'x-kubernetes-int-or-string'?: boolean;
  readonly 'x-kubernetes-embedded-resource'?: boolean;
  readonly 'x-kubernetes-list-type'?: 'atomic' | 'set' | 'map';
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: 'atomic' | 'granular';
  readonly 'x-kubernetes-validations'?: readonly ValidationRule[];
}

type Json = Record<string, unknown>;

const isMap = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Fields that every object has, regardless of its schema. */
const HEAD = new Set(['apiVersion', 'kind', 'metadata']);

/** The schema of a field; undefined if the schema does not define it. */
function fieldOf(schema: Structural, key: string): Structural | undefined {
  if (schema.properties && Object.hasOwn(schema.properties, key)) return schema.properties[key];
  const more = schema.additionalProperties;
  return typeof more === 'object' ? more : more === true ? {} : undefined;
}

/** Fills in defaults, in place. */
export function fillDefaults(value: unknown, schema: Structural): void {
  if (Array.isArray(value)) for (const item of value) fillDefaults(item, schema.items ?? {});
  if (!isMap(value)) return;
  for (const [key, field] of Object.entries(schema.properties ?? {})) {
    const absent = !Object.hasOwn(value, key) || (value[key] === null && field.nullable !== true);
    if (absent && field.default !== undefined) value[key] = structuredClone(field.default);
  }
  for (const [key, item] of Object.entries(value)) {
    const field = fieldOf(schema, key);
    if (field) fillDefaults(item, field);
  }
}

/** Calls back for every field that is unknown to the schema. `path` is '' for the object itself, which has a head. */
function eachUnknown(
  value: unknown,
  schema: Structural,
  path: string,
  found: (owner: Json, key: string, path: string) => void,
): void {
  if (Array.isArray(value)) {
    for (const [i, item] of value.entries()) eachUnknown(item, schema.items ?? {}, `${path}[${i}]`, found);
  }
  if (!isMap(value)) return;
  const headed = path === '' || schema['x-kubernetes-embedded-resource'] === true;
  for (const [key, item] of Object.entries(value)) {
    if (headed && HEAD.has(key)) continue;
    const field = fieldOf(schema, key);
    const inner = path === '' ? key : `${path}.${key}`;
    if (field) eachUnknown(item, field, inner, found);
    else if (schema['x-kubernetes-preserve-unknown-fields'] !== true) found(value, key, inner);
  }
}

/** Removes fields unknown to the schema, in place. */
export const prune = (value: unknown, schema: Structural): void =>
  eachUnknown(value, schema, '', (owner, key) => delete owner[key]);

/** The paths of fields that are unknown to the schema. */
export function unknownFields(value: unknown, schema: Structural): string[] {
  const paths: string[] = [];
  eachUnknown(value, schema, '', (_owner, _key, path) => paths.push(path));
  return paths;
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (value === null) return 'null';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  return typeof value;
}

function hasType(value: unknown, schema: Structural): boolean {
  const type = typeOf(value);
  if (schema['x-kubernetes-int-or-string']) return type === 'integer' || type === 'string';
  return schema.type === undefined || schema.type === type || (schema.type === 'number' && type === 'integer');
}

function ofNumber(value: number, schema: Structural, path: string): Issue[] {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = schema;
  const said = (words: string): Issue[] => [invalid(path, value, `${path} in body should be ${words}`)];
  if (minimum !== undefined && (exclusiveMinimum ? value <= minimum : value < minimum))
    return said(`greater than ${exclusiveMinimum ? '' : 'or equal to '}${minimum}`);
  if (maximum !== undefined && (exclusiveMaximum ? value >= maximum : value > maximum))
    return said(`less than ${exclusiveMaximum ? '' : 'or equal to '}${maximum}`);
  return [];
}

function ofText(value: string, { pattern, minLength, maxLength }: Structural, path: string): Issue[] {
  const issues: Issue[] = [];
  const length = [...value].length;
  const said = (words: string): void => void issues.push(invalid(path, value, `${path} in body should ${words}`));
  if (maxLength !== undefined && length > maxLength) said(`be at most ${maxLength} chars long`);
  if (minLength !== undefined && length < minLength) said(`be at least ${minLength} chars long`);
  if (pattern !== undefined && !matches(pattern, value)) said(`match '${pattern}'`);
  return issues;
}

/** A pattern that JavaScript cannot parse rejects nothing, since only Go could evaluate it. */
function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value);
  } catch {
    return true;
  }
}

function ofList(value: readonly unknown[], schema: Structural, path: string): Issue[] {
  const { minItems, maxItems, items = {} } = schema;
  const issues: Issue[] = [];
  if (maxItems !== undefined && value.length > maxItems) issues.push(tooMany(path, value.length, maxItems));
  if (minItems !== undefined && value.length < minItems)
    issues.push(invalid(path, value.length, `${path} in body should have at least ${minItems} items`));
  return [
    ...issues,
    ...repeated(value, schema, path),
    ...value.flatMap((item, i) => violations(item, items, `${path}[${i}]`)),
  ];
}

/** Items of a set, and the keys of items of a map, are there once. */
function repeated(value: readonly unknown[], schema: Structural, path: string): Issue[] {
  const type = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'] ?? [];
  if (type !== 'set' && type !== 'map') return [];
  const identities = value.map((item) =>
    type === 'set' || !isMap(item) ? item : Object.fromEntries(keys.map((key) => [key, item[key]])),
  );
  const isAgain = (identity: unknown, i: number): boolean =>
    identities.findIndex((other) => isDeepStrictEqual(other, identity)) < i;
  return identities.flatMap((identity, i) => (isAgain(identity, i) ? [duplicate(`${path}[${i}]`, identity)] : []));
}

function ofMap(value: Json, schema: Structural, path: string): Issue[] {
  const at = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const missing = (schema.required ?? []).filter((key) => !Object.hasOwn(value, key));
  return [
    ...missing.map((key) => required(at(key))),
    ...Object.entries(value).flatMap(([key, item]) => {
      if (path === '' && HEAD.has(key)) return [];
      const field = fieldOf(schema, key);
      return field ? violations(item, field, at(key)) : [];
    }),
  ];
}

/** What schemas that are joined say of a value: all, any, exactly one, or not one. */
function ofJoined(value: unknown, schema: Structural, path: string): Issue[] {
  const { allOf = [], anyOf = [], oneOf = [], not } = schema;
  const said = (words: string): Issue => invalid(path, value, `"${path}" must ${words}`);
  const tried = (schemas: readonly Structural[]): Issue[][] => schemas.map((one) => violations(value, one, path));
  const valid = (results: readonly Issue[][]): number => results.filter(({ length }) => length === 0).length;
  // Of several that fail, the one that comes nearest tells why.
  const nearest = (results: Issue[][]): Issue[] => results.toSorted((a, b) => a.length - b.length)[0] ?? [];
  const issues: Issue[] = [];
  const [all, any, one] = [tried(allOf), tried(anyOf), tried(oneOf)];
  if (valid(all) < all.length) issues.push(said('validate all the schemas (allOf)'), ...all.flat());
  if (any.length > 0 && valid(any) === 0) issues.push(said('validate at least one schema (anyOf)'), ...nearest(any));
  if (one.length > 0 && valid(one) !== 1) {
    const found = valid(one) === 0 ? 'Found none valid' : `Found ${valid(one)} valid alternatives`;
    const why = valid(one) === 0 ? nearest(one) : [];
    issues.push(said(`validate one and only one schema (oneOf). ${found}`), ...why);
  }
  if (not && violations(value, not, path).length === 0) issues.push(said('not validate the schema (not)'));
  return issues;
}

function ofKind(value: unknown, schema: Structural, path: string): Issue[] {
  if (typeof value === 'number') return ofNumber(value, schema, path);
  if (typeof value === 'string') return ofText(value, schema, path);
  if (Array.isArray(value)) return ofList(value, schema, path);
  return isMap(value) ? ofMap(value, schema, path) : [];
}

/** Lists what is wrong with a value. `path` is '' for the object itself. */
export function violations(value: unknown, schema: Structural, path = ''): Issue[] {
  if (value === null && schema.nullable === true) return [];
  if (!hasType(value, schema)) {
    const type = schema['x-kubernetes-int-or-string'] ? 'integer or string' : schema.type;
    return [invalid(path, typeOf(value), `${path} in body must be of type ${type}: "${typeOf(value)}"`)];
  }
  if (schema.enum && !schema.enum.some((allowed) => isDeepStrictEqual(allowed, value)))
    return [notSupported(path, value, schema.enum.map(String))];
  return [...ofKind(value, schema, path), ...ofJoined(value, schema, path)];
}
