// failure.ts - what the user reads when something goes wrong, and the exit code: 1, or 2 for wrong usage.
import { Fault } from '../model/fault.js';
import { printable } from '../model/printable.js';
import { asTyped } from './invocation.js';
import { isStatusFailure, statusText } from './objects/status.js';
import { paint } from './print/colour.js';

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

export interface ReportOptions {
  /** Show the stack of an unexpected error. */
  readonly debug: boolean;
  readonly stderr: NodeJS.WritableStream & { isTTY?: boolean };
  /** The verbs, by which a command that is named is known as one. */
  readonly verbs: readonly string[];
}

/** Writes one clear message for any thrown value and returns the exit code. */
export function report(error: unknown, options: ReportOptions): number {
  const { stderr, debug, verbs } = options;
  const say = (text: string): void => {
    const line = printable(asTyped(text, verbs)).replace(/^error:/, paint(stderr, 'red', 'error:'));
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
