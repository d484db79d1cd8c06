// run.ts - the test runner of `npm test` and `npm run test:long`, with a closing line.
//
// `npm test` runs the linter and the formatters first, then every *.test.ts; `--long` runs the *.long.test.ts instead. Words
// choose the files whose path contains one of them. If KUBEWIRE_NODE is the path of another node binary, everything runs once
// more on that one. What runs is compiled: dist/test/NAME.test.js for test/NAME.test.ts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { houseIsTidy } from './house.js';
import { schedule } from './schedule.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

/** A file that hangs fails, and the rest still runs. The slowest file takes a tenth of this on two quiet cores. */
const FILE_LIMIT_MS = { short: 480_000, long: 1_200_000 } as const;
/** So many of the slowest files are named at the end. */
const SLOWEST = 5;

const long = process.argv.includes('--long');
const words = process.argv.slice(2).filter((word) => word !== '--long');

/** Messages say what to type. The tests type it as users do who have installed kubewire: it is on PATH. */
function putOnPath(): void {
  const bin = join(root, 'dist/bin');
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'kubewire'), { force: true });
  symlinkSync(join(root, 'dist/src/cli/main.js'), join(bin, 'kubewire'));
  process.env.PATH = [bin, process.env.PATH ?? ''].join(delimiter);
}

/** Runs everything once more on another Node, with builds made for it; afterwards builds for this Node again. */
function onOtherNode(node: string): boolean {
  const start = join(root, 'src/setup/start.mjs');
  const { KUBEWIRE_NODE: _, ...rest } = process.env;
  const env = { ...rest, PATH: [dirname(node), rest.PATH ?? ''].join(delimiter) };
  const runs = (program: string, ...args: string[]): boolean =>
    spawnSync(program, args, { cwd: root, env, stdio: 'inherit' }).status === 0;
  process.stdout.write(`\nOnce more, on ${node}\n`);
  const passed =
    runs(node, start, '--for-tests') && runs(node, fileURLToPath(import.meta.url), ...process.argv.slice(2));
  return runs(process.execPath, start) && passed;
}

class Run {
  #passed = 0;
  #failed = 0;
  readonly #skipped: string[] = [];
  /** Milliseconds of the tests of a file, by its name. */
  readonly #spent = new Map<string, number>();

  /** Runs files, `concurrency` of them at a time, and prints what they say by `print`; resolves at their end. */
  async files(names: readonly string[], concurrency: number | true, print: (part: string) => void): Promise<void> {
    if (names.length === 0) return;
    const files = names.map((name) => join(here, name.replace(/\.ts$/, '.js')));
    const stream = run({ files, concurrency, timeout: FILE_LIMIT_MS[long ? 'long' : 'short'] });
    stream.on('test:pass', (event) => {
      this.#spend(event);
      if (event.details.type === 'suite') return;
      if (event.skip === undefined || event.skip === false) this.#passed++;
      else this.#skipped.push(`${relative(here, event.file ?? '')}: ${event.name} (${event.skip})`);
    });
    stream.on('test:fail', (event) => {
      this.#spend(event);
      if (event.details.type !== 'suite') this.#failed++;
    });
    for await (const part of stream.compose(new spec())) print(part);
  }

  #spend({ file, nesting, details }: { file?: string; nesting: number; details: { duration_ms: number } }): void {
    if (file === undefined || nesting > 0) return;
    const name = relative(here, file);
    this.#spent.set(name, (this.#spent.get(name) ?? 0) + details.duration_ms);
  }

  /** The files whose tests took longest. */
  #slowest(): string {
    const [...files] = this.#spent;
    const first = files.sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
    return first.map(([name, ms]) => `${name} ${Math.round(ms / 1000)} s`).join(', ');
  }

  /** Says how it went; returns the exit code. */
  close(): number {
    if (this.#skipped.length > 0) {
      process.stdout.write(`\nSkipped, with the reason:\n  ${this.#skipped.join('\n  ')}\n`);
    }
    process.stdout.write(`\nSlowest: ${this.#slowest()}\n`);
    process.stdout.write(`${this.#passed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped\n`);
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0;
  }
}

putOnPath();
const { together, turns, alone } = schedule(join(root, 'test'), { long, words });
if (together.length + turns.length + alone.length === 0) {
  process.stderr.write(`error: no test file matches ${words.join(' ')}\n`);
  process.exit(2);
}
if (words.length === 0 && !long && !houseIsTidy(root)) process.exit(1);

const show = (part: string): void => void process.stdout.write(part);
/** What the labs say meanwhile is printed when the others have finished, so that lines of one file stay together. */
const waiting: string[] = [];
let tell = (part: string): void => void waiting.push(part);
const all = new Run();
const labs = all.files(turns, 1, (part) => tell(part));
await all.files(together, true, show);
for (const part of waiting) show(part);
tell = show;
await labs;
await all.files(alone, 1, show);
process.exitCode = all.close();
const { KUBEWIRE_NODE: other } = process.env;
if (other && !onOtherNode(other)) process.exitCode = 1;
