// running.test.ts - a plan that follows the cluster is the plan of the cluster, whatever changed and in how many steps.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { difference } from '../../src/plan/difference.js';
import { planNode } from '../../src/plan/planner.js';
import { RunningPlan } from '../../src/plan/running.js';
import { ChangingCluster } from '../support/changing-cluster.js';
import { Dice } from '../support/seed.js';
import { CONFIG, NODE, on, service, slice } from './sample.js';

const VIEW = { ...NODE, name: 'node-1' };

test('following step by step gives the plan that planning anew gives', () => {
  for (let seed = 1; seed <= 60; seed++) {
    const cluster = new ChangingCluster(new Dice(seed));
    const running = new RunningPlan(cluster.snapshot, VIEW, CONFIG);
    let before = planNode(cluster.snapshot, VIEW, CONFIG);
    for (let step = 0; step < 20; step++) {
      const changes = running.follow(cluster.change());
      const anew = planNode(cluster.snapshot, VIEW, CONFIG, before);
      assert.deepEqual(running.plan, anew, `seed ${seed}, step ${step}`);
      assert.ok(changes?.every(({ before, after }) => before !== null || after !== null));
      before = anew;
    }
  }
});

test('a plan stays as it was when the cluster goes on', () => {
  const [web, api] = [service('web', { clusterIP: '10.8.0.1' }), service('api', { clusterIP: '10.8.0.2' })];
  const first = { services: [web], endpointSlices: [], nodes: [] };
  const running = new RunningPlan(first, NODE, CONFIG);
  const before = running.plan;
  const changes = running.follow({ ...first, services: [web, api] });
  assert.deepEqual(
    changes?.map(({ owner, before }) => [owner, before]),
    [['shop/api', null]],
  );
  assert.deepEqual(
    before.services.map(({ name }) => name),
    ['shop/web:web'],
  );
  assert.deepEqual(
    running.plan.services.map(({ name }) => name),
    ['shop/api:web', 'shop/web:web'],
  );
});

test('what kube-proxy does not see is no change', () => {
  const web = service('web', { clusterIP: '10.8.0.1' });
  const slices = [slice('web', [on('n1', '10.9.1.1')])];
  const first = { services: [web], endpointSlices: slices, nodes: [] };
  const running = new RunningPlan(first, NODE, CONFIG);
  const annotated = slices.map((each) => ({ ...each, metadata: { ...each.metadata, annotations: { seen: 'now' } } }));
  const headless = service('none', { clusterIP: 'None' });
  assert.deepEqual(running.follow({ services: [headless, web], endpointSlices: annotated, nodes: [] }), []);
});

test('a pod with a weight makes the plan begin anew', () => {
  const first = { services: [], endpointSlices: [], nodes: [], pods: [] };
  const running = new RunningPlan(first, NODE, CONFIG);
  const pod = (annotations: Record<string, string>) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'a', namespace: 'shop', annotations },
  });
  assert.deepEqual(running.follow({ ...first, pods: [pod({})] }), []);
  assert.equal(running.follow({ ...first, pods: [pod({ 'kubewire.dev/weight': '3' })] }), null);
});

test('a difference has what only one of two lists has', () => {
  const items = Array.from({ length: 6 }, (_, i) => ({ i }));
  const lists = fc.uniqueArray(fc.constantFrom(...items), { maxLength: 6 });
  fc.assert(
    fc.property(lists, lists, (before, after) => {
      const { gone, come } = difference(before, after);
      // Both may name an item that changed its place; apart from that each names exactly what the other list lacks.
      const moved = new Set(gone.filter((item) => come.includes(item)));
      assert.deepEqual(
        new Set(gone.filter((item) => !moved.has(item))),
        new Set(before.filter((x) => !after.includes(x))),
      );
      assert.deepEqual(
        new Set(come.filter((item) => !moved.has(item))),
        new Set(after.filter((x) => !before.includes(x))),
      );
      for (const item of moved) assert.ok(before.includes(item) && after.includes(item));
    }),
  );
});
