// chunks.ts - a text to the pieces that are read one by one: documents of YAML, or JSON values one after another.

/** One document, or everything when the markers of the text are unusual. */
export interface Chunk {
  readonly file: string;
  readonly text: string;
  /** Lines of the file before this piece. */
  readonly linesBefore: number;
}

/** Every line end as `\n`: YAML takes `\r\n`, and `\r` alone, for one too. Columns and lines stay what they were. */
export const withLineEnds = (text: string): string => (text.includes('\r') ? text.replace(/\r\n?/g, '\n') : text);

/** Nothing but blanks, comments and a marker. A blank is what YAML calls one: no other space that Unicode knows. */
const isBlank = (text: string): boolean =>
  text.split(/[\n\u0085\u2028\u2029]/).every((line) => /^(?:---)?[ \t]*(?:#.*)?$/.test(line));

/** Documents of YAML, without the empty ones. */
export function documentChunks(file: string, text: string): Chunk[] {
  const chunks: Chunk[] = [];
  if (/(?:^|\n)(?:%|\.\.\.)/.test(text)) chunks.push({ file, text, linesBefore: 0 });
  else {
    let linesBefore = 0;
    for (const piece of text.split(/(?<=^|\n)(?=---(?:[ \t\n]|$))/)) {
      chunks.push({ file, text: piece, linesBefore });
      linesBefore += piece.split('\n').length - 1;
    }
  }
  return chunks.filter((chunk) => !isBlank(chunk.text));
}

const VALUE = /[ \t\n]*\{/y;
const PART = /[^{}[\]"]*(?:"(?:[^"\\]|\\.)*"|[{}[\]])/sy;

/** The end of the JSON object that begins at or after an offset; -1 when there is none. */
function endOfObject(text: string, from: number): number {
  VALUE.lastIndex = from;
  if (!VALUE.test(text)) return -1;
  let depth = 1;
  for (PART.lastIndex = VALUE.lastIndex; depth > 0; ) {
    const last = PART.exec(text)?.[0].at(-1);
    if (last === undefined) return -1;
    if (last === '{' || last === '[') depth++;
    else if (last !== '"') depth--;
  }
  return PART.lastIndex;
}

/** JSON objects one after another, with nothing between them, as tools stream them; null for any other text. */
export function jsonChunks(file: string, text: string): Chunk[] | null {
  const chunks: Chunk[] = [];
  let [from, start, linesBefore] = [0, 0, 0];
  while (/[^ \t\n]/.test(text.slice(from, from + 64)) || text.slice(from).trim() !== '') {
    const end = endOfObject(text, from);
    if (end < 0) return null;
    // Blanks stand for what is left of it on its line, so that columns stay what they are.
    chunks.push({ file, text: ' '.repeat(from - start) + text.slice(from, end), linesBefore });
    for (let at = text.indexOf('\n', from); at >= 0 && at < end; at = text.indexOf('\n', at + 1)) {
      linesBefore++;
      start = at + 1;
    }
    from = end;
  }
  return chunks.length > 1 ? chunks : null;
}
