// chart.ts - turns rows into charts as data: curves over a size, bars over dataplanes.
import { STRATEGY_SPECS } from '../../src/abi/strategies.js';
import { type Row, seriesOf } from '../row.js';

interface Point {
  readonly x: number;
  readonly y: number;
  /** Lowest and highest run. */
  readonly low: number;
  readonly high: number;
}

export interface LineChart {
  readonly kind: 'lines';
  readonly title: string;
  readonly xLabel: string;
  readonly unit: string;
  readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[];
}

export interface Bar {
  readonly series: string;
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface BarChart {
  readonly kind: 'bars';
  readonly title: string;
  readonly unit: string;
  readonly groups: readonly { readonly name: string; readonly bars: readonly Bar[] }[];
}

export type Chart = LineChart | BarChart;

/** The order of lines, bars and colours: our strategies, the youngest first, then the kernel's modes and the bare loop. */
const SERIES: readonly string[] = [
  ...STRATEGY_SPECS.map(({ word }) => word).reverse(),
  'kubewire-fast',
  'kernel-nftables',
  'kernel-iptables',
  'copy',
  'copy-polls',
];

const rank = (name: string): number => {
  const at = SERIES.indexOf(name);
  return at < 0 ? SERIES.length : at;
};

export const bySeries = (a: string, b: string): number => rank(a) - rank(b) || (a < b ? -1 : 1);

const LABELS = { services: 'Services', endpoints: 'endpoints', flows: 'flows' } as const;

/**
 * One line for each series over a size; undefined when no series has two sizes. `name` gives the name of a row's line.
 */
export function curve(
  title: string,
  rows: readonly Row[],
  x: 'services' | 'endpoints' | 'flows',
  name: (row: Row) => string = seriesOf,
): LineChart | undefined {
  const lines = new Map<string, Point[]>();
  for (const row of rows) {
    const at = row[x];
    if (at === null) continue;
    const points = lines.get(name(row)) ?? [];
    lines.set(name(row), points);
    points.push({ x: at, y: row.median, low: row.min, high: row.max });
  }
  const series = [...lines]
    .map(([line, points]) => ({ name: line, points: points.sort((a, b) => a.x - b.x) }))
    .sort((a, b) => bySeries(a.name, b.name));
  if (!series.some(({ points }) => points.length > 1)) return undefined;
  return { kind: 'lines', title, xLabel: LABELS[x], unit: rows[0]?.unit ?? '', series };
}

/** One group of bars for each `group`, one bar for each series; undefined without rows. */
export function bars(
  title: string,
  rows: readonly Row[],
  group: (row: Row) => string = (row) => row.path,
  name: (row: Row) => string = seriesOf,
): BarChart | undefined {
  const groups = new Map<string, Bar[]>();
  for (const row of rows) {
    const list = groups.get(group(row)) ?? [];
    groups.set(group(row), list);
    list.push({ series: name(row), value: row.median, low: row.min, high: row.max });
  }
  if (groups.size === 0) return undefined;
  const sorted = [...groups].map(([label, list]) => ({
    name: label,
    bars: list.sort((a, b) => bySeries(a.series, b.series)),
  }));
  return { kind: 'bars', title, unit: rows[0]?.unit ?? '', groups: sorted };
}

/** Leaves out the charts that could not be made. */
export const made = (...charts: (Chart | undefined)[]): Chart[] => charts.filter((chart) => chart !== undefined);
