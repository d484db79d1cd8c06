// hits.ts - what the living connections say of a table's rules: how many of them each rule has begun, and their packets.
import type { FlowView } from '../../observe/flows.js';

export interface Hits {
  readonly connections: number;
  readonly packets: number;
}

/** A rule of nftables as flows name it: `chain FAMILY TABLE CHAIN: RULE`. */
const IN_CHAIN = /^chain (\S+) (\S+) (\S+): (.*)$/;
/** A rule of iptables as flows name it: the table stands before it, as the command has it. */
const IN_TABLE = /^-t (\S+) (.*)$/;

/** Where each line of a text stands: `ip kube-proxy CHAIN` of nft, `nat` of iptables-save; '' elsewhere. */
function placesOf(lines: readonly string[]): string[] {
  let [table, chain] = ['', ''];
  return lines.map((line) => {
    const [, family, name] = /^table (\S+) (\S+) \{/.exec(line) ?? [];
    const saved = /^\*(\S+)/.exec(line)?.[1];
    if (family !== undefined) table = `${family} ${name}`;
    if (saved !== undefined) [table, chain] = [saved, ''];
    chain = /^\s*chain (\S+) \{/.exec(line)?.[1] ?? (saved === undefined ? chain : '');
    return chain === '' ? table : `${table} ${chain}`;
  });
}

/** The same for a rule: where it stands, and its line. */
function placed(rule: string): string {
  const [, family, table, chain, own] = IN_CHAIN.exec(rule) ?? [];
  if (own !== undefined) return `${family} ${table} ${chain}\n${own}`;
  const [, name, line] = IN_TABLE.exec(rule) ?? [];
  return line === undefined ? `\n${rule}` : `${name}\n${line}`;
}

/**
 * Line number from 0 → hits. A connection counts for the rule that chose its endpoint; what is in other tables, or was begun
 * by a rule that is gone, counts for none.
 */
export function hitsOf(lines: readonly string[], flows: readonly FlowView[]): ReadonlyMap<number, Hits> {
  const places = placesOf(lines);
  const numbers = new Map(lines.map((line, i) => [`${places[i]}\n${line.trim()}`, i]));
  const hits = new Map<number, Hits>();
  for (const { rule, packets } of flows) {
    const number = rule === null ? undefined : numbers.get(placed(rule));
    if (number === undefined) continue;
    const before = hits.get(number);
    hits.set(number, { connections: (before?.connections ?? 0) + 1, packets: (before?.packets ?? 0) + packets });
  }
  return hits;
}
