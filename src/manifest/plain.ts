// plain.ts - a fast reader of plain block YAML, the form that tools write; everything else is left to the full parser.
//
// Five thousand Services take the full parser seconds and this one a tenth of a second. It knows block mappings, block
// sequences, one-line scalars and simple one-line flow collections. Where it is not sure what YAML would say (anchors, block scalars,
// numbers in odd notation, duplicate keys, tabs, any error), it gives up and the full parser decides.

import { NotPlain, readFlow } from './flow.js';

interface Line {
  indent: number;
  text: string;
}

interface Cursor {
  readonly lines: Line[];
  at: number;
}

const ENTRY = /^([A-Za-z0-9_][A-Za-z0-9_./-]*|"[^"\\]*"|'[^']*'):(?:\s+(.*))?$/;
const AMBIGUOUS_WORD = /^(?:~|null|true|false|yes|no|on|off|y|n)$/i;
const AMBIGUOUS_NUMBER = /^[-+.]?[0-9][0-9a-fA-FxXoO_.+-]*$|^[-+.]+[a-zA-Z]|^[-+._]+$/;
const INTEGER = /^(?:0|-?[1-9][0-9]{0,14})$/;
const SPECIAL_START = /^[&*!|>%@`{}[\],?#"':-]/;
/** Blanks that are none to YAML, and what it does not take at all: a tab may be one or the other. */
const STRANGE = /[^\S \n]|(?!\n)\p{Cc}/u;
/** Deeper than any Kubernetes object; protects the stack. */
const DEPTH_LIMIT = 64;

function splitLines(text: string): Line[] {
  const lines: Line[] = [];
  for (const raw of text.split('\n')) {
    const content = raw.trimStart();
    if (content === '' || content.startsWith('#')) continue;
    if (content.startsWith('---') && /^---(?: *| +#.*)$/.test(raw)) continue;
    const comment = content.indexOf(' #');
    lines.push({
      indent: raw.length - content.length,
      text: (comment < 0 ? content : content.slice(0, comment)).trimEnd(),
    });
  }
  return lines;
}

function scalar(text: string): unknown {
  if (text === '{}') return {};
  if (text === '[]') return [];
  if (text.startsWith('{') || text.startsWith('[')) return readFlow(text, scalar);
  const quoted = /^"([^"\\]*)"$|^'([^']*)'$/.exec(text);
  if (quoted) return quoted[1] ?? quoted[2];
  if (SPECIAL_START.test(text) && !/^-[0-9]+$/.test(text)) throw new NotPlain();
  if (text.includes(': ') || text.endsWith(':')) throw new NotPlain();
  if (INTEGER.test(text)) return Number(text);
  if (text === 'true' || text === 'false') return text === 'true';
  if (text === 'null') return null;
  if (AMBIGUOUS_WORD.test(text)) throw new NotPlain();
  // Two dots make an IPv4 address or a version, never a number.
  if (AMBIGUOUS_NUMBER.test(text) && !/^[0-9]+\.[0-9]+\.[0-9]/.test(text)) throw new NotPlain();
  return text;
}

/** A one-line value; the line after it must not continue it. */
function inlineValue(text: string, cursor: Cursor, indent: number): unknown {
  const next = cursor.lines[cursor.at];
  if (next && next.indent > indent) throw new NotPlain();
  return scalar(text);
}

const startsItem = (line: Line): boolean => line.text === '-' || line.text.startsWith('- ');

/** What stands below a `key:` or `-` of the given indent. `sameIndent` lets a sequence begin right under its key. */
function nested(cursor: Cursor, indent: number, depth: number, sameIndent: boolean): unknown {
  const next = cursor.lines[cursor.at];
  if (!next || next.indent < indent) return null;
  if (next.indent > indent) return block(cursor, next.indent, depth + 1);
  return sameIndent && startsItem(next) ? sequence(cursor, indent, depth + 1) : null;
}

function sequence(cursor: Cursor, indent: number, depth: number): unknown[] {
  const items: unknown[] = [];
  for (let line = cursor.lines[cursor.at]; line && line.indent === indent && startsItem(line); ) {
    const rest = line.text.slice(1).trimStart();
    if (rest === '') {
      cursor.at++;
      items.push(nested(cursor, indent, depth, false));
    } else if (ENTRY.test(rest) || rest === '-' || rest.startsWith('- ')) {
      // The rest of the line is the first line of a block that begins further right.
      line.indent += line.text.length - rest.length;
      line.text = rest;
      items.push(block(cursor, line.indent, depth + 1));
    } else {
      cursor.at++;
      items.push(inlineValue(rest, cursor, indent));
    }
    line = cursor.lines[cursor.at];
  }
  return items;
}

function mapping(cursor: Cursor, indent: number, depth: number): Record<string, unknown> {
  const object: Record<string, unknown> = {};
  for (let line = cursor.lines[cursor.at]; line && line.indent === indent; line = cursor.lines[cursor.at]) {
    const entry = ENTRY.exec(line.text);
    if (!entry) throw new NotPlain();
    const [, written = '', value = ''] = entry;
    const key = /^["']/.test(written) ? written.slice(1, -1) : written;
    const oddKey = key === written && (AMBIGUOUS_WORD.test(key) || /^[0-9]/.test(key));
    if (oddKey || key === '__proto__' || Object.hasOwn(object, key)) throw new NotPlain();
    cursor.at++;
    object[key] = value === '' ? nested(cursor, indent, depth, true) : inlineValue(value, cursor, indent);
  }
  return object;
}

function block(cursor: Cursor, indent: number, depth: number): unknown {
  const line = cursor.lines[cursor.at];
  if (!line || depth > DEPTH_LIMIT) throw new NotPlain();
  const value = startsItem(line) ? sequence(cursor, indent, depth) : mapping(cursor, indent, depth);
  const next = cursor.lines[cursor.at];
  if (next && next.indent > indent) throw new NotPlain();
  return value;
}

/** The value of one document, or undefined when it must be read by the full parser. */
export function readPlain(text: string): { value: unknown } | undefined {
  if (STRANGE.test(text)) return undefined;
  try {
    const cursor = { lines: splitLines(text), at: 0 };
    const value = block(cursor, 0, 0);
    return cursor.at === cursor.lines.length ? { value } : undefined;
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}
