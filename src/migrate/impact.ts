// impact.ts - what a difference between two modes means for whoever sends the packet.
import type { ClassOutcome } from '../observe/judge.js';

/** The worst first. */
export const IMPACTS = ['breaks', 'opens', 'changes', 'fails otherwise'] as const;

/**
 * `breaks`: reached an endpoint before, and does not afterwards. `opens`: the other way round. `changes`: other endpoints,
 * or another source address is seen, or nothing stops the packet on one side only. `fails otherwise`: wrong before and
 * after, with another error.
 */
export type Impact = (typeof IMPACTS)[number];

type Pair = readonly [before: ClassOutcome, after: ClassOutcome];

/** Nobody serves such an address and port, whatever the rules say. */
const NOBODY: ReadonlySet<string> = new Set(['UNKNOWN_SERVICE_PORT', 'UNALLOCATED_SERVICE_ADDRESS']);

const isReached = ({ verdict }: ClassOutcome): boolean => verdict === 'dnat';
/** It leaves the node, where somebody may answer, or a rule lets it in to a health check. */
const isPassed = ({ verdict, end }: ClassOutcome): boolean => verdict === 'accept' || end.startsWith('UPLINK');

export function impactOf(pair: Pair): Impact {
  const [before, after] = pair;
  if (isReached(before) && isReached(after)) return 'changes';
  if (isReached(before)) return 'breaks';
  if (isReached(after)) return 'opens';
  if (pair.some(({ reason }) => NOBODY.has(reason))) return 'fails otherwise';
  return pair.some(isPassed) ? 'changes' : 'fails otherwise';
}
