// schemas.ts - turns API types into OpenAPI schemas, which `kubectl explain` and client-side checks read.
import { descriptionOf, typeDescription } from '../../schema/descriptions.js';
import { longName } from '../../schema/names.js';
import { type ApiType, elementOf, type Field, typeNamed } from '../../schema/types.js';

/** A schema in JSON. */
export type Schema = Readonly<Record<string, unknown>>;

/** Where the schemas of a document are: OpenAPI v3, or Swagger 2. */
export type Dialect = 'v3' | 'v2';

export const ROOTS: Readonly<Record<Dialect, string>> = { v3: '#/components/schemas/', v2: '#/definitions/' };

const SIMPLE: Readonly<Record<string, Schema>> = {
  s: { type: 'string' },
  y: { type: 'string', format: 'byte' },
  i: { type: 'integer', format: 'int32' },
  l: { type: 'integer', format: 'int64' },
  n: { type: 'number', format: 'double' },
  b: { type: 'boolean' },
};

/** What may be anything has no type for old clients. */
const ANYTHING: Readonly<Record<Dialect, Schema>> = { v3: { type: 'object' }, v2: {} };

/** Types whose JSON is no object, by their letters. Documents have them by name, so that `explain` tells it. */
const LEAVES: Readonly<Record<string, string>> = {
  t: 'meta.v1.Time',
  u: 'meta.v1.MicroTime',
  q: 'resource.Quantity',
  '*': 'intstr.IntOrString',
};

const TIME: Schema = { type: 'string', format: 'date-time' };
const LEAF_SCHEMAS: Readonly<Record<Dialect, Readonly<Record<string, Schema>>>> = {
  v3: {
    t: TIME,
    u: TIME,
    q: { oneOf: [{ type: 'string' }, { type: 'number' }] },
    '*': { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
  },
  v2: { t: TIME, u: TIME, q: { type: 'string' }, '*': { type: 'string', format: 'int-or-string' } },
};

function typeSchema(type: string, dialect: Dialect): Schema {
  const element = elementOf(type);
  if (element !== undefined) {
    const inner = typeSchema(element, dialect);
    return type.startsWith('[') ? { type: 'array', items: inner } : { type: 'object', additionalProperties: inner };
  }
  if (type === 'x') return ANYTHING[dialect];
  return SIMPLE[type] ?? { $ref: `${ROOTS[dialect]}${longName(LEAVES[type] ?? type)}` };
}

/** What is told of a field beside its type: how it merges, and what may stand there. */
function remarks(field: Field): Schema {
  const strategies = [...(field.mergeKey === undefined ? [] : ['merge']), ...(field.retainKeys ? ['retainKeys'] : [])];
  return {
    ...(field.list === undefined ? {} : { 'x-kubernetes-list-type': field.list }),
    ...(field.keys.length === 0 ? {} : { 'x-kubernetes-list-map-keys': field.keys }),
    ...(field.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(field.mergeKey ? { 'x-kubernetes-patch-merge-key': field.mergeKey } : {}),
    ...(strategies.length === 0 ? {} : { 'x-kubernetes-patch-strategy': strategies.join(',') }),
  };
}

function fieldSchema(owner: ApiType, field: Field, dialect: Dialect): Schema {
  const schema = typeSchema(field.type, dialect);
  const description = descriptionOf(owner.name, field.name);
  const told = {
    ...(description === undefined ? {} : { description }),
    ...(field.default === undefined || dialect === 'v2' ? {} : { default: JSON.parse(field.default) as unknown }),
    ...remarks(field),
  };
  const isReference = '$ref' in schema;
  const values = field.enum.length === 0 || elementOf(field.type) !== undefined ? {} : { enum: field.enum };
  // In v3 nothing may stand beside a reference.
  if (isReference && dialect === 'v3') return { ...told, allOf: [schema] };
  return { ...told, ...schema, ...values };
}

function schemaOf(type: ApiType, dialect: Dialect): Schema {
  const fields = [...type.fields.values()];
  const required = fields.filter((field) => field.required).map(({ name }) => name);
  const description = typeDescription(type.name);
  return {
    ...(description === undefined ? {} : { description }),
    type: 'object',
    ...(required.length === 0 ? {} : { required }),
    ...(fields.length === 0
      ? {}
      : { properties: Object.fromEntries(fields.map((field) => [field.name, fieldSchema(type, field, dialect)])) }),
    ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}),
    ...(type.kind === null ? {} : { 'x-kubernetes-group-version-kind': [type.kind] }),
  };
}

/** The type below any lists and maps. */
function innermost(type: string): string {
  const element = elementOf(type);
  return element === undefined ? type : innermost(element);
}

/** Schemas of the named types and of all that they are made of, by their long names in alphabetical order. */
export function schemasOf(names: readonly string[], dialect: Dialect): Record<string, Schema> {
  const found = new Map<string, Schema>();
  const left = [...names];
  for (let name = left.pop(); name !== undefined; name = left.pop()) {
    const leaf = LEAF_SCHEMAS[dialect][name];
    if (leaf) found.set(longName(LEAVES[name] ?? ''), leaf);
    const type = typeNamed(name);
    if (!type || found.has(longName(name))) continue;
    found.set(longName(name), schemaOf(type, dialect));
    for (const field of type.fields.values()) left.push(innermost(field.type));
  }
  return Object.fromEntries([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}
