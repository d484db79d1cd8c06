// columns.ts - the table of one kind: its headings, and how an object becomes a row.
import type { KubeObject, Labels } from '../../model/objects.js';
import { age } from './age.js';

export type CellType = 'string' | 'integer' | 'boolean' | 'date';

export interface Column {
  /** As shown in tables: `Cluster-IP`. */
  readonly name: string;
  readonly type: CellType;
  /** Shown only with `-o wide`. */
  readonly wide?: boolean;
  readonly description?: string;
}

export type Cell = string | number | boolean | null;

export interface Columns {
  readonly columns: readonly Column[];
  /** One cell per column, including wide ones. `now` is in milliseconds since 1970. */
  row(object: KubeObject, now: number): Cell[];
}

/**
 * `'Name Desired:integer Age | IP'`: headings, those after the bar for `-o wide`; `_` stands for a space. What is not said
 * is text.
 */
export function headings(text: string): Column[] {
  const [narrow = '', wide = ''] = text.split('|');
  const words = (part: string): string[] => part.split(' ').filter((word) => word !== '');
  const column = (word: string): Column => {
    const [name = '', type = 'string'] = word.replaceAll('_', ' ').split(':');
    return { name, type: type as CellType };
  };
  return [...words(narrow).map(column), ...words(wide).map((word) => ({ ...column(word), wide: true }))];
}

export const ageOf = (object: KubeObject, now: number): string => age(object.metadata.creationTimestamp, now);

/** `a=1,b=2` sorted by key; `<none>` if there are none. */
export function formatLabels(labels: Labels | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${value}`);
  return pairs.length === 0 ? '<none>' : pairs.sort().join(',');
}

interface Requirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[];
}

export interface LabelSelector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly unknown[];
}

function requirementText({ key, operator, values = [] }: Requirement): string {
  if (operator === 'Exists') return key;
  if (operator === 'DoesNotExist') return `!${key}`;
  return `${key} ${operator === 'In' ? 'in' : 'notin'} (${[...values].sort().join(',')})`;
}

/** A LabelSelector as kubectl writes it: `<none>` for no selector or one that selects everything. */
export function formatSelector(selector: LabelSelector | undefined): string {
  const equal = Object.entries(selector?.matchLabels ?? {}).map(([key, value]) => ({ key, text: `${key}=${value}` }));
  const expressions = ((selector?.matchExpressions ?? []) as Requirement[]).map((requirement) => ({
    key: requirement.key,
    text: requirementText(requirement),
  }));
  const all = [...equal, ...expressions].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return all.length === 0 ? '<none>' : all.map(({ text }) => text).join(',');
}

/** Default columns for kinds that define none. */
export const PLAIN_COLUMNS: Columns = {
  columns: headings('Name Created_At:date'),
  row: ({ metadata }) => [metadata.name, metadata.creationTimestamp ?? null],
};

const SHOWN = 3;

/** The first three, and the number of the rest. */
export function firstThree(list: readonly string[]): string {
  const shown = list.slice(0, SHOWN).join(',');
  return list.length > SHOWN ? `${shown} + ${list.length - SHOWN} more...` : shown;
}
