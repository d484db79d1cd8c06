// run.ts - the test runner of `npm test` and `npm run test:long`, with a closing line.
//
// `npm test` runs the linter and the formatters first, then every *.test.ts; `--long` runs the *.long.test.ts instead. Words
// choose the files whose path contains one of them. If KUBEWIRE_NODE is the path of another node binary, everything runs once
// more on that one. What runs is compiled: dist/test/NAME.test.js for test/NAME.test.ts.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { availableParallelism } from 'node:os';
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
  readonly #failed: string[] = [];
  readonly #skipped: string[] = [];
  /** Milliseconds of the tests of a file, by its name. */
  readonly #spent = new Map<string, number>();

  /** Runs a file; what it says is printed at its end, so that lines of one file stay together. */
  async file(name: string): Promise<void> {
    const file = join(here, name.replace(/\.ts$/, '.js'));
    const stream = run({ files: [file], concurrency: 1, timeout: FILE_LIMIT_MS[long ? 'long' : 'short'] });
    stream.on('test:pass', (event) => {
      this.#spend(event);
      if (event.details.type === 'suite') return;
      if (event.skip === undefined || event.skip === false) this.#passed++;
      else this.#skipped.push(`${relative(here, event.file ?? '')}: ${event.name} (${event.skip})`);
    });
    stream.on('test:fail', (event) => {
      this.#spend(event);
      if (event.details.type !== 'suite') this.#failed.push(`${relative(here, event.file ?? '')}: ${event.name}`);
    });
    const said: string[] = [];
    // The sums of each file would be read as those of the run.
    const told = stream.filter(({ type, data }) => type !== 'test:diagnostic' || data.file !== undefined);
    for await (const part of told.compose(new spec())) said.push(part);
    process.stdout.write(said.join(''));
  }

  /** Runs files one after the other: its own, and then whatever nobody else has begun. */
  async lane(own: readonly string[], shared: string[]): Promise<void> {
    for (const name of own) await this.file(name);
    for (let name = shared.shift(); name !== undefined; name = shared.shift()) await this.file(name);
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
    if (this.#failed.length > 0) process.stdout.write(`\nFailed:\n  ${this.#failed.join('\n  ')}\n`);
    process.stdout.write(`\nSlowest: ${this.#slowest()}\n`);
    process.stdout.write(`${this.#passed} passed, ${this.#failed.length} failed, ${this.#skipped.length} skipped\n`);
    return this.#failed.length > 0 || this.#passed === 0 ? 1 : 0;
  }
}

putOnPath();
const { together, turns, alone } = schedule(join(root, 'test'), { long, words });
if (together.length + turns.length + alone.length === 0) {
  process.stderr.write(`error: no test file matches ${words.join(' ')}\n`);
  process.exit(2);
}
if (words.length === 0 && !long && !houseIsTidy(root)) process.exit(1);

const all = new Run();
const others = new Array<string[]>(Math.max(1, availableParallelism() - 1)).fill([]);
await Promise.all([turns, ...others].map((own) => all.lane(own, together)));
await all.lane(alone, []);
process.exitCode = all.close();
const { KUBEWIRE_NODE: other } = process.env;
if (other && !onOtherNode(other)) process.exitCode = 1;
