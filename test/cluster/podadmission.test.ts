// podadmission.test.ts - what a new pod is given when it is let in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../src/model/objects.js';
import { pod, refusal, testCluster } from './fixtures.js';

const made = (change: (made: Pod) => void = () => {}, cluster = testCluster()): Pod => {
  const given = pod('one', {});
  change(given);
  return cluster.store.create(given) as Pod;
};

test('a pod tolerates the loss of its node for five minutes, unless it says otherwise', () => {
  const keys = (one: Pod) =>
    (one.spec.tolerations as { key: string; tolerationSeconds?: number }[]).map(({ key }) => key);
  const lost = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'];
  assert.deepEqual(keys(made()), lost);
  const own = made(({ spec }) => {
    spec.tolerations = [{ key: lost[0], operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 10 }];
  });
  assert.deepEqual(keys(own), lost);
  assert.equal((own.spec.tolerations as { tolerationSeconds?: number }[])[0]?.tolerationSeconds, 10);
});

test('a pod has the priority of its class, of the default class, or none; an unknown class is refused', () => {
  const cluster = testCluster();
  const classes = 'scheduling.k8s.io/v1';
  cluster.store.create({ apiVersion: classes, kind: 'PriorityClass', metadata: { name: 'high' }, value: 1000 });
  assert.equal(made(undefined, cluster).spec.priority, 0);
  const high = made(({ spec, metadata }) => {
    metadata.name = 'two';
    spec.priorityClassName = 'high';
  }, cluster);
  assert.equal(high.spec.priority, 1000);
  assert.equal(high.spec.preemptionPolicy, 'PreemptLowerPriority');
  const nameless = (given: Pod): void => {
    given.spec.priorityClassName = 'none';
  };
  const { status } = refusal(() => made(nameless));
  assert.equal(status.message, 'pods "one" is forbidden: no PriorityClass with name none was found');
});

test('the class of service follows from what the containers ask for', () => {
  const classOf = (resources: object) =>
    made(({ spec }) => {
      for (const container of spec.containers) container.resources = resources;
    }).status?.qosClass;
  assert.equal(classOf({}), 'BestEffort');
  assert.equal(classOf({ requests: { cpu: '100m' } }), 'Burstable');
  assert.equal(classOf({ limits: { cpu: '1', memory: '1Gi' } }), 'Guaranteed');
  assert.equal(
    classOf({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '1000m', memory: '1024Mi' } }),
    'Guaranteed',
  );
  assert.equal(classOf({ limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '500m' } }), 'Burstable');
});
