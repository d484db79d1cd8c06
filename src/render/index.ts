// index.ts - strategy name → how it writes the rules of a passage.
import { renderIptables } from './iptables.js';
import { renderIpvs } from './ipvs.js';
import { renderNftables } from './nftables.js';
import type { RuleRenderer } from './passage.js';

const RENDERERS: Readonly<Record<string, RuleRenderer>> = {
  nftables: renderNftables,
  iptables: renderIptables,
  ipvs: renderIpvs,
};

/** The rules of a passage in a strategy's own notation; nftables' for strategies that have none of their own. */
export const rendererOf = (strategy: string): RuleRenderer => RENDERERS[strategy] ?? renderNftables;
