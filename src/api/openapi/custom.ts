// custom.ts - the schemas of kinds that definitions define, as OpenAPI documents have them.
import type { Structural } from '../../cluster/custom/schema.js';
import type { Resource } from '../../cluster/kinds/kind.js';
import { longName } from '../../schema/names.js';
import { typeOfKind } from '../../schema/types.js';
import { type Dialect, ROOTS, type Schema } from './schemas.js';

/** Words that Swagger 2 does not have. */
const NOT_IN_V2 = new Set(['nullable', 'oneOf', 'anyOf', 'allOf', 'not', 'default']);

/** The name of a kind's schema: the group the other way round, as packages are named. */
export function schemaName({ group, version, kind, schema }: Resource): string {
  if (schema) return [...group.split('.').reverse(), version, kind].join('.');
  return longName(typeOfKind(group, version, kind)?.name ?? 'runtime.RawExtension');
}

/** A schema without what Swagger 2 does not have. What may be of several types, or anything, has no type there. */
function inV2(schema: Structural): Structural {
  for (const word of ['x-kubernetes-preserve-unknown-fields', 'x-kubernetes-int-or-string'] as const)
    if (schema[word] === true) return { [word]: true };
  const kept: Structural = Object.fromEntries(Object.entries(schema).filter(([word]) => !NOT_IN_V2.has(word)));
  const { properties, items, additionalProperties: more } = schema;
  return {
    ...kept,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, inner]) => [name, inV2(inner)])),
    }),
    ...(items && { items: inV2(items) }),
    ...(typeof more === 'object' && { additionalProperties: inV2(more) }),
  };
}

/** The schemas of the objects and of their lists. */
export function customSchemas(resource: Resource, dialect: Dialect): Record<string, Schema> {
  const { group, version, kind, listKind, schema = {} } = resource;
  const name = schemaName(resource);
  const own = dialect === 'v3' ? schema : inV2(schema);
  const text = { type: 'string' };
  const metadata = (type: string): Schema => ({ $ref: `${ROOTS[dialect]}${longName(type)}` });
  const told = (kindName: string) => ({ 'x-kubernetes-group-version-kind': [{ group, version, kind: kindName }] });
  const items = { type: 'array', items: { $ref: `${ROOTS[dialect]}${name}` } };
  const head = { apiVersion: text, kind: text };
  return {
    [name]: {
      ...own,
      type: 'object',
      properties: { ...own.properties, ...head, metadata: metadata('meta.v1.ObjectMeta') },
      ...told(kind),
    },
    [`${name}List`]: {
      type: 'object',
      required: ['items'],
      properties: { ...head, metadata: metadata('meta.v1.ListMeta'), items },
      ...told(listKind),
    },
  };
}
