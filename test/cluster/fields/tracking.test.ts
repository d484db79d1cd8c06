// tracking.test.ts - managedFields of objects: entries that nobody can read, lists that cannot be told apart, times.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tracked } from '../../../src/cluster/fields/tracking.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { typeNamed } from '../../../src/schema/types.js';

const by = (manager: string, time = '2026-01-01T00:00:00Z') => ({
  ...{ manager, subresource: '', time, type: typeNamed('core.v1.Service') },
});

const service = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 's', ...metadata },
  spec,
});

const managers = ({ metadata }: KubeObject): unknown[] =>
  ((metadata.managedFields ?? []) as { manager: string; time: string }[]).map(({ manager, time }) => [manager, time]);

test('a write that changes nothing leaves the entries and their times', () => {
  const made = tracked(undefined, service({ type: 'ClusterIP' }), by('a'));
  const again = tracked(made, service({ type: 'ClusterIP' }), by('b', '2026-01-02T00:00:00Z'));
  assert.deepEqual(managers(again), [['a', '2026-01-01T00:00:00Z']]);
  const changed = tracked(made, service({ type: 'NodePort' }), by('b', '2026-01-02T00:00:00Z'));
  assert.deepEqual(managers(changed), [['b', '2026-01-02T00:00:00Z']]);
});

test('entries that cannot be read count for nothing; a client may write those that can', () => {
  const made = tracked(undefined, service({ type: 'ClusterIP' }), by('a'));
  for (const managedFields of [[], [{ manager: 'x', operation: 'Turn' }], [{ fieldsV1: 1 }, {}], 'x'])
    assert.deepEqual(managers(tracked(made, service({ type: 'ClusterIP' }, { managedFields }), by('b'))).length, 1);
  const entry = {
    manager: 'x',
    operation: 'Apply',
    apiVersion: 'v1',
    fieldsType: 'FieldsV1',
    fieldsV1: { 'f:spec': {} },
  };
  const given = tracked(made, service({ type: 'ClusterIP' }, { managedFields: [entry] }), by('b'));
  assert.deepEqual(managers(given), [['x', undefined]]);
  assert.deepEqual(managers(tracked(made, service({ type: 'ClusterIP' }, { managedFields: [{}] }), by('b'))), []);
});

test('an object whose list has items without keys keeps the owners that it has', () => {
  const made = tracked(undefined, service({ ports: [{ port: 80 }] }), by('a'));
  const odd = tracked(made, service({ ports: ['x'] }), by('b'));
  assert.deepEqual(odd.metadata.managedFields, made.metadata.managedFields);
});
