// state.long.test.ts - a lab with --state outlives its process: objects and what was allocated are there again, pods run anew.
// Runs alone: whole labs.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { KubeObject, Pod, Service } from '../../src/model/objects.js';
import { until } from '../support/eventually.js';
import { labUnavailable, shop, User } from './harness.js';

interface Found {
  readonly services: readonly Service[];
  readonly pods: readonly Pod[];
}

const byName = (a: KubeObject, b: KubeObject): number => (a.metadata.name < b.metadata.name ? -1 : 1);

async function look(user: User): Promise<Found> {
  const list = async <T extends KubeObject>(kind: string): Promise<T[]> =>
    (JSON.parse(await user.must('get', kind, '-n', 'shop', '-o', 'json')) as { items: T[] }).items.sort(byName);
  return { services: await list('services'), pods: await list('pods') };
}

const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const identities = (objects: readonly KubeObject[]) =>
  objects.map(({ metadata, spec }) => [metadata.name, metadata.uid, spec]);

describe('a lab with --state', { skip: labUnavailable() ?? false }, () => {
  test('has its objects, addresses, ports and nodes again after kill -9 and after down; its pods run anew', async () => {
    const user = new User();
    const state = join(user.folder, 'state');
    try {
      const pid = await user.up(
        '-f',
        shop,
        '--nodes',
        '2',
        '--service-cluster-ip-range',
        '10.7.0.0/16',
        '--state',
        state,
      );
      const before = await look(user);
      const busy = await user.run(['--name', 'other', 'up', '--state', state]);
      assert.match(busy.stderr, /is in use by another kubewire/);
      process.kill(pid, 'SIGKILL');
      await until(() => !alive(pid));

      await user.up('--state', state);
      const after = await look(user);
      assert.deepEqual(identities(after.services), identities(before.services));
      assert.deepEqual(identities(after.pods), identities(before.pods));
      assert.ok(after.services.every(({ spec }) => spec.clusterIP?.startsWith('10.7.')));
      for (const { status } of after.pods) {
        const ready = status?.conditions?.find(({ type }) => type === 'Ready');
        const [container] = (status?.containerStatuses ?? []) as { restartCount: number }[];
        assert.deepEqual([status?.phase, ready?.status, container?.restartCount], ['Running', 'True', 1]);
      }
      const nodes = await user.must('get', 'nodes', '-o', 'name');
      assert.equal(nodes.trim().split('\n').length, 2);
      await user.must('check');

      await user.must('down');
      await user.up('--state', state, '--nodes', '1');
      const last = await look(user);
      assert.deepEqual(identities(last.services), identities(before.services));
      assert.deepEqual([...new Set(last.pods.map(({ spec }) => spec.nodeName))], ['node-1']);
    } finally {
      await user.leave();
    }
  });
});
