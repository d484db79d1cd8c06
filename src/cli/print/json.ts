// json.ts - objects as JSON as Go's encoder writes them: keys sorted, `<`, `>` and `&` escaped.

const ESCAPED: Record<string, string> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
};

const quoted = (text: string): string => JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (c) => ESCAPED[c] ?? c);

function write(value: unknown, indent: number, margin: string): string {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return String(value ?? null);
  const inner = margin + ' '.repeat(indent);
  const colon = indent > 0 ? ': ' : ':';
  const items = Array.isArray(value)
    ? value.map((item) => write(item, indent, inner))
    : Object.entries(value)
        .filter(([, item]) => item !== undefined)
        .sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
        .map(([key, item]) => quoted(key) + colon + write(item, indent, inner));
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  if (items.length === 0) return `${open}${close}`;
  if (indent === 0) return `${open}${items.join(',')}${close}`;
  return `${open}\n${inner}${items.join(`,\n${inner}`)}\n${margin}${close}`;
}

/** JSON text; `indent` spaces a level, 0 for one line. No newline at its end. */
export const toJson = (value: unknown, indent = 4): string => write(value, indent, '');
