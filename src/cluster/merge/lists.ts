// lists.ts - merging lists as a strategic merge patch does: by the merge key of their items, or as sets of words.
//
// Semantics of k8s.io/apimachinery/pkg/util/strategicpatch: what a patch names comes in the patch's order, what it does
// not name keeps its place before those of the named items that stood after it, and new items come first.

export type Item = Record<string, unknown>;

export const isItem = (value: unknown): value is Item =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Something that tells the items of one list apart: their merge key, or for words themselves. */
export type Identity = (item: unknown) => unknown;

/** Of a list whose merge key this is; '' for a list of words. */
export const identityOf = (mergeKey: string): Identity =>
  mergeKey === '' ? (word) => word : (item) => (isItem(item) ? item[mergeKey] : undefined);

const indexIn = (order: readonly unknown[], item: unknown, identity: Identity): number =>
  order.findIndex((other) => identity(other) === identity(item));

/** Sorted by an order. An item that the order does not have goes before what stands to its left, as in the original. */
function sortBy(items: readonly unknown[], order: readonly unknown[], identity: Identity): unknown[] {
  const sorted = [...items];
  const before = (a: unknown, b: unknown): boolean => {
    const [at, other] = [indexIn(order, a, identity), indexIn(order, b, identity)];
    return at < 0 || other < 0 || at < other;
  };
  for (let i = 1; i < sorted.length; i++) {
    for (let j = i; j > 0 && before(sorted[j], sorted[j - 1]); j--) {
      [sorted[j], sorted[j - 1]] = [sorted[j - 1], sorted[j]];
    }
  }
  return sorted;
}

/**
 * Enforces the order of a merged list: items that `order` has in its order, the others in that of the list before; where
 * both stood in the list before, their places there decide.
 */
export function ordered(
  merged: readonly unknown[],
  order: readonly unknown[],
  before: readonly unknown[],
  identity: Identity,
): unknown[] {
  const isNamed = (item: unknown): boolean => indexIn(order, item, identity) >= 0;
  const named = sortBy(merged.filter(isNamed), order, identity);
  const others = sortBy(
    merged.filter((item) => !isNamed(item)),
    before,
    identity,
  );
  const result: unknown[] = [];
  while (named.length > 0 && others.length > 0) {
    const [left, right] = [indexIn(before, others[0], identity), indexIn(before, named[0], identity)];
    result.push(left >= 0 && right >= 0 && left < right ? others.shift() : named.shift());
  }
  return [...result, ...others, ...named];
}
