// order.ts - which of several rules that take a request is used: the precedence of Ingress and of HTTPRoute.
//
// networking.k8s.io/v1 Ingress: an Exact path comes before a Prefix, a longer one before a shorter one. HTTPRoute adds the host
// before the path, and after it method, number of headers, number of query parameters, age, name and place in the list.
import { compareHosts } from './host.js';
import { withoutSlash } from './match.js';
import type { PathType, Rule } from './rule.js';

const PATH_RANK: Readonly<Record<PathType, number>> = { Exact: 0, RegularExpression: 1, Prefix: 2, Default: 3 };

const lengthOf = ({ path }: Rule): number => withoutSlash(path.value).length;

const byText = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** A default backend waits for all others, whatever its host is. */
const isDefault = ({ path }: Rule): number => Number(path.type === 'Default');

/** Negative: `a` is used before `b`. */
export function compareRules(a: Rule, b: Rule): number {
  return (
    isDefault(a) - isDefault(b) ||
    compareHosts(a.host, b.host) ||
    PATH_RANK[a.path.type] - PATH_RANK[b.path.type] ||
    lengthOf(b) - lengthOf(a) ||
    Number(a.method === null) - Number(b.method === null) ||
    b.headers.length - a.headers.length ||
    b.query.length - a.query.length ||
    a.source.created - b.source.created ||
    byText(`${a.source.namespace}/${a.source.name}`, `${b.source.namespace}/${b.source.name}`) ||
    a.source.index - b.source.index
  );
}
