// filter.ts - applies the label and field selectors of a list or watch.
import type { Context } from 'hono';
import { fieldTermsOf, fieldText } from '../cluster/field-selector.js';
import type { Resource } from '../cluster/kinds/kind.js';
import { matchesRequirements } from '../cluster/selector.js';
import { parseSelector, SelectorError } from '../cluster/selector-text.js';
import { badRequest } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';

export type Filter = (object: KubeObject) => boolean;

/** Throws BadRequest for invalid selectors, and for fields by which the kind cannot be selected. */
export function requestFilter(c: Context, resource: Resource): Filter {
  try {
    const labels = parseSelector(c.req.query('labelSelector') ?? '');
    const fields = fieldTermsOf(resource, c.req.query('fieldSelector') ?? '');
    return (object) =>
      fields.every(({ path, equal, value }) => (fieldText(object, path) === value) === equal) &&
      matchesRequirements(labels, object.metadata.labels);
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message);
    throw error;
  }
}

/** Whether a request selects at all. */
export const isSelective = (c: Context): boolean =>
  Boolean(c.req.query('labelSelector') || c.req.query('fieldSelector'));
