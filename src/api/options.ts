// options.ts - the options of a write: who writes, how strictly fields are checked, whether it is a dry run.
//
// Rules and words of k8s.io/apimachinery/pkg/apis/meta/v1/validation, Kubernetes 1.36.
import type { Context } from 'hono';
import { invalid } from '../cluster/status.js';
import type { Issue } from '../model/issue.js';

export interface WriteOptions {
  /** Of fieldManager or the User-Agent. */
  readonly manager: string;
  readonly fieldValidation: 'Strict' | 'Warn' | 'Ignore';
  readonly dryRun: boolean;
  /** Apply takes over fields that others own. */
  readonly force: boolean;
}

type Verb = 'Create' | 'Update' | 'Patch' | 'Apply';

/** Bytes of a manager's name. */
const LONGEST_MANAGER = 128;

const issue = (type: Issue['type'], field: string, text: string): Issue => ({
  type,
  field,
  message: `${field}: ${text}`,
  detail: text,
});

const printable = (character: string): boolean => character === ' ' || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character);

function managerIssues(manager: string): Issue[] {
  const issues: Issue[] = [];
  if (Buffer.byteLength(manager) > LONGEST_MANAGER)
    issues.push(issue('FieldValueTooLong', 'fieldManager', `Too long: may not be more than ${LONGEST_MANAGER} bytes`));
  let position = 0;
  for (const character of manager) {
    if (!printable(character)) {
      const code = `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
      const detail = `invalid character ${code} (at position ${position})`;
      issues.push(issue('FieldValueInvalid', 'fieldManager', `Invalid value: ${JSON.stringify(manager)}: ${detail}`));
    }
    position += Buffer.byteLength(character);
  }
  return issues;
}

const unsupported = (field: string, value: unknown, allowed: readonly string[]): Issue =>
  issue(
    'FieldValueNotSupported',
    field,
    `Unsupported value: ${JSON.stringify(value)}: supported values: ${allowed.map((one) => JSON.stringify(one)).join(', ')}`,
  );

const MODES = ['', 'Ignore', 'Strict', 'Warn'];

function issuesOf(c: Context, verb: Verb): Issue[] {
  const manager = c.req.query('fieldManager') ?? '';
  const dryRun = c.req.queries('dryRun') ?? [];
  const mode = c.req.query('fieldValidation') ?? '';
  const issues: Issue[] = [];
  if (verb === 'Patch' && c.req.query('force') !== undefined)
    issues.push(issue('FieldValueForbidden', 'force', 'Forbidden: may not be specified for non-apply patch'));
  if (verb === 'Apply' && manager === '')
    issues.push(issue('FieldValueRequired', 'fieldManager', 'Required value: is required for apply patch'));
  issues.push(...managerIssues(manager));
  if (dryRun.some((value) => value !== 'All')) issues.push(unsupported('dryRun', dryRun, ['All']));
  if (!MODES.includes(mode)) issues.push(unsupported('fieldValidation', mode, MODES));
  return issues;
}

/** The first word of a User-Agent, if it may be a manager's name: as much of it as is printable and fits. */
function managerOf(userAgent: string): string {
  const word = userAgent.split('/')[0] ?? '';
  const kept = [...word].filter(printable).join('');
  return Buffer.from(kept).subarray(0, LONGEST_MANAGER).toString('utf8');
}

/** Throws Invalid for options that are none. */
export function writeOptions(c: Context, verb: Verb): WriteOptions {
  const issues = issuesOf(c, verb);
  if (issues.length > 0) throw invalid(`${verb === 'Apply' ? 'Patch' : verb}Options`, 'meta.k8s.io', '', issues);
  const mode = c.req.query('fieldValidation') || 'Warn';
  return {
    manager: c.req.query('fieldManager') || managerOf(c.req.header('user-agent') ?? ''),
    fieldValidation: mode as WriteOptions['fieldValidation'],
    dryRun: (c.req.queries('dryRun') ?? []).length > 0,
    force: ['true', '1'].includes(c.req.query('force') ?? ''),
  };
}
