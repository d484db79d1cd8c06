// formats.ts - the notations in which a node's whole tables can be written, by name.
import { STRATEGY_SPECS, type StrategyWord } from '../abi/strategies.js';
import type { Family } from '../model/address.js';
import type { NodePlan } from '../plan/plan.js';
import { ciliumServices } from './cilium.js';
import { iptablesSave } from './iptables-save.js';
import { ipvsadmSave } from './ipvsadm.js';
import { ipvsListing, planListing } from './listing.js';
import { nftRuleset } from './nft.js';

export interface Format {
  /** The strategy to which the notation belongs; null = any. */
  readonly strategy: StrategyWord | null;
  /** @param counters with kube-proxy's packet counters */
  print(plan: NodePlan, strategy: string, families: readonly Family[], counters: boolean): string;
}

/** Is it a strategy of the contract with virtual servers? One of somebody's own has none. */
const hasServers = (strategy: string): boolean =>
  STRATEGY_SPECS.some(({ word, servers }) => word === strategy && servers);

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

const JSON_FORMAT: Format = {
  strategy: null,
  print: (plan, strategy, families) =>
    json(hasServers(strategy) ? ipvsListing(plan, families) : planListing(plan, strategy, families)),
};

/** Format name → how to write it. */
export const FORMATS: Readonly<Record<string, Format>> = {
  'iptables-save': {
    strategy: 'iptables',
    print: (plan, _, [first = 'IPv4'], counters) => iptablesSave(plan, first, counters),
  },
  nft: { strategy: 'nftables', print: (plan, _, families) => nftRuleset(plan, families) },
  ipvsadm: { strategy: 'ipvs', print: (plan, _, families) => ipvsadmSave(plan, families) },
  cilium: { strategy: 'ebpf', print: (plan, _, families) => ciliumServices(plan, families) },
  json: JSON_FORMAT,
};

/** A strategy's own notation, or `json` where it has none. */
export function formatOf(strategy: string): { readonly name: string; readonly format: Format } {
  const [name, format] = Object.entries(FORMATS).find(([, known]) => known.strategy === strategy) ?? [
    'json',
    JSON_FORMAT,
  ];
  return { name, format };
}
