// strategies.ts - the strategies, a row each: what each stands for, and how the dataplane finds, chooses and remembers under it.
//
// Part of the contract in layout.ts; numbers are appended, never reused. Nobody asks for a strategy by its name: what sets
// one apart is a column here. CONTRIBUTING.md shows how to add one; a place that is forgotten does not compile, or
// test/abi/strategies.test.ts names it.

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
  /**
   * Where the rows of frontends are: `slots` = in any order, found by FRONTEND_SLOT; `chain` = in the order in which a scan
   * must meet them, with slots as well; `perfect` = found by PILOT and PERFECT, and lists are runs of BACKEND (native/law/image.md).
   */
  readonly frontends: 'slots' | 'chain' | 'perfect';
  readonly choice: Choice;
  /** Has every endpoint a list of its clients, or every client one endpoint of a Service (native/law/affinity.md)? */
  readonly affinity: 'endpoint' | 'client';
  /** Are there virtual servers, with a scheduler and one list for all clients (native/law/ipvs.md)? */
  readonly servers: boolean;
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
    frontends: 'slots',
    choice: 'random',
    affinity: 'endpoint',
    servers: false,
    notation: 'nftables',
  },
  {
    name: 'IPTABLES',
    number: 2,
    word: 'iptables',
    doc: 'kube-proxy iptables mode: ordered chains',
    lookup: 'iptables',
    frontends: 'chain',
    choice: 'cascade',
    affinity: 'endpoint',
    servers: false,
    notation: 'iptables',
  },
  {
    name: 'IPVS',
    number: 3,
    word: 'ipvs',
    doc: 'kube-proxy ipvs mode: virtual-server hash',
    lookup: 'nftables',
    frontends: 'slots',
    choice: 'random',
    affinity: 'client',
    servers: true,
    notation: 'ipvs',
  },
  {
    name: 'EBPF',
    number: 4,
    word: 'ebpf',
    doc: 'Cilium-like: service map, backend slots, random or Maglev choice',
    lookup: 'ebpf',
    frontends: 'slots',
    choice: 'ring',
    affinity: 'client',
    servers: false,
    notation: 'nftables',
  },
  {
    name: 'PERFECT',
    number: 5,
    word: 'perfect',
    doc: 'ours: minimal perfect hash, one probe to the verdict',
    lookup: 'perfect',
    frontends: 'perfect',
    choice: 'random',
    affinity: 'client',
    servers: false,
    notation: 'nftables',
  },
] as const satisfies readonly StrategySpec[];

export type StrategyWord = (typeof ROWS)[number]['word'];

/** All strategies, by number. */
export const STRATEGY_SPECS: readonly (StrategySpec & Pick<(typeof ROWS)[number], 'name' | 'word'>)[] = ROWS;

/** The row of a strategy, by its number or its word. Throws RangeError when there is none: a strategy of somebody's own. */
export function strategySpec(strategy: number | StrategyWord): StrategySpec {
  const found = STRATEGY_SPECS.find(({ number, word }) => number === strategy || word === strategy);
  if (!found) throw new RangeError(`no strategy ${strategy} in the contract`);
  return found;
}
