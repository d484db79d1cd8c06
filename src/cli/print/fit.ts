// fit.ts - fits tables and text to the terminal's width: columns shrink, names are cut, words wrap.
import { tabulate } from './tabwriter.js';

interface FitColumn {
  readonly heading: string;
  /** The order in which columns are dropped when the table is too wide, lowest first. Columns without a number stay. */
  readonly gives?: number;
  /** Its cells may be cut. */
  readonly shrinks?: boolean;
}

const GUTTER = { minimum: 2, padding: 2 };
/** No cell is cut to less than this. */
const NARROWEST = 12;

/** Columns of the terminal, else of COLUMNS; Infinity without either. */
export function terminalWidth(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): number {
  const columns = stream.columns ?? Number(env.COLUMNS);
  return columns > 0 ? columns : Number.POSITIVE_INFINITY;
}

const linesOf = (table: readonly (readonly string[])[]): string[] =>
  tabulate(table, GUTTER)
    .split('\n')
    .slice(0, -1)
    .map((line) => line.trimEnd());

const widest = (lines: readonly string[]): number => lines.reduce((most, line) => Math.max(most, [...line].length), 0);

const without = (table: readonly (readonly string[])[], column: number): string[][] =>
  table.map((cells) => cells.filter((_, i) => i !== column));

/** `a-long-na…` */
const cut = (text: string, length: number): string => {
  const letters = [...text];
  return letters.length <= length ? text : `${letters.slice(0, length - 1).join('')}…`;
};

/** Heading and lines as text, no wider than `width` if possible. */
export function fitTable(columns: readonly FitColumn[], rows: readonly (readonly string[])[], width: number): string[] {
  let kept = [...columns];
  let table: string[][] = [columns.map(({ heading }) => heading), ...rows.map((cells) => [...cells])];
  let lines = linesOf(table);
  while (widest(lines) > width) {
    const next = kept
      .map(({ gives }, i) => ({ gives, i }))
      .filter((one): one is { gives: number; i: number } => one.gives !== undefined)
      .sort((a, b) => a.gives - b.gives)[0];
    if (!next) break;
    table = without(table, next.i);
    kept = kept.filter((_, i) => i !== next.i);
    lines = linesOf(table);
  }
  // Shortens the longest first, so that columns of a table end up about equally wide.
  const lengths = kept.map(({ shrinks }, i) => (shrinks ? widest(table.map((cells) => cells[i] ?? '')) : 0));
  for (let over = widest(lines) - width; over > 0; over--) {
    const longest = Math.max(...lengths);
    if (longest <= NARROWEST) break;
    lengths[lengths.indexOf(longest)] = longest - 1;
  }
  const fitted = table.map((cells) => cells.map((text, i) => (kept[i]?.shrinks ? cut(text, lengths[i] ?? 0) : text)));
  return linesOf(fitted);
}

/** The text in lines no wider than `width`, each with `indent` before it. */
export function wrap(text: string, width: number, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(' ')) {
    const longer = line === indent ? indent + word : `${line} ${word}`;
    if ([...longer].length > width && line !== indent) {
      lines.push(line);
      line = indent + word;
    } else line = longer;
  }
  return [...lines, line].join('\n');
}
