// modes.ts - which mode of kube-proxy a node's rules are of, and which rules are kube-proxy's.
import type { NodeDump } from '../rules/node.js';
import type { Chain, Table } from '../rules/ruleset.js';

export type Mode = 'iptables' | 'nftables' | 'ipvs';

export const isKubeTable = (table: Table): boolean => table.backend === 'nft' && table.name === 'kube-proxy';
export const isKubeChain = (table: Table, chain: Chain): boolean =>
  isKubeTable(table) || (table.backend !== 'nft' && chain.name.startsWith('KUBE-'));

const SERVICE_CHAIN = /^KUBE-(SVC|SVL|XLB|EXT|SEP|FW)-/;

/** Every mode that has left rules, in the order in which a packet meets them. */
export function modesOf({ ruleset, virtualServers }: NodeDump): Mode[] {
  const { tables } = ruleset;
  const hasServices = tables.some(
    ({ backend, chains }) => backend !== 'nft' && [...chains.keys()].some((name) => SERVICE_CHAIN.test(name)),
  );
  return [
    ...(hasServices ? (['iptables'] as const) : []),
    ...(tables.some((table) => isKubeTable(table) && table.chains.size > 0) ? (['nftables'] as const) : []),
    ...(virtualServers !== null && virtualServers.length > 0 ? (['ipvs'] as const) : []),
  ];
}
