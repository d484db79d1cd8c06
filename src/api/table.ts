// table.ts - lists and objects as meta.k8s.io/v1 Tables, for clients that leave the choice of columns to the server.
import type { Context } from 'hono';
import type { Resource } from '../cluster/kinds/kind.js';
import type { KubeObject } from '../model/objects.js';

/** True when the client prefers a table (`Accept: application/json;as=Table;v=v1;g=meta.k8s.io`). */
export function wantsTable(c: Context): boolean {
  const first = (c.req.header('accept') ?? '').split(',')[0] ?? '';
  return first.includes('as=Table') && first.includes('g=meta.k8s.io');
}

/**
 * @param version resourceVersion of the list; '' for a table of one event
 * @param headings false leaves the columns out, as in all but the first event of a watch
 */
export function toTable(
  { columns: { columns, row } }: Resource,
  objects: readonly KubeObject[],
  version: string,
  headings: boolean,
): object {
  const now = Date.now();
  const definitions = columns.map(({ name, wide }) => ({
    name: name === 'NAME' ? 'Name' : name,
    type: 'string',
    format: name === 'NAME' ? 'name' : '',
    description: '',
    priority: wide ? 1 : 0,
  }));
  return {
    kind: 'Table',
    apiVersion: 'meta.k8s.io/v1',
    metadata: version === '' ? {} : { resourceVersion: version },
    columnDefinitions: headings ? definitions : null,
    rows: objects.map((object) => ({
      cells: row(object, now, false),
      object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: object.metadata },
    })),
  };
}
