// table.ts - lists and objects as meta.k8s.io Tables or as their metadata alone, for clients that ask for that.
import type { Context } from 'hono';
import type { Column } from '../cluster/columns/columns.js';
import { type Resource, shown } from '../cluster/kinds/kind.js';
import { badRequest, notAcceptable } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';
import { TYPES } from './accept.js';

/** How objects are answered: as they are, as rows, or as their metadata. */
type Form = 'object' | 'table' | 'metadata';

interface Answer {
  readonly form: Form;
  /** Of meta.k8s.io: `v1` or `v1beta1`. */
  readonly version: string;
}

const OBJECT: Answer = { form: 'object', version: 'v1' };

const FORMS: Readonly<Record<string, Form>> = {
  Table: 'table',
  PartialObjectMetadata: 'metadata',
  PartialObjectMetadataList: 'metadata',
};

const VERSIONS = ['v1', 'v1beta1'];

/** The first of the forms that the client accepts and the server can give; null when an entry asks for none that it can. */
function formOf(entry: string): Answer | null {
  const [type = '', ...words] = entry.split(';').map((word) => word.trim());
  const parameters = new Map(words.map((word) => word.split('=', 2) as [string, string]));
  if (!['application/json', 'application/*', '*/*', 'application/yaml', ''].includes(type)) return null;
  const as = parameters.get('as');
  if (as === undefined) return OBJECT;
  const form = FORMS[as];
  const version = parameters.get('v') ?? '';
  if (form === undefined || parameters.get('g') !== 'meta.k8s.io' || !VERSIONS.includes(version)) return null;
  return { form, version };
}

/** What the `Accept` header asks for. Throws NotAcceptable when the server can give nothing of it. */
export function answerOf(c: Context): Answer {
  const header = c.req.header('accept') ?? '';
  const entries = header.split(',').map(formOf);
  const first = entries.find((entry) => entry !== null);
  if (!first) throw notAcceptable(TYPES);
  return first;
}

/** What rows carry of their objects: `?includeObject=None|Metadata|Object`. Throws BadRequest for anything else. */
type IncludeObject = 'None' | 'Metadata' | 'Object';

export function includeObjectOf(c: Context): IncludeObject {
  const text = c.req.query('includeObject') || 'Metadata';
  if (text === 'None' || text === 'Metadata' || text === 'Object') return text;
  throw badRequest(`unrecognized includeObject value: "${text}"`);
}

/** An object's metadata alone. */
export const partial = ({ metadata }: KubeObject, version: string): object => ({
  kind: 'PartialObjectMetadata',
  apiVersion: `meta.k8s.io/${version}`,
  metadata,
});

const definition = ({ name, type, wide, description }: Column, at: number): object => ({
  name,
  type,
  // The first column is the name of the object, but of tables that begin with something else.
  format: at === 0 && name === 'Name' ? 'name' : '',
  description: description ?? DESCRIPTIONS[name] ?? '',
  priority: wide ? 1 : 0,
});

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  Name: 'The name of the object, which no other of its kind has in its namespace.',
  Age: 'The time since the object was created.',
  'Created At': 'When the object was created.',
};

interface TableOptions {
  readonly version: string;
  readonly include: IncludeObject;
  /** Metadata of the list; of one object nothing but its resourceVersion. */
  readonly metadata: object;
  /** Left out in all but the first event of a watch. */
  readonly headings: boolean;
}

/** Objects are those of the store: rows are made from them whatever they are shown as. */
export function toTable(
  resource: Pick<Resource, 'columns' | 'view'>,
  objects: readonly KubeObject[],
  options: TableOptions,
): object {
  const { columns, row } = resource.columns;
  const { version, include, metadata, headings } = options;
  const now = Date.now();
  const carried = (object: KubeObject): object | null =>
    include === 'None' ? null : include === 'Object' ? shown(resource, object) : partial(object, version);
  return {
    kind: 'Table',
    apiVersion: `meta.k8s.io/${version}`,
    metadata,
    columnDefinitions: headings ? columns.map(definition) : null,
    rows: objects.map((object) => ({ cells: row(object, now), object: carried(object) })),
  };
}
