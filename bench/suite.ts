// suite.ts - defines a suite: cells that each run in their own process, and what their rows mean.
import type { Chart } from './output/chart.js';
import type { Measurement, Row } from './row.js';

/** tiny = a test that it works; quick = minutes for all suites; full = what is published. */
export type Scale = 'tiny' | 'quick' | 'full';

/** What a cell is to measure; it travels as JSON to the process that does. */
export type Params = Readonly<Record<string, string | number | boolean | null>>;

/** One dataplane at one size: measured by one fresh process, once a round. */
export interface Cell {
  /** For the progress line. */
  readonly label: string;
  /** About how long it takes. */
  readonly seconds: number;
  readonly params: Params;
}

export interface CellResult {
  readonly measurements: readonly Measurement[];
  /** What could not be measured here, and why: one sentence each. */
  readonly skipped: readonly string[];
}

export interface Suite {
  readonly name: string;
  /** Heading in the report. */
  readonly title: string;
  /** What is measured and how, in two or three sentences for somebody who sees the report alone. */
  readonly about: string;
  /** Namespaces and TAPs are needed: root, or a user namespace. */
  readonly needsLab: boolean;
  /** How often each cell is measured, round by round, so that all share what the machine does meanwhile. */
  readonly rounds: Readonly<Record<Scale, number>>;
  cells(scale: Scale): Cell[];
  measure(params: Params, seed: number): Promise<CellResult>;
  /** One sentence each, made from the rows. Empty when they say nothing. */
  findings(rows: readonly Row[]): string[];
  charts(rows: readonly Row[]): Chart[];
}
