// difference.ts - what two snapshots do not share: as their source remembers it, or by comparing.
import type { ClusterSnapshot, Difference, SnapshotChanges } from '../model/objects.js';

const NOTHING: readonly never[] = [];

const without = <T>(items: readonly T[], others: ReadonlySet<T>): T[] => items.filter((item) => !others.has(item));

/**
 * Costs a walk over both lists, and a set of what stands between the first and the last difference only when something was
 * added or removed there. An item that changes its place may be in both answers.
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

/** Costs no more than the changes themselves when the later snapshot knows them. */
export function changesBetween(before: ClusterSnapshot, after: ClusterSnapshot): SnapshotChanges {
  return (
    after.since?.(before) ?? {
      services: difference(before.services, after.services),
      endpointSlices: difference(before.endpointSlices, after.endpointSlices),
      pods: difference(before.pods ?? NOTHING, after.pods ?? NOTHING),
    }
  );
}
