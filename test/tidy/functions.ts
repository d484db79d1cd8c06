// functions.ts - the functions of a file and their lengths, told by the margins that the formatters leave.
import type { Source } from '../support/sources.js';

interface Piece {
  /** FILE:LINE of its head. */
  readonly place: string;
  /** Lines from its head to its closing brace. A head of several lines counts where the formatter sets them deeper. */
  readonly length: number;
}

/** What closes a block and nothing else: `}`, and in TypeScript `});` of a callback. */
const CLOSING = /^( *)\}[);,]*$/;
/** The end of a head that opens a function's body. */
const OPENS = { ts: /(=>|\)|\): [^=]+|function\*?.*) \{$/, native: /\)[ \w]* \{$/ } as const;
/** Blocks that are no functions. A suite of tests is a list of them, and not measured. */
const OTHER =
  /^(export |default |abstract )*(if|else|\} else|for|while|do|switch|case|try|catch|\} catch|return \{|class|interface|struct|union|enum|namespace|extern|describe\()/;

const marginOf = (line: string): number => line.length - line.trimStart().length;

/** The line that a block closed at `end` begins with: the nearest before it at the same margin. */
function headOf(lines: readonly string[], end: number): number {
  const margin = marginOf(lines[end] ?? '');
  const isInside = (line: string): boolean => line === '' || marginOf(line) > margin || /^(#|\w+:$)/.test(line);
  let at = end - 1;
  while (at > 0 && isInside(lines[at] ?? '')) at--;
  return at;
}

/** In C++ the arguments of a head stand deeper than its first line: the head ends where a line opens the body. */
const headText = (lines: readonly string[], head: number): string => {
  const from = lines.slice(head);
  return from.slice(0, from.findIndex((line) => line.endsWith('{')) + 1).join(' ');
};

export function functionsOf({ path, text }: Source): Piece[] {
  const lines = text.split('\n');
  const opens = OPENS[/\.(ts|mjs)$/.test(path) ? 'ts' : 'native'];
  return lines.flatMap((line, end) => {
    if (!CLOSING.test(line)) return [];
    const head = headOf(lines, end);
    const written = headText(lines, head).trim();
    if (!opens.test(written) || OTHER.test(written)) return [];
    return [{ place: `${path}:${head + 1}`, length: end - head + 1 }];
  });
}
