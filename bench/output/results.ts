// results.ts - the results of a run as JSON (version 1), CSV, Markdown and text.
import { type Machine, machineLine } from '../machine.js';
import { RESULTS_VERSION, type Row, seriesOf } from '../row.js';
import type { SuiteResult } from '../runner.js';
import { digits, quantity, whole } from './number.js';

/** What all results share: where and how they were measured. */
interface Circumstances {
  readonly machine: Machine;
  readonly seed: number;
  readonly scale: string;
  /** ISO 8601. */
  readonly date: string;
}

export interface Results {
  readonly circumstances: Circumstances;
  readonly suites: readonly SuiteResult[];
}

const allRows = ({ suites }: Results): Row[] => suites.flatMap(({ rows }) => rows);

const notes = ({ suites }: Results): string[] =>
  suites.flatMap(({ suite, skipped, failed }) => [
    ...skipped.map((why) => `${suite.name}: not measured: ${why}`),
    ...failed.map((why) => `${suite.name}: failed: ${why}`),
  ]);

export function toJson(results: Results): string {
  const { circumstances, suites } = results;
  const findings = Object.fromEntries(suites.map(({ suite, rows }) => [suite.name, suite.findings(rows)]));
  const document = {
    version: RESULTS_VERSION,
    ...circumstances,
    rows: allRows(results),
    findings,
    notMeasured: notes(results),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

const COLUMNS = [
  ...(['suite', 'dataplane', 'strategy', 'services', 'endpoints', 'flows', 'frameBytes'] as const),
  ...(['path', 'metric', 'unit', 'median', 'min', 'max', 'runs'] as const),
] satisfies (keyof Row)[];

/** RFC 4180. */
export function toCsv(results: Results): string {
  const field = (value: string | number | null): string => {
    const text = String(value ?? '');
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = allRows(results).map((row) => COLUMNS.map((column) => field(row[column])).join(','));
  return `${[COLUMNS.join(','), ...lines].join('\r\n')}\r\n`;
}

// ---- tables for people: one a metric

export interface MetricTable {
  readonly title: string;
  readonly head: readonly string[];
  /** Columns from here on hold numbers. */
  readonly firstNumber: number;
  readonly lines: readonly (readonly string[])[];
}

const SIZES = ['services', 'endpoints', 'flows', 'frameBytes'] as const;
const SIZE_HEADS = { services: 'Services', endpoints: 'endpoints', flows: 'flows', frameBytes: 'frame bytes' };

/** Columns that say nothing in a group (the same value everywhere, or none) are left out. */
export function metricTables(rows: readonly Row[]): MetricTable[] {
  return [...new Set(rows.map(({ metric }) => metric))].map((metric) => {
    const group = rows.filter((row) => row.metric === metric);
    const sizes = SIZES.filter((size) => group.some((row) => row[size] !== null));
    const paths = new Set(group.map(({ path }) => path)).size > 1;
    const best = group.find((row) => row.dataplane === 'copy')?.median;
    return {
      title: metric,
      head: [
        'dataplane',
        ...(paths ? ['what'] : []),
        ...sizes.map((size) => SIZE_HEADS[size]),
        ...['median', 'min', 'max', 'runs'],
        ...(best === undefined ? [] : ['ratio to copy']),
      ],
      firstNumber: paths ? 2 : 1,
      lines: group.map((row) => [
        seriesOf(row),
        ...(paths ? [row.path] : []),
        ...sizes.map((size) => whole(row[size])),
        ...[row.median, row.min, row.max].map((value) => quantity(value, row.unit)),
        String(row.runs),
        ...(best === undefined ? [] : [digits(row.median / best)]),
      ]),
    };
  });
}

function textTable({ title, head, firstNumber, lines }: MetricTable): string {
  const widths = head.map((name, i) => Math.max(name.length, ...lines.map((line) => line[i]?.length ?? 0)));
  const print = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i < firstNumber ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  return [title, ...[head, ...lines].map((line) => `  ${print(line)}`)].join('\n');
}

export function toText(results: Results): string {
  const { machine, seed, scale, date } = results.circumstances;
  const parts = [`${machineLine(machine)}\n${date}, ${scale} run, seed ${seed}`];
  for (const { suite, rows } of results.suites) {
    parts.push(`== ${suite.title} (${suite.name})`);
    parts.push(...suite.findings(rows).map((finding) => `* ${finding}`));
    parts.push(...metricTables(rows).map(textTable));
  }
  return `${[...parts, ...notes(results)].join('\n\n')}\n`;
}

function markdownTable({ title, head, firstNumber, lines }: MetricTable): string {
  const cell = (text: string): string => text.replaceAll('|', '\\|');
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  const rule = head.map((_, i) => (i < firstNumber ? '---' : '---:'));
  return `**${title}**\n\n${[line(head), line(rule), ...lines.map(line)].join('\n')}`;
}

export function toMarkdown(results: Results): string {
  const { machine, seed, scale, date } = results.circumstances;
  const parts = ['# kubewire: benchmark', `${machineLine(machine)}; ${date}, ${scale} run, seed ${seed}`];
  for (const { suite, rows, skipped, failed } of results.suites) {
    parts.push(`## ${suite.title}`, suite.about);
    const findings = suite.findings(rows);
    if (findings.length > 0) parts.push(findings.map((finding) => `- ${finding}`).join('\n'));
    parts.push(...metricTables(rows).map(markdownTable));
    parts.push(...[...skipped, ...failed].map((why) => `Not measured: ${why}`));
  }
  return `${parts.join('\n\n')}\n`;
}
