// store.test.ts - what a virtual kubelet changes is seen at once, and written as the patch that makes the difference.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MirroredStore, mergePatch } from '../../src/agent/store.js';
import { Writes } from '../../src/agent/writes.js';
import { StatusFailure } from '../../src/live/status.js';
import type { KubeObject, Pod } from '../../src/model/objects.js';

const POD = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'a', namespace: 'default', uid: 'u1', annotations: { old: '1', kept: '2' } },
  spec: { nodeName: 'n1', containers: [] },
} as unknown as Pod;

/** A store with one pod, and what it asks of the API. */
function made(mayWrite: (node: string) => boolean, failures: unknown[] = []) {
  const calls: string[] = [];
  const reports: string[] = [];
  const call = async (text: string): Promise<void> => {
    calls.push(text);
    const failure = failures.shift();
    if (failure !== undefined) throw failure;
  };
  const writes = new Writes({ report: (line) => reports.push(line), pause: async () => undefined, random: () => 0.5 });
  const store = new MirroredStore({
    cluster: {
      create: async <T extends KubeObject>(path: string, object: T): Promise<T> => {
        await call(`POST ${path}`);
        return object;
      },
      patch: (path, change) => call(`PATCH ${path} ${JSON.stringify(change)}`),
      remove: (path, options) => call(`DELETE ${path} ${JSON.stringify(options)}`),
    },
    writes,
    mayWrite,
  });
  store.create(POD);
  return { store, writes, calls, reports };
}

test('a merge patch takes away what is gone and replaces lists', () => {
  const before = { a: 1, b: { c: 1, d: [1, 2] }, e: 'x' };
  assert.deepEqual(mergePatch(before, { a: 1, b: { c: 2, d: [2] } }), { b: { c: 2, d: [2] }, e: null });
  assert.deepEqual(mergePatch(before, before), {});
});

test('changes are seen at once, by watchers too, and written one after the other', async () => {
  const { store, writes, calls } = made(() => true);
  await writes.settled();
  calls.length = 0;
  const seen: string[] = [];
  store.watch(({ type, object, old }) => seen.push(`${type} ${object.metadata.name} ${old !== undefined}`), 'Pod');
  store.update({ ...POD, metadata: { ...POD.metadata, annotations: { kept: '2', fresh: '3' } } });
  store.updateStatus({ ...POD, status: { phase: 'Running' } });
  store.delete('Pod', 'default', 'a', { gracePeriodSeconds: 0 });
  assert.equal(store.get<Pod>('Pod', 'default', 'a')?.status?.phase, 'Running');
  assert.deepEqual(seen, ['MODIFIED a true', 'MODIFIED a true']);
  await writes.settled();
  assert.deepEqual(calls, [
    'PATCH /api/v1/namespaces/default/pods/a {"metadata":{"annotations":{"old":null,"fresh":"3"}}}',
    'PATCH /api/v1/namespaces/default/pods/a/status {"status":{"phase":"Running"}}',
    'DELETE /api/v1/namespaces/default/pods/a {"gracePeriodSeconds":0,"preconditions":{"uid":"u1"}}',
  ]);
});

test('a status is written whole, because what is known of it may be older than what is being written', async () => {
  const { store, writes, calls } = made(() => true);
  const running = { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }], reason: 'old' };
  const interrupted = { phase: 'Running', conditions: [{ type: 'Ready', status: 'False' }] };
  const write = (status: object): void => void store.updateStatus({ ...POD, status } as Pod);
  for (const status of [running, interrupted, running, running]) write(status);
  await writes.settled();
  write(running);
  await writes.settled();
  const patches = calls.filter((call) => call.startsWith('PATCH'));
  assert.deepEqual(
    patches.map((call) => JSON.parse(call.replace(/^\S+ \S+ /, '')) as object),
    [running, { ...interrupted, reason: null }, running, running].map((status) => ({ status })),
  );
});

test("a write waits while the API is away, is dropped when it is refused, and when the node is another agent's", async () => {
  const busy = new StatusFailure({ kind: 'Status', code: 429, message: 'later' });
  const away = made(() => true, [undefined, new Error('cannot be reached'), busy]);
  away.store.updateStatus({ ...POD, status: { phase: 'Running' } });
  await away.writes.settled();
  assert.equal(away.calls.filter((call) => call.startsWith('PATCH')).length, 3);
  const refused = made(() => true, [undefined, new StatusFailure({ kind: 'Status', code: 422, message: 'no phase' })]);
  refused.store.updateStatus({ ...POD, status: { phase: 'Running' } });
  await refused.writes.settled();
  assert.deepEqual(refused.reports, ['Pod default/a could not be written: no phase']);
  const lost = made(() => false);
  lost.store.updateStatus({ ...POD, status: { phase: 'Running' } });
  await lost.writes.settled();
  assert.deepEqual(lost.calls, []);
});
