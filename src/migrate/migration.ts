// migration.ts - from one mode of kube-proxy to another, or to another release: all that changes, the worst first.
import type { LoadedObject } from '../manifest/load.js';
import { type Comparison, compareSides, type DifferenceGroup } from '../observe/compare.js';
import type { CreateEngine } from '../observe/fleet.js';
import { isStray } from '../observe/kinds.js';
import type { World } from '../observe/world.js';
import { type Finding, findingsOf } from './findings.js';
import { IMPACTS, type Impact, impactOf } from './impact.js';
import { type Lesson, lessonOf } from './lessons.js';
import type { Mode, Release } from './releases.js';

interface Question {
  readonly world: World;
  readonly objects: readonly LoadedObject[];
  readonly from: Mode;
  readonly to: Mode;
  readonly release: Release | null;
  readonly createEngine: CreateEngine;
}

/** A way in which packets are treated differently. */
export interface Difference extends Lesson {
  readonly impact: Impact;
  readonly group: DifferenceGroup;
}

export interface Migration {
  readonly from: Mode;
  readonly to: Mode;
  readonly release: Release | null;
  /** Number of Services that have an address. */
  readonly services: number;
  /** Those that some difference names, as namespace/name. */
  readonly concerned: readonly string[];
  readonly compared: Pick<Comparison, 'nodes' | 'classes' | 'differing'>;
  /** The worst first; what nobody here can send comes last. */
  readonly differences: readonly Difference[];
  readonly findings: readonly Finding[];
  /** What to do before the change, in this order. */
  readonly first: readonly string[];
  /** Somebody who uses the Services as they are meant will notice it. */
  readonly noticed: boolean;
}

const SAME: Comparison = { nodes: [], classes: 0, differing: 0, groups: [] };

function compareModes({ world, from, to, createEngine }: Question): Promise<Comparison> {
  if (from === to) return Promise.resolve(SAME);
  const side = (mode: Mode) => ({ label: mode, world, strategy: mode, createEngine });
  return compareSides([side(from), side(to)], { nodes: [], all: false, exact: false });
}

const differenceOf = (group: DifferenceGroup): Difference => ({
  impact: impactOf(group.example.outcomes),
  group,
  ...lessonOf(group.kind),
});

/** What nobody here can send comes last, then by impact; otherwise as compare orders them. */
function inOrder(differences: readonly Difference[]): Difference[] {
  const rank = ({ impact, group }: Difference): number =>
    (group.met === 0 ? 100 : 0) + IMPACTS.indexOf(impact) * 10 + Number(isStray(group.kind));
  return [...differences].sort((a, b) => rank(a) - rank(b));
}

/** What a person who uses Services as they are meant may notice. */
export const isNoticedDifference = ({ impact, group }: Difference): boolean =>
  group.met > 0 && impact !== 'fails otherwise';

function stepsFirst(differences: readonly Difference[], findings: readonly Finding[]): string[] {
  const pressing = findings.filter(({ severity }) => severity === 'must');
  const later = findings.filter(({ severity }) => severity === 'should');
  const told = [
    ...pressing.map(({ topic, first }) => `${topic}: ${first}`),
    ...differences.filter(isNoticedDifference).map(({ group, first }) => `${group.kind}: ${first}`),
    ...later.map(({ topic, first }) => `${topic}: ${first}`),
  ];
  return [...new Set(told)];
}

const serviceName = (port: string): string => port.replace(/:[^:/]*$/, '');

/** Everything that the change brings. Throws what compare throws. */
export async function migrationOf(question: Question): Promise<Migration> {
  const { world, objects, from, to, release } = question;
  const { nodes, classes, differing, groups } = await compareModes(question);
  const differences = inOrder(groups.map(differenceOf));
  const findings = findingsOf({ from, to, release, config: world.config, objects });
  const concerned = differences.filter(isNoticedDifference).flatMap(({ group }) => group.services.map(serviceName));
  return {
    from,
    to,
    release,
    services: world.snapshot.services.filter(({ spec }) => spec.clusterIP && spec.clusterIP !== 'None').length,
    concerned: [...new Set(concerned)].sort(),
    compared: { nodes, classes, differing },
    differences,
    findings,
    first: stepsFirst(differences, findings),
    noticed: differences.some(isNoticedDifference) || findings.some(({ severity }) => severity === 'must'),
  };
}
