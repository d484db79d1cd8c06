// packets.ts - what the kernel told of each packet: the rules that it met, in its order, joined to the dumps that have them.
import type { NodeDump } from '../rules/node.js';
import type { Rule, Table } from '../rules/ruleset.js';
import type { AnswerStep } from '../walk/answer.js';
import { serviceOf } from '../walk/services.js';

/** One line of a trace. */
interface TraceEvent {
  readonly family: string;
  readonly table: string;
  readonly chain: string;
  /** nft names rules by handle, iptables by their number in the chain, from 1; null for a policy. */
  readonly handle: number | null;
  readonly number: number | null;
  /** As the trace shows it; '' where it shows none. */
  readonly text: string;
  /** `accept`, `jump KUBE-SERVICES`, `policy drop` …; '' where the trace says none. */
  readonly effect: string;
}

/** Everything that one packet met. */
export interface TracedPacket {
  /** As it came in. */
  readonly packet: string;
  /** As it was told last, where NAT has changed it. */
  last: string;
  readonly events: TraceEvent[];
}

/** Version 1: fields may be added, none changes its meaning. */
interface TraceStory {
  readonly version: 1;
  readonly packets: readonly {
    readonly packet: string;
    readonly became: string;
    readonly verdict: 'accept' | 'drop' | 'reject';
    readonly service: string | null;
    readonly steps: readonly AnswerStep[];
  }[];
}

function ruleOf(tables: readonly Table[], { family, table, chain, handle, number }: TraceEvent): Rule | null {
  const found = tables.find((one) => one.name === table && (one.family === family || family === ''));
  const rules = found?.chains.get(chain)?.rules ?? [];
  if (handle !== null) return rules.find((rule) => rule.handle === handle) ?? null;
  return number === null ? null : (rules[number - 1] ?? null);
}

const isRefused = (text: string): boolean => /\breject\b|-j REJECT/.test(text);

function stepOf(tables: readonly Table[], event: TraceEvent): AnswerStep {
  const rule = ruleOf(tables, event);
  const text = rule?.text ?? event.text;
  return {
    hook: '',
    table: `${event.family} ${event.table}`.trim(),
    chain: event.chain,
    rule: text,
    file: rule?.place.file ?? null,
    line: rule?.place.line ?? null,
    matched: true,
    effect: event.effect,
    service: serviceOf(event.chain, rule?.comment ?? /comment "([^"]*)"/.exec(text)?.[1] ?? ''),
  };
}

export function joinTraces({ ruleset }: NodeDump, packets: readonly TracedPacket[]): TraceStory {
  return {
    version: 1,
    packets: packets.map(({ packet, last, events }) => {
      const steps = events.map((event) => stepOf(ruleset.tables, event));
      const end = steps.at(-1);
      const dropped = end !== undefined && /\bdrop\b/.test(end.effect);
      const refused = end !== undefined && isRefused(end.rule) && (dropped || end.effect === '');
      return {
        packet,
        became: last,
        verdict: refused ? 'reject' : dropped || / -j DROP\b|^-j DROP/.test(end?.rule ?? '') ? 'drop' : 'accept',
        service: steps.find(({ service }) => service !== null)?.service ?? null,
        steps,
      };
    }),
  };
}

/** The story of every packet: rule after rule, each with its line in the dump. */
export function tellTraces({ packets }: TraceStory): string {
  const stories = packets.map(({ packet, became, verdict, service, steps }) => {
    const lines = steps.flatMap(({ table, chain, rule, file, line, effect }) => [
      `    ${table} ${chain}${effect === '' ? '' : ` → ${effect}`}${file === null ? '' : `  ${file}:${line}`}`,
      ...(rule === '' ? [] : [`        ${rule}`]),
    ]);
    const end = became === packet ? '' : `, as ${became}`;
    return `${[`${packet}${service === null ? '' : ` (${service})`}`, ...lines, `  ${verdict}${end}`].join('\n')}\n`;
  });
  return stories.length === 0 ? 'The trace tells of no packet.\n' : stories.join('\n');
}
