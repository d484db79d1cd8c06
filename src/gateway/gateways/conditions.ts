// conditions.ts - conditions of statuses: made from what was found, and written so that what stays the same keeps its time.
import { transitionTime } from '../../model/conditions.js';
import type { Condition } from '../objects.js';

/** What is to be said; its time and generation are filled in when it is written. */
export type Finding = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>;

export const holds = (type: string, reason = type, message = ''): Finding => ({
  type,
  status: 'True',
  reason,
  message,
});

export const fails = (type: string, reason: string, message: string): Finding => ({
  ...{ type, status: 'False', reason, message },
});

/**
 * The conditions of an object after these findings: those of other types stay, and one whose status is as before keeps its time.
 * @param now RFC 3339
 */
export function conditionsAfter(
  before: readonly Condition[],
  findings: readonly Finding[],
  generation: number | undefined,
  now: string,
): Condition[] {
  const kept = before.filter(({ type }) => !findings.some((finding) => finding.type === type));
  const made = findings.map((finding): Condition => {
    const lastTransitionTime = transitionTime(before, finding, now);
    return { ...finding, ...(generation === undefined ? {} : { observedGeneration: generation }), lastTransitionTime };
  });
  return [...made, ...kept];
}
