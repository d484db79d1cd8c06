// order.ts - what a packet meets at each hook, in the kernel's order: base chains by priority, NAT and IPVS at their places.

import type { Family } from '../../model/address.js';
import type { Base, Chain, Hook, Ruleset, Table, TableFamily } from '../rules/ruleset.js';

export type Stage = 'prerouting' | 'input' | 'forward' | 'output' | 'postrouting';

export type Entry =
  | { readonly kind: 'chain'; readonly table: Table; readonly chain: Chain; readonly base: Base }
  /** The NAT of a connection that is known already. */
  | { readonly kind: 'connection' }
  | { readonly kind: 'ipvs' };

/** NAT happens at one priority of a hook, whatever that of its chains, which only orders them (nf_nat_register_fn). */
const NAT_PRIORITY: Readonly<Record<Stage, number>> = {
  prerouting: -100,
  output: -100,
  input: 100,
  postrouting: 100,
  forward: 0,
};

/** ip_vs_in_hook of net/netfilter/ipvs/ip_vs_core.c. */
const IPVS_PRIORITY: Partial<Record<Stage, number>> = { input: 99, output: -98 };

const FAMILIES: Readonly<Record<Family, readonly TableFamily[]>> = { IPv4: ['ip', 'inet'], IPv6: ['ip6', 'inet'] };

interface Placed {
  readonly at: readonly [priority: number, own: number, age: number];
  readonly entry: Entry;
}

const LAST = Number.MAX_SAFE_INTEGER;

function chainsAt(ruleset: Ruleset, family: Family, stage: Stage): Placed[] {
  let age = 0;
  return ruleset.tables
    .filter((table) => FAMILIES[family].includes(table.family))
    .flatMap((table) =>
      [...table.chains.values()].flatMap((chain): Placed[] => {
        const { base } = chain;
        if (base === null || (base.hook as Hook) !== stage) return [];
        // Of equal priorities the one that was registered last runs first (nf_hook_entries_grow).
        const at = [
          base.type === 'nat' ? NAT_PRIORITY[stage] : base.priority,
          base.type === 'nat' ? base.priority : 0,
          -age++,
        ] as const;
        return [{ at, entry: { kind: 'chain', table, chain, base } }];
      }),
    );
}

const before = ({ at: a }: Placed, { at: b }: Placed): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];

/** @param ipvs are there virtual servers? */
export function orderAt(ruleset: Ruleset, family: Family, stage: Stage, ipvs: boolean): Entry[] {
  const priority = IPVS_PRIORITY[stage];
  const placed: Placed[] = [
    ...chainsAt(ruleset, family, stage),
    ...(stage === 'forward'
      ? []
      : [{ at: [NAT_PRIORITY[stage], LAST, 0] as const, entry: { kind: 'connection' as const } }]),
    ...(ipvs && priority !== undefined ? [{ at: [priority, 0, 0] as const, entry: { kind: 'ipvs' as const } }] : []),
  ];
  return placed.sort(before).map(({ entry }) => entry);
}
