// yaml.ts - objects as YAML, byte for byte as `kubectl get -o yaml` prints them (go-yaml v2, keys in natural order).
import { yamlScalar } from './scalar.js';

/** Keys longer than this need the explicit form `? key`. */
const LONGEST_SIMPLE_KEY = 128;

const isLetter = (c: string): boolean => /\p{L}/u.test(c);
const isDigit = (c: string | undefined): boolean => c !== undefined && /\p{Nd}/u.test(c);

/** The number that begins at `from`, and where it ends. */
function number(text: readonly string[], from: number, start: number): { value: number; end: number } {
  let value = start;
  let end = from;
  for (; isDigit(text[end]); end++) value = value * 10 + Number(text[end]);
  return { value, end };
}

/** go-yaml's order of keys: letters behind other characters, digits by their value. */
export function compareKeys(left: string, right: string): number {
  const a = [...left];
  const b = [...right];
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a[i] ?? '';
    const y = b[i] ?? '';
    if (x === y) continue;
    if (isLetter(x) && isLetter(y)) return x < y ? -1 : 1;
    if (isLetter(x) || isLetter(y)) return isLetter(y) ? -1 : 1;
    let start = 0;
    if (x === '0' || y === '0') for (let j = i - 1; isDigit(a[j]); j--) if (a[j] !== '0') start = 1;
    const n = number(a, i, start);
    const m = number(b, i, start);
    if (n.value !== m.value) return n.value - m.value;
    if (n.end !== m.end) return n.end - m.end;
    return x < y ? -1 : 1;
  }
  return a.length - b.length;
}

const isEmpty = (value: object): boolean => Object.keys(value).length === 0;

/** `column` is where the value begins, `indent` the indent of the collection around it. */
function inline(value: unknown, column: number, indent: number): string {
  if (typeof value === 'string') return yamlScalar(value, { column, indent: indent + 2, key: false });
  if (Array.isArray(value)) return '[]';
  if (value !== null && typeof value === 'object') return '{}';
  return String(value);
}

const isBlock = (value: unknown): value is object => value !== null && typeof value === 'object' && !isEmpty(value);

function mapping(value: object, indent: number): string {
  const margin = ' '.repeat(indent);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  const lines = entries
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([name, item]) => {
      const key = yamlScalar(name, { column: indent, indent, key: true });
      const head = Buffer.byteLength(name) > LONGEST_SIMPLE_KEY ? `? ${key}\n${margin}:` : `${key}:`;
      if (!isBlock(item)) return `${head} ${inline(item, indent + head.length + 1, indent)}`;
      if (Array.isArray(item)) return `${head}\n${sequence(item, indent)}`;
      return `${head}\n${' '.repeat(indent + 2)}${mapping(item, indent + 2)}`;
    });
  return lines.join(`\n${margin}`);
}

/** A sequence stands as deep as the mapping that holds it, and its items two deeper. */
function sequence(items: readonly unknown[], indent: number): string {
  const margin = ' '.repeat(indent);
  return items
    .map((item) => {
      if (!isBlock(item)) return `${margin}- ${inline(item, indent + 2, indent)}`;
      if (Array.isArray(item)) return `${margin}- ${sequence(item, indent + 2).trimStart()}`;
      return `${margin}- ${mapping(item, indent + 2)}`;
    })
    .join('\n');
}

/** One document, with the newline at its end. */
export function toYaml(value: unknown): string {
  if (!isBlock(value)) return `${inline(value, 0, -2)}\n`;
  return `${Array.isArray(value) ? sequence(value, 0) : mapping(value, 0)}\n`;
}
