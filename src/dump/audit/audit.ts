// audit.ts - everything that is wrong with the rules of a node, on their own and against what they should be.
import { type Family, familyOf, mustAddress, toBigInt } from '../../model/address.js';
import type { NodePlan } from '../../plan/plan.js';
import { PROTOCOL } from '../../wire/headers.js';
import type { NodeDump } from '../rules/node.js';
import { localAddresses } from '../walk/fields.js';
import { addressText } from '../walk/packet.js';
import { hereOf } from '../walk/walk.js';
import { comparedFindings } from './compared.js';
import { expectedDump } from './expected.js';
import { type Finding, finding, RESYNC } from './finding.js';
import { type DumpFrontend, frontendsOf } from './frontends.js';
import { isKubeChain, type Mode, modesOf } from './modes.js';
import { questionsOf } from './questions.js';
import { structureFindings } from './structure.js';
import { surroundingFindings } from './surroundings.js';

/** Version 1: fields may be added, none changes its meaning. */
export interface Audit {
  readonly version: 1;
  /** The modes of kube-proxy whose rules are there. */
  readonly modes: readonly Mode[];
  /** Frontends that were asked about; 0 without objects. */
  readonly frontends: number;
  readonly findings: readonly Finding[];
}

const nameOf = ({ isIPv6, address, port, protocol, service }: DumpFrontend): string => {
  const word = Object.entries(PROTOCOL).find(([, number]) => number === protocol)?.[0] ?? `protocol ${protocol}`;
  const where =
    address === null ? `NodePort ${port}` : `${addressText(isIPv6 ? 'IPv6' : 'IPv4', address)} port ${port}`;
  return `${where}/${word}${service === null ? '' : ` (${service})`}`;
};

/** The families that kube-proxy's rules are there for: iptables-save and ip6tables-save tell one each. */
function familiesOf({ ruleset, virtualServers }: NodeDump): ReadonlySet<Family> {
  const families = ruleset.tables
    .filter((table) => [...table.chains.values()].some((chain) => isKubeChain(table, chain)))
    .map(({ family }): Family => (family === 'ip6' ? 'IPv6' : 'IPv4'));
  return new Set([...families, ...(virtualServers ?? []).map(({ address }) => familyOf(address))]);
}

/** Frontends that are programmed, and that no object has. */
function foreigners(node: NodeDump, plan: NodePlan): Finding[] {
  const known = new Set(
    plan.frontends.map(({ address, port, protocol, family }) => {
      const value = address === '' ? null : toBigInt(mustAddress(address));
      return `${family === 'IPv6'} ${PROTOCOL[protocol]} ${value} ${port}`;
    }),
  );
  const strange = frontendsOf(node).filter(
    ({ isIPv6, protocol, address, port }) => !known.has(`${isIPv6} ${protocol} ${address} ${port}`),
  );
  return strange.map((one) =>
    finding({
      severity: 'error',
      kind: 'foreign-service',
      message: `${nameOf(one)} is programmed, and no Service has it`,
      affects: 'packets to that address and port: they are taken for a Service that is gone',
      rule: one.rule,
      remedy: RESYNC,
    }),
  );
}

const key = ({ kind, file, line, message }: Finding): string =>
  `${kind} ${file}:${line} ${line === null ? message : ''}`;

const isMissing = ({ kind }: Finding): boolean => kind.startsWith('missing-');

/** What follows from another finding is left out: chains that nothing leads to where a rule is missing, and the like. */
function causes(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  const chains = findings.filter(({ kind }) => kind === 'missing-chain').map(({ file, line }) => `${file}:${line}`);
  const something = findings.some(isMissing);
  return findings.filter((one) => {
    const own = key(one);
    const isNew = !seen.has(own);
    seen.add(own);
    if (one.kind === 'dead-chain' && something) return false;
    if (one.kind === 'missing-service' && chains.includes(`${one.file}:${one.line}`)) return false;
    return isNew;
  });
}

const byWeight = (a: Finding, b: Finding): number =>
  Number(a.severity === 'warning') - Number(b.severity === 'warning');

/**
 * @param planFor what the node must do for the Services of the objects, in a mode; null without objects
 * @param addresses of the node as somebody told them, besides those of the dumps
 */
export function audit(node: NodeDump, planFor: ((mode: Mode) => NodePlan) | null, addresses: readonly string[]): Audit {
  const modes = modesOf(node);
  const [mode = 'iptables'] = modes;
  const plan = planFor?.(mode) ?? null;
  const families = familiesOf(node);
  const asked = plan ? questionsOf(plan).filter(({ question }) => families.has(question.family)) : [];
  const own = [
    ...(node.addresses ?? []).map(({ address }) => address),
    ...addresses,
    ...(plan?.node.localAddresses ?? []),
  ];
  const here = localAddresses(own);
  const compared = plan ? comparedFindings(hereOf(node, here), hereOf(expectedDump(plan, mode), here), asked) : [];
  const findings = [
    ...structureFindings(node),
    ...compared,
    ...(plan ? foreigners(node, plan) : []),
    ...surroundingFindings(node, modes, plan),
  ];
  return { version: 1, modes, frontends: asked.length, findings: causes(findings).sort(byWeight) };
}
