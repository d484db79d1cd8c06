// suite.ts - what a suite is: cells that each run in a process of their own, and what their rows mean.
import type { Chart } from './output/chart.js';
import type { Measurement, Row } from './row.js';

/** tiny = a test that it works; quick = minutes for all suites; full = what is published. */
export type Scale = 'tiny' | 'quick' | 'full';

/** What a cell is to measure. It goes to the measuring process as JSON. */
export type Params = Readonly<Record<string, string | number | boolean | null>>;

/** One dataplane at one size, measured by a fresh process once a round. */
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
  /** What is measured and how, in two or three sentences for readers who see only the report. */
  readonly about: string;
  /** True if it needs namespaces and TAPs: root, or a user namespace. */
  readonly needsLab: boolean;
  /** How often each cell is measured, round by round, so that all share what else the machine does. */
  readonly rounds: Readonly<Record<Scale, number>>;
  cells(scale: Scale): Cell[];
  measure(params: Params, seed: number): Promise<CellResult>;
  /** Sentences made from the rows; empty when they say nothing. */
  findings(rows: readonly Row[]): string[];
  charts(rows: readonly Row[]): Chart[];
}
