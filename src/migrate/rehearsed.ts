// rehearsed.ts - what came of packets that were really sent, in words, and whether the rules foretold it.
import type { RequestResult } from '../lab/check/client.js';
import type { ClassOutcome } from '../observe/judge.js';
import type { Source } from '../topology/expectation.js';

/** One packet that was sent in both modes. */
export interface Rehearsed {
  /** The kind of the difference that it shows. */
  readonly kind: string;
  readonly packet: string;
  readonly sender: string;
  /** What came of it in each mode. */
  readonly met: readonly [string, string];
  /** Both are what the comparison of the rules foretold. */
  readonly asForetold: boolean;
}

const WORDS = { refused: 'refused', timeout: 'no answer', failed: 'broken off' } as const;

/** What came of some connections, in words. */
export function metText(results: readonly RequestResult[]): string {
  const answers = results.flatMap(({ answer }) => answer ?? []);
  if (answers.length > 0) {
    const pods = [...new Set(answers.map(({ pod }) => pod))].sort();
    const seen = [...new Set(answers.map(({ client }) => client.address))].sort();
    return `answered by ${pods.join(', ')}, who saw ${seen.join(', ')}`;
  }
  const outcome = results[0]?.outcome ?? 'timeout';
  return outcome === 'answered' ? 'answered by another program' : WORDS[outcome];
}

/** An endpoint that sees a client from outside answers it directly, past the node whose address was asked: nobody waits for that. */
const mayBeSilent = ({ backends }: ClassOutcome, sender: Source): boolean =>
  sender.kind === 'client' && backends.every(({ masquerade }) => !masquerade);

/** Did what the rules say come true? No rule for it: then no endpoint answers, and how it fails is not the rules' affair. */
export function isForetold(outcome: ClassOutcome, results: readonly RequestResult[], sender: Source): boolean {
  const { verdict, backends } = outcome;
  const answers = results.flatMap(({ answer }) => answer ?? []);
  if (verdict === 'dnat') {
    const known = new Set(backends.map(({ address }) => address));
    if (answers.length < results.length && !mayBeSilent(outcome, sender)) return false;
    return answers.every(({ local }) => known.has(local.address));
  }
  if (answers.length > 0) return false;
  if (verdict === 'none' || verdict === 'accept') return true;
  return results.every(({ outcome }) => outcome === (verdict === 'drop' ? 'timeout' : 'refused'));
}
