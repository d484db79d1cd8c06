// shortcut.ts - long chains by the destination or port that their rules name: a packet meets only those that can match it.
import type { Chain, Rule } from '../rules/ruleset.js';
import type { Packet } from './packet.js';

/** Shorter chains are quicker walked than looked up. */
const LONG = 48;

/** Numbers of rules, ascending: by the one address or else the one port that they name. */
interface Index {
  readonly byAddress: Map<bigint, number[]>;
  readonly byPort: Map<bigint, number[]>;
  readonly others: number[];
}

const DESTINATIONS: ReadonlySet<string> = new Set(['ip daddr', 'ip4 daddr', 'ip6 daddr']);
const PORTS: ReadonlySet<string> = new Set(['th dport']);

/** The only value of these fields that a rule can match; null if there are several. Only what comes before anything is done counts. */
function named({ statements }: Rule, fields: ReadonlySet<string>): bigint | null {
  for (const statement of statements) {
    if (statement.kind !== 'match') return null;
    const { left, op, right } = statement;
    if (op !== 'in' || left.kind !== 'field' || !fields.has(left.name) || !('elements' in right)) continue;
    const [element, ...more] = right.elements.list;
    const interval = element?.key[0];
    if (more.length > 0 || !interval || interval.first !== interval.last || typeof interval.first !== 'bigint')
      continue;
    return interval.first;
  }
  return null;
}

function put(into: Map<bigint, number[]>, key: bigint, rule: number): void {
  const list = into.get(key);
  if (list) list.push(rule);
  else into.set(key, [rule]);
}

function indexOf({ rules }: Chain): Index {
  const index: Index = { byAddress: new Map(), byPort: new Map(), others: [] };
  for (const [i, rule] of rules.entries()) {
    const address = named(rule, DESTINATIONS);
    const port = address === null ? named(rule, PORTS) : null;
    if (address !== null) put(index.byAddress, address, i);
    else if (port !== null) put(index.byPort, port, i);
    else index.others.push(i);
  }
  return index;
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

  /** The next rule from `rule` on that the packet can match; the length of the chain if there is none. */
  next(chain: Chain, rule: number, { destination, destinationPort }: Packet): number {
    if (chain.rules.length < LONG) return rule;
    let index = this.#indexes.get(chain);
    if (!index) {
      index = indexOf(chain);
      this.#indexes.set(chain, index);
    }
    // What nft reads where a packet has no port may be any.
    if (destinationPort === null && index.byPort.size > 0) return rule;
    const lists = [index.byAddress.get(destination), index.byPort.get(destinationPort ?? 0n), index.others];
    return Math.min(chain.rules.length, ...lists.map((list) => from(list ?? [], rule)));
  }
}
