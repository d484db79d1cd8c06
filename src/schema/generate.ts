// generate.ts - OpenAPI v3 documents of an API server → the facts of its types, as the table generated.gen.ts.
//
//     npm run schema -- openapi-v3-api-v1.json openapi-v3-apps-v1.json …
//
// Only facts are taken (names, types, what is required, enums, defaults, merge keys); no description is. The documents come
// from `kubectl get --raw /openapi/v3/api/v1` and its like. types.ts tells the notation.
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { shortName } from './names.js';

/** A schema of an OpenAPI v3 document: the members that are read here. */
interface Schema {
  readonly type?: string;
  readonly format?: string;
  readonly $ref?: string;
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly string[];
  readonly default?: unknown;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
  readonly 'x-kubernetes-map-type'?: string;
  readonly 'x-kubernetes-patch-strategy'?: string;
  readonly 'x-kubernetes-patch-merge-key'?: string;
  readonly 'x-kubernetes-group-version-kind'?: readonly { group: string; version: string; kind: string }[];
}

interface OpenApiDocument {
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> };
}

/** Types of apimachinery whose JSON is no object with fields. */
const LEAVES: Readonly<Record<string, string>> = {
  'meta.v1.Time': 't',
  'meta.v1.MicroTime': 'u',
  'resource.Quantity': 'q',
  'intstr.IntOrString': '*',
  'runtime.RawExtension': 'x',
  'meta.v1.FieldsV1': 'x',
  'meta.v1.Patch': 'x',
  'apiextensions.v1.JSON': 'x',
};

const SIMPLE: Readonly<Record<string, string>> = {
  'string/': 's',
  'string/byte': 'y',
  'string/date-time': 't',
  'integer/': 'l',
  'integer/int32': 'i',
  'integer/int64': 'l',
  'number/': 'n',
  'number/double': 'n',
  'boolean/': 'b',
};

const nameOf = (reference: string): string => shortName(reference.replace('#/components/schemas/', ''));

function typeText(schema: Schema): string {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  if (reference !== undefined) return LEAVES[nameOf(reference)] ?? nameOf(reference);
  if (schema.type === 'array') return `[${typeText(schema.items ?? {})}`;
  if (typeof schema.additionalProperties === 'object') return `{${typeText(schema.additionalProperties)}`;
  const simple = SIMPLE[`${schema.type ?? ''}/${schema.format ?? ''}`];
  return simple ?? 'x';
}

/** What is told after the type, word by word. */
function remarks(schema: Schema): string[] {
  const words: string[] = [];
  const values = schema.enum ?? schema.items?.enum;
  if (values) words.push(`enum=${values.join('|')}`);
  const list = schema['x-kubernetes-list-type'];
  const keys = schema['x-kubernetes-list-map-keys'];
  if (list) words.push(`list=${list}${keys ? `:${keys.join(',')}` : ''}`);
  if (schema['x-kubernetes-map-type']) words.push(`map=${schema['x-kubernetes-map-type']}`);
  const strategies = schema['x-kubernetes-patch-strategy']?.split(',') ?? [];
  if (strategies.includes('merge')) words.push(`merge=${schema['x-kubernetes-patch-merge-key'] ?? ''}`);
  if (strategies.includes('retainKeys')) words.push('retain');
  if (schema.default !== undefined) words.push(`default=${JSON.stringify(schema.default)}`);
  return words;
}

function typeLines(name: string, schema: Schema): string[] {
  const kinds = (schema['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }) =>
    [group, version, kind].join('/'),
  );
  // Options of requests belong to every group that there is.
  const kind = kinds.length === 1 ? [`kind=${kinds[0]}`] : [];
  const map = schema['x-kubernetes-map-type'];
  const head = [name, ...kind, ...(map ? [`map=${map}`] : [])].join(' ');
  const fields = Object.entries(schema.properties ?? {}).map(([field, value]) => {
    const mark = schema.required?.includes(field) ? '!' : '';
    return ['', `${field}${mark}`, typeText(value), ...remarks(value)].join(' ');
  });
  return [head, ...fields];
}

/** The table's lines: types by name, each with its fields. Types that several documents have are there once. */
export function tableOf(documents: readonly OpenApiDocument[]): string[] {
  const types = new Map<string, string[]>();
  for (const { components } of documents) {
    for (const [full, schema] of Object.entries(components?.schemas ?? {})) {
      const name = shortName(full);
      if (LEAVES[name] === undefined) types.set(name, typeLines(name, schema));
    }
  }
  return [...types.keys()].sort().flatMap((name) => types.get(name) ?? []);
}

function main(paths: readonly string[]): void {
  const documents = paths.map((path) => JSON.parse(readFileSync(path, 'utf8')) as OpenApiDocument);
  const file = 'generated.gen.ts';
  const here = dirname(fileURLToPath(import.meta.url)).replace(/\/dist\//, '/');
  const head = [
    `// ${file} - facts of the API's types, by \`npm run schema\` from ${paths.map((path) => basename(path)).join(', ')}.`,
    '',
    '/** The notation is told in types.ts. */',
    'export const GENERATED = `',
  ];
  writeFileSync(
    join(here, 'tables', file),
    `${[...head, ...tableOf(documents)].join('\n').replace(/\\/g, '\\\\')}\n\`;\n`,
  );
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main(process.argv.slice(2));
