// strategies.ts - the strategies, a row each: what each stands for, and how the dataplane finds, chooses and remembers under it.
//
// Part of the contract in layout.ts; numbers are appended, never reused. A new strategy is one row here, its file in
// src/compile, its header native/core/match_<lookup>.h, and its notation in src/render; a place that is forgotten does not
// compile or fails test/abi/strategies.test.ts.

/** How the endpoint is chosen: one draw, a draw a rule, or the slot of a ring where the Service has one (native/law/choose.md). */
type Choice = 'random' | 'cascade' | 'ring';

export interface StrategySpec {
  readonly name: string;
  readonly number: number;
  /** As users write it; also the name of its file in src/compile. */
  readonly word: string;
  /** One line for help texts. */
  readonly doc: string;
  /** native/core/match_<lookup>.h finds the frontend (native/law/match.md). */
  readonly lookup: string;
  readonly choice: Choice;
  /** Has every endpoint a list of its clients, or every client one endpoint of a Service (native/law/affinity.md)? */
  readonly affinity: 'endpoint' | 'client';
  /** In whose rules a trace is told (src/render). */
  readonly notation: 'nftables' | 'iptables' | 'ipvs';
}

const ROWS = [
  {
    name: 'NFTABLES',
    number: 1,
    word: 'nftables',
    doc: 'kube-proxy nftables mode: verdict maps',
    lookup: 'nftables',
    choice: 'random',
    affinity: 'endpoint',
    notation: 'nftables',
  },
  {
    name: 'IPTABLES',
    number: 2,
    word: 'iptables',
    doc: 'kube-proxy iptables mode: ordered chains',
    lookup: 'iptables',
    choice: 'cascade',
    affinity: 'endpoint',
    notation: 'iptables',
  },
  {
    name: 'IPVS',
    number: 3,
    word: 'ipvs',
    doc: 'kube-proxy ipvs mode: virtual-server hash',
    lookup: 'nftables',
    choice: 'random',
    affinity: 'client',
    notation: 'ipvs',
  },
  {
    name: 'EBPF',
    number: 4,
    word: 'ebpf',
    doc: 'Cilium-like: service map, backend slots, random or Maglev choice',
    lookup: 'ebpf',
    choice: 'ring',
    affinity: 'client',
    notation: 'nftables',
  },
  {
    name: 'PERFECT',
    number: 5,
    word: 'perfect',
    doc: 'ours: minimal perfect hash, one probe to the verdict',
    lookup: 'perfect',
    choice: 'random',
    affinity: 'client',
    notation: 'nftables',
  },
] as const satisfies readonly StrategySpec[];

export type StrategyWord = (typeof ROWS)[number]['word'];

/** All strategies, by number. */
export const STRATEGY_SPECS: readonly (StrategySpec & { readonly word: StrategyWord })[] = ROWS;

/** The row of a strategy, by its number or its word. Throws RangeError when there is none: a strategy of somebody's own. */
export function strategySpec(strategy: number | StrategyWord): StrategySpec {
  const found = STRATEGY_SPECS.find(({ number, word }) => number === strategy || word === strategy);
  if (!found) throw new RangeError(`no strategy ${strategy} in the contract`);
  return found;
}
