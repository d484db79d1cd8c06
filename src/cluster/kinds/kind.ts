// kind.ts - the description of a kind: its names, and how it is served, stored, selected and shown.
import { dns1123Subdomain } from '../../manifest/validate/formats.js';
import type { NameFormat } from '../../manifest/validate/metadata.js';
import type { Issue } from '../../model/issue.js';
import { type KindKey, kindKey } from '../../model/kindkey.js';
import type { KubeObject } from '../../model/objects.js';
import { type ApiType, typeOfKind } from '../../schema/types.js';
import { type Columns, PLAIN_COLUMNS } from '../columns/columns.js';
import type { Structural } from '../custom/schema.js';

/** A part of an object with its own path. */
export interface Subresource {
  readonly name: string;
  /** The kind read and written there, if it is not the object itself. */
  readonly of?: { readonly group: string; readonly version: string; readonly kind: string };
  /** Allowed verbs; undefined = get, patch, update. */
  readonly verbs?: readonly Verb[];
  /** The path continues after its name. */
  readonly path?: true;
}

export const SUBRESOURCES = {
  /** An update of the object keeps the status; an update of the status keeps everything else. */
  status: { name: 'status' },
  scale: { name: 'scale', of: { group: 'autoscaling', version: 'v1', kind: 'Scale' } },
} as const satisfies Readonly<Record<string, Subresource>>;

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export const ALL_VERBS: readonly Verb[] = [
  ...(['create', 'delete', 'deletecollection', 'get'] as const),
  ...(['list', 'patch', 'update', 'watch'] as const),
];

/** What happens to a kind's objects before they are stored, besides defaulting and validation. */
export interface Rules {
  /** The status of a new object; 'given' = as the creator says. Kinds without a status subresource keep what is given. */
  readonly status: 'given' | Readonly<Record<string, unknown>>;
  /** Fills in missing fields; may change `object`. */
  readonly defaults?: (object: KubeObject) => void;
  /** Checks beyond form and metadata. */
  readonly validate?: (object: KubeObject, old: KubeObject | undefined) => Issue[];
  /** Fields of an object as it was sent that its schema does not know, where the types of the API have no such kind. */
  readonly strays?: (object: KubeObject) => string[];
  /** Runs after defaults and before validation; may change `object`. */
  readonly prepare?: (object: KubeObject, old: KubeObject | undefined) => void;
  /** Why this object may not be deleted; undefined = it may. */
  readonly keeps?: (object: KubeObject) => string | undefined;
}

/** A kind stored as another kind: the same objects under two addresses. */
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
  /** Where the store keeps the objects. A view uses the key of the underlying kind. */
  readonly key: KindKey;
  readonly listKind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly Verb[];
  /** What follows its name in a path. */
  readonly subresources: readonly Subresource[];
  /**
   * Objects come and go beside the cluster's own course: their uids are drawn from a stream of their own, so that the
   * others' uids, names and addresses do not depend on them.
   */
  readonly aside: boolean;
  /** metadata.generation counts changes of the spec. */
  readonly generation: boolean;
  readonly categories: readonly string[];
  /** Fields that objects can be selected by, beside those that every kind has; undefined: by those alone. */
  readonly fields: readonly string[] | undefined;
  /** Checks a name. */
  readonly names: NameFormat;
  readonly columns: Columns;
  /** By which server-side apply merges. Undefined = by what an object looks like. */
  readonly type: ApiType | undefined;
  /** Of a kind that a definition defines. */
  readonly schema: Structural | undefined;
  readonly rules: Rules;
  readonly view: View | undefined;
}

/** Options that most kinds leave out. */
export type Options = Partial<Omit<Resource, 'kind' | 'group' | 'version' | 'plural' | 'key'>>;

/** Describes a kind. Options left out get the values that most kinds have. */
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
    aside: false,
    generation: false,
    categories: [],
    fields: undefined,
    names: dns1123Subdomain,
    columns: PLAIN_COLUMNS,
    type: typeOfKind(group, version, name),
    schema: undefined,
    rules: { status: {} },
    view: undefined,
    ...options,
  };
}

export const groupVersion = (entry: Resource): string =>
  entry.group === '' ? entry.version : `${entry.group}/${entry.version}`;

/** Undefined if the kind has no subresource of this name. */
export const subresourceOf = ({ subresources }: Resource, name: string | undefined): Subresource | undefined =>
  subresources.find((one) => one.name === name);

export const hasSubresource = (resource: Resource, name: string): boolean =>
  subresourceOf(resource, name) !== undefined;

/** Whether objects of the kind are stored. Others are requests that only get an answer, or are made when they are read. */
export const isKept = ({ verbs, view }: Resource): boolean =>
  verbs.includes('get') && verbs.includes('create') && view === undefined;

/** An object of the store as its kind, or a view of it, shows it. */
export const shown = ({ view }: Pick<Resource, 'view'>, object: KubeObject): KubeObject =>
  view?.fromStored(object) ?? object;
