// rules.test.ts - hosts, filters and weights by tables of cases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chooseBackend, Turns } from '../../../src/gateway/routing/choice.js';
import { changedPath, changeHeaders, locationOf } from '../../../src/gateway/routing/filters.js';
import {
  gatewayHost,
  hostMatches,
  hostOfRequest,
  ingressHost,
  intersectHosts,
} from '../../../src/gateway/routing/host.js';
import type { Backend, Endpoint } from '../../../src/gateway/routing/rule.js';

test('a star is one label for Ingress, and one or more for Gateway API', () => {
  const cases: [pattern: string, host: string, ingress: boolean, gateway: boolean][] = [
    ['*.foo.com', 'bar.foo.com', true, true],
    ['*.foo.com', 'baz.bar.foo.com', false, true],
    ['*.foo.com', 'foo.com', false, false],
    ['*.foo.com', 'barfoo.com', false, false],
    ['foo.com', 'foo.com', true, true],
    ['FOO.com', 'foo.com', true, true],
    ['', 'anything', true, true],
  ];
  for (const [pattern, host, ingress, gateway] of cases)
    assert.deepEqual(
      [hostMatches(ingressHost(pattern), host), hostMatches(gatewayHost(pattern), host)],
      [ingress, gateway],
      `${pattern} ${host}`,
    );
});

test('the hosts of a route at a listener are those that both take', () => {
  const cases: [listener: string, route: string, both: string | null][] = [
    ['', 'a.com', 'a.com'],
    ['*.a.com', '', '*.a.com'],
    ['a.com', 'a.com', 'a.com'],
    ['*.a.com', 'b.a.com', 'b.a.com'],
    ['*.a.com', 'c.b.a.com', 'c.b.a.com'],
    ['b.a.com', '*.a.com', 'b.a.com'],
    ['*.a.com', '*.b.a.com', '*.b.a.com'],
    ['*.b.a.com', '*.a.com', '*.b.a.com'],
    ['*.a.com', 'a.com', null],
    ['*.a.com', '*.b.com', null],
    ['a.com', 'b.com', null],
  ];
  for (const [listener, route, both] of cases)
    assert.equal(intersectHosts(gatewayHost(listener), gatewayHost(route))?.text ?? null, both, `${listener} ${route}`);
});

test('the host of a request has no port, no dot at its end, no brackets and no capitals', () => {
  const cases = ['Shop.example:8080', 'shop.example', 'shop.example.', '[FD00::1]:80', '[fd00::1]', ''];
  assert.deepEqual(cases.map(hostOfRequest), [
    'shop.example',
    'shop.example',
    'shop.example',
    'fd00::1',
    'fd00::1',
    '',
  ]);
});

test('a prefix is replaced without slashes that meet or are lost', () => {
  const cases: [prefix: string, value: string, path: string, result: string][] = [
    ['/foo', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo', '/xyz/', '/foo/bar', '/xyz/bar'],
    ['/foo/', '/xyz', '/foo/bar', '/xyz/bar'],
    ['/foo/', '/xyz/', '/foo/bar', '/xyz/bar'],
    ['/foo', '/xyz', '/foo', '/xyz'],
    ['/foo', '/xyz', '/foo/', '/xyz/'],
    ['/foo', '/xyz/', '/foo', '/xyz/'],
    ['/foo', '', '/foo/bar', '/bar'],
    ['/foo', '', '/foo/', '/'],
    ['/foo', '', '/foo', '/'],
    ['/foo', '/', '/foo/', '/'],
    ['/foo', '/', '/foo', '/'],
    ['/', '/xyz', '/a', '/xyz/a'],
  ];
  for (const [prefix, replacement, path, result] of cases)
    assert.equal(
      changedPath({ type: 'ReplacePrefixMatch', value: replacement }, { type: 'Prefix', value: prefix }, path),
      result,
      `${prefix} → ${replacement}: ${path}`,
    );
  assert.equal(changedPath({ type: 'ReplaceFullPath', value: '/x' }, { type: 'Exact', value: '/a' }, '/a'), '/x');
});

test('a redirect goes to the port of its scheme, of the listener, or the one that it names', () => {
  const incoming = { scheme: 'http' as const, host: 'a.com', port: 8080, target: '/a/b?c=d' };
  const match = { type: 'Prefix' as const, value: '/a' };
  const to = (redirect: object): string => locationOf({ status: 302, ...redirect }, match, incoming);
  assert.deepEqual(
    [
      to({}),
      to({ scheme: 'https' }),
      to({ scheme: 'https', port: 8443 }),
      to({ hostname: 'b.com', port: 80 }),
      to({ path: { type: 'ReplacePrefixMatch', value: '/x' } }),
      to({ scheme: 'http' }),
    ],
    [
      'http://a.com:8080/a/b?c=d',
      'https://a.com/a/b?c=d',
      'https://a.com:8443/a/b?c=d',
      'http://b.com/a/b?c=d',
      'http://a.com:8080/x/b?c=d',
      'http://a.com/a/b?c=d',
    ],
  );
});

test('headers are set, added and removed, whatever their case', () => {
  const headers = { a: '1', b: '2', c: '3', 'set-cookie': ['x=1'] };
  changeHeaders(headers, {
    set: [
      ['A', '9'],
      ['D', '4'],
    ],
    add: [
      ['B', '5'],
      ['Set-Cookie', 'y=2'],
    ],
    remove: ['C', 'Z'],
  });
  assert.deepEqual(headers, { a: '9', b: '2, 5', d: '4', 'set-cookie': ['x=1', 'y=2'] });
});

const backend = (name: string, weight: number, endpoints: Endpoint[] = []): Backend => ({
  ...{ name, weight, endpoints, filters: { mirrors: [] }, failure: null },
});

test('backends get shares by their weights, and none without a weight', () => {
  const backends = [backend('a', 0), backend('b', 3), backend('c', 1), backend('d', 0)];
  const chosen = Array.from({ length: 100 }, (_, i) => chooseBackend(backends, i / 100)?.name);
  assert.deepEqual([...new Set(chosen)], ['b', 'c']);
  assert.equal(chosen.filter((name) => name === 'b').length, 75);
  assert.equal(chooseBackend([backend('a', 0)], 0.5), null);
  assert.equal(chooseBackend([], 0), null);
});

test('endpoints take turns, and the others stand by', () => {
  const turns = new Turns();
  const [a, b, c] = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map((address) => ({ address, port: 80 })) as [
    Endpoint,
    Endpoint,
    Endpoint,
  ];
  const one = backend('x', 1, [a, b, c]);
  assert.deepEqual(
    [turns.take(one), turns.take(one), turns.take(one), turns.take(one)[0]],
    [[a, b, c], [b, c, a], [c, a, b], a],
  );
  assert.deepEqual(turns.take(backend('y', 1)), []);
});
