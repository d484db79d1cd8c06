// types.ts - the types of the API by name: their fields, and how lists and maps in them merge. Read from the tables.
//
// Notation of the tables, a line each:
//
//     core.v1.ServiceSpec                     a type; `kind=GROUP/VERSION/KIND` after it if it is an object of the API,
//                                             `map=atomic` if it is replaced as a whole
//      ports [core.v1.ServicePort list=…      a field (it begins with a blank), `!` after its name if it must be there
//
// A field's type is s text, y bytes in base64, t time, u time with microseconds, q quantity, i or l integer of 32 or 64
// bits, n number, b boolean, * integer or text, x anything, [T a list of T, {T a map of text to T, or the name of a type.
//
// After it: `enum=A|B`, `default=JSON`, `list=atomic`, `list=set` or `list=map:KEY,KEY` (server-side apply), `map=atomic`,
// `merge=KEY` (strategic merge patch by that key; without one a list of words that is a set), `retain` ($retainKeys).
import { ACCESS } from './tables/access.js';
import { CLUSTER } from './tables/cluster.js';
import { GENERATED } from './tables/generated.gen.js';
import { KEPT } from './tables/kept.js';
import { WORKLOADS } from './tables/workloads.js';

export interface Field {
  readonly name: string;
  /** As in the table. */
  readonly type: string;
  readonly required: boolean;
  /** Empty = any value. */
  readonly enum: readonly string[];
  /** JSON of the default in the document; undefined = none. */
  readonly default: string | undefined;
  /** How server-side apply treats the list: as one value, a set, or a map by `keys`. Undefined as atomic. */
  readonly list: 'atomic' | 'set' | 'map' | undefined;
  readonly keys: readonly string[];
  /** The map or struct is one value for server-side apply. */
  readonly atomic: boolean;
  /** Strategic merge patch merges the list: by this field of its items, or '' for a list of words. Undefined = replaces. */
  readonly mergeKey: string | undefined;
  /** Strategic merge patch may name the keys that stay. */
  readonly retainKeys: boolean;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

export interface ApiType {
  readonly name: string;
  readonly kind: GroupVersionKind | null;
  /** The whole struct is one value for server-side apply. */
  readonly atomic: boolean;
  /** Fields that it does not name may stand in it. */
  readonly open: boolean;
  readonly fields: ReadonlyMap<string, Field>;
}

/** The value of `WORD=value` among words; undefined if there is none. */
function settingOf(words: readonly string[], word: string): string | undefined {
  const found = words.find((candidate) => candidate.startsWith(`${word}=`));
  return found?.slice(word.length + 1);
}

function readField(line: string): Field {
  // A default is JSON and may hold blanks; it always comes last.
  const [head = '', value] = line.split(' default=');
  const [marked = '', type = '', ...words] = head.split(' ');
  const [list, keys = ''] = (settingOf(words, 'list') ?? '').split(':');
  return {
    name: marked.replace(/!$/, ''),
    type,
    required: marked.endsWith('!'),
    enum: settingOf(words, 'enum')?.split('|') ?? [],
    default: value,
    list: list === 'atomic' || list === 'set' || list === 'map' ? list : undefined,
    keys: keys === '' ? [] : keys.split(','),
    atomic: settingOf(words, 'map') === 'atomic',
    mergeKey: settingOf(words, 'merge'),
    retainKeys: words.includes('retain'),
  };
}

function readKind(text: string | undefined): GroupVersionKind | null {
  if (text === undefined) return null;
  const [group = '', version = '', kind = ''] = text.split('/');
  return { group, version, kind };
}

/** A type whose fields are read when they are first asked for: there are hundreds, and a command needs a few. */
function readType(head: string, lines: readonly string[]): ApiType {
  const [name = '', ...words] = head.split(' ');
  let fields: ReadonlyMap<string, Field> | null = null;
  return {
    name,
    kind: readKind(settingOf(words, 'kind')),
    atomic: settingOf(words, 'map') === 'atomic',
    open: false,
    get fields() {
      fields ??= new Map(lines.map(readField).map((field) => [field.name, field]));
      return fields;
    },
  };
}

/** Reads a table. Lines are as described above; empty ones and those that begin with `#` say nothing. */
export function readTypes(text: string): ApiType[] {
  const types: ApiType[] = [];
  let head: string | null = null;
  let lines: string[] = [];
  const close = (): void => {
    if (head !== null) types.push(readType(head, lines));
  };
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith(' ')) lines.push(line.slice(1));
    else {
      close();
      head = line;
      lines = [];
    }
  }
  close();
  return types;
}

const TYPES: ReadonlyMap<string, ApiType> = new Map(
  [GENERATED, WORKLOADS, ACCESS, CLUSTER, KEPT].flatMap(readTypes).map((type) => [type.name, type]),
);

const gvkText = ({ group, version, kind }: GroupVersionKind): string => `${group}/${version}/${kind}`;

const byKind: ReadonlyMap<string, ApiType> = new Map(
  [...TYPES.values()].flatMap((type) => (type.kind === null ? [] : [[gvkText(type.kind), type] as const])),
);

/** All types by name. */
export const allTypes = (): ReadonlyMap<string, ApiType> => TYPES;

export const typeNamed = (name: string): ApiType | undefined => TYPES.get(name) ?? defined.get(name);

/** Types that are in no table. A name says all that there is in its type, so it may be defined again. */
const defined = new Map<string, ApiType>();

/** Makes a type known by its name. */
export const defineType = (type: ApiType): void => void defined.set(type.name, type);

/** The type of the objects of a kind; undefined for a kind that the tables do not have. */
export const typeOfKind = (group: string, version: string, kind: string): ApiType | undefined =>
  byKind.get(gvkText({ group, version, kind }));

/** The same by apiVersion (`v1`, `apps/v1`). */
export function typeOfObject(apiVersion: string, kind: string): ApiType | undefined {
  const slash = apiVersion.indexOf('/');
  return typeOfKind(slash < 0 ? '' : apiVersion.slice(0, slash), apiVersion.slice(slash + 1), kind);
}

/** What a list holds, what a map maps to; undefined for other types. */
export function elementOf(type: string): string | undefined {
  return type.startsWith('[') || type.startsWith('{') ? type.slice(1) : undefined;
}
