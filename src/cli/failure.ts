// failure.ts - what the user reads when something goes wrong, and the exit code: 1, or 2 for wrong usage.
import { Fault } from '../model/fault.js';
import { paint } from './colour.js';
import { isStatusFailure, statusText } from './status.js';

/** Ends the command with a code; `text`, if any, goes to stderr as it is. */
export class Exit extends Error {
  readonly code: number;
  readonly text: string | undefined;

  constructor(code: number, text?: string) {
    super(text ?? `exit ${code}`);
    this.name = 'Exit';
    this.code = code;
    this.text = text;
  }
}

/** Wrong use of a verb: the sentence, where to read more, exit code 2. */
export function usage(message: string, verb: string): Exit {
  return new Exit(2, `error: ${message}\nSee 'kubewire ${verb} --help' for usage.`);
}

/** Edits (insert, delete, replace, swap neighbours) between two words; optimal string alignment distance. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** `\n(did you mean "x"?)` when one of the known words is near, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  let best = '';
  let nearest = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of known) {
    const far = distance(word.toLowerCase(), candidate.toLowerCase());
    if (far < nearest) [best, nearest] = [candidate, far];
  }
  return best === '' ? '' : `\n(did you mean "${best}"?)`;
}

export interface ReportOptions {
  /** Show the stack of an unexpected error. */
  readonly debug: boolean;
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
}

/** Writes one clear message for any thrown value and returns the exit code. */
export function report(error: unknown, options: ReportOptions): number {
  const { stderr, debug } = options;
  const say = (text: string): void => {
    const line = text.replace(/^error:/, paint(stderr, 'red', 'error:'));
    stderr.write(line.endsWith('\n') ? line : `${line}\n`);
  };
  if (error instanceof Exit) {
    if (error.text !== undefined) say(error.text);
    return error.code;
  }
  if (error instanceof Fault && error.code !== 'INTERNAL') {
    say(`error: ${error.message}`);
    if (error.remedy) say(error.remedy);
    if (debug) say(error.stack ?? '');
    return error.code === 'USAGE' ? 2 : 1;
  }
  if (isStatusFailure(error)) {
    say(statusText(error.status));
    return 1;
  }
  if ((error as NodeJS.ErrnoException | null)?.code === 'EPIPE') return 0;
  const known = error instanceof Error;
  say(`error: unexpected: ${known ? error.message : String(error)}`);
  if (debug) say((known && error.stack) || 'no stack');
  else say('This is a bug of kubewire. Run the command again with --debug to see where it happened.');
  return 1;
}
