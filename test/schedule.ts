// schedule.ts - which test files a run takes, and which of them may run at the same time.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files by their path below test/. */
interface Schedule {
  /** These disturb nobody and run side by side. */
  readonly together: string[];
  /** Beside those, one after the other: labs would share the cores and each other's patience. */
  readonly turns: readonly string[];
  /** After all others, one after the other. */
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
/** A file says within so many lines, after its name and its job, how it runs. */
const FIRST_LINES = 3;
const MARKS = { turns: 'Takes turns', alone: 'Runs alone' } as const;

/** Does a file give a reason, in one of its first lines, why it takes turns or runs alone? */
export function isMarked(text: string, how: keyof typeof MARKS): boolean {
  const mark = new RegExp(`^// ${MARKS[how]}: .+$`);
  return text.split('\n', FIRST_LINES).some((line) => mark.test(line));
}

/** The test files below a folder of sources. */
export function schedule(folder: string, { long, words }: Wanted): Schedule {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(TEST) && name.endsWith(LONG) === long)
    .filter((name) => words.length === 0 || words.some((word) => name.includes(word.replace(/\.js$/, ''))))
    .sort();
  const marked = (how: keyof typeof MARKS): string[] =>
    files.filter((name) => isMarked(readFileSync(join(folder, name), 'utf8'), how));
  const [turns, alone] = [marked('turns'), marked('alone')];
  return { together: files.filter((name) => !turns.includes(name) && !alone.includes(name)), turns, alone };
}
