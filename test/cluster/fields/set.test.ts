// set.test.ts - sets of fields: the laws of union, intersection and difference, against sets of paths written out.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { showPath } from '../../../src/cluster/fields/element.js';
import {
  difference,
  equal,
  type FieldSet,
  intersection,
  isEmpty,
  NOTHING,
  parseSet,
  pathsOf,
  setOf,
  union,
  without,
} from '../../../src/cluster/fields/set.js';

const element = fc.constantFrom('f:a', 'f:b', 'k:{"name":"x"}', 'v:"w"', 'i:0');
const path = fc.array(element, { minLength: 1, maxLength: 4 });
const paths = fc.array(path, { maxLength: 8 });

/** The same set, as texts of its paths: slow, and plain. */
const twin = (set: FieldSet): Set<string> => new Set(pathsOf(set).map((one) => one.join(' ')));

const agrees = (set: FieldSet, expected: Iterable<string>): void =>
  assert.deepEqual([...twin(set)].sort(), [...expected].sort());

test('union, intersection and difference are those of the paths', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const [a, b] = [setOf(...left), setOf(...right)];
      const [x, y] = [twin(a), twin(b)];
      agrees(a, new Set(left.map((one) => one.join(' '))));
      agrees(union(a, b), new Set([...x, ...y]));
      agrees(
        intersection(a, b),
        [...x].filter((one) => y.has(one)),
      );
      agrees(
        difference(a, b),
        [...x].filter((one) => !y.has(one)),
      );
      agrees(
        without(a, b),
        [...x].filter((one) => ![...y].some((other) => `${one} `.startsWith(`${other} `))),
      );
    }),
  );
});

test('a set is put together from what it shares with another and what it does not', () => {
  fc.assert(
    fc.property(paths, paths, (left, right) => {
      const [a, b] = [setOf(...left), setOf(...right)];
      assert.ok(equal(union(intersection(a, b), difference(a, b)), a));
      assert.ok(equal(union(a, b), union(b, a)));
      assert.ok(equal(intersection(a, b), intersection(b, a)));
      assert.ok(isEmpty(difference(a, a)));
      assert.ok(equal(union(a, NOTHING), a));
    }),
  );
});

test('a set is its own text, and what is none is not read', () => {
  fc.assert(
    fc.property(paths, (all) => {
      const set = setOf(...all);
      const read = parseSet(JSON.parse(JSON.stringify(set)));
      assert.ok(read && equal(read, set));
    }),
  );
  assert.deepEqual(parseSet({ 'k:{"protocol":"TCP", "port": 80}': {} }), { 'k:{"port":80,"protocol":"TCP"}': {} });
  for (const none of [null, [], 'x', { a: {} }, { 'f:a': 1 }, { 'k:[': {} }, { 'k:1': {} }, { 'i:x': {} }])
    assert.equal(parseSet(none), undefined, JSON.stringify(none));
});

test('paths are told by name, then key by value, then word', () => {
  const set = setOf(
    ['f:spec', 'f:ports', 'k:{"port":443,"protocol":"TCP"}'],
    ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}', 'f:name'],
    ['f:spec', 'f:ports', 'k:{"port":80,"protocol":"TCP"}'],
    ['f:metadata', 'f:finalizers', 'v:"x"'],
  );
  assert.deepEqual(pathsOf(set).map(showPath), [
    '.metadata.finalizers[="x"]',
    '.spec.ports[port=80,protocol="TCP"]',
    '.spec.ports[port=443,protocol="TCP"]',
    '.spec.ports[port=80,protocol="TCP"].name',
  ]);
});
