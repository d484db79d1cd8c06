// types.ts - the schema of a definition as types of the API: what server-side apply and its checks read.
import { createHash } from 'node:crypto';
import { type ApiType, defineType, type Field } from '../../schema/types.js';
import type { Structural } from './schema.js';

/** Letters of the simple types (src/schema/types.ts). Numbers and times of definitions have no narrower type. */
const SIMPLE: Readonly<Record<string, string>> = { string: 's', integer: 'l', number: 'n', boolean: 'b' };

/** What every object has, whatever its schema says. */
const HEAD = { apiVersion: 's', kind: 's', metadata: 'meta.v1.ObjectMeta' };

const isOpen = (schema: Structural): boolean => schema['x-kubernetes-preserve-unknown-fields'] === true;

/** The type of a value, as fields write it. Structs in it are defined under names that begin with `name`. */
function typeText(name: string, schema: Structural): string {
  if (schema['x-kubernetes-int-or-string']) return '*';
  if (schema.type === 'array') return `[${typeText(name, schema.items ?? {})}`;
  const { additionalProperties: more, properties } = schema;
  if (schema['x-kubernetes-embedded-resource'] || properties) return struct(name, schema).name;
  if (typeof more === 'object') return `{${typeText(name, more)}`;
  return SIMPLE[schema.type ?? ''] ?? 'x';
}

function field(owner: string, name: string, schema: Structural): Field {
  const list = schema['x-kubernetes-list-type'];
  const isSimple = schema.default !== undefined && typeof schema.default !== 'object';
  return {
    name,
    type: typeText(`${owner}.${name}`, schema),
    required: false,
    enum: [],
    default: isSimple ? JSON.stringify(schema.default) : undefined,
    list: schema.type === 'array' ? (list ?? 'atomic') : undefined,
    keys: schema['x-kubernetes-list-map-keys'] ?? [],
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    mergeKey: undefined,
    retainKeys: false,
  };
}

function struct(name: string, schema: Structural, headed = schema['x-kubernetes-embedded-resource'] === true): ApiType {
  const own = Object.entries(schema.properties ?? {}).map(([key, inner]) => field(name, key, inner));
  const head = Object.entries(headed ? HEAD : {}).map(([key, type]) => ({ ...field(name, key, {}), type }));
  const type: ApiType = {
    name,
    kind: null,
    atomic: schema['x-kubernetes-map-type'] === 'atomic',
    open: isOpen(schema),
    fields: new Map([...own, ...head].map((one) => [one.name, one])),
  };
  defineType(type);
  return type;
}

/** The type of the objects that a schema describes. The same schema always gives types of the same names. */
export function typeOfSchema(schema: Structural): ApiType {
  const digest = createHash('sha256').update(JSON.stringify(schema)).digest('hex');
  return struct(`custom.${digest}`, schema, true);
}
