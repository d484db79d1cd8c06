// bench.ts - kubewire bench: starts the benchmark program, which lies beside the product rather than in it.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Command, Option } from 'commander';
import { Fault } from '../../model/fault.js';
import { closing } from '../flags.js';

export const BENCH_OUTPUTS = ['text', 'json', 'csv', 'md', 'svg', 'html'] as const;
export type BenchOutput = (typeof BENCH_OUTPUTS)[number];

export interface BenchFlags {
  quick?: boolean;
  output: BenchOutput;
  out: string;
  seed: string;
}

/** The program beside this file, compiled or not. */
const PROGRAM = fileURLToPath(import.meta.url.replace(/src\/cli\/verbs\/bench(\.[jt]s)$/, 'bench/run$1'));

const EXAMPLES = `
kubewire bench --quick                 every suite in small sizes: a few minutes
kubewire bench lookup sync             two suites in full
kubewire bench throughput -o json      rows for machines on stdout; bench/README.md describes them`;

const NOTES = `
Suites: lookup, flows, sync, throughput, balance, swap, smoke, stages; none named = all.
Every run also writes report.html and results.json into the directory of --out.`;

/** Arguments and options, shared with the program itself. */
export function describeBench(program: Command): Command {
  const command = program
    .command('bench')
    .description('Measure strategies, beside each other and beside the kernel')
    .argument('[suite...]', 'what to measure (default: every suite)')
    .option('--quick', 'small sizes, few runs')
    .addOption(new Option('-o, --output <format>', 'what stdout gets').choices(BENCH_OUTPUTS).default('text'))
    .option('--out <directory>', 'where the report goes', 'bench-results')
    .option('--seed <number>', 'seed of everything that is drawn', '1');
  return closing(command, EXAMPLES, {}, NOTES);
}

/** Runs the program in this terminal; its exit code becomes ours. */
async function launch(suites: readonly string[], { quick, output, out, seed }: BenchFlags): Promise<void> {
  if (!existsSync(PROGRAM)) {
    throw new Fault('TOOL_MISSING', 'the benchmarks are not installed', 'Run it from a checkout: npm run bench.');
  }
  const words = [...suites, ...(quick ? ['--quick'] : []), '--output', output, '--out', out, '--seed', seed];
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...words], { stdio: 'inherit' });
  const passOn = (signal: NodeJS.Signals): void => void child.kill(signal);
  // The terminal sends an interrupt to both, and this process waits until the program has ended on it.
  const wait = (): void => {};
  process.on('SIGTERM', passOn).on('SIGHUP', passOn).on('SIGINT', wait);
  process.exitCode = await new Promise<number>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
  });
}

export function register(program: Command): void {
  describeBench(program).action((suites: string[], flags: BenchFlags) => launch(suites, flags));
}
