// parse.ts - kubectl's JSONPath templates as text → steps (grammar of k8s.io/client-go/util/jsonpath).
//
// A template is text with actions in braces. An action is a path, a quoted text, `range PATH` or `end`. Both `$` and `@`
// mean the current value. Unlike other JSONPath there are no `&&` and `||` in filters.

export type Step =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'wildcard' }
  | { readonly kind: 'recursive' }
  | { readonly kind: 'slice'; readonly from: number | null; readonly to: number | null; readonly step: number | null }
  | { readonly kind: 'index'; readonly at: number }
  | { readonly kind: 'union'; readonly parts: readonly (readonly Step[])[] }
  | {
      readonly kind: 'filter';
      readonly left: readonly Step[];
      readonly operator: Operator;
      readonly right: readonly Step[];
    };

export type Operator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'exists';

/** What is between two braces, or the text between two actions. */
export type Part =
  | { readonly kind: 'print'; readonly steps: readonly Step[] }
  | { readonly kind: 'range'; readonly steps: readonly Step[]; readonly body: readonly Part[] };

/** A template that cannot be read. */
export class TemplateError extends Error {}

const OPERATORS = new Set<string>(['==', '!=', '<', '<=', '>', '>=']);
const ENDS_FIELD = /[\s.,[\]$@{}]/;

/** Index of the closing character, skipping quoted text and nested brackets; -1 if there is none. */
function closing(text: string, from: number, open: string, close: string): number {
  let depth = 1;
  let quote = '';
  for (let i = from; i < text.length; i++) {
    const c = text[i] ?? '';
    if (quote !== '') {
      if (c === '\\') i++;
      else if (c === quote) quote = '';
    } else if (c === '"' || c === "'") quote = c;
    else if (c === open) depth++;
    else if (c === close && --depth === 0) return i;
  }
  return -1;
}

const ESCAPES: Record<string, string> = { n: '\n', t: '\t', r: '\r', f: '\f', v: '\v', a: '\x07', b: '\b' };

function unquote(text: string): string {
  return text.replace(/\\(u[0-9a-fA-F]{4}|.)/gs, (_, code: string) =>
    code.length > 1 ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : (ESCAPES[code] ?? code),
  );
}

function quotedEnd(text: string, from: number): number {
  const quote = text[from];
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === quote) return i;
  }
  throw new TemplateError('unterminated quoted string');
}

/** A field's name from `from` on. A backslash takes the next character literally. */
function fieldName(text: string, from: number): { name: string; end: number } {
  let name = '';
  let i = from;
  for (; i < text.length; i++) {
    const c = text[i] ?? '';
    if (c === '\\') name += text[++i] ?? '';
    else if (ENDS_FIELD.test(c)) break;
    else name += c;
  }
  return { name, end: i };
}

/** The parts between commas outside quotes. */
function splitCommas(text: string): string[] {
  const parts: string[] = [''];
  let quote = '';
  for (const c of text) {
    if (quote === '' && c === ',') parts.push('');
    else {
      if (quote === '' && (c === '"' || c === "'")) quote = c;
      else if (c === quote) quote = '';
      parts[parts.length - 1] += c;
    }
  }
  return parts;
}

function subscript(text: string): Step {
  const trimmed = text.trim();
  if (trimmed === '*') return { kind: 'slice', from: null, to: null, step: null };
  const parts = splitCommas(trimmed);
  if (parts.length > 1) return { kind: 'union', parts: parts.map((part) => [subscript(part)]) };
  const name = /^'([^']*)'$/.exec(trimmed) ?? /^"([^"]*)"$/.exec(trimmed);
  if (name) return { kind: 'field', name: (name[1] ?? '').replace(/\\(.)/g, '$1') };
  if (/^-?\d+$/.test(trimmed)) return { kind: 'index', at: Number(trimmed) };
  const slice = /^(-?\d+|)(?::(-?\d+|))(?::(-?\d+|))?$/.exec(trimmed);
  if (!slice) throw new TemplateError(`invalid array index ${text}`);
  const bound = (word: string | undefined): number | null => (word ? Number(word) : null);
  return { kind: 'slice', from: bound(slice[1]), to: bound(slice[2]), step: bound(slice[3]) };
}

function filter(text: string): Step {
  const match = /^([^!<>=]+)([!<>=]+)(.+?)$/s.exec(text);
  if (!match) return { kind: 'filter', left: parsePath(text), operator: 'exists', right: [] };
  const [, left = '', operator = '', right = ''] = match;
  if (!OPERATORS.has(operator)) throw new TemplateError(`unrecognized filter operator ${operator}`);
  return { kind: 'filter', left: parsePath(left), operator: operator as Operator, right: parsePath(right) };
}

function bracket(text: string, from: number): { step: Step; end: number } {
  const end = closing(text, from + 1, '[', ']');
  if (end < 0) throw new TemplateError('unterminated array');
  const inside = text.slice(from + 1, end);
  const condition = /^\s*\?\((.*)\)\s*$/s.exec(inside);
  return { step: condition ? filter((condition[1] ?? '').trim()) : subscript(inside), end: end + 1 };
}

/** A word that is no path: `true`, `false` or a number. */
function word(text: string, from: number): { step: Step; end: number } {
  const match = /^[-+]?\d+(\.\d+)?|^[A-Za-z]+/.exec(text.slice(from));
  const found = match?.[0] ?? '';
  if (found === 'true' || found === 'false') {
    return { step: { kind: 'literal', value: found === 'true' }, end: from + found.length };
  }
  if (found === '' || /^[A-Za-z]/.test(found))
    throw new TemplateError(`unrecognized identifier ${found || text[from]}`);
  return { step: { kind: 'literal', value: Number(found) }, end: from + found.length };
}

function nextStep(text: string, from: number): { step: Step | null; end: number } {
  const c = text[from] ?? '';
  if (/\s/.test(c) || c === '$' || c === '@') return { step: null, end: from + 1 };
  if (c === '"' || c === "'") {
    const end = quotedEnd(text, from);
    return { step: { kind: 'literal', value: unquote(text.slice(from + 1, end)) }, end: end + 1 };
  }
  if (c === '[') return bracket(text, from);
  if (c !== '.') return word(text, from);
  if (text[from + 1] === '.') return { step: { kind: 'recursive' }, end: from + 1 };
  const { name, end } = fieldName(text, from + 1);
  if (name === '') return { step: null, end: Math.max(end, from + 1) };
  return { step: name === '*' ? { kind: 'wildcard' } : { kind: 'field', name }, end };
}

/** The inside of one action → steps. */
export function parsePath(text: string): Step[] {
  const steps: Step[] = [];
  for (let i = 0; i < text.length; ) {
    const { step, end } = nextStep(text, i);
    if (step) steps.push(step);
    i = end;
  }
  return steps;
}

/** A whole template. Throws TemplateError for one that cannot be read. */
export function parseTemplate(text: string): Part[] {
  const root: Part[] = [];
  const open: Part[][] = [root];
  for (let i = 0; i < text.length; ) {
    const body = open.at(-1) ?? root;
    const brace = text.indexOf('{', i);
    const plain = text.slice(i, brace < 0 ? text.length : brace);
    if (plain !== '') body.push({ kind: 'print', steps: [{ kind: 'text', text: plain }] });
    if (brace < 0) break;
    const end = closing(text, brace + 1, '{', '}');
    if (end < 0) throw new TemplateError('unclosed action');
    const action = text.slice(brace + 1, end).trim();
    if (action === 'end') {
      if (open.length === 1) throw new TemplateError('not in range, nothing to end');
      open.pop();
    } else if (/^range\s/.test(action)) {
      const inner: Part[] = [];
      body.push({ kind: 'range', steps: parsePath(action.slice('range'.length)), body: inner });
      open.push(inner);
    } else body.push({ kind: 'print', steps: parsePath(action) });
    i = end + 1;
  }
  return root;
}
