// kyaml.ts - objects as KYAML: YAML in flow style with every string quoted, so that indentation cannot change meaning.
//
// The form is that of `kubectl get -o kyaml` (sigs.k8s.io/yaml/kyaml).
import { compareKeys } from '../../manifest/written/yaml.js';

/**
 * Keys that need no quotes: not a number, boolean or null in any dialect, without characters that mean something in
 * YAML.
 */
const BARE_KEY = /^[A-Za-z_][A-Za-z0-9_./-]*$/;
const AMBIGUOUS = /^(y|n|yes|no|on|off|true|false|null)$/i;

const key = (name: string): string => (BARE_KEY.test(name) && !AMBIGUOUS.test(name) ? name : JSON.stringify(name));

/** Text of several lines: each on its own line, indented by one, so that a leading space can be escaped. */
function text(value: string, indent: number): string {
  if (!value.includes('\n')) return JSON.stringify(value);
  const margin = ' '.repeat(indent + 2);
  const lines = value.split(/(?<=\n)/).map((line) => {
    const quoted = JSON.stringify(line).slice(1, -1);
    return `${margin}${/^\s/.test(line) ? '\\' : ' '}${quoted}\\\n`;
  });
  return `"\\\n${lines.join('')}${margin}"`;
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

function list(items: readonly unknown[], indent: number): string {
  if (items.length === 0) return '[]';
  // Brackets of collections inside a list share a line with those of the list.
  if (items.every((item) => isMap(item) || Array.isArray(item))) {
    return `[${items.map((item) => write(item, indent)).join(', ')}]`;
  }
  const margin = ' '.repeat(indent + 2);
  return `[\n${items.map((item) => `${margin}${write(item, indent + 2)},\n`).join('')}${' '.repeat(indent)}]`;
}

function write(value: unknown, indent: number): string {
  if (typeof value === 'string') return text(value, indent);
  if (Array.isArray(value)) return list(value, indent);
  if (!isMap(value)) return String(value ?? null);
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return '{}';
  const margin = ' '.repeat(indent + 2);
  const lines = entries
    .sort(([a], [b]) => compareKeys(a, b))
    .map(([name, item]) => `${margin}${key(name)}: ${write(item, indent + 2)},\n`);
  return `{\n${lines.join('')}${' '.repeat(indent)}}`;
}

/** One document with its marker and the newline at its end. */
export const toKyaml = (value: unknown): string => `---\n${write(value, 0)}\n`;
