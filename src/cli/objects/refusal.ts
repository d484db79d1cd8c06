// refusal.ts - what the server says against an object, as issues with their places in its manifest.

import type { Status } from '../../live/status.js';
import type { Issue, IssueType } from '../../model/issue.js';
import type { Manifest } from './manifests.js';

/** Each cause of a refusal at its own place; a refusal without causes at the start of the object. */
export function refusalIssues({ loaded, object }: Pick<Manifest, 'loaded' | 'object'>, status: Status): Issue[] {
  const { kind, metadata } = object;
  const base = {
    kind,
    name: metadata.name,
    ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
  };
  const causes = status.reason === 'Invalid' ? (status.details?.causes ?? []) : [];
  if (causes.length === 0) {
    const message = status.message ?? status.reason ?? 'refused';
    return [{ ...base, type: 'FieldValueInvalid', field: '', message, detail: message, place: loaded.place('') }];
  }
  return causes.map(({ field = '', message = '', reason = 'FieldValueInvalid' }) => ({
    ...base,
    type: reason as IssueType,
    field,
    message: `${field}: ${message}`,
    detail: message,
    place: loaded.place(field),
  }));
}
