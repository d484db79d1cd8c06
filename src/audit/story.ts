// story.ts - the audit of a cluster as text: what is wrong and where, what nodes do not agree on, what changed since last time.
import type { Disagreement } from './facts.js';
import type { FleetFinding, FleetReport } from './report.js';

const FEW = 6;

/** Up to six names, and how many more there are. */
function names(nodes: readonly string[]): string {
  const shown = nodes.slice(0, FEW).join(', ');
  return nodes.length > FEW ? `${shown} and ${nodes.length - FEW} more` : shown;
}

/** The finding, then where it is, the rule of the first node, who is affected and the remedy. */
export function fleetLines({ severity, message, affects, remedy, nodes }: FleetFinding, all: number): string[] {
  const [first] = nodes;
  const rule = first?.rule === '' ? '' : `${first?.rule}  `;
  return [
    `${severity === 'error' ? '✗' : '!'} ${message}`,
    `    nodes:   ${names(nodes.map(({ node }) => node))} (${nodes.length} of ${all})`,
    ...(first?.file === null || first === undefined ? [] : [`    rule:    ${rule}${first.file}:${first.line}`]),
    `    affects: ${affects}`,
    `    remedy:  ${remedy}`,
  ];
}

export const differenceLine = ({ what, values }: Disagreement): string =>
  `${what}: ${values.map(({ value, nodes }) => `${value} on ${names(nodes)}`).join('; ')}`;

export function sumLine({ nodes, findings, unheard }: FleetReport): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length;
  const found = findings.length === 0 ? 'nothing is wrong' : `${errors} errors, ${findings.length - errors} warnings`;
  const sick = nodes.filter((node) => node.findings > 0).length;
  const silent = unheard.length === 0 ? '' : `, ${unheard.length} nodes not heard`;
  return `${nodes.length} nodes audited: ${found}${sick === 0 ? '' : ` on ${sick} nodes`}${silent}`;
}

export function tellFleet(report: FleetReport): string {
  const { nodes, findings, unheard, passedOver, disagreements } = report;
  const lines = [
    ...findings.flatMap((one) => [...fleetLines(one, nodes.length), '']),
    ...unheard.flatMap(({ node, problem }) => [`✗ ${node} was not heard: ${problem}`, '']),
    ...(passedOver.length === 0 ? [] : passedOver.map(({ node, problem }) => `- ${node} was passed over: ${problem}`)),
    ...(disagreements.length === 0
      ? []
      : ['How nodes differ', ...disagreements.map((one) => `    ${differenceLine(one)}`)]),
    sumLine(report),
  ];
  return `${lines.join('\n')}\n`;
}

/** What is new in a report, and what is gone, one line each. */
export function changeLines(before: FleetReport, now: FleetReport): string[] {
  const linesOf = ({ findings, unheard }: FleetReport): string[] => [
    ...findings.flatMap(({ message, nodes }) => nodes.map(({ node }) => `${node}: ${message}`)),
    ...unheard.map(({ node, problem }) => `${node} was not heard: ${problem}`),
  ];
  const [old, young] = [linesOf(before), linesOf(now)];
  return [
    ...young.filter((line) => !old.includes(line)).map((line) => `✗ new   ${line}`),
    ...old.filter((line) => !young.includes(line)).map((line) => `✓ gone  ${line}`),
  ];
}
