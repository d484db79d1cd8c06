// comparison.ts - the differences between two sides, as text, JSON or a page.
import { type Comparison, type DifferenceGroup, type DifferingClass, packetText } from '../../observe/compare.js';
import { pairTexts } from '../../observe/kinds.js';
import { type Page, typedCommand } from './page.js';

export const number = (value: number): string => value.toLocaleString('en-US');
export const plural = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

// ---- text

/** Beyond this many rules a side is cut short. */
const SHOWN_RULES = 12;

function rulesText(rules: readonly string[] | undefined): string[] {
  if (!rules || rules.length === 0) return ['       (no rule)'];
  const more = rules.length > SHOWN_RULES ? [`       ... ${rules.length - SHOWN_RULES} more`] : [];
  return [...rules.slice(0, SHOWN_RULES).map((rule) => `       ${rule}`), ...more];
}

function classText(found: DifferingClass, labels: readonly [string, string]): string[] {
  const service = found.outcomes[0].service ?? found.outcomes[1].service;
  const of = service === null ? '' : `, ${service}`;
  const head = `   ${found.node}, from ${found.from.replace(/^uplink$/, 'outside the node')}: ${packetText(found.packet)}${of}`;
  const texts = pairTexts(found.outcomes);
  const sides = ([0, 1] as const).flatMap((i) => [`     ${labels[i]}: ${texts[i]}`, ...rulesText(found.rules?.[i])]);
  return [head, ...sides];
}

/** What endpoints see of the client, told as the change from the first side to the second. */
function kindText({ kind, example }: DifferenceGroup): string {
  // The text before it says whose packets they are.
  if (kind === 'policy Local, from a pod or the node itself')
    return 'policy Local: the endpoints of this node, or of all';
  if (kind !== 'the source address that endpoints see') return kind;
  const [a, b] = example.outcomes.map(({ backends }) => backends.filter(({ masquerade }) => masquerade).length);
  return (b ?? 0) > (a ?? 0) ? 'their address is no longer seen' : 'their address is seen';
}

/** Whose packets these are, and how they differ. */
function titleOf(group: DifferenceGroup): string {
  const who = group.who.filter((sender) => sender !== 'nobody here');
  return `${who.length > 0 ? who.join(', ') : 'cannot occur here'}: ${kindText(group)}`;
}

function groupText(group: DifferenceGroup, index: number, labels: readonly [string, string]): string[] {
  const { count, classes } = group;
  const shown = classes.length === count ? '' : ', the first of them:';
  return [
    `${index + 1}. ${titleOf(group)}: ${plural(count, 'class', 'classes')} of packets${count > 1 ? shown : ''}`,
    ...classes.flatMap((found) => classText(found, labels)),
    '',
  ];
}

function headOf(result: Comparison, labels: readonly [string, string]): string {
  const classes = `${plural(result.classes, 'class', 'classes')}`;
  const where = plural(result.nodes.length, 'node');
  const [a, b] = labels;
  if (result.differing === 0) return `${a} and ${b}: equal for all packets (${classes} on ${where})`;
  const ways = plural(result.groups.length, 'way');
  return `${a} and ${b} differ in ${ways}: ${number(result.differing)} of ${classes} of packets on ${where}`;
}

export function textOf(result: Comparison, labels: readonly [string, string]): string {
  if (result.differing === 0) return `${headOf(result, labels)}\n`;
  return [headOf(result, labels), '', ...result.groups.flatMap((group, i) => groupText(group, i, labels))].join('\n');
}

// ---- JSON, version 1

function classJson({ node, packet, from, outcomes, rules }: DifferingClass): object {
  const texts = pairTexts(outcomes);
  const side = (i: 0 | 1): object => {
    const { verdict, reason, service, frontend, backends } = outcomes[i];
    return { verdict, reason, text: texts[i], service, frontend, backends, rules: rules?.[i] ?? [] };
  };
  const { source, destination, destinationPort, protocol } = packet;
  return { node, from, packet: { source, destination, destinationPort, protocol }, a: side(0), b: side(1) };
}

export const jsonOf = (result: Comparison, labels: readonly [string, string]): object => ({
  version: 1,
  a: labels[0],
  b: labels[1],
  equal: result.differing === 0,
  nodes: result.nodes,
  classes: result.classes,
  differing: result.differing,
  groups: result.groups.map(({ classes, example: _, ...group }) => ({ ...group, classes: classes.map(classJson) })),
});

// ---- a page

export const comparisonPage = (result: Comparison, labels: readonly [string, string]): Page => ({
  title: `${labels[0]} and ${labels[1]}, compared`,
  answer: headOf(result, labels),
  well: result.differing === 0,
  sections: result.groups.map((group, i) => {
    const [title = '', ...lines] = groupText(group, i, labels);
    return { title, lines: lines.filter((line) => line !== '').map((line) => line.slice(3)) };
  }),
  legend: [],
  again: typedCommand(),
});
