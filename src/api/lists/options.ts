// options.ts - the query options of a list or watch, and which of them cannot be combined.
//
// Rules and words of k8s.io/apimachinery/pkg/apis/meta/internalversion/validation, Kubernetes 1.36.
import type { Context } from 'hono';
import { badRequest, invalid } from '../../cluster/status.js';
import type { Issue } from '../../model/issue.js';

export interface ListOptions {
  readonly watch: boolean;
  /** '' when none is given. */
  readonly resourceVersion: string;
  readonly match: string;
  /** 0 for no limit. */
  readonly limit: number;
  readonly continueToken: string;
  /** Undefined when the client does not say. */
  readonly timeoutSeconds: number | undefined;
  readonly bookmarks: boolean;
  /** Undefined when the client does not say. */
  readonly sendInitialEvents: boolean | undefined;
}

/** As in the API server, everything except `false` and `0` is true. */
export function flag(c: Context, name: string): boolean | undefined {
  const text = c.req.query(name);
  return text === undefined ? undefined : !['false', '0'].includes(text.toLowerCase());
}

/** A whole number of the query. Throws BadRequest for anything else. */
export function integer(c: Context, name: string): number | undefined {
  const text = c.req.query(name);
  if (text === undefined || text === '') return undefined;
  if (!/^[-+]?\d{1,18}$/.test(text))
    throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Number(text);
}

const EXACT = 'Exact';
const NOT_OLDER = 'NotOlderThan';
const FIELD = 'resourceVersionMatch';

const forbidden = (field: string, text: string): Issue => ({
  type: 'FieldValueForbidden',
  field,
  message: `${field}: Forbidden: ${text}`,
  detail: text,
});

function unsupported(value: string, allowed: readonly string[]): Issue {
  const list = allowed.map((one) => JSON.stringify(one)).join(', ');
  const detail = `Unsupported value: ${JSON.stringify(value)}: supported values: ${list}`;
  return { type: 'FieldValueNotSupported', field: FIELD, message: `${FIELD}: ${detail}`, detail };
}

function listIssues({ match, resourceVersion, continueToken, sendInitialEvents }: ListOptions): Issue[] {
  const issues: Issue[] = [];
  if (match !== '') {
    if (resourceVersion === '')
      issues.push(forbidden(FIELD, `${FIELD} is forbidden unless resourceVersion is provided`));
    if (continueToken !== '') issues.push(forbidden(FIELD, `${FIELD} is forbidden when continue is provided`));
    if (match !== EXACT && match !== NOT_OLDER) issues.push(unsupported(match, [EXACT, NOT_OLDER, '']));
    if (match === EXACT && resourceVersion === '0')
      issues.push(forbidden(FIELD, `${FIELD} "exact" is forbidden for resourceVersion "0"`));
  }
  if (sendInitialEvents !== undefined)
    issues.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'));
  return issues;
}

function watchIssues({ match, continueToken, sendInitialEvents }: ListOptions): Issue[] {
  const issues: Issue[] = [];
  if (sendInitialEvents !== undefined && match !== NOT_OLDER)
    issues.push(forbidden(FIELD, `sendInitialEvents requires setting ${FIELD} to ${NOT_OLDER}`));
  if (match === '') return issues;
  if (sendInitialEvents === undefined)
    issues.push(forbidden(FIELD, `${FIELD} is forbidden for watch unless sendInitialEvents is provided`));
  if (match !== NOT_OLDER) issues.push(unsupported(match, [NOT_OLDER]));
  if (continueToken !== '') issues.push(forbidden(FIELD, `${FIELD} is forbidden when continue is provided`));
  return issues;
}

/** Throws BadRequest for invalid numbers, Invalid for options that cannot be combined. */
export function listOptions(c: Context): ListOptions {
  const options: ListOptions = {
    watch: flag(c, 'watch') ?? false,
    resourceVersion: c.req.query('resourceVersion') ?? '',
    match: c.req.query(FIELD) ?? '',
    limit: Math.max(0, integer(c, 'limit') ?? 0),
    continueToken: c.req.query('continue') ?? '',
    timeoutSeconds: integer(c, 'timeoutSeconds'),
    bookmarks: flag(c, 'allowWatchBookmarks') ?? false,
    sendInitialEvents: flag(c, 'sendInitialEvents'),
  };
  const issues = options.watch ? watchIssues(options) : listIssues(options);
  if (issues.length > 0) throw invalid('ListOptions', 'meta.k8s.io', '', issues);
  return options;
}

/** What is wrong with the text of a resourceVersion; undefined when it is one. */
export function versionFault(text: string): string | undefined {
  const found = /^\d+$/.test(text);
  if (found && BigInt(text) < 2n ** 64n) return undefined;
  const why = found ? 'value out of range' : 'invalid syntax';
  const value = JSON.stringify(text);
  return `resourceVersion: Invalid value: ${value}: strconv.ParseUint: parsing ${value}: ${why}`;
}
