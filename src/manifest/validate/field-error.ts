// field-error.ts - one finding about one field, worded as the API server words it (apimachinery field.Error).
//
// The message is `FIELD: Type: VALUE: detail`. How VALUE is printed depends on its Go type there: numbers and booleans
// plain, strings quoted as Go quotes them, everything else as JSON, an absent pointer or list as `null`.

import type { Issue, IssueType } from '../../model/issue.js';

const TYPE_TEXT: Record<string, string> = {
  FieldValueNotFound: 'Not found',
  FieldValueRequired: 'Required value',
  FieldValueDuplicate: 'Duplicate value',
  FieldValueInvalid: 'Invalid value',
  FieldValueNotSupported: 'Unsupported value',
  FieldValueForbidden: 'Forbidden',
  FieldValueTooLong: 'Too long',
  FieldValueTooMany: 'Too many',
  InternalError: 'Internal error',
};

const SHORT_ESCAPES: Record<string, string> = {
  '\u0007': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
};

/** Text in double quotes with Go's escapes (strconv.Quote). */
export function quote(text: string): string {
  let out = '"';
  for (const char of text) {
    const short = SHORT_ESCAPES[char];
    const code = char.codePointAt(0) ?? 0;
    if (short !== undefined) out += short;
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, '0')}`;
    else out += char;
  }
  return `${out}"`;
}

/** JSON as Go's encoder writes it: `<`, `>`, `&` and the line separators are escaped. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

function valueText(value: unknown): string {
  if (value === undefined || value === null) return 'null';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return goJson(value);
}

function issue(type: IssueType, field: string, value: string | undefined, detail: string): Issue {
  const parts = [field, TYPE_TEXT[type] ?? type];
  if (value !== undefined) parts.push(value);
  if (detail !== '') parts.push(detail);
  return { type, field, message: parts.join(': '), detail };
}

/** A malformed or impossible value. `undefined` stands for a nil pointer or an empty list. */
export const invalid = (field: string, value: unknown, detail: string): Issue =>
  issue('FieldValueInvalid', field, valueText(value), detail);

export const required = (field: string, detail = ''): Issue => issue('FieldValueRequired', field, undefined, detail);

export const duplicate = (field: string, value: unknown, detail = ''): Issue =>
  issue('FieldValueDuplicate', field, valueText(value), detail);

export const forbidden = (field: string, detail: string): Issue =>
  issue('FieldValueForbidden', field, undefined, detail);

/** A value outside an enumeration; `supported` is printed in the given order. */
export const notSupported = (field: string, value: unknown, supported: readonly string[]): Issue =>
  issue('FieldValueNotSupported', field, valueText(value), `supported values: ${supported.map(quote).join(', ')}`);

/** `limit` in bytes. */
export const tooLong = (field: string, limit: number): Issue =>
  issue('FieldValueTooLong', field, undefined, `may not be more than ${limit} bytes`);

export const tooMany = (field: string, count: number, limit: number): Issue =>
  issue('FieldValueTooMany', field, String(count), `must have at most ${limit} items`);

export const internalError = (field: string, detail: string): Issue => issue('InternalError', field, undefined, detail);

/** One `invalid` per message of a format check. */
export const invalidEach = (field: string, value: unknown, messages: readonly string[]): Issue[] =>
  messages.map((message) => invalid(field, value, message));
