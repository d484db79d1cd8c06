// scalar.ts - one string as a YAML scalar, in the style that go-yaml v2 chooses, which is what kubectl prints.

/** Where a line that has grown past this column is folded at its next space. */
const BEST_WIDTH = 80;

const OLD_BOOLEANS = /^(y|Y|yes|Yes|YES|on|On|ON|n|N|no|No|NO|off|Off|OFF|true|True|TRUE|false|False|FALSE)$/;
const NOTHING = /^(|~|null|Null|NULL|<<)$/;
const INTEGER = /^[-+]?(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|[0-9]+)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;
const SPECIAL_FLOAT = /^([-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN))$/;
const BASE_60 = /^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$/;
const TIMESTAMP = /^\d{4}-\d{1,2}-\d{1,2}([Tt ]\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?(Z|[-+]\d{2}:\d{2})?)?$/;

/** True if a reader of YAML 1.1 would take the bare text for something else than a string. */
function looksLikeOther(text: string): boolean {
  const digits = text.replaceAll('_', '');
  return (
    NOTHING.test(text) ||
    OLD_BOOLEANS.test(text) ||
    SPECIAL_FLOAT.test(text) ||
    (/^[-+.0-9]/.test(text) && (INTEGER.test(digits) || FLOAT.test(digits))) ||
    BASE_60.test(text) ||
    TIMESTAMP.test(text)
  );
}

const isBreak = (c: string | undefined): boolean => c !== undefined && /[\n\r\u0085\u2028\u2029]/.test(c);

function isPrintable(c: string): boolean {
  const code = c.codePointAt(0) ?? 0;
  if (code === 0x0a || (code >= 0x20 && code <= 0x7e)) return true;
  return code >= 0xa0 && code < 0xfffe && code !== 0xfeff && !(code >= 0xd800 && code < 0xe000);
}

interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
}

/** True if the characters themselves forbid a plain scalar in block context (`: `, ` #`, a leading `*` …). */
function hasIndicator(characters: readonly string[]): boolean {
  const text = characters.join('');
  if (/^(---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text)) return true;
  // At the end of the text nothing follows: that counts as white space.
  return /^[-?:]([ \t]|$)/.test(text) || /:([ \t\n]|$)/.test(text) || /[ \t\n]#/.test(text);
}

function analyse(characters: readonly string[]): Analysis {
  const first = characters[0];
  const last = characters.at(-1);
  const text = characters.join('');
  const breakThenSpace = /[\n\r\u0085\u2028\u2029] /.test(text);
  const special = / [\n\r\u0085\u2028\u2029]/.test(text) || !characters.every(isPrintable);
  const edges = first === ' ' || isBreak(first) || last === ' ' || isBreak(last);
  const breaks = characters.some(isBreak);
  return {
    plain: !edges && !breakThenSpace && !special && !breaks && !hasIndicator(characters),
    single: !breakThenSpace && !special && !breaks,
    block: last !== ' ' && !special,
  };
}

const ESCAPES: Record<number, string> = {
  0: '0',
  7: 'a',
  8: 'b',
  9: 't',
  10: 'n',
  11: 'v',
  12: 'f',
  13: 'r',
  27: 'e',
  34: '"',
  92: '\\',
  133: 'N',
  160: '_',
  8232: 'L',
  8233: 'P',
};

function escaped(c: string): string {
  const code = c.codePointAt(0) ?? 0;
  const short = ESCAPES[code];
  if (short !== undefined) return `\\${short}`;
  const hex = code.toString(16).toUpperCase();
  if (code <= 0xff) return `\\x${hex.padStart(2, '0')}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}

/** Where a scalar stands: the column of its first character, the indent of its further lines, key or value. */
interface Position {
  readonly column: number;
  readonly indent: number;
  readonly key: boolean;
}

/** Writes characters and folds at a space once the line is past the best width. */
function fold(
  characters: readonly string[],
  at: Position,
  write: (c: string) => string,
  mayFold: (i: number) => boolean,
  onFold: (i: number) => string,
): string {
  let column = at.column;
  let spaces = false;
  let text = '';
  for (const [i, c] of characters.entries()) {
    if (c === ' ' && !at.key && !spaces && column > BEST_WIDTH && mayFold(i)) {
      const start = onFold(i);
      text += `\n${' '.repeat(at.indent)}${start}`;
      column = at.indent + start.length;
    } else {
      const written = write(c);
      text += written;
      column += [...written].length;
    }
    spaces = c === ' ';
  }
  return text;
}

function plain(characters: readonly string[], at: Position): string {
  return fold(
    characters,
    at,
    (c) => c,
    (i) => characters[i + 1] !== ' ',
    () => '',
  );
}

function singleQuoted(characters: readonly string[], at: Position): string {
  const inside = { ...at, column: at.column + 1 };
  const mayFold = (i: number): boolean => i > 0 && i < characters.length - 1 && characters[i + 1] !== ' ';
  return `'${fold(
    characters,
    inside,
    (c) => (c === "'" ? "''" : c),
    mayFold,
    () => '',
  )}'`;
}

function doubleQuoted(characters: readonly string[], at: Position): string {
  const plainly = (c: string): boolean => isPrintable(c) && !isBreak(c) && c !== '"' && c !== '\\';
  const inside = { ...at, column: at.column + 1 };
  const mayFold = (i: number): boolean => i > 0 && i < characters.length - 1;
  const onFold = (i: number): string => (characters[i + 1] === ' ' ? '\\' : '');
  return `"${fold(characters, inside, (c) => (plainly(c) ? c : escaped(c)), mayFold, onFold)}"`;
}

/** `|` with its hints: 2 for leading white space, - for no newline at the end, + for more than one. */
function literal(text: string, indent: number): string {
  const hint = /^[ \n]/.test(text) ? '2' : '';
  const chomp = !text.endsWith('\n') ? '-' : text === '\n' || text.endsWith('\n\n') ? '+' : '';
  const body = text.endsWith('\n') ? text.slice(0, -1) : text;
  const lines = body.split('\n').map((line) => (line === '' ? '' : ' '.repeat(indent) + line));
  return `|${hint}${chomp}\n${lines.join('\n')}`;
}

/** The string as a scalar, without what stands before it and without the newline behind it. */
export function yamlScalar(text: string, at: Position): string {
  const characters = [...text];
  const allowed = analyse(characters);
  if (text.includes('\n') && !at.key && allowed.block) return literal(text, at.indent);
  if (text.includes('\n') || looksLikeOther(text)) return doubleQuoted(characters, at);
  if (allowed.plain) return plain(characters, at);
  return allowed.single ? singleQuoted(characters, at) : doubleQuoted(characters, at);
}
