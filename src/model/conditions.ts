// conditions.ts - what the status of a pod or a node says: whether it is ready, and whether it is over.
import type { Node, Pod } from './objects.js';

interface Condition {
  readonly type: string;
  readonly status: string;
}

/** `True`, `False` or `Unknown`; undefined if the object has no such condition. */
const statusOf = (conditions: readonly Condition[] | undefined, type: string): string | undefined =>
  conditions?.find((condition) => condition.type === type)?.status;

export const isPodReady = ({ status }: Pod): boolean => statusOf(status?.conditions, 'Ready') === 'True';

/** All its containers have ended, and none of them begins again. */
export const isPodOver = ({ status }: Pick<Pod, 'status'>): boolean =>
  status?.phase === 'Succeeded' || status?.phase === 'Failed';

/** What a node says of being ready; undefined while it says nothing. */
export const nodeReady = (node: Node | undefined): string | undefined => statusOf(node?.status?.conditions, 'Ready');

/**
 * When a condition got its status, RFC 3339: it keeps its time for as long as the status is the same (meta/v1 Condition).
 * @param now the time of one whose status is new
 */
export function transitionTime(
  before: readonly (Condition & { readonly lastTransitionTime?: unknown })[],
  { type, status }: Condition,
  now: string,
): string {
  const old = before.find((condition) => condition.type === type);
  return old?.status === status ? String(old.lastTransitionTime ?? now) : now;
}
