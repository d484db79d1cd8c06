// replacement.test.ts - what an update may not do: metadata told as often as the API server tells it, and fixed fields.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validateObject } from '../../../src/manifest/validate/index.js';
import { validateImmutable, validateReplacedMetadata } from '../../../src/manifest/validate/replacement.js';
import type { KubeObject } from '../../../src/model/objects.js';

const metadata = { name: 'x', namespace: 'default', uid: 'u', resourceVersion: '1' };

const object = (kind: string, rest: object, more: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { ...metadata, ...more },
  ...rest,
});

const messages = (kind: string, before: object, after: object): string[] =>
  validateImmutable(object(kind, after), object(kind, before)).map(({ message }) => message);

const pod = (image: string, more: object = {}) => ({ spec: { containers: [{ name: 'c', image }], ...more } });

test('a bad label of an update is told for every object, and for the kind as often as it looks', () => {
  const times = (kind: string): number => {
    const bad = object(kind, {}, { labels: { 'a b': '' } });
    return validateReplacedMetadata(bad, object(kind, {}), true).length;
  };
  assert.deepEqual([times('Service'), times('ConfigMap'), times('Deployment')], [2, 2, 1]);
});

test('data that is sealed does not change, and is not unsealed', () => {
  const sealed = { immutable: true, data: { a: '1' } };
  const words = 'Forbidden: field is immutable when `immutable` is set';
  assert.deepEqual(messages('ConfigMap', sealed, sealed), []);
  assert.deepEqual(messages('ConfigMap', sealed, { data: { a: '2' } }), [`immutable: ${words}`, `data: ${words}`]);
  assert.deepEqual(messages('Secret', { type: 'a' }, { type: 'b' }), ['type: Invalid value: "b": field is immutable']);
});

test('of a pod the images may change and tolerations may come, and nothing else', () => {
  assert.deepEqual(messages('Pod', pod('x:1'), pod('x:2')), []);
  const taint = { key: 'a', operator: 'Exists' };
  assert.deepEqual(messages('Pod', pod('x:1'), pod('x:1', { tolerations: [taint] })), []);
  assert.match(
    messages('Pod', pod('x:1', { tolerations: [taint] }), pod('x:1'))[0] ?? '',
    /^spec: Forbidden: pod updates/,
  );
  assert.match(messages('Pod', pod('x:1'), pod('x:1', { hostNetwork: true }))[0] ?? '', /may not change fields other/);
  assert.deepEqual(messages('Pod', pod('x:1'), { spec: { containers: [] } }), [
    'spec.containers: Forbidden: pod updates may not add or remove containers',
  ]);
});

test('a StatefulSet keeps its serviceName and selector', () => {
  const spec = { serviceName: 'a', replicas: 1, selector: { matchLabels: { a: 'b' } } };
  assert.deepEqual(messages('StatefulSet', { spec }, { spec: { ...spec, replicas: 2 } }), []);
  const [message] = messages('StatefulSet', { spec }, { spec: { ...spec, serviceName: 'b' } });
  assert.match(message ?? '', /^spec: Forbidden: updates to statefulset spec for fields other than 'replicas', /);
});

test('a strategy says what its type has', () => {
  const template = { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'c', image: 'x' }] } };
  const strategy = (value: object): string[] => {
    const spec = { selector: { matchLabels: { a: 'b' } }, template, strategy: value, progressDeadlineSeconds: 600 };
    const issues = validateObject({ ...object('Deployment', { spec }), apiVersion: 'apps/v1' });
    return issues.filter(({ field }) => field.startsWith('spec.strategy')).map(({ message }) => message);
  };
  assert.deepEqual(strategy({ type: 'Recreate', rollingUpdate: {} }), [
    "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
  ]);
  assert.deepEqual(strategy({ type: 'Other' }), [
    'spec.strategy.type: Unsupported value: "Other": supported values: "Recreate", "RollingUpdate"',
  ]);
  assert.deepEqual(strategy({ type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: '0%' } }), [
    'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: 0: may not be 0 when `maxSurge` is 0',
  ]);
});
