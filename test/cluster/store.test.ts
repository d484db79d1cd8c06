// store.test.ts - versions, locking, watches, transactions, deletion.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRandom } from '../../src/allocate/random.js';
import { Store } from '../../src/cluster/store.js';
import type { KubeObject } from '../../src/model/objects.js';
import { CLOCK, refusal } from './fixtures.js';

function emptyStore(options: { historyBytes?: number } = {}): Store {
  const store = new Store({ clock: CLOCK, random: createRandom(1), ...options });
  store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'default' } });
  return store;
}

const config = (name: string, data: Record<string, string> = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name },
  data,
});

test('a created object has identity, time, namespace and version, and cannot be changed in place', () => {
  const made = emptyStore().create(config('a'));
  assert.match(made.metadata.uid ?? '', /-4/);
  assert.equal(made.metadata.namespace, 'default');
  assert.equal(made.metadata.creationTimestamp, '2026-01-01T00:00:00Z');
  assert.equal(made.metadata.resourceVersion, '2');
  assert.throws(() => {
    made.metadata.name = 'b';
  }, TypeError);
});

test('a second object of the name, an unknown kind and a missing namespace are refused', () => {
  const store = emptyStore();
  store.create(config('a'));
  assert.equal(refusal(() => store.create(config('a'))).message, 'configmaps "a" already exists');
  assert.equal(refusal(() => store.create({ ...config('a'), kind: 'Servce' })).code, 404);
  const elsewhere = { ...config('a'), metadata: { name: 'a', namespace: 'x' } };
  assert.equal(refusal(() => store.create(elsewhere)).message, 'namespaces "x" not found');
});

test('an update with an old version is a conflict; one that changes nothing changes no version', () => {
  const store = emptyStore();
  const first = store.create(config('a', { k: '1' }));
  const second = store.update({ ...first, data: { k: '2' } });
  const late = refusal(() => store.update({ ...first, data: { k: '3' } }));
  assert.equal(late.code, 409);
  assert.equal(
    late.message,
    'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your changes to the latest version and try again',
  );
  assert.equal(store.update(config('a', { k: '2' })).metadata.resourceVersion, second.metadata.resourceVersion);
});

test('update keeps the status and updateStatus keeps everything else', () => {
  const store = emptyStore();
  const base = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' } };
  store.create({ ...base, spec: { replicas: 1 } });
  store.updateStatus({ ...base, spec: { replicas: 9 }, status: { replicas: 1 } });
  const made = store.update({ ...base, spec: { replicas: 2 }, status: { replicas: 7 } });
  assert.deepEqual([made.spec, made.status], [{ replicas: 2 }, { replicas: 1 }]);
  assert.equal(made.metadata.generation, 2);
});

test('what a failing transaction did is undone, and nobody hears of it', () => {
  const store = emptyStore();
  const seen: string[] = [];
  store.watch(({ type, object }) => seen.push(`${type} ${object.metadata.name}`));
  const version = store.resourceVersion;
  assert.throws(() =>
    store.transaction(() => {
      store.create(config('a'));
      store.delete('Namespace', '', 'default');
      throw new Error('no');
    }),
  );
  assert.equal(store.resourceVersion, version);
  assert.equal(store.list('ConfigMap').length, 0);
  assert.equal(store.list('Namespace').length, 1);
  assert.equal(store.dryRun(() => store.create(config('b'))).metadata.name, 'b');
  assert.deepEqual(seen, []);
});

test('everyone sees all events in one order, also those that listeners cause', () => {
  const store = emptyStore();
  const seen: string[] = [];
  store.watch(({ type, object }) => {
    if (type === 'ADDED' && object.metadata.name === 'a') store.create(config('b'));
  });
  store.watch(({ object, resourceVersion }) => seen.push(`${object.metadata.name}@${resourceVersion}`), 'ConfigMap');
  store.create(config('a'));
  assert.deepEqual(seen, ['a@2', 'b@3']);
  assert.deepEqual(
    store.since('1', 'ConfigMap').map(({ object }) => object.metadata.name),
    ['a', 'b'],
  );
});

test('past states have a budget of bytes: few large ones fill it as many small ones do', () => {
  const remembered = (letters: number): number => {
    const store = emptyStore({ historyBytes: 1_000_000 });
    let object = store.create(config('a'));
    for (let i = 0; i < 2000; i++)
      object = store.update({ ...object, data: { text: 'x'.repeat(letters), i: String(i) } });
    const last = Number(store.resourceVersion);
    for (let count = 2000; count > 0; count -= 10) {
      try {
        return store.since(String(last - count)).length;
      } catch {}
    }
    return 0;
  };
  const [small, large] = [remembered(10), remembered(10_000)];
  assert.ok(small >= 1000, `${small} small ones`);
  assert.ok(large >= 20 && large <= 100, `${large} large ones`);
});

test('versions that are no longer remembered are gone', () => {
  const store = emptyStore({ historyBytes: 1_000_000 });
  let object = store.create(config('a'));
  for (let i = 0; i < 14_000; i++) object = store.update({ ...object, data: { i: String(i) } });
  assert.equal(refusal(() => store.since('1')).code, 410);
  assert.equal(store.since(String(Number(store.resourceVersion) - 5)).length, 5);
});

test('a bound pod terminates with its grace period, an unbound one goes at once', () => {
  const store = emptyStore();
  const pod = { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: { containers: [] } };
  store.create(pod);
  store.delete('Pod', 'default', 'p');
  assert.equal(store.get('Pod', 'default', 'p'), undefined);
  store.create({ ...pod, spec: { containers: [], nodeName: 'n' } });
  const gone = store.delete('Pod', 'default', 'p');
  assert.equal(gone.metadata.deletionTimestamp, '2026-01-01T00:00:30Z');
  assert.equal(store.delete('Pod', 'default', 'p').metadata.deletionGracePeriodSeconds, 30);
  assert.equal(store.delete('Pod', 'default', 'p', { gracePeriodSeconds: 5 }).metadata.deletionGracePeriodSeconds, 5);
  store.delete('Pod', 'default', 'p', { gracePeriodSeconds: 0 });
  assert.equal(store.get('Pod', 'default', 'p'), undefined);
});

test('an object with finalizers stays until they are gone', () => {
  const store = emptyStore();
  store.create({ ...config('a'), metadata: { name: 'a', finalizers: ['x/y'] } });
  const terminating = store.delete('ConfigMap', 'default', 'a');
  assert.ok(terminating.metadata.deletionTimestamp);
  store.update({ ...config('a'), metadata: { name: 'a', finalizers: [] } });
  assert.equal(store.get('ConfigMap', 'default', 'a'), undefined);
});

test('a delete may insist on the object that it means', () => {
  const store = emptyStore();
  store.create(config('a'));
  const late = refusal(() => store.delete('ConfigMap', 'default', 'a', { preconditions: { uid: 'other' } }));
  assert.match(late.message, /the UID in the precondition \(other\) does not match the UID in record/);
});
