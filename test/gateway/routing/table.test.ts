// table.test.ts - the route table against a slow twin that tries every rule, in the words of the two specifications.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { gatewayHost, ingressHost } from '../../../src/gateway/routing/host.js';
import type { PathType, RequestFacts, Rule } from '../../../src/gateway/routing/rule.js';
import { RouteTable } from '../../../src/gateway/routing/table.js';

/** What the twin knows of a rule: nothing is shared with the table but the rule itself. */
function twinTakes(rule: Rule, request: RequestFacts): boolean {
  const { host, path } = rule;
  const labels = request.host.split('.');
  const wanted = host.text.split('.');
  const hostFits =
    host.text === '' ||
    (wanted[0] === '*'
      ? labels.slice(-(wanted.length - 1)).join('.') === wanted.slice(1).join('.') &&
        (host.star === 'one label' ? labels.length === wanted.length : labels.length >= wanted.length)
      : host.text === request.host);
  const elements = (text: string): string[] =>
    text.split('/').filter((_, i, all) => i < all.length - 1 || all[i] !== '');
  const prefix = elements(path.value);
  const pathFits =
    path.type === 'Default' ||
    (path.type === 'Exact' && path.value === request.path) ||
    (path.type === 'RegularExpression' && request.path.match(path.value)?.[0] === request.path) ||
    (path.type === 'Prefix' && prefix.every((element, i) => request.path.split('/')[i] === element));
  const parameters = request.query.split('&').map((part) => part.split('='));
  return (
    hostFits &&
    pathFits &&
    (rule.method === null || rule.method === request.method) &&
    rule.headers.every(({ name, value }) => request.headers[name] === value) &&
    rule.query.every(({ name, value }) => parameters.find(([key]) => key === name)?.[1] === value)
  );
}

/** The better of two rules: the first question on which they differ decides. */
function twinBetter(a: Rule, b: Rule): Rule {
  const kinds: PathType[] = ['Exact', 'RegularExpression', 'Prefix', 'Default'];
  const questions: ((rule: Rule) => number | string)[] = [
    ({ path }) => Number(path.type === 'Default'),
    ({ host }) => (host.text === '' ? 2 : Number(host.text.startsWith('*'))),
    ({ host }) => (host.text.startsWith('*') ? -host.text.length : 0),
    ({ host }) => (host.text.startsWith('*') && host.star === 'labels' ? 1 : 0),
    ({ path }) => kinds.indexOf(path.type),
    ({ path }) => -path.value.replace(/\/$/, '').length,
    ({ method }) => (method ? 0 : 1),
    ({ headers }) => -headers.length,
    ({ query }) => -query.length,
    ({ source }) => source.created,
    ({ source }) => source.name,
    ({ source }) => source.index,
  ];
  for (const question of questions) {
    const [left, right] = [question(a), question(b)];
    if (left !== right) return left < right ? a : b;
  }
  return a;
}

const twinFind = (rules: readonly Rule[], request: RequestFacts): Rule | null =>
  rules
    .filter((rule) => twinTakes(rule, request))
    .reduce<Rule | null>((best, rule) => (best ? twinBetter(best, rule) : rule), null);

const HOSTS = ['', 'a.b', 'c.a.b', '*.b', '*.a.b', '*.c.a.b', 'b'];
const PATHS = ['/', '/a', '/a/', '/a/b', '/a/b/', '/ab', '/a/b/c', '/a//b'];

const value = (names: string[]) =>
  fc.record({ name: fc.constantFrom(...names), type: fc.constant('Exact' as const), value: fc.constantFrom('1', '2') });
const distinct = (names: string[]) => fc.uniqueArray(value(names), { maxLength: 2, selector: ({ name }) => name });

const rules = fc.array(
  fc.record({
    text: fc.constantFrom(...HOSTS),
    deep: fc.boolean(),
    type: fc.constantFrom<PathType>('Exact', 'Prefix', 'Prefix', 'RegularExpression', 'Default'),
    path: fc.constantFrom(...PATHS),
    method: fc.constantFrom(null, null, 'GET', 'POST'),
    headers: distinct(['x', 'y']),
    query: distinct(['p', 'q']),
    created: fc.integer({ min: 0, max: 2 }),
    name: fc.constantFrom('m', 'n'),
  }),
  { maxLength: 12 },
);

const requests = fc.record({
  host: fc.constantFrom('a.b', 'c.a.b', 'd.a.b', 'd.c.a.b', 'b', 'x', ''),
  path: fc.constantFrom(...PATHS, '/a/b/c/d', '/abc', '*', ''),
  query: fc.constantFrom('', 'p=1', 'p=1&q=2', 'q=2&p=2'),
  method: fc.constantFrom('GET', 'POST'),
  headers: fc.constantFrom<Record<string, string>>({}, { x: '1' }, { x: '1', y: '2' }),
});

test('the table finds the rule that the twin finds by trying all of them', () => {
  fc.assert(
    fc.property(rules, fc.array(requests, { minLength: 1, maxLength: 8 }), (given, asked) => {
      const made = given.map(
        ({ text, deep, type, path, name, created, ...rest }, index): Rule => ({
          ...rest,
          host: deep ? gatewayHost(text) : ingressHost(text),
          path: type === 'Default' ? { type, value: '' } : { type, value: path },
          ...(type === 'Default' ? { method: null, headers: [], query: [] } : {}),
          source: { kind: 'HTTPRoute', namespace: 'default', name, field: '', created, index },
          action: { filters: { mirrors: [] }, backends: [] },
        }),
      );
      // A default backend is for any host.
      const all = made.map((rule) => (rule.path.type === 'Default' ? { ...rule, host: gatewayHost() } : rule));
      const table = new RouteTable(all);
      for (const request of asked) assert.equal(table.find(request), twinFind(all, request));
    }),
    { numRuns: 3000 },
  );
});
