// shortcut.ts - long chains by the destination that their rules name, so that a packet meets only those that can match it.
import type { Chain, Rule } from '../rules/ruleset.js';

/** Shorter chains are quicker walked than looked up. */
const LONG = 48;

interface Index {
  /** Numbers of rules by the one address that they name; ascending. */
  readonly byAddress: ReadonlyMap<bigint, readonly number[]>;
  readonly others: readonly number[];
}

const DESTINATIONS: ReadonlySet<string> = new Set(['ip daddr', 'ip4 daddr', 'ip6 daddr']);

/** The only destination that a rule can match; null if there are several. Only what comes before anything is done counts. */
function destinationOf({ statements }: Rule): bigint | null {
  for (const statement of statements) {
    if (statement.kind !== 'match') return null;
    const { left, op, right } = statement;
    if (op !== 'in' || left.kind !== 'field' || !DESTINATIONS.has(left.name) || !('elements' in right)) continue;
    const [element, ...more] = right.elements.list;
    const interval = element?.key[0];
    if (more.length > 0 || !interval || interval.first !== interval.last || typeof interval.first !== 'bigint')
      continue;
    return interval.first;
  }
  return null;
}

function indexOf({ rules }: Chain): Index {
  const byAddress = new Map<bigint, number[]>();
  const others: number[] = [];
  for (const [i, rule] of rules.entries()) {
    const address = destinationOf(rule);
    const list = address === null ? others : byAddress.get(address);
    if (list) list.push(i);
    else byAddress.set(address as bigint, [i]);
  }
  return { byAddress, others };
}

/** The first number that is not before `from`. */
function from(list: readonly number[], start: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((list[middle] as number) < start) low = middle + 1;
    else high = middle;
  }
  return list[low] ?? Number.POSITIVE_INFINITY;
}

/** Finds the rules of chains that do not change any more. */
export class Shortcuts {
  readonly #indexes = new Map<Chain, Index>();

  /** The next rule from `rule` on that a packet to this address can match; the length of the chain if there is none. */
  next(chain: Chain, rule: number, destination: bigint): number {
    if (chain.rules.length < LONG) return rule;
    let index = this.#indexes.get(chain);
    if (!index) {
      index = indexOf(chain);
      this.#indexes.set(chain, index);
    }
    const named = from(index.byAddress.get(destination) ?? [], rule);
    return Math.min(named, from(index.others, rule), chain.rules.length);
  }
}
