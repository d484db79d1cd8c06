// leaves.ts - the ends of a walk: alike ends become one, and what makes no difference is no longer depended on.
import type { Packet } from './packet.js';
import type { Trail } from './trail.js';

export type EndVerdict = 'dnat' | 'accept' | 'drop' | 'reject' | 'depends';

export interface Leaf {
  readonly verdict: EndVerdict;
  readonly packet: Packet;
  readonly trail: Trail | null;
  readonly probability: number;
  /** Conditions that hold on this way, as sentences. */
  readonly depends: readonly string[];
}

const ended = ({ verdict, packet }: Leaf): string =>
  [
    verdict,
    packet.destinationRewritten ? `${packet.destination} ${packet.destinationPort}` : '',
    packet.sourceRewritten || packet.masqueraded ? 'source' : '',
  ].join(' ');

const keyOf = (leaf: Leaf): string => `${ended(leaf)} | ${leaf.depends.join(' | ')}`;

/** One leaf for all that end alike under the same conditions. Their chances are added. */
export function merged(leaves: readonly Leaf[]): Leaf[] {
  const byKey = new Map<string, Leaf>();
  for (const leaf of leaves) {
    const key = keyOf(leaf);
    const known = byKey.get(key);
    byKey.set(key, known ? { ...known, probability: known.probability + leaf.probability } : leaf);
  }
  return [...byKey.values()];
}

/** Chances that differ by less are the same. */
const EXACTNESS = 1e-9;

function alike(a: readonly Leaf[], b: readonly Leaf[]): boolean {
  if (a.length !== b.length) return false;
  const other = new Map(b.map((leaf) => [keyOf(leaf), leaf.probability]));
  return a.every((leaf) => Math.abs((other.get(keyOf(leaf)) ?? -1) - leaf.probability) < EXACTNESS);
}

/** The ends under each of several conditions of which one holds. Where all ends are alike, none of them matters. */
export function underConditions(
  ways: readonly { readonly condition: string; readonly leaves: readonly Leaf[] }[],
): Leaf[] {
  const ends = ways.map(({ condition, leaves }) => ({ condition, leaves: merged(leaves) }));
  const [first] = ends;
  if (first && ends.every(({ leaves }) => alike(first.leaves, leaves))) return first.leaves;
  return ends.flatMap(({ condition, leaves }) =>
    leaves.map((leaf) => ({ ...leaf, depends: [condition, ...leaf.depends] })),
  );
}
