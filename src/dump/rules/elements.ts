// elements.ts - the elements of a set or map: single values, intervals and concatenations, found by what a packet has.
import type { Value, Verdict } from './values.js';

/** Both ends included. A name of an interface may end with `*`, which stands for any rest. */
export interface Interval {
  readonly first: Value;
  readonly last: Value;
}

export interface Element {
  /** One a part of the concatenation. */
  readonly key: readonly Interval[];
  /** What a map holds: values, one a part. */
  readonly value?: readonly Value[];
  readonly verdict?: Verdict;
  /** `nomatch`: cut out of what the others cover. */
  readonly excluded?: boolean;
  readonly line?: number;
}

export const exactly = (value: Value): Interval => ({ first: value, last: value });

export function inside({ first, last }: Interval, value: Value): boolean {
  if (typeof value === 'bigint') return typeof first === 'bigint' && first <= value && value <= (last as bigint);
  if (typeof first !== 'string') return false;
  return first.endsWith('*') ? value.startsWith(first.slice(0, -1)) : first === value;
}

const isExact = ({ first, last }: Interval): boolean =>
  first === last && !(typeof first === 'string' && first.endsWith('*'));

const joined = (values: readonly Value[]): string => values.join(' . ');

/** How special an element is: the smaller, the more; of nested IP sets the smallest network decides. */
const widthOf = ({ key }: Element): bigint =>
  key.reduce(
    (sum, { first, last }) => sum + (typeof first === 'bigint' && typeof last === 'bigint' ? last - first : 0n),
    0n,
  );

const FEW = 8;

export class Elements {
  readonly list: readonly Element[];
  /** `default` of a map written with `*`. */
  readonly otherwise: Element | null;
  #exact: Map<string, Element> | null = null;
  #wide: readonly Element[] = [];

  constructor(list: readonly Element[], otherwise: Element | null = null) {
    this.list = list;
    this.otherwise = otherwise;
  }

  static of(...values: readonly Value[]): Elements {
    return new Elements(values.map((value) => ({ key: [exactly(value)] })));
  }

  static within(...intervals: readonly Interval[]): Elements {
    return new Elements(intervals.map((interval) => ({ key: [interval] })));
  }

  /** The element that holds the values, or null. */
  find(values: readonly Value[]): Element | null {
    if (this.list.length <= FEW && this.otherwise === null) return this.#among(values);
    const exact = this.#index().get(joined(values));
    if (exact) return exact.excluded ? null : exact;
    const fits = (element: Element): boolean =>
      element.key.length === values.length && element.key.every((interval, i) => inside(interval, values[i] as Value));
    const wide = this.#wide.find(fits);
    if (wide) return wide.excluded ? null : wide;
    return this.otherwise;
  }

  /** Rules compare mostly with one value, or with a few. */
  #among(values: readonly Value[]): Element | null {
    let found: Element | null = null;
    for (const element of this.list) {
      const { key } = element;
      if (key.length !== values.length || !key.every((interval, i) => inside(interval, values[i] as Value))) continue;
      if (found === null || widthOf(element) < widthOf(found)) found = element;
    }
    return found?.excluded ? null : found;
  }

  #index(): Map<string, Element> {
    if (this.#exact) return this.#exact;
    const exact = new Map<string, Element>();
    const wide: Element[] = [];
    for (const element of this.list) {
      if (element.key.every(isExact)) exact.set(joined(element.key.map(({ first }) => first)), element);
      else wide.push(element);
    }
    if (wide.some(({ excluded }) => excluded)) {
      wide.sort((a, b) => Number(BigInt.asIntN(64, widthOf(a) - widthOf(b))));
    }
    this.#wide = wide;
    this.#exact = exact;
    return exact;
  }
}
