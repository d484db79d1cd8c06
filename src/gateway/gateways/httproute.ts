// httproute.ts - the rules of an HTTPRoute as rules of a route table, one for each match and host.
import { createdAt, type HttpMatch, namespaceOf, type Route, type RouteRule } from '../objects.js';
import type { HostPattern } from '../routing/host.js';
import { wholePattern } from '../routing/match.js';
import type { Action, PathMatch, Rule, ValueMatch } from '../routing/rule.js';
import type { Finding } from './conditions.js';
import { durationMs } from './duration.js';
import { readFilters } from './filters.js';
import type { References } from './references.js';

/** What a route asks for, before it is known to which hosts. */
export interface RouteRules {
  readonly rules: readonly Omit<Rule, 'host'>[];
  /** The first reference that leads nowhere. */
  readonly unresolved: Finding | null;
  /** The first thing that cannot be done. */
  readonly unsupported: string | null;
}

/** A rule without matches, and a match without a path, takes every path. */
const EVERY: readonly HttpMatch[] = [{}];

function pathOf({ path }: HttpMatch): PathMatch {
  const { type = 'PathPrefix', value = '/' } = path ?? {};
  return { type: type === 'PathPrefix' ? 'Prefix' : type, value };
}

/** The first match of a name counts, others of the same name are passed over. */
function valuesOf(list: HttpMatch['headers'], fold: (name: string) => string): ValueMatch[] {
  const found = new Map<string, ValueMatch>();
  for (const { name, type = 'Exact', value } of list ?? [])
    if (!found.has(fold(name))) found.set(fold(name), { name: fold(name), type, value });
  return [...found.values()];
}

const badPattern = (match: HttpMatch): string | null => {
  const { path, headers = [], queryParams = [] } = match;
  const wrong = [path, ...headers, ...queryParams].find(
    (one) => one?.type === 'RegularExpression' && wholePattern(one.value ?? '') === null,
  );
  return wrong ? `"${wrong.value}" is no regular expression` : null;
};

interface ReadRule {
  readonly action: Action;
  readonly unresolved: Finding | null;
  readonly unsupported: string | null;
}

function readRule(route: Route, rule: RouteRule, references: References): ReadRule {
  let unresolved: Finding | null = null;
  let unsupported: string | null = (rule.matches ?? []).map(badPattern).find((problem) => problem !== null) ?? null;
  const resolve = (...given: Parameters<References['resolve']>) => {
    const { backend, problem } = references.resolve(...given);
    unresolved ??= problem;
    return backend;
  };
  const filtersOf = (list: RouteRule['filters']) => {
    const { filters, problem } = readFilters(list, (reference) => resolve(route, reference));
    unsupported ??= problem;
    return filters;
  };
  const filters = filtersOf(rule.filters);
  const backends = (rule.backendRefs ?? []).map((one) => resolve(route, one, filtersOf(one.filters)));
  const action: Action = {
    filters,
    backends,
    requestTimeout: durationMs(rule.timeouts?.request),
    backendTimeout: durationMs(rule.timeouts?.backendRequest),
    ...(unsupported === null ? {} : { invalid: unsupported }),
  };
  return { action, unresolved, unsupported };
}

export function rulesOfRoute(route: Route, references: References): RouteRules {
  const rules: Omit<Rule, 'host'>[] = [];
  let unresolved: Finding | null = null;
  let unsupported: string | null = null;
  for (const [i, rule] of (route.spec?.rules ?? [{}]).entries()) {
    const read = readRule(route, rule, references);
    unresolved ??= read.unresolved;
    unsupported ??= read.unsupported;
    for (const [j, match] of (rule.matches?.length ? rule.matches : EVERY).entries())
      rules.push({
        path: pathOf(match),
        method: match.method ?? null,
        headers: valuesOf(match.headers, (name) => name.toLowerCase()),
        query: valuesOf(match.queryParams, (name) => name),
        source: {
          kind: 'HTTPRoute',
          namespace: namespaceOf(route),
          name: route.metadata.name,
          field: rule.matches?.length ? `spec.rules[${i}].matches[${j}]` : `spec.rules[${i}]`,
          created: createdAt(route),
          index: rules.length,
        },
        action: read.action,
      });
  }
  return { rules, unresolved, unsupported };
}

export const atHosts = ({ rules }: RouteRules, hosts: readonly HostPattern[]): Rule[] =>
  hosts.flatMap((host) => rules.map((rule) => ({ ...rule, host })));
