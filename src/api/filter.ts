// filter.ts - applies the label and field selectors of a list or watch.
import type { Context } from 'hono';
import { fieldTermsOf } from '../cluster/field-selector.js';
import type { Resource } from '../cluster/kinds/kind.js';
import { matchesRequirements } from '../cluster/selector.js';
import { parseSelector, SelectorError } from '../cluster/selector-text.js';
import { badRequest } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';

export type Filter = (object: KubeObject) => boolean;

/** A missing field has the zero value of its Go type, and is selected as that. */
const UNWRITTEN: Readonly<Record<string, string>> = {
  'spec.hostNetwork': 'false',
  'spec.unschedulable': 'false',
  'status.replicas': '0',
};

function fieldValue(object: KubeObject, path: string): string {
  let value: unknown = object;
  for (const part of path.split('.')) value = (value as Record<string, unknown> | undefined | null)?.[part];
  return value === undefined || value === null ? (UNWRITTEN[path] ?? '') : String(value);
}

/** Throws BadRequest for invalid selectors, and for fields by which the kind cannot be selected. */
export function requestFilter(c: Context, resource: Resource): Filter {
  try {
    const labels = parseSelector(c.req.query('labelSelector') ?? '');
    const fields = fieldTermsOf(resource, c.req.query('fieldSelector') ?? '');
    return (object) =>
      fields.every(({ path, equal, value }) => (fieldValue(object, path) === value) === equal) &&
      matchesRequirements(labels, object.metadata.labels);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** Whether a request selects at all. */
export const isSelective = (c: Context): boolean =>
  Boolean(c.req.query('labelSelector') || c.req.query('fieldSelector'));
