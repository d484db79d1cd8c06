// report.ts - the audits of all nodes as one: each finding once with its nodes, and on what the nodes do not agree.
import { type Audit, audit } from '../dump/audit/audit.js';
import type { Finding } from '../dump/audit/finding.js';
import type { Mode } from '../dump/audit/modes.js';
import { dumpsAmong, filesOf } from '../dump/read/bundle.js';
import { readDumps } from '../dump/read/dump.js';
import { planOf } from '../observe/fleet.js';
import type { World } from '../observe/world.js';
import type { NodePlan, ProxyConfig } from '../plan/plan.js';
import { type Disagreement, disagreements, type Facts, factsOf } from './facts.js';
import type { Gathered } from './gather.js';
import { configurationIn, settingsOf } from './settings.js';

/** Where a finding was made. */
interface Sighting extends Pick<Finding, 'rule' | 'file' | 'line'> {
  readonly node: string;
}

/** A finding of one or several nodes. */
export interface FleetFinding extends Pick<Finding, 'severity' | 'kind' | 'message' | 'affects' | 'remedy'> {
  readonly nodes: readonly Sighting[];
}

interface Unheard {
  readonly node: string;
  readonly problem: string;
}

/** Version 1: fields may be added, none changes its meaning. */
export interface FleetReport {
  readonly version: 1;
  readonly context: string;
  readonly nodes: readonly { readonly node: string; readonly modes: readonly Mode[]; readonly findings: number }[];
  /** Nodes of which nothing was gathered: they may have any fault. */
  readonly unheard: readonly Unheard[];
  /** Nodes that were not to be visited, and why. */
  readonly passedOver: readonly Unheard[];
  readonly findings: readonly FleetFinding[];
  readonly disagreements: readonly Disagreement[];
}

interface NodeAudit {
  readonly node: string;
  readonly result: Audit;
  readonly facts: Facts;
}

/** What a node must do by a reading of the cluster; null if that reading does not have the node. */
function plansIn(world: World, name: string, settings: Partial<ProxyConfig>): ((mode: Mode) => NodePlan) | null {
  const node = world.topology.nodes.find((one) => one.name === name);
  const own = { ...world, config: { ...world.config, ...settings } };
  return node ? (mode) => planOf(own, node, mode) : null;
}

const keyOf = ({ kind, message, affects }: Pick<Finding, 'kind' | 'message' | 'affects'>): string =>
  `${kind} ${message} ${affects}`;

/**
 * What is wrong by every reading of the cluster. The cluster goes on while rules are gathered, and what is wrong by one
 * reading alone was only late, or early.
 */
function auditNode(node: string, bundle: Buffer, { worlds, given }: Pick<Situation, 'worlds' | 'given'>): NodeAudit {
  const files = filesOf(bundle, node);
  const dump = readDumps(dumpsAmong(files, node));
  const settings = { ...settingsOf(configurationIn(files.get('configz.json')) ?? {}), ...given };
  const [last, ...others] = worlds
    .map((world) => plansIn(world, node, settings))
    .map((plans) => audit(dump, plans, []))
    .reverse();
  const result = last as Audit;
  const known = others.map(({ findings }) => new Set(findings.map(keyOf)));
  const findings = result.findings.filter((one) => known.every((keys) => keys.has(keyOf(one))));
  return { node, result: { ...result, findings }, facts: factsOf(files, dump) };
}

/** The same finding on several nodes is one. */
function together(audits: readonly NodeAudit[]): FleetFinding[] {
  const found = new Map<string, { first: Finding; nodes: Sighting[] }>();
  for (const { node, result } of audits) {
    for (const one of result.findings) {
      const { rule, file, line } = one;
      const group = found.get(keyOf(one)) ?? { first: one, nodes: [] };
      group.nodes.push({ node, rule, file, line });
      found.set(keyOf(one), group);
    }
  }
  const merged = [...found.values()].map(({ first, nodes }): FleetFinding => {
    const { severity, kind, message, affects, remedy } = first;
    return { severity, kind, message, affects, remedy, nodes };
  });
  const weight = ({ severity, nodes }: FleetFinding): number => (severity === 'error' ? 1e6 : 0) + nodes.length;
  return merged.sort((a, b) => weight(b) - weight(a));
}

interface Situation {
  readonly context: string;
  readonly gathered: readonly Gathered[];
  readonly passedOver: readonly Unheard[];
  /** Readings of the cluster, from before and after. */
  readonly worlds: readonly World[];
  /** What the user says about kube-proxy, which counts more than what it says itself. */
  readonly given: Partial<ProxyConfig>;
}

export function fleetReport({ context, gathered, passedOver, ...situation }: Situation): FleetReport {
  const audits: NodeAudit[] = [];
  const unheard: Unheard[] = [];
  for (const one of gathered) {
    try {
      if ('problem' in one) unheard.push(one);
      else audits.push(auditNode(one.node, one.bundle, situation));
    } catch (error) {
      unheard.push({ node: one.node, problem: (error as Error).message });
    }
  }
  return {
    version: 1,
    context,
    nodes: audits.map(({ node, result }) => ({ node, modes: result.modes, findings: result.findings.length })),
    unheard,
    passedOver,
    findings: together(audits),
    disagreements: disagreements(audits),
  };
}

/** Nothing is wrong, as far as the whole cluster was heard. */
export const isWell = ({ findings, unheard }: FleetReport): boolean => findings.length === 0 && unheard.length === 0;
