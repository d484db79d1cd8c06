// index.ts - strategy name → how to write the rules of a passage.
import { STRATEGY_SPECS, type StrategySpec } from '../abi/strategies.js';
import { renderHostPort } from './hostports.js';
import { renderIptables } from './iptables.js';
import { renderIpvs } from './ipvs.js';
import { renderNftables } from './nftables.js';
import type { RuleRenderer } from './passage.js';

/** One for each notation of the contract. */
const RENDERERS: Readonly<Record<StrategySpec['notation'], RuleRenderer>> = {
  nftables: renderNftables,
  iptables: renderIptables,
  ipvs: renderIpvs,
};

/** A passage's rules in the notation that the contract names for the strategy; nftables' for a user's own strategy. */
export const rendererOf = (strategy: string): RuleRenderer => {
  const notation = STRATEGY_SPECS.find(({ word }) => word === strategy)?.notation ?? 'nftables';
  const ofHostPorts = renderHostPort[notation === 'nftables' ? 'nft' : 'iptables'];
  return (passage) => (passage.frontend?.kind === 'HostPort' ? ofHostPorts : RENDERERS[notation])(passage);
};
