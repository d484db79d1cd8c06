// expressions.ts - rules in CEL: compiles their expressions, and evaluates them on values as their schema describes them.
import { Environment, Optional, ParseError, type ParseResult } from '@marcbachmann/cel-js';
import type { Structural } from './schema.js';

type Json = Record<string, unknown>;

/** What the language has besides its standard functions: lists of Kubernetes' own library that rules often use. */
const FUNCTIONS: readonly (readonly [string, (...args: never[]) => unknown])[] = [
  [
    'list.isSorted(): bool',
    (list: (bigint | string)[]) => list.every((item, i) => i === 0 || (list[i - 1] ?? '') <= item),
  ],
  ['list<A>.min(): A', (list: bigint[]) => list.reduce((least, item) => (item < least ? item : least))],
  ['list<A>.max(): A', (list: bigint[]) => list.reduce((most, item) => (item > most ? item : most))],
  ['list<int>.sum(): int', (list: bigint[]) => list.reduce((sum, item) => sum + item, 0n)],
  ['list<A>.indexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.indexOf(item))],
  ['list<A>.lastIndexOf(A): int', (list: unknown[], item: unknown) => BigInt(list.lastIndexOf(item))],
  ['string.find(string): string', (text: string, pattern: string) => new RegExp(pattern, 'u').exec(text)?.[0] ?? ''],
  [
    'string.findAll(string): list<string>',
    (text: string, pattern: string) => text.match(new RegExp(pattern, 'gu')) ?? [],
  ],
  [
    'string.replace(string, string): string',
    (text: string, from: string, to: string) => text.replaceAll(from, () => to),
  ],
  ['string.charAt(int): string', (text: string, at: bigint) => [...text][Number(at)] ?? ''],
];

function environment(): Environment {
  const made = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const [signature, run] of FUNCTIONS) made.registerFunction(signature, run as (...args: unknown[]) => unknown);
  return made.registerVariable('self', 'dyn').registerVariable('oldSelf', 'dyn');
}

const ENVIRONMENT = environment();

/** An expression that may be evaluated, or why it may not. */
type Compiled =
  | { readonly run: ParseResult }
  /** It is not CEL. */
  | { readonly wrong: string }
  /** It uses what is not known here. */
  | { readonly foreign: string };

/** The first line, which is the reason; the others show the place in the expression. */
const reasonOf = (error: Error): string => error.message.split('\n')[0] ?? '';

function compiled(expression: string): Compiled {
  try {
    const run = ENVIRONMENT.parse(expression);
    const { valid, error } = run.check();
    return valid ? { run } : { foreign: error ? reasonOf(error) : '' };
  } catch (error) {
    if (error instanceof ParseError) return { wrong: reasonOf(error) };
    throw error;
  }
}

const known = new Map<string, Compiled>();

/** Distinct expressions that are remembered. */
const MOST_KNOWN = 10_000;

export function compile(expression: string): Compiled {
  const before = known.get(expression);
  if (before) return before;
  const made = compiled(expression);
  if (known.size >= MOST_KNOWN) known.clear();
  known.set(expression, made);
  return made;
}

/** What an expression makes of values. Throws an Error with the reason when it fails. */
export function evaluate(run: ParseResult, values: { readonly self: unknown; readonly oldSelf?: unknown }): unknown {
  try {
    return run(values);
  } catch (error) {
    throw new Error(reasonOf(error as Error));
  }
}

/** Words of CEL that a field may be called by. */
const RESERVED = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(
    ' ',
  ),
);
const MARKS: Readonly<Record<string, string>> = {
  __: '__underscores__',
  '.': '__dot__',
  '-': '__dash__',
  '/': '__slash__',
};

/** A field's name as expressions write it. */
const escaped = (name: string): string =>
  RESERVED.has(name) ? `__${name}__` : name.replace(/__|[./-]/g, (mark) => MARKS[mark] ?? mark);

/** A value as expressions see it: whole numbers as such, unless the schema says otherwise. */
export function celValue(value: unknown, schema: Structural): unknown {
  if (typeof value === 'number') return schema.type !== 'number' && Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string') return schema.format === 'date-time' ? new Date(value) : value;
  if (Array.isArray(value)) return value.map((item) => celValue(item, schema.items ?? {}));
  if (typeof value !== 'object' || value === null) return value;
  const { properties = {}, additionalProperties: more } = schema;
  const rest = typeof more === 'object' ? more : {};
  const members = Object.entries(value as Json).map(([key, item]) =>
    Object.hasOwn(properties, key)
      ? [escaped(key), celValue(item, properties[key] ?? {})]
      : [key, celValue(item, rest)],
  );
  return Object.fromEntries(members);
}

/** A value that may be missing, for rules that ask whether it is there. */
export const optional = (value: unknown): unknown => (value === undefined ? Optional.none() : Optional.of(value));
