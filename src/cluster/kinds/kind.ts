// kind.ts - what is to be said of a kind: its names, how it is served, kept, selected and shown.
import { dns1123Subdomain } from '../../manifest/validate/formats.js';
import type { NameFormat } from '../../manifest/validate/metadata.js';
import type { Issue } from '../../model/issue.js';
import { type KindKey, kindKey } from '../../model/kindkey.js';
import type { KubeObject } from '../../model/objects.js';
import { type Columns, PLAIN_COLUMNS } from '../columns/columns.js';

/** A part of an object with a path of its own. */
export interface Subresource {
  readonly name: string;
  /** What is read and written there, when it is not the object itself. */
  readonly of?: { readonly group: string; readonly version: string; readonly kind: string };
  /** What may be done with it; undefined: get, patch, update. */
  readonly verbs?: readonly Verb[];
  /** The path goes on after its name. */
  readonly path?: true;
}

export const SUBRESOURCES = {
  /** An update of the object keeps the status, one of the status keeps everything else. */
  status: { name: 'status' },
  scale: { name: 'scale', of: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
} as const satisfies Readonly<Record<string, Subresource>>;

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export const ALL_VERBS: readonly Verb[] = [
  ...(['create', 'delete', 'deletecollection', 'get'] as const),
  ...(['list', 'patch', 'update', 'watch'] as const),
];

/** What a kind does on its way into the store, beside being defaulted and validated. */
interface Rules {
  /** The status of a new object; 'given' = as the creator says. Kinds without a status subresource keep what is given. */
  readonly status: 'given' | Readonly<Record<string, unknown>>;
  /** Fills in what is missing; `object` may be changed. */
  readonly defaults?: (object: KubeObject) => void;
  /** What is wrong beyond form and metadata. */
  readonly validate?: (object: KubeObject, old: KubeObject | undefined) => Issue[];
  /** After defaults, before validation; `object` may be changed. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined) => void;
  /** Why this object may not be deleted; undefined = it may. */
  readonly keeps?: (object: KubeObject) => string | undefined;
}

/** A kind that is kept as another one: the same objects under two addresses. */
export interface View {
  readonly of: Resource;
  readonly toStored: (object: KubeObject) => KubeObject;
  /** Of an object of the store; the result is new. */
  readonly fromStored: (object: KubeObject) => KubeObject;
}

export interface Resource {
  readonly kind: string;
  /** '' for the core group. */
  readonly group: string;
  readonly version: string;
  /** Where the store keeps the objects: of a view, where those of its kind are. */
  readonly key: KindKey;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** What comes after its name in a path. */
  readonly subresources: readonly Subresource[];
  /** metadata.generation counts changes of the spec. */
  readonly generation: boolean;
  readonly categories: readonly string[];
  /** Fields that objects can be selected by, beside metadata.name and metadata.namespace. */
  readonly fields: readonly string[];
  /** What is wrong with a name. */
  readonly names: NameFormat;
  readonly columns: Columns;
  readonly rules: Rules;
  readonly view: View | undefined;
}

/** What most kinds do not say. */
export type Options = Partial<Omit<Resource, 'kind' | 'group' | 'version' | 'plural' | 'key'>>;

/** Describes a kind; what is not said is as with most kinds. */
export function kind(apiVersion: string, name: string, plural: string, options: Options = {}): Resource {
  const [version = '', group = ''] = apiVersion.split('/').reverse();
  return {
    kind: name,
    group,
    version,
    key: options.view?.of.key ?? kindKey(group, name),
    listKind: `${name}List`,
    plural,
    singular: name.toLowerCase(),
    shortNames: [],
    namespaced: true,
    verbs: ALL_VERBS,
    subresources: [],
    generation: false,
    categories: [],
    fields: [],
    names: dns1123Subdomain,
    columns: PLAIN_COLUMNS,
    rules: { status: {} },
    view: undefined,
    ...options,
  };
}

export const groupVersion = (entry: Resource): string =>
  entry.group === '' ? entry.version : `${entry.group}/${entry.version}`;

/** undefined: it has none of this name. */
export const subresourceOf = ({ subresources }: Resource, name: string | undefined): Subresource | undefined =>
  subresources.find((one) => one.name === name);

export const hasSubresource = (resource: Resource, name: string): boolean =>
  subresourceOf(resource, name) !== undefined;

/** Objects of it are kept; others are asked and answered. */
export const isKept = ({ verbs, view }: Resource): boolean => verbs.includes('get') && view === undefined;

/** An object of the store as its kind, or a view of it, shows it. */
export const shown = ({ view }: Resource, object: KubeObject): KubeObject => view?.fromStored(object) ?? object;
