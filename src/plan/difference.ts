// difference.ts - how two snapshots differ: from what their source remembers, or by comparing them.
import type { ClusterSnapshot, Difference, SnapshotChanges } from '../model/objects.js';

const NOTHING: readonly never[] = [];

const without = <T>(items: readonly T[], others: ReadonlySet<T>): T[] => items.filter((item) => !others.has(item));

/**
 * Costs one walk over both lists. Only when something was added or removed does it also build a set of the items
 * between the first and the last difference. An item that moved may appear in both answers.
 */
export function difference<T>(before: readonly T[], after: readonly T[]): Difference<T> {
  let first = 0;
  const shorter = Math.min(before.length, after.length);
  while (first < shorter && before[first] === after[first]) first++;
  let last = 0;
  while (last < shorter - first && before[before.length - 1 - last] === after[after.length - 1 - last]) last++;
  const old = before.slice(first, before.length - last);
  const young = after.slice(first, after.length - last);
  if (old.length === young.length) {
    return { gone: old.filter((item, i) => item !== young[i]), come: young.filter((item, i) => item !== old[i]) };
  }
  if (old.length === 0 || young.length === 0) return { gone: old, come: young };
  return { gone: without(old, new Set(young)), come: without(young, new Set(old)) };
}

/** When the later snapshot remembers its changes, this costs no more than the changes themselves. */
export function changesBetween(before: ClusterSnapshot, after: ClusterSnapshot): SnapshotChanges {
  return (
    after.since?.(before) ?? {
      services: difference(before.services, after.services),
      endpointSlices: difference(before.endpointSlices, after.endpointSlices),
      nodes: difference(before.nodes, after.nodes),
      pods: difference(before.pods ?? NOTHING, after.pods ?? NOTHING),
    }
  );
}
