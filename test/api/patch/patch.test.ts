// patch.test.ts - JSON merge patch (RFC 7386) and JSON patch (RFC 6902) by their own examples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonPatch } from '../../../src/api/patch/json.js';
import { mergePatch } from '../../../src/api/patch/patch.js';

test('merge patches do what the examples of RFC 7386 do', () => {
  for (const [target, patch, result] of [
    [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
    [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
    [{ a: 'b' }, { a: null }, {}],
    [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
    [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
    [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
    [
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'd'],
    ],
    [{ a: 'foo' }, 'bar', 'bar'],
    [{ e: null }, { a: 1 }, { e: null, a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ] as const)
    assert.deepEqual(mergePatch(target, patch), result);
});

const patch = (target: unknown, ...operations: object[]): unknown =>
  jsonPatch({ kind: 'X', metadata: { name: 'x' }, ...(target as object) }, operations);

test('JSON patches do what the examples of RFC 6902 do', () => {
  const base = { kind: 'X', metadata: { name: 'x' } };
  assert.deepEqual(patch({ a: ['b', 'c'] }, { op: 'add', path: '/a/1', value: 'q' }), { ...base, a: ['b', 'q', 'c'] });
  assert.deepEqual(patch({ a: ['b'] }, { op: 'add', path: '/a/-', value: 'q' }), { ...base, a: ['b', 'q'] });
  assert.deepEqual(patch({ a: ['b', 'c'] }, { op: 'remove', path: '/a/1' }), { ...base, a: ['b'] });
  assert.deepEqual(patch({ a: { b: 1 }, c: {} }, { op: 'move', from: '/a/b', path: '/c/d' }), {
    ...base,
    a: {},
    c: { d: 1 },
  });
  assert.deepEqual(patch({ a: 1 }, { op: 'copy', from: '/a', path: '/b' }), { ...base, a: 1, b: 1 });
  assert.deepEqual(patch({ '~/': 1 }, { op: 'replace', path: '/~0~1', value: 2 }), { ...base, '~/': 2 });
});

test('JSON patches that do not fit are refused, and leave the object as it was', () => {
  const target = { a: { b: 1 } };
  for (const operation of [
    { op: 'test', path: '/a/b', value: 2 },
    { op: 'remove', path: '/x' },
    { op: 'add', path: '/x/y', value: 2 },
    { op: 'turn', path: '/a' },
    { op: 'add', value: 2 },
    { op: 'constructor', path: '/a' },
  ])
    assert.throws(() => patch(target, { op: 'remove', path: '/a/b' }, operation), { code: 422 });
  assert.deepEqual(target, { a: { b: 1 } });
});

test('JSON patches are as lax as the library of the API server', () => {
  const base = { kind: 'X', metadata: { name: 'x' } };
  assert.deepEqual(patch({ a: {} }, { op: 'replace', path: '/a/b', value: 1 }), { ...base, a: { b: 1 } });
  assert.deepEqual(patch({}, { op: 'add', path: 'data/b', value: 1 }), { ...base, b: 1 });
  assert.deepEqual(patch({ a: [1, 2] }, { op: 'remove', path: '/a/-1' }), { ...base, a: [1] });
  assert.throws(() => patch({ a: [1] }, { op: 'add', path: '/a/3', value: 1 }), { code: 422 });
});

test('a key called __proto__ is a key like any other', () => {
  const made = patch({}, { op: 'add', path: '/__proto__', value: { polluted: 1 } }) as object;
  assert.equal(Object.getPrototypeOf(made), Object.prototype);
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
