// run.ts - `npm run bench -- SUITE…`, `kubewire bench SUITE…`: runs suites, writes the report, prints the results.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Exit, usage } from '../src/cli/failure.js';
import { runCommandLine } from '../src/cli/program.js';
import { type BenchFlags, type BenchOutput, describeBench } from '../src/cli/verbs/bench.js';
import { labAccess, reexecInUserNamespace } from '../src/lab/host/process.js';
import { Fault } from '../src/model/fault.js';
import { timestamp } from '../src/model/timestamp.js';
import { describeMachine } from './machine.js';
import { toHtml } from './output/html.js';
import { type Results, toCsv, toJson, toMarkdown, toText } from './output/results.js';
import { standaloneSvg } from './output/svg.js';
import { lineProgress } from './progress.js';
import { runSuites } from './runner.js';
import type { Suite } from './suite.js';
import { SUITES } from './suites.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = here.includes('/dist/') ? join(here, '../..') : join(here, '..');

/**
 * After this many seconds a quick run begins nothing new: it is promised to take five minutes, even on a busy machine.
 */
const QUICK_LIMIT = 275;

const PRINTERS: Readonly<Record<BenchOutput, (results: Results) => string>> = {
  text: toText,
  json: toJson,
  csv: toCsv,
  md: toMarkdown,
  svg: ({ suites }) => standaloneSvg(suites.flatMap(({ suite, rows }) => suite.charts(rows))),
  html: toHtml,
};

async function load(names: readonly string[]): Promise<Suite[]> {
  const unknown = names.find((name) => !Object.hasOwn(SUITES, name));
  if (unknown !== undefined) {
    throw usage(`unknown suite "${unknown}", use ${Object.keys(SUITES).join(', ')}`, 'bench');
  }
  const wanted = Object.entries(SUITES).filter(([name]) => names.length === 0 || names.includes(name));
  return Promise.all(wanted.map(([, make]) => make()));
}

/** Why no namespaces can be made here; null when they can. May restart this program with the rights it needs. */
function labObstacle(suites: readonly Suite[]): string | null {
  if (!suites.some(({ needsLab }) => needsLab)) return null;
  try {
    if (labAccess() === 'user-namespace') reexecInUserNamespace();
    return null;
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return `${error.message}${error.remedy ? ` (${error.remedy})` : ''}`;
  }
}

function seedOf(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw usage(`--seed takes a whole number, not "${text}"`, 'bench');
  return Number(text);
}

async function run(names: readonly string[], flags: BenchFlags): Promise<void> {
  const suites = await load(names);
  const seed = seedOf(flags.seed);
  const withoutLab = labObstacle(suites);
  const circumstances = {
    machine: describeMachine(root),
    seed,
    scale: flags.quick ? 'quick' : 'full',
    date: timestamp(new Date()),
  } as const;
  const interrupt = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => interrupt.abort());
  const progress = lineProgress(process.stderr, () => performance.now());
  const limit = flags.quick ? { limit: QUICK_LIMIT } : {};
  const options = { scale: circumstances.scale, seed, progress, signal: interrupt.signal, ...limit };
  const measured = await runSuites(suites, options, withoutLab).catch((error: unknown) => {
    throw interrupt.signal.aborted ? new Exit(130, 'interrupted: nothing is written') : error;
  });
  const results = { circumstances, suites: measured };
  mkdirSync(flags.out, { recursive: true });
  for (const [file, print] of [
    ['report.html', toHtml],
    ['results.json', toJson],
  ] as const) {
    writeFileSync(join(flags.out, file), print(results));
  }
  process.stdout.write(PRINTERS[flags.output](results));
  process.stderr.write(`${resolve(flags.out, 'report.html')}\n`);
  const failed = results.suites.flatMap((result) => result.failed.map((why) => `${result.suite.name}: ${why}`));
  if (failed.length > 0) throw new Fault('NOT_FOUND', `could not measure ${failed.join('; ')}`);
}

process.exitCode = await runCommandLine(
  ['bench', ...process.argv.slice(2)],
  [
    {
      verb: 'bench',
      group: 'Other:',
      about: 'Measure strategies',
      load: async () => ({ register: (program) => void describeBench(program).action(run) }),
    },
  ],
);
