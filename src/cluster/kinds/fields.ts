// fields.ts - checks of single fields, and where in an object they are made: the notation of fieldrules.ts.
import { isDeepStrictEqual } from 'node:util';
import { forbidden, invalid, invalidEach, notSupported, required } from '../../manifest/validate/field-error.js';
import { percent, portName, portNumber } from '../../manifest/validate/formats.js';
import { DEFAULT_GATES } from '../../manifest/validate/gates.js';
import { legacyCidr } from '../../manifest/validate/ip.js';
import { validateLabels } from '../../manifest/validate/metadata.js';
import { type Selector, validateLabelSelector } from '../../manifest/validate/selector.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { parseQuantity } from '../../model/quantity.js';

export type Draft = Readonly<Record<string, unknown>>;

/** What is wrong with the value of a field. `old`: what it was before an update. */
type Check = (value: unknown, field: string, place: { readonly isUpdate: boolean; readonly old: unknown }) => Issue[];

/**
 * Where, and what is checked there. A path has `[]` where every item of a list is meant, and `{}` for every entry of a map.
 * A field that is not there is checked where its owner is.
 */
export type Row = readonly [path: string, ...checks: Check[]];

const isAbsent = (value: unknown): boolean =>
  value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);

/** A check of values that are there. */
const present =
  (check: Check): Check =>
  (value, field, place) =>
    isAbsent(value) ? [] : check(value, field, place);

export const needed =
  (detail = ''): Check =>
  (value, field) =>
    isAbsent(value) ? [required(field, detail)] : [];

/** Only of a new object. */
export const atFirst =
  (check: Check): Check =>
  (value, field, place) =>
    place.isUpdate ? [] : check(value, field, place);

/** The words are told in alphabetical order. */
export const oneOf = (...words: string[]): Check =>
  present((value, field) => (words.includes(String(value)) ? [] : [notSupported(field, value, words.toSorted())]));

export const format = (check: (text: string) => string[]): Check =>
  present((value, field) => invalidEach(field, value, check(String(value))));

const NOT_NEGATIVE = 'must be greater than or equal to 0';

export const count: Check = present((value, field) => (Number(value) < 0 ? [invalid(field, value, NOT_NEGATIVE)] : []));

export const atLeast = (least: number, detail = `must be greater than or equal to ${least}`): Check =>
  present((value, field) => (Number(value) < least ? [invalid(field, value, detail)] : []));

/** A number, or a share of something. */
export const countOrShare: Check = present((value, field, place) => {
  if (typeof value !== 'string') return count(value, field, place);
  const wrong = invalidEach(field, value, percent(value));
  const tooMuch = wrong.length === 0 && Number.parseInt(value, 10) > 100;
  return tooMuch ? [invalid(field, value, 'must not be greater than 100%')] : wrong;
});

/** A port by number or by name. */
export const portOrName: Check = present((value, field) =>
  invalidEach(field, value, typeof value === 'number' ? portNumber(value) : portName(String(value))),
);

export const quantity: Check = present((value, field) =>
  parseQuantity(value).milli < 0 ? [invalid(field, String(value), NOT_NEGATIVE)] : [],
);

export const cidr: Check = present((value, field) => legacyCidr(field, String(value), DEFAULT_GATES));

export const labels: Check = present((value, field) => validateLabels(value as Record<string, string>, field));

export const selector: Check = present((value, field) => validateLabelSelector(value as Selector, field));

/** Keeps the value that it was made with. */
export const fixed: Check = (value, field, { isUpdate, old }) =>
  isUpdate && !isDeepStrictEqual(value, old) ? [invalid(field, value ?? null, 'field is immutable')] : [];

/** The same, in the words of kinds that forbid it. */
export const sealed =
  (detail: string): Check =>
  (value, field, { isUpdate, old }) =>
    isUpdate && !isDeepStrictEqual(value, old) ? [forbidden(field, detail)] : [];

interface Found {
  readonly value: unknown;
  readonly field: string;
  readonly old: unknown;
}

const isMap = (value: unknown): value is Draft => typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (value: unknown, key: string): unknown => (isMap(value) ? value[key] : undefined);

function step({ value, field, old }: Found, word: string): Found[] {
  if (word === '[]')
    return (Array.isArray(value) ? value : []).map((item, i) => ({
      ...{ value: item, field: `${field}[${i}]` },
      old: Array.isArray(old) ? old[i] : undefined,
    }));
  if (word === '{}')
    return Object.entries(isMap(value) ? value : {}).map(([key, item]) => ({
      ...{ value: item, field: `${field}[${key}]` },
      old: member(old, key),
    }));
  // The owner must be there, else its absence is what is to be told.
  if (!isMap(value)) return [];
  return [{ value: value[word], field: field === '' ? word : `${field}.${word}`, old: member(old, word) }];
}

const wordsOf = (path: string): string[] => path.match(/\[\]|\{\}|[^.[\]{}]+/g) ?? [];

/** What the rows say of an object, in their order. */
export function rowIssues(rows: readonly Row[], object: KubeObject, old: KubeObject | undefined): Issue[] {
  const isUpdate = old !== undefined;
  return rows.flatMap(([path, ...checks]) =>
    wordsOf(path)
      .reduce<Found[]>((found, word) => found.flatMap((one) => step(one, word)), [{ value: object, field: '', old }])
      .flatMap(({ value, field, old: before }) =>
        checks.flatMap((check) => check(value, field, { isUpdate, old: before })),
      ),
  );
}
