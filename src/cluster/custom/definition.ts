// definition.ts - CustomResourceDefinition: defaults, validation, and the kinds that one defines.
import { invalid, required } from '../../manifest/validate/field-error.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { age } from '../columns/age.js';
import { type Cell, type CellType, type Columns, headings } from '../columns/columns.js';
import { kind, type Options, type Resource, SUBRESOURCES, type View } from '../kinds/kind.js';
import { valuesAt } from './path.js';
import { checkRules, foreignRules, hasRules, ruleViolations } from './rules.js';
import { fillDefaults, prune, type Structural, unknownFields, violations } from './schema.js';
import { typeOfSchema } from './types.js';

interface PrinterColumn {
  readonly name: string;
  readonly type: CellType | 'number';
  readonly jsonPath: string;
  readonly description?: string;
  readonly priority?: number;
}

interface Version {
  readonly name: string;
  readonly served: boolean;
  readonly storage: boolean;
  readonly schema?: { readonly openAPIV3Schema?: Structural };
  readonly subresources?: { readonly status?: object; readonly scale?: object };
  readonly additionalPrinterColumns?: readonly PrinterColumn[];
  readonly selectableFields?: readonly { readonly jsonPath: string }[];
}

export interface Names {
  plural: string;
  singular?: string;
  kind: string;
  listKind?: string;
  shortNames?: string[];
  categories?: string[];
}

export interface Definition extends KubeObject {
  spec: {
    group: string;
    names: Names;
    scope: 'Namespaced' | 'Cluster';
    versions: Version[];
    conversion?: { strategy?: string };
    preserveUnknownFields?: boolean;
  };
}

export function defaultDefinition(object: KubeObject): void {
  const { names, conversion } = ((object as Definition).spec ?? {}) as Partial<Definition['spec']>;
  if (names?.kind) {
    names.singular ||= names.kind.toLowerCase();
    names.listKind ||= `${names.kind}List`;
  }
  if (object.spec && !conversion) (object as Definition).spec.conversion = { strategy: 'None' };
}

export function checkDefinition(object: KubeObject): Issue[] {
  const {
    group = '',
    names,
    versions = [],
    scope,
  } = ((object as Definition).spec ?? {}) as Partial<Definition['spec']>;
  const issues: Issue[] = [];
  const { name } = object.metadata;
  if (!group) issues.push(required('spec.group'));
  if (!scope) issues.push(required('spec.scope'));
  if (!names?.plural) issues.push(required('spec.names.plural'));
  if (!names?.kind) issues.push(required('spec.names.kind'));
  if (name !== `${names?.plural}.${group}`)
    issues.push(invalid('metadata.name', name, 'must be spec.names.plural+"."+spec.group'));
  if (versions.filter(({ storage }) => storage).length !== 1)
    issues.push(invalid('spec.versions', versions, 'must have exactly one version marked as storage version'));
  for (const [i, { schema }] of versions.entries()) {
    const path = `spec.versions[${i}].schema.openAPIV3Schema`;
    if (schema?.openAPIV3Schema) issues.push(...checkRules(schema.openAPIV3Schema, path));
    else issues.push(required(path, 'schemas are required'));
  }
  return issues;
}

/** What is kept of a definition and does nothing here: rules that use functions of others. */
export function definitionWarnings({ kind, spec }: KubeObject): string[] {
  if (kind !== 'CustomResourceDefinition') return [];
  return ((spec as Partial<Definition['spec']> | undefined)?.versions ?? []).flatMap(({ schema }, i) =>
    foreignRules(schema?.openAPIV3Schema ?? {}, `spec.versions[${i}].schema.openAPIV3Schema`),
  );
}

/** Kinds of findings in whose presence rules are not evaluated. */
const BLOCKING: readonly Issue['type'][] = [
  ...(['FieldValueNotSupported', 'FieldValueRequired', 'FieldValueTooLong', 'FieldValueTooMany'] as const),
];
const NOT_CHECKED =
  'some validation rules were not checked because the object was invalid; correct the existing errors to complete validation';

/** What a schema and, if the object fits it, its rules say of an object. */
function judged(object: KubeObject, old: KubeObject | undefined, schema: Structural): Issue[] {
  const issues = violations(object, schema);
  const blocks = issues.some(({ type, detail }) => BLOCKING.includes(type) || / must be of type /.test(detail));
  if (!blocks) return [...issues, ...ruleViolations(object, old, schema)];
  return hasRules(schema) ? [...issues, invalid('<nil>', null, NOT_CHECKED)] : issues;
}

function cell(object: KubeObject, { type, jsonPath }: PrinterColumn, now: number): Cell {
  const values = valuesAt(object, jsonPath);
  if (values.length === 0) return null;
  if (type === 'date') return age(values[0], now);
  if (type === 'string')
    return values.map((value) => (typeof value === 'string' ? value : JSON.stringify(value))).join(',');
  const [first] = values;
  return typeof first === 'number' || typeof first === 'boolean' ? first : null;
}

const AGE: PrinterColumn = { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' };

function columnsOf({ additionalPrinterColumns }: Version): Columns {
  const printed = additionalPrinterColumns?.length ? additionalPrinterColumns : [AGE];
  return {
    columns: [
      ...headings('Name'),
      ...printed.map(({ name, type, description, priority = 0 }) => ({
        ...{ name, type: type as CellType, wide: priority > 0 },
        ...(description === undefined ? {} : { description }),
      })),
    ],
    row: (object, now) => [object.metadata.name, ...printed.map((column) => cell(object, column, now))],
  };
}

const ANYTHING: Structural = { 'x-kubernetes-preserve-unknown-fields': true };

function optionsOf({ spec }: Definition, version: Version): Options {
  const { names, scope, preserveUnknownFields } = spec;
  const { status, scale } = version.subresources ?? {};
  const schema = preserveUnknownFields ? ANYTHING : (version.schema?.openAPIV3Schema ?? ANYTHING);
  return {
    listKind: names.listKind ?? `${names.kind}List`,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    subresources: [...(scale ? [SUBRESOURCES.scale] : []), ...(status ? [SUBRESOURCES.status] : [])],
    generation: true,
    fields: (version.selectableFields ?? []).map(({ jsonPath }) => jsonPath.replace(/^\./, '')),
    columns: columnsOf(version),
    type: typeOfSchema(schema),
    schema,
    rules: {
      status: 'given',
      prepare(object, old) {
        if (!old && status) delete object.status;
        prune(object, schema);
      },
      defaults: (object) => fillDefaults(object, schema),
      strays: (object) => unknownFields(object, schema),
      validate: (object, old) => judged(object, old, schema),
    },
  };
}

/** The kinds of a definition, one per served version. The storage version comes first. */
export function kindsOf(definition: Definition): Resource[] {
  const { group, names, versions } = definition.spec;
  const make = (version: Version, view?: View): Resource =>
    kind(`${group}/${version.name}`, names.kind, names.plural, {
      ...optionsOf(definition, version),
      ...(view ? { view } : {}),
    });
  const stored = versions.find(({ storage }) => storage) ?? versions[0];
  if (!stored) return [];
  const kept = make(stored);
  const others = versions.filter((version) => version.served && version !== stored);
  const as = (version: string) => (object: KubeObject) => ({ ...object, apiVersion: `${group}/${version}` });
  const views = others.map((version) =>
    make(version, { of: kept, toStored: as(stored.name), fromStored: as(version.name) }),
  );
  return [kept, ...views];
}
