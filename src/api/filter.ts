// filter.ts - label and field selectors of a list or watch.
import type { Context } from 'hono';
import { matchesRequirements, parseSelector } from '../cluster/selector.js';
import { badRequest } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';

export type Filter = (object: KubeObject) => boolean;

/** The value of a field path; what is not there is ''. */
function fieldValue(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[part];
  return value === undefined || value === null ? '' : String(value);
}

function fieldFilter(text: string): Filter {
  const terms = text
    .split(',')
    .filter((term) => term !== '')
    .map((term) => {
      const match = /^([^=!]+)(==|=|!=)(.*)$/.exec(term);
      if (!match) throw badRequest(`invalid field selector: ${term}`);
      return { path: match[1]?.trim() ?? '', equal: match[2] !== '!=', value: match[3]?.trim() ?? '' };
    });
  return (object) => terms.every(({ path, equal, value }) => (fieldValue(object, path) === value) === equal);
}

/** Throws BadRequest for selectors that are none. */
export function requestFilter(c: Context): Filter {
  const labels = parseSelector(c.req.query('labelSelector') ?? '');
  if (!labels) throw badRequest(`unable to parse requirement: ${c.req.query('labelSelector')}`);
  const fields = fieldFilter(c.req.query('fieldSelector') ?? '');
  return (object) => fields(object) && matchesRequirements(labels, object.metadata.labels);
}
