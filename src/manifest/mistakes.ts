// mistakes.ts - what is wrong with the text of a YAML document, in the words of somebody who explains it to a beginner.
//
// The parser names the token at which it gave up. Most mistakes are of indentation, and begin earlier: the lines are looked
// through once more, for the first that begins where no line may.

/** What the parser found: its code, its place and its sentence. */
interface ParserError {
  readonly code: string;
  readonly pos: readonly [number, number];
  readonly message: string;
}

export interface Explanation {
  readonly detail: string;
  /** Of the character that is meant, in the text. */
  readonly offset: number;
}

interface TextLine {
  readonly text: string;
  readonly offset: number;
}

/** Errors that a wrong column causes. */
const OF_INDENTATION = new Set([
  'BAD_INDENT',
  'MULTILINE_IMPLICIT_KEY',
  'BLOCK_AS_IMPLICIT_KEY',
  'MISSING_CHAR',
  'UNEXPECTED_TOKEN',
]);
/** Lines after the parser's place on which the cause may stand. */
const REACH = 2;

function linesOf(text: string): TextLine[] {
  let offset = 0;
  return text.split('\n').map((line) => {
    const own = { text: line, offset };
    offset += line.length + 1;
    return own;
  });
}

const indentOf = (line: string): number => line.length - line.replace(/^ +/, '').length;

/** Ends so that what belongs to it stands deeper on the next line. */
const opens = (line: string): boolean => /(?:^|[: -])(?:[|>][-+0-9]*|[:-])$/.test(line) || /:$/.test(line);

/** Columns (from 0) at which a line's own entries begin: `- - a: 1` begins three. */
function columnsOf(line: string): number[] {
  const columns = [indentOf(line)];
  for (let rest = line.slice(columns[0]); /^-(?: +\S)/.test(rest); ) {
    const width = (/^- +/.exec(rest)?.[0] ?? '').length;
    columns.push((columns.at(-1) ?? 0) + width);
    rest = rest.slice(width);
  }
  return columns;
}

const list = (columns: readonly number[]): string => columns.map((column) => column + 1).join(' or ');

/** The first line that begins where no line may, up to a line. */
function misplaced(lines: readonly TextLine[], last: number): { line: TextLine; detail: string } | null {
  let open: number[] = [];
  let before = '';
  let scalar = -1;
  for (const line of lines.slice(0, last + 1)) {
    const content = line.text.replace(/(?:^| )#.*$/, '').trimEnd();
    if (content.trim() === '' || content.startsWith('---')) continue;
    const column = indentOf(content);
    if (scalar >= 0 && column > scalar) continue;
    scalar = /(?:: |- )[|>][-+0-9]*$/.test(content) ? column : -1;
    const top = open.at(-1);
    if (top !== undefined && column > top && !opens(before)) {
      const detail = `this line begins at column ${column + 1}, and the line above, which is complete, at column ${top + 1}: entries of one block begin at the same column`;
      return { line, detail };
    }
    if (top !== undefined && column < top && !open.includes(column)) {
      const detail = `this line begins at column ${column + 1}, and the blocks above at column ${list(open)}: it must begin where one of them does`;
      return { line, detail };
    }
    open = [...open.filter((other) => other < column), ...columnsOf(content)];
    before = content;
  }
  return null;
}

/** Mistakes that show on a line alone. */
function onLine({ text, offset }: TextLine): Explanation | null {
  const space = /[^\S \t]/.exec(text);
  if (space) {
    const code = space[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    const detail = `the space U+${code} stands here, as web pages have it: to YAML it is a letter, type a plain one`;
    return { detail, offset: offset + space.index };
  }
  const tab = /^ *\t/.exec(text)?.[0];
  if (tab) {
    return { detail: 'a tab stands here: YAML is indented by spaces alone', offset: offset + tab.length - 1 };
  }
  const dash = /^ *-(?=[A-Za-z])/.exec(text)?.[0];
  if (dash) return { detail: 'a dash that begins an item needs a blank after it', offset: offset + dash.length - 1 };
  const colon = /^[ -]*[A-Za-z][\w./-]*:(?=[^\s:/])/.exec(text)?.[0];
  if (colon) return { detail: 'the colon after a key needs a blank after it', offset: offset + colon.length - 1 };
  return null;
}

/** The parser's sentence without its own place and picture. */
export const sentence = (message: string): string =>
  (message.split('\n')[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');

const TEMPLATE = 'is a template that was not rendered: give what "helm template" or its like prints';

/** The `{{ … }}` of a line, if it has one. */
function template({ text, offset }: TextLine): Explanation | null {
  const at = text.indexOf('{{');
  if (at < 0 || /^\s*#/.test(text)) return null;
  const shown = (/^\{\{[^}]*\}?\}?/.exec(text.slice(at))?.[0] ?? '{{').slice(0, 60);
  return { detail: `${shown} ${TEMPLATE}`, offset: offset + at };
}

/** The first template of a text outside comments; null when it has none. */
export function templateIn(text: string): Explanation | null {
  for (const line of linesOf(text)) {
    const found = template(line);
    if (found) return found;
  }
  return null;
}

/** What is wrong, and where. */
export function explain(text: string, error: ParserError): Explanation {
  const lines = linesOf(text);
  const at = lines.findLastIndex(({ offset }) => offset <= error.pos[0]);
  const near = lines.slice(at, at + REACH);
  const rendered = near[0] && template(near[0]);
  if (rendered) return rendered;
  const flow = error.message.startsWith('Flow');
  if (OF_INDENTATION.has(error.code) && !flow) {
    for (const line of near) {
      const alone = onLine(line);
      if (alone) return alone;
    }
    const wrong = misplaced(lines, at + REACH);
    if (wrong) return { detail: wrong.detail, offset: wrong.line.offset + indentOf(wrong.line.text) };
  }
  const tabbed = error.code === 'TAB_AS_INDENT' && near[0] ? onLine(near[0]) : null;
  return tabbed ?? { detail: sentence(error.message), offset: error.pos[0] };
}
