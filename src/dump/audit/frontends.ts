// frontends.ts - the addresses and ports that a node's rules take for Services, read off kube-proxy's own chains and maps.
import type { Element } from '../rules/elements.js';
import type { NodeDump } from '../rules/node.js';
import type { Place, Rule, Table } from '../rules/ruleset.js';
import type { Value } from '../rules/values.js';
import { serviceOf } from '../walk/services.js';
import { isKubeTable } from './modes.js';

export interface DumpFrontend {
  readonly isIPv6: boolean;
  readonly protocol: number;
  /** Null for a NodePort. */
  readonly address: bigint | null;
  readonly port: number;
  readonly service: string | null;
  readonly rule: Pick<Rule, 'text' | 'place'>;
}

const number = (value: Value | undefined): number => (typeof value === 'bigint' ? Number(value) : -1);

/** The one value that a rule asks of a field. */
function asked({ statements }: Rule, ...names: readonly string[]): Value | undefined {
  for (const statement of statements) {
    if (statement.kind !== 'match' || statement.op !== 'in' || statement.left.kind !== 'field') continue;
    if (!names.includes(statement.left.name) || !('elements' in statement.right)) continue;
    const interval = statement.right.elements.list[0]?.key[0];
    if (interval && interval.first === interval.last) return interval.first;
  }
  return undefined;
}

const CHAINS = ['KUBE-SERVICES', 'KUBE-NODEPORTS'];

function ofIptables(table: Table): DumpFrontend[] {
  if (table.backend === 'nft' || table.name !== 'nat') return [];
  return CHAINS.flatMap((name) =>
    (table.chains.get(name)?.rules ?? []).flatMap((rule): DumpFrontend[] => {
      const port = asked(rule, 'th dport');
      const address = asked(rule, 'ip daddr');
      if (port === undefined || (name === 'KUBE-SERVICES' && address === undefined)) return [];
      const isNodePort = name === 'KUBE-NODEPORTS';
      return [
        {
          isIPv6: table.family === 'ip6',
          protocol: number(asked(rule, 'meta l4proto')),
          address: isNodePort ? null : (address as bigint),
          port: number(port),
          service: serviceOf(name, rule.comment),
          rule,
        },
      ];
    }),
  );
}

const MAPS = ['service-ips', 'service-nodeports', 'no-endpoint-services', 'no-endpoint-nodeports'];

function ofElement(table: Table, map: string, { key, verdict, line }: Element, place: Place): DumpFrontend {
  const values = key.map(({ first }) => first);
  const isNodePort = values.length === 2;
  const [protocol, port] = isNodePort ? values : values.slice(1);
  const chain = verdict && 'chain' in verdict ? verdict.chain : '';
  const said = `${map} ${chain}`.trim();
  return {
    isIPv6: table.family === 'ip6',
    protocol: number(protocol),
    address: isNodePort ? null : (values[0] as bigint),
    port: number(port),
    service: serviceOf(chain, ''),
    rule: { text: said, place: { ...place, line: line ?? place.line } },
  };
}

function ofNft(table: Table): DumpFrontend[] {
  if (!isKubeTable(table)) return [];
  return MAPS.flatMap((map) => {
    const set = table.sets.get(map);
    return (set?.elements.list ?? []).map((element) => ofElement(table, map, element, set?.place ?? table.place));
  });
}

export const frontendsOf = ({ ruleset }: NodeDump): DumpFrontend[] =>
  ruleset.tables.flatMap((table) => [...ofIptables(table), ...ofNft(table)]);
