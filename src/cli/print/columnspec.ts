// columnspec.ts - `-o custom-columns=NAME:.metadata.name,IP:.spec.clusterIP`.
import type { KubeObject } from '../../model/objects.js';
import { compilePath } from './jsonpath/evaluate.js';
import { TemplateError } from './jsonpath/parse.js';

interface CustomColumns {
  readonly header: readonly string[];
  row(object: KubeObject): string[];
}

/** A value as Go's fmt prints it: `map[a:1]`, `[x y]`. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (value === null || value === undefined) return '<nil>';
  if (typeof value !== 'object') return String(value);
  const pairs = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${pairs.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
}

/** Throws TemplateError for a specification that cannot be read. */
export function parseColumnSpec(text: string): CustomColumns {
  if (text === '') throw new TemplateError('custom-columns format specified but no custom columns given');
  const columns = text.split(',').map((part) => {
    const colon = part.indexOf(':');
    const path = part.slice(colon + 1);
    if (colon < 1 || path === '')
      throw new TemplateError(`unexpected custom-columns spec: ${part}, expected <header>:<json-path-expr>`);
    return { name: part.slice(0, colon), find: compilePath(path) };
  });
  return {
    header: columns.map(({ name }) => name),
    row: (object) => columns.map(({ find }) => find(object).map(goText).join(',') || '<none>'),
  };
}
