// request.ts - parses a request's path into resource, name and subresource, reads numbers of its query, and recognises dry runs.
import type { Context } from 'hono';
import { type Resource, subresourceOf } from '../cluster/kinds/kind.js';
import type { Kinds } from '../cluster/kinds/registry.js';
import { badRequest, noSuchPath } from '../cluster/status.js';

/** Path of a resource, taken apart. */
export interface Target {
  readonly resource: Resource;
  /** undefined: all namespaces, or a kind without. */
  readonly namespace: string | undefined;
  /** undefined: the collection. */
  readonly name: string | undefined;
  readonly subresource: string | undefined;
  /** Of proxies: the path after the subresource, as it was sent. */
  readonly path?: string;
}

/** `group`, `version` and the path behind them → what it names. Throws NotFound for paths that are not served. */
export function parseTarget(kinds: Kinds, group: string, version: string, path: string): Target {
  const parts = path.split('/').filter((part) => part !== '');
  const words = parts.map(decodePart);
  // /namespaces/NAME is an object of its own; /namespaces/NAME/PLURAL is a scope.
  const scoped = words[0] === 'namespaces' && words.length > 2 && !['status', 'finalize'].includes(words[2] ?? '');
  const namespace = scoped ? words[1] : undefined;
  const [plural = '', name, subresource, ...rest] = scoped ? words.slice(2) : words;
  const resource = kinds.ofPath(group, version, plural);
  if (!resource || (scoped && !resource.namespaced)) throw noSuchPath();
  if (name !== undefined && resource.namespaced && namespace === undefined) throw noSuchPath();
  const sub = subresourceOf(resource, subresource);
  if ((subresource !== undefined && !sub) || (rest.length > 0 && !sub?.path)) throw noSuchPath();
  const after = sub?.path ? path.split('/').slice(scoped ? 5 : 3) : [];
  return { resource, namespace, name, subresource, path: after.map((part) => `/${part}`).join('') };
}

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    throw badRequest(`the path is not well formed: ${part}`);
  }
}

/** True for a dry run. Throws for values other than All. */
export function isDryRun(values: readonly string[] | undefined): boolean {
  for (const value of values ?? [])
    if (value !== 'All') throw badRequest(`Invalid value: "${value}": supported values: "All"`);
  return (values ?? []).length > 0;
}

/** A number of the query that is not negative; throws BadRequest for anything else. */
export function numberOf(c: Context, key: string, without: number): number {
  const text = c.req.query(key);
  if (text === undefined) return without;
  const value = Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw badRequest(`${key} is a number that is not negative, not "${text}"`);
}
