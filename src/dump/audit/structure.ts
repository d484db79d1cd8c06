// structure.ts - what a rule set says against itself: rules twice, rules that nothing reaches, chains that are missing, orders.
import type { NodeDump } from '../rules/node.js';
import type { Chain, Rule, Statement, Table } from '../rules/ruleset.js';
import { type Finding, finding, RESYNC } from './finding.js';
import { isKubeChain, isKubeTable, type Mode, modesOf } from './modes.js';

const CONDITIONS: ReadonlySet<Statement['kind']> = new Set(['match', 'chance', 'unknown match', 'vmap']);

/** It holds for every packet and ends the chain. */
function endsAll({ statements }: Rule): boolean {
  if (statements.some(({ kind }) => CONDITIONS.has(kind))) return false;
  return statements.some(
    (one) =>
      one.kind === 'reject' ||
      one.kind === 'nat' ||
      (one.kind === 'verdict' && ['accept', 'drop', 'return', 'goto'].includes(one.verdict.kind)),
  );
}

const bare = (text: string): string =>
  text
    .replace(/\s*-m comment --comment ("[^"]*"|\S+)/g, '')
    .replace(/\s*comment "[^"]*"/g, '')
    .replace(/counter( packets \d+ bytes \d+)?\s*/g, '')
    .trim();

const isAside = ({ statements }: Rule): boolean =>
  statements.every(({ kind }) => kind === 'aside' || CONDITIONS.has(kind));

function inChain(table: Table, chain: Chain): Finding[] {
  const found: Finding[] = [];
  const seen = new Map<string, Rule>();
  const end = chain.rules.findIndex(endsAll);
  const isKube = isKubeChain(table, chain);
  for (const [i, rule] of chain.rules.entries()) {
    const text = bare(rule.text);
    const first = seen.get(text);
    if (first && text !== '' && !isAside(rule) && !rule.statements.some(({ kind }) => kind === 'chance')) {
      found.push(
        finding({
          severity: 'warning',
          kind: 'duplicate-rule',
          message: `chain ${chain.name} of table ${table.name} has this rule twice, first in line ${first.place.line}`,
          affects: 'nobody, but for the time that it costs',
          rule,
          remedy: isKube ? RESYNC : 'Find the program that adds it without looking whether it is there (-C before -A).',
        }),
      );
    } else if (end >= 0 && i > end) {
      found.push(
        finding({
          severity: 'warning',
          kind: 'dead-rule',
          message: `no packet comes to this rule: line ${chain.rules[end]?.place.line} ends chain ${chain.name} for all of them`,
          affects: 'whoever relies on the rule',
          rule,
          remedy: 'Put it before the rule that ends the chain, or take it out.',
        }),
      );
    }
    if (!seen.has(text)) seen.set(text, rule);
  }
  return found;
}

/** Chains that rules, maps and draws of a table lead to. */
function targetsOf(table: Table): { name: string; rule: Rule | null }[] {
  const rules = [...table.chains.values()].flatMap(({ rules }) => rules);
  const ofRules = rules.flatMap((rule) =>
    rule.statements.flatMap((one) => {
      if (one.kind === 'verdict' && 'chain' in one.verdict) return [{ name: one.verdict.chain, rule }];
      if (one.kind !== 'vmap' || !('elements' in one.of)) return [];
      return one.of.elements.list.flatMap(({ verdict }) =>
        verdict && 'chain' in verdict ? [{ name: verdict.chain, rule }] : [],
      );
    }),
  );
  const ofSets = [...table.sets.values()].flatMap(({ elements }) =>
    elements.list.flatMap(({ verdict }) =>
      verdict && 'chain' in verdict ? [{ name: verdict.chain, rule: null }] : [],
    ),
  );
  return [...ofRules, ...ofSets];
}

/** kube-proxy keeps these although nothing leads to them. */
const KEPT =
  /CANARY$|^KUBE-(MARK-DROP|MARK-MASQ|KUBELET|FIREWALL|NODEPORTS|FORWARD|PROXY-FIREWALL|EXTERNAL-SERVICES|LOAD-BALANCER|NODE-PORT|IPVS|SERVICES|SOURCE)|^(mark-masq|mark-for-masquerade|reject-chain)/;

function chainsOf(table: Table): Finding[] {
  const targets = targetsOf(table);
  const named = new Set(targets.map(({ name }) => name));
  const missing = targets.filter(({ name }) => !table.chains.has(name));
  const dead = [...table.chains.values()].filter(
    (chain) => chain.base === null && isKubeChain(table, chain) && !named.has(chain.name) && !KEPT.test(chain.name),
  );
  const unknown = [...table.chains.values()].flatMap(({ rules }) =>
    rules.flatMap((rule) => {
      const target = rule.statements.find((one) => one.kind === 'unknown target');
      const name = target?.kind === 'unknown target' ? /^-j (KUBE-\S+)/.exec(target.text)?.[1] : undefined;
      return name === undefined ? [] : [{ name, rule }];
    }),
  );
  return [
    ...[...missing, ...unknown].map(({ name, rule }) =>
      finding({
        severity: 'error',
        kind: 'missing-chain',
        message: `chain ${name} of table ${table.name} is named, and is not there`,
        affects: 'packets that this rule should send there',
        rule: rule ?? undefined,
        place: table.place,
        remedy: RESYNC,
      }),
    ),
    ...dead.map((chain) =>
      finding({
        severity: 'warning',
        kind: 'dead-chain',
        message: `nothing leads to chain ${chain.name} of table ${table.name}`,
        affects: 'nobody: it is left over',
        place: chain.place,
        remedy: RESYNC,
      }),
    ),
  ];
}

const jumpsTo = (rule: Rule, name: string): boolean =>
  rule.statements.some((one) => one.kind === 'verdict' && 'chain' in one.verdict && one.verdict.chain === name);

/** kube-proxy's own order: NodePorts last of the Services. */
function orders(table: Table): Finding[] {
  const services = table.chains.get('KUBE-SERVICES')?.rules ?? [];
  const at = services.findIndex((rule) => jumpsTo(rule, 'KUBE-NODEPORTS'));
  if (table.name !== 'nat' || at < 0 || at === services.length - 1) return [];
  return [
    finding({
      severity: 'warning',
      kind: 'wrong-order',
      message: 'the jump to KUBE-NODEPORTS must be the last rule of KUBE-SERVICES',
      affects: 'packets to Services behind it whose address is one of the node',
      rule: services[at],
      remedy: RESYNC,
    }),
  ];
}

const MODE_WORDS: Readonly<Record<Mode, string>> = {
  iptables: 'chains KUBE-SVC-… of iptables',
  nftables: 'table kube-proxy of nft',
  ipvs: 'virtual servers of IPVS',
};

function modes(node: NodeDump): Finding[] {
  const found = modesOf(node);
  if (found.length < 2) return [];
  const kube = node.ruleset.tables.find((table) => isKubeTable(table) || table.chains.has('KUBE-SERVICES'));
  return [
    finding({
      severity: 'error',
      kind: 'two-modes',
      message: `kube-proxy has left rules of two modes: ${found.map((mode) => MODE_WORDS[mode]).join(' and ')}`,
      affects: 'every packet to a Service: the rules that come first decide, and they may be old',
      place: kube?.place,
      remedy: 'Run kube-proxy --cleanup on the node, then start it in the mode that you want.',
    }),
  ];
}

function backends({ ruleset }: NodeDump): Finding[] {
  const used = (backend: Table['backend']): Table | undefined =>
    ruleset.tables.find(
      (table) => table.backend === backend && [...table.chains.values()].some(({ rules }) => rules.length > 0),
    );
  const [nft, legacy] = [used('iptables-nft'), used('iptables-legacy')];
  if (!nft || !legacy) return [];
  return [
    finding({
      severity: 'error',
      kind: 'two-backends',
      message: `both backends of iptables have rules: table ${legacy.name} of iptables-legacy and table ${nft.name} of iptables-nft`,
      affects: 'every packet: it must pass both, and who lists one does not see the other',
      place: legacy.place,
      remedy:
        'Let every program use the same backend (update-alternatives --set iptables …), then empty the other and reboot.',
    }),
  ];
}

export function structureFindings(node: NodeDump): Finding[] {
  const { tables } = node.ruleset;
  return [
    ...backends(node),
    ...modes(node),
    ...tables.flatMap((table) => [...table.chains.values()].flatMap((chain) => inChain(table, chain))),
    ...tables.flatMap(chainsOf),
    ...tables.flatMap(orders),
  ];
}
