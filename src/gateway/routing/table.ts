// table.ts - a route table: finds the rule that takes a request by its host and its path, without trying all of them.
//
// Rules are kept by host pattern and by path. A request looks at its own host, at the wildcards above it, and at rules for any
// host; under each at its exact path, at regular expressions, and at every prefix from the longest to the shortest. That is the
// order of precedence (order.ts), so the first rule that takes the request is the one. What a table costs does not depend on how
// many hosts and paths it has.
import { restMatches, wholePattern, withoutSlash } from './match.js';
import { compareRules } from './order.js';
import type { RequestFacts, Rule } from './rule.js';

/** The rules of one host pattern. */
interface HostRules {
  readonly exact: Map<string, Rule[]>;
  readonly prefix: Map<string, Rule[]>;
  readonly patterns: Rule[];
}

function addTo(map: Map<string, Rule[]>, key: string, rule: Rule): void {
  const list = map.get(key);
  if (list) list.push(rule);
  else map.set(key, [rule]);
}

const keyOf = ({ host }: Rule): string => (host.text.startsWith('*.') ? `${host.star} ${host.text}` : host.text);

/** The patterns that a host matches, from the most special to any host. */
function* patternsOf(host: string): Generator<string> {
  yield host;
  for (let dot = host.indexOf('.'), first = true; dot >= 0; dot = host.indexOf('.', dot + 1), first = false) {
    if (dot === 0) continue;
    const wild = `*${host.slice(dot)}`;
    if (first) yield `one label ${wild}`;
    yield `labels ${wild}`;
  }
  if (host !== '') yield '';
}

/** `/a/b/` is under `/a/b`, `/a` and ``; so is `/a/b`. */
function* prefixesOf(path: string): Generator<string> {
  for (let end = path.length; end >= 0; end = end === 0 ? -1 : path.lastIndexOf('/', end - 1))
    if (end === path.length || path[end] === '/') yield path.slice(0, end);
}

export class RouteTable {
  /** In order of precedence. */
  readonly rules: readonly Rule[];
  readonly #hosts = new Map<string, HostRules>();
  readonly #defaults: readonly Rule[];

  constructor(rules: readonly Rule[]) {
    this.rules = rules.toSorted(compareRules);
    this.#defaults = this.rules.filter(({ path }) => path.type === 'Default');
    for (const rule of this.rules) if (rule.path.type !== 'Default') this.#add(rule);
  }

  #add(rule: Rule): void {
    const key = keyOf(rule);
    const known: HostRules = this.#hosts.get(key) ?? { exact: new Map(), prefix: new Map(), patterns: [] };
    this.#hosts.set(key, known);
    if (rule.path.type === 'Exact') addTo(known.exact, rule.path.value, rule);
    else if (rule.path.type === 'Prefix') addTo(known.prefix, withoutSlash(rule.path.value), rule);
    else known.patterns.push(rule);
  }

  /** The rule that takes a request; null: none does. */
  find(request: RequestFacts): Rule | null {
    const takes = (rule: Rule): boolean => restMatches(rule, request);
    for (const key of patternsOf(request.host)) {
      const rules = this.#hosts.get(key);
      if (!rules) continue;
      const found =
        rules.exact.get(request.path)?.find(takes) ??
        rules.patterns.find((rule) => wholePattern(rule.path.value)?.test(request.path) && takes(rule));
      if (found) return found;
      for (const prefix of prefixesOf(request.path)) {
        const below = rules.prefix.get(prefix)?.find(takes);
        if (below) return below;
      }
    }
    return this.#defaults[0] ?? null;
  }
}
