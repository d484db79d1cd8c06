// configuration.test.ts - ConfigMaps and Secrets: keys, size, and what the type of a Secret wants.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateObject } from '../../../src/manifest/validate/index.js';
import type { KubeObject } from '../../../src/model/objects.js';

const object = (kind: string, rest: object): KubeObject =>
  ({ apiVersion: 'v1', kind, metadata: { name: 'a', namespace: 'default' }, ...rest }) as KubeObject;
const messages = (kind: string, rest: object): string[] =>
  validateObject(object(kind, rest)).map(({ message }) => message);

const base64 = (bytes: number): string => Buffer.alloc(bytes).toString('base64');
const MEBIBYTE = 1024 * 1024;

test('values may have a mebibyte together, counted as what they stand for', () => {
  assert.deepEqual(messages('ConfigMap', { data: { a: 'x'.repeat(MEBIBYTE) } }), []);
  const large = ['[]: Too long: may not be more than 1048576 bytes'];
  assert.deepEqual(messages('ConfigMap', { data: { a: 'x'.repeat(MEBIBYTE) }, binaryData: { b: base64(1) } }), large);
  assert.deepEqual(messages('ConfigMap', { data: { a: 'ü'.repeat(MEBIBYTE / 2 + 1) } }), large);
  assert.deepEqual(messages('Secret', { data: { a: base64(MEBIBYTE) } }), []);
  assert.deepEqual(messages('Secret', { data: { a: base64(MEBIBYTE + 1) } }), [
    'data: Too long: may not be more than 1048576 bytes',
  ]);
});

test('keys are names of files, and stand in one of the two maps', () => {
  assert.match(
    messages('ConfigMap', { data: { 'a/b': '' } })[0] ?? '',
    /^data\[a\/b\]: Invalid value: "a\/b": a valid config key/,
  );
  assert.deepEqual(messages('Secret', { data: { '..x': '' } }), [
    'data[..x]: Invalid value: "..x": must not start with \'..\'',
  ]);
  assert.equal(messages('ConfigMap', { data: { a: '' }, binaryData: { a: '' } }).length, 2);
});

test('a Secret has what its type wants', () => {
  assert.deepEqual(messages('Secret', { type: 'kubernetes.io/tls', data: { 'tls.crt': '' } }), [
    'data[tls.key]: Required value',
  ]);
  assert.equal(messages('Secret', { type: 'kubernetes.io/basic-auth' }).length, 2);
  assert.deepEqual(messages('Secret', { type: 'kubernetes.io/basic-auth', data: { username: '' } }), []);
  assert.equal(messages('Secret', { type: 'kubernetes.io/service-account-token' }).length, 1);
});
