// match.ts - does a rule take a request: its host, path, method, headers and query parameters.
import { hostMatches } from './host.js';
import type { PathMatch, RequestFacts, Rule, ValueMatch } from './rule.js';

const compiled = new Map<string, RegExp | null>();
/** More patterns than this are not kept. */
const MOST_COMPILED = 1000;

/** null: no regular expression. They match the whole value. */
export function wholePattern(text: string): RegExp | null {
  const known = compiled.get(text);
  if (known !== undefined) return known;
  let pattern: RegExp | null = null;
  try {
    pattern = new RegExp(`^(?:${text})$`);
  } catch {
    // The rule says so (gateways/httproute.ts); it takes nothing.
  }
  if (compiled.size >= MOST_COMPILED) compiled.clear();
  compiled.set(text, pattern);
  return pattern;
}

/** Without the slash at its end, which prefixes do not care about: `/a/b/` → `/a/b`, `/` → ``. */
export const withoutSlash = (path: string): string => path.replace(/\/$/, '');

/** Prefixes are of whole elements: `/aaa` takes `/aaa` and `/aaa/b`, and not `/aaaccc`. */
export function pathMatches({ type, value }: PathMatch, path: string): boolean {
  if (type === 'Default') return true;
  if (type === 'Exact') return path === value;
  if (type === 'RegularExpression') return wholePattern(value)?.test(path) ?? false;
  const prefix = withoutSlash(value);
  return path === prefix || path.startsWith(`${prefix}/`);
}

function valueMatches({ type, value }: ValueMatch, given: string | undefined): boolean {
  if (given === undefined) return false;
  return type === 'Exact' ? given === value : (wholePattern(value)?.test(given) ?? false);
}

/** All but host and path. A parameter that is given several times counts by its first value. */
export function restMatches({ method, headers, query }: Rule, request: RequestFacts): boolean {
  if (method !== null && method !== request.method) return false;
  if (!headers.every((header) => valueMatches(header, request.headers[header.name]))) return false;
  if (query.length === 0) return true;
  const given = new URLSearchParams(request.query);
  return query.every((one) => valueMatches(one, given.get(one.name) ?? undefined));
}

export const ruleTakes = (rule: Rule, request: RequestFacts): boolean =>
  hostMatches(rule.host, request.host) && pathMatches(rule.path, request.path) && restMatches(rule, request);
