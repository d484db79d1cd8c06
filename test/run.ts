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

/** A file that hangs fails, and the rest still runs. The slowest file takes a quarter of this on two busy cores. */
const FILE_LIMIT_MS = { short: 240_000, long: 1_200_000 } as const;

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

  /** Runs files and prints what they say; resolves at their end. `concurrency` is the number of files at a time. */
  async files(names: readonly string[], concurrency: number | true): Promise<void> {
    if (names.length === 0) return;
    const files = names.map((name) => join(here, name.replace(/\.ts$/, '.js')));
    const stream = run({ files, concurrency, timeout: FILE_LIMIT_MS[long ? 'long' : 'short'] });
    stream.on('test:pass', (event) => {
      if (event.details.type === 'suite') return;
      if (event.skip === undefined || event.skip === false) this.#passed++;
      else this.#skipped.push(`${relative(here, event.file ?? '')}: ${event.name} (${event.skip})`);
    });
    stream.on('test:fail', (event) => {
      if (event.details.type !== 'suite') this.#failed++;
    });
    for await (const part of stream.compose(new spec())) process.stdout.write(part);
  }

  /** Says how it went; returns the exit code. */
  close(): number {
    if (this.#skipped.length > 0) {
      process.stdout.write(`\nSkipped, with the reason:\n  ${this.#skipped.join('\n  ')}\n`);
    }
    process.stdout.write(`\n${this.#passed} passed, ${this.#failed} failed, ${this.#skipped.length} skipped\n`);
    return this.#failed > 0 || this.#passed === 0 ? 1 : 0;
  }
}

putOnPath();
const { together, alone } = schedule(join(root, 'test'), { long, words });
if (together.length + alone.length === 0) {
  process.stderr.write(`error: no test file matches ${words.join(' ')}\n`);
  process.exit(2);
}
if (words.length === 0 && !long && !houseIsTidy(root)) process.exit(1);
const all = new Run();
await all.files(together, true);
/** Labs share the machine's cores and its patience: one at a time is both fair and steady. */
await all.files(alone, 1);
process.exitCode = all.close();
const { KUBEWIRE_NODE: other } = process.env;
if (other && !onOtherNode(other)) process.exitCode = 1;
