// tabwriter.ts - aligns columns by the rules of Go's text/tabwriter, which kubectl prints with.
//
// A cell is text that a tab ends; text after the last tab of a line belongs to no column. A column is a run of
// neighbouring lines that all have a cell there; its width is the widest cell plus padding, at least `minimum`.

interface Gutter {
  /** Narrowest column, padding included. */
  readonly minimum: number;
  /** Spaces after the widest cell. */
  readonly padding: number;
}

/** Tables of `get`. */
export const TABLE: Gutter = { minimum: 6, padding: 3 };
/** Text of `describe`. */
export const DESCRIPTION: Gutter = { minimum: 0, padding: 2 };

/** Width as Go counts it: code points, not screen cells. */
const width = (text: string): number => [...text].length;

/** Lines of cells → text. Every line ends with a newline; the last cell of a line is never padded. */
export function tabulate(lines: readonly (readonly string[])[], gutter: Gutter): string {
  const padded = lines.map((cells) => [...cells]);
  const columns = Math.max(0, ...lines.map((cells) => cells.length));
  for (let column = 0; column < columns; column++) {
    for (let first = 0; first < lines.length; ) {
      let end = first;
      let widest = gutter.minimum;
      while (end < lines.length && column < (lines[end]?.length ?? 0) - 1) {
        widest = Math.max(widest, width(lines[end]?.[column] ?? '') + gutter.padding);
        end++;
      }
      for (let row = first; row < end; row++) {
        const text = lines[row]?.[column] ?? '';
        const cells = padded[row];
        if (cells) cells[column] = text + ' '.repeat(widest - width(text));
      }
      first = Math.max(end, first + 1);
    }
  }
  return padded.map((cells) => `${cells.join('')}\n`).join('');
}

/** Text with tabs → text with columns. */
export function tabulateText(text: string, gutter: Gutter): string {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const rows = lines.map((line) => line.split('\t'));
  return tabulate(rows, gutter) + last;
}

/** A table that grows row by row and keeps its widths, for `get --watch`. */
export class GrowingTable {
  readonly #gutter: Gutter;
  readonly #widths: number[] = [];

  constructor(gutter: Gutter = TABLE) {
    this.#gutter = gutter;
  }

  /** The rows as text; columns are as wide as ever before, or wider. */
  add(rows: readonly (readonly string[])[]): string {
    for (const cells of rows) {
      for (const [i, cell] of cells.slice(0, -1).entries()) {
        const wanted = Math.max(this.#gutter.minimum, width(cell) + this.#gutter.padding);
        this.#widths[i] = Math.max(this.#widths[i] ?? 0, wanted);
      }
    }
    const pad = (cell: string, i: number, last: number): string =>
      i === last ? cell : cell + ' '.repeat((this.#widths[i] ?? 0) - width(cell));
    return rows.map((cells) => `${cells.map((cell, i) => pad(cell, i, cells.length - 1)).join('')}\n`).join('');
  }
}
