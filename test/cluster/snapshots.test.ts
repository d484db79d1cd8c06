// snapshots.test.ts - what a snapshot remembers of an earlier one is what comparing the two finds.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import type { Difference, KubeObject } from '../../src/model/objects.js';
import { Dice } from '../support/seed.js';

const service = (name: string, port: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: name }, ports: [{ port }] },
});

const names = (items: readonly KubeObject[]): string[] =>
  items.map(({ metadata }) => `${metadata.name}@${metadata.resourceVersion}`).sort();

const told = ({ gone, come }: Difference<KubeObject>): string[][] => [names(gone), names(come)];

const compared = (before: readonly KubeObject[], after: readonly KubeObject[]): string[][] => [
  names(before.filter((object) => !after.includes(object))),
  names(after.filter((object) => !before.includes(object))),
];

test('remembered or compared, the changes between two snapshots are the same', async () => {
  const dice = new Dice(3);
  const cluster = createCluster({ seed: 1 });
  const snapshots = [cluster.snapshot()];
  for (let step = 0; step < 40; step++) {
    for (let i = dice.below(4); i > 0; i--) {
      const name = `s${dice.below(6)}`;
      const there = cluster.store.get('Service', 'default', name);
      if (there && dice.chance(40)) cluster.store.delete('Service', 'default', name);
      else cluster.apply([service(name, dice.between(1, 3))]);
    }
    await cluster.settled();
    const after = cluster.snapshot();
    const before = dice.pick(snapshots);
    const changes = after.since?.(before);
    assert.ok(changes, 'it does not remember');
    for (const list of ['services', 'endpointSlices'] as const) {
      assert.deepEqual(told(changes[list]), compared(before[list], after[list]), `step ${step}`);
    }
    snapshots.push(after);
  }
  cluster.close();
});

test('what is not an earlier snapshot of the same cluster has to be compared', () => {
  const [one, other] = [createCluster({ seed: 1 }), createCluster({ seed: 2 })];
  const before = one.snapshot();
  one.apply([service('web', 80)]);
  const after = one.snapshot();
  assert.equal(before.since?.(after), null, 'a later one');
  assert.equal(after.since?.(other.snapshot()), null, 'one of another cluster');
  assert.equal(after.since?.({ ...before }), null, 'a copy');
  assert.deepEqual(after.since?.(after)?.services, { gone: [], come: [] });
  for (const cluster of [one, other]) cluster.close();
});
