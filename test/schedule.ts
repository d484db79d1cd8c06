// schedule.ts - which test files a run takes, and which of them have the machine to themselves.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files by their path below test/, as they run: first those that disturb nobody, side by side, then one after the other. */
interface Schedule {
  readonly together: readonly string[];
  readonly alone: readonly string[];
}

interface Wanted {
  /** `*.long.test.ts` instead of all others. */
  readonly long: boolean;
  /** Only files whose path, as source or compiled, contains one of these; none means all. */
  readonly words: readonly string[];
}

const TEST = '.test.ts';
const LONG = '.long.test.ts';
/** So many lines of a file may say that it runs alone, after its name and its job. */
const FIRST_LINES = 3;

/** The reason why a file runs alone, which it gives in one of its first lines; null when it disturbs nobody. */
export function runsAlone(text: string): string | null {
  const lines = text.split('\n', FIRST_LINES);
  return lines.map((line) => /^\/\/ Runs alone: (.+)$/.exec(line)?.[1]).find((reason) => reason !== undefined) ?? null;
}

/** The test files below a folder of sources. */
export function schedule(folder: string, { long, words }: Wanted): Schedule {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(TEST) && name.endsWith(LONG) === long)
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word.replace(/\.js$/, ''))))
    .sort();
  const alone = files.filter((name) => runsAlone(readFileSync(join(folder, name), 'utf8')) !== null);
  return { together: files.filter((name) => !alone.includes(name)), alone };
}
