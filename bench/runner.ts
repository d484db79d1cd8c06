// runner.ts - measures the cells of suites: each in a fresh process, in rounds, with a time limit and visible failures.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Progress } from './progress.js';
import { type Measurement, type Row, rowsOf } from './row.js';
import type { Cell, CellResult, Scale, Suite } from './suite.js';

/** The program beside this file, compiled or not. */
const CELL = fileURLToPath(import.meta.url.replace(/runner(\.[jt]s)$/, 'cell$1'));

/** A cell may take this many times what it announced, and never less than a minute. */
const PATIENCE = 8;

interface RunOptions {
  readonly scale: Scale;
  readonly seed: number;
  readonly progress: Progress;
  /** Cells that would begin later than this many seconds after the start are left out, and the report says so. */
  readonly limit?: number;
  /** Ends the run: kills the current cell and starts nothing else. */
  readonly signal?: AbortSignal;
}

export interface SuiteResult {
  readonly suite: Suite;
  readonly rows: readonly Row[];
  /** Not measured, and why. */
  readonly skipped: readonly string[];
  /** Cells that should have been measured and could not be. */
  readonly failed: readonly string[];
}

/** Failures of the same kind are one line. */
function failureLines(failures: readonly { label: string; why: string }[]): string[] {
  return [...new Set(failures.map(({ why }) => why))].map((why) => {
    const labels = [...new Set(failures.filter((failure) => failure.why === why).map(({ label }) => label))];
    const more = labels.length > 1 ? ` and ${labels.length - 1} more` : '';
    return `${labels[0]}${more}: ${why}`;
  });
}

/** Measures one cell in a process of its own. Rejects with what that wrote to stderr. */
export function runCell(suite: string, cell: Cell, seed: number, signal?: AbortSignal): Promise<CellResult> {
  const words = [CELL, suite, JSON.stringify(cell.params), String(seed)];
  const child = spawn(process.execPath, [...process.execArgv, ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    killSignal: 'SIGKILL',
    ...(signal ? { signal } : {}),
  });
  const limit = Math.max(60, cell.seconds * PATIENCE);
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill('SIGKILL');
  }, limit * 1000);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(timer);
      if (late) reject(new Error(`not done after ${limit} s`));
      else if (code !== 0) reject(new Error(stderr.trim() || `exit code ${code}`));
      else resolve(JSON.parse(stdout) as CellResult);
    });
  });
}

interface Planned {
  readonly suite: Suite;
  readonly cells: readonly Cell[];
  readonly rounds: number;
}

async function runSuite(planned: Planned, options: RunOptions, late: () => boolean): Promise<SuiteResult> {
  const { suite, cells, rounds } = planned;
  const { progress, seed, signal } = options;
  const measurements: Measurement[] = [];
  const skipped = new Set<string>();
  const failures: { label: string; why: string }[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const cell of cells) {
      signal?.throwIfAborted();
      if (late()) {
        skipped.add(`${cell.label}, round ${round}: the time of the run is over`);
        continue;
      }
      progress.begin(`${suite.name}: ${cell.label}${rounds > 1 ? `, round ${round} of ${rounds}` : ''}`);
      try {
        const result = await runCell(suite.name, cell, seed, signal);
        measurements.push(...result.measurements);
        for (const why of result.skipped) skipped.add(why);
      } catch (error) {
        signal?.throwIfAborted();
        failures.push({ label: cell.label, why: (error as Error).message });
      }
      progress.end(cell.seconds);
    }
  }
  return { suite, rows: rowsOf(suite.name, measurements), skipped: [...skipped], failed: failureLines(failures) };
}

/**
 * Runs suites one after another. `withoutLab` says why no namespaces can be made here; suites that need them are
 * skipped.
 */
export async function runSuites(
  suites: readonly Suite[],
  options: RunOptions,
  withoutLab: string | null = null,
): Promise<SuiteResult[]> {
  const planned = suites.map((suite) => {
    const possible = withoutLab === null || !suite.needsLab;
    return { suite, cells: possible ? suite.cells(options.scale) : [], rounds: suite.rounds[options.scale] };
  });
  options.progress.plan(planned.flatMap(({ cells, rounds }) => cells.map(({ seconds }) => seconds * rounds)));
  const start = performance.now();
  const late = (): boolean => performance.now() - start > (options.limit ?? Number.POSITIVE_INFINITY) * 1000;
  const results: SuiteResult[] = [];
  for (const one of planned) {
    const result = await runSuite(one, options, late);
    const why = one.suite.needsLab && withoutLab !== null ? [withoutLab] : [];
    results.push({ ...result, skipped: [...why, ...result.skipped] });
  }
  options.progress.done();
  return results;
}
