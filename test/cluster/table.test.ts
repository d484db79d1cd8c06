// table.test.ts - lists of a kind are sorted and whole, however few or many objects changed since the last one.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Table } from '../../src/cluster/table.js';
import { Dice } from '../support/seed.js';

const object = (namespace: string, name: string, version: number) => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { namespace, name, resourceVersion: String(version) },
});

test('a list has every object once, as it is now, sorted by namespace and name', () => {
  const dice = new Dice(7);
  const table = new Table();
  const all = new Map<string, ReturnType<typeof object>>();
  for (let step = 0; step < 300; step++) {
    for (let i = dice.pick([0, 1, 1, 2, 40]); i > 0; i--) {
      const [namespace, name] = [dice.pick(['a', 'b', 'c']), `s${dice.below(60)}`];
      if (dice.chance(30)) {
        table.remove(namespace, name);
        all.delete(`${namespace}/${name}`);
      } else {
        const written = object(namespace, name, step);
        table.put(written);
        all.set(`${namespace}/${name}`, written);
      }
    }
    const sorted = [...all].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, written]) => written);
    assert.deepEqual(table.list(), sorted);
    if (step % 3 === 0) {
      assert.deepEqual(
        table.list('b'),
        sorted.filter(({ metadata }) => metadata.namespace === 'b'),
      );
    }
  }
});

test('a list that was given out stays as it was', () => {
  const table = new Table();
  table.put(object('a', 'one', 1));
  const before = table.list();
  table.put(object('a', 'two', 2));
  assert.equal(before.length, 1);
  assert.equal(table.list().length, 2);
  assert.equal(table.list(), table.list(), 'and is made once');
});
