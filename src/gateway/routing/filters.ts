// filters.ts - what filters make of a request: its new path and host, the place that it is sent to, its headers.
import { withoutSlash } from './match.js';
import type { Filters, HeaderChange, PathChange, PathMatch, Redirect } from './rule.js';

/** Path and query of a URL: `/a?b=c` → `/a`, `?b=c`. */
export function splitTarget(target: string): { readonly path: string; readonly query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark) };
}

/**
 * The path that a change makes of a request's path. `ReplacePrefixMatch` replaces the elements that the rule's prefix matched:
 * `/a/b` with prefix `/a` and value `/x` is `/x/b`, and never has two slashes where they meet.
 */
export function changedPath({ type, value }: PathChange, match: PathMatch, path: string): string {
  if (type === 'ReplaceFullPath') return value || '/';
  if (match.type !== 'Prefix') return path;
  const rest = path.slice(withoutSlash(match.value).length);
  if (rest === '') return value || '/';
  return `${withoutSlash(value)}${rest}` || '/';
}

interface Incoming {
  readonly scheme: 'http' | 'https';
  /** As it was sent, without a port. */
  readonly host: string;
  /** Of the listener. */
  readonly port: number;
  /** With the query. */
  readonly target: string;
}

const WELL_KNOWN: Readonly<Record<string, number>> = { http: 80, https: 443 };

/** The Location of a redirect. A scheme without a port means that scheme's usual port, and usual ports are not written. */
export function locationOf(redirect: Redirect, match: PathMatch, incoming: Incoming): string {
  const scheme = redirect.scheme ?? incoming.scheme;
  const port = redirect.port ?? (redirect.scheme === undefined ? incoming.port : WELL_KNOWN[scheme]);
  const host = redirect.hostname ?? incoming.host;
  const shown = port === undefined || port === WELL_KNOWN[scheme] ? '' : `:${port}`;
  const { path, query } = splitTarget(incoming.target);
  return `${scheme}://${host}${shown}${redirect.path ? changedPath(redirect.path, match, path) : path}${query}`;
}

type Headers = Record<string, string | string[] | undefined>;

/** Changes headers (names in lower case) in place: set, then add, then remove. */
export function changeHeaders(headers: Headers, { set, add, remove }: HeaderChange): void {
  for (const [name, value] of set) headers[name.toLowerCase()] = value;
  for (const [name, value] of add) {
    const key = name.toLowerCase();
    const before = headers[key];
    if (before === undefined) headers[key] = value;
    else headers[key] = key === 'set-cookie' ? [before, value].flat() : `${[before].flat().join(', ')}, ${value}`;
  }
  for (const name of remove) delete headers[name.toLowerCase()];
}

/** A rule's filters, then those of the backend that was chosen. */
export const headerChanges = (part: 'request' | 'response', ...filters: readonly Filters[]): HeaderChange[] =>
  filters.flatMap((filter) => filter[part] ?? []);
