// run.ts - the test runner behind `npm test`: linter and formatters, then every *.test.js below dist/test, with a closing line.
import { readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { houseIsTidy } from './house.js';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '../..');

/** Words on the command line choose the files whose path contains one of them; none means all. */
const words = process.argv.slice(2);
const files = readdirSync(here, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.test.js'))
  .filter((name) => words.length === 0 || words.some((word) => name.includes(word)))
  .sort()
  .map((name) => join(here, name));

if (files.length === 0) {
  process.stderr.write(`error: no test file matches ${words.join(' ')}\n`);
  process.exit(2);
}

if (words.length === 0 && !houseIsTidy(root)) process.exit(1);

/** A file that hangs fails, and the others are heard. The slowest takes a quarter of this on two busy cores. */
const FILE_LIMIT_MS = 240_000;

let passed = 0;
let failed = 0;
const skipped: string[] = [];

/** Lab tests share the machine's two cores and measure time-outs: one file at a time is both fair and steady. */
const stream = run({ files, concurrency: 1, timeout: FILE_LIMIT_MS });
stream.on('test:pass', (event) => {
  if (event.details.type === 'suite') return;
  if (event.skip === undefined || event.skip === false) passed++;
  else skipped.push(`${relative(here, event.file ?? '')}: ${event.name} (${event.skip})`);
});
stream.on('test:fail', (event) => {
  if (event.details.type !== 'suite') failed++;
});
stream.on('end', () => {
  if (skipped.length > 0) process.stdout.write(`\nSkipped, with the reason:\n  ${skipped.join('\n  ')}\n`);
  process.stdout.write(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped\n`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
});
stream.compose(new spec()).pipe(process.stdout);
