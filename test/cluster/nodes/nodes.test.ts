// nodes.test.ts - nodes that are lost and come back: conditions, taints, evictions, and pods that come back elsewhere.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.js';
import type { EndpointSlice, KubeObject, Node, Pod } from '../../../src/model/objects.js';
import { applied, deployment, eventsAbout, ManualClock, pod, service, settled, testCluster } from '../fixtures.js';

const NAMES = ['node-1', 'node-2', 'node-3'];
const nodeOf = (cluster: Cluster, name: string): Node => cluster.store.get<Node>('Node', '', name) as Node;
const readyOf = (cluster: Cluster, name: string): string | undefined =>
  nodeOf(cluster, name).status?.conditions?.find(({ type }) => type === 'Ready')?.status;
const taintsOf = (cluster: Cluster, name: string): string[] =>
  ((nodeOf(cluster, name).spec?.taints ?? []) as { key: string; effect: string }[]).map(
    ({ key, effect }) => `${key}:${effect}`,
  );
const alive = (cluster: Cluster): Pod[] =>
  cluster.store.list<Pod>('Pod').filter(({ metadata }) => !metadata.deletionTimestamp);
const readyEndpoints = (cluster: Cluster): number =>
  cluster.store
    .list<EndpointSlice>('EndpointSlice')
    .filter(
      ({ addressType, metadata }) =>
        addressType === 'IPv4' && metadata.labels?.['kubernetes.io/service-name'] === 'web',
    )
    .flatMap(({ endpoints }) => endpoints ?? [])
    .filter(({ conditions }) => conditions?.ready).length;

/** Renews the Leases of these nodes, as their kubelets do. */
function beat(cluster: Cluster, names: readonly string[], time: Date): void {
  for (const name of names) {
    const renewTime = time.toISOString().replace('Z', '000Z');
    const lease = {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name, namespace: 'kube-node-lease' },
    };
    const known = cluster.store.get('Lease', 'kube-node-lease', name);
    const spec = { holderIdentity: name, leaseDurationSeconds: 40, renewTime };
    if (known) cluster.store.update({ ...known, spec });
    else cluster.store.create({ ...lease, spec });
  }
}

/** Lets time pass in which only these nodes renew their Leases. */
async function pass(cluster: Cluster, manual: ManualClock, seconds: number, names: readonly string[]): Promise<void> {
  for (let done = 0; done < seconds; done += 10) {
    beat(cluster, names, manual.clock());
    await manual.advance(Math.min(10, seconds - done), cluster);
  }
}

function living(options: object = {}): { cluster: Cluster; manual: ManualClock } {
  const manual = new ManualClock();
  const cluster = testCluster({ clock: manual.clock, timer: manual.timer, ...options });
  return { cluster, manual };
}

async function status(cluster: Cluster, name: string, ready: string): Promise<void> {
  const before = nodeOf(cluster, name);
  const conditions = [{ type: 'Ready', status: ready }];
  cluster.store.updateStatus({
    ...before,
    metadata: { ...before.metadata, resourceVersion: '' },
    status: { ...before.status, conditions },
  });
  await settled(cluster);
}

async function taint(cluster: Cluster, name: string, ...taints: object[]): Promise<void> {
  const before = nodeOf(cluster, name);
  cluster.store.update({
    ...before,
    metadata: { ...before.metadata, resourceVersion: '' },
    spec: { ...before.spec, taints },
  });
  await settled(cluster);
}

test('a node that renews its Lease no longer is lost after the grace; its pods come back elsewhere after they were tolerated', async () => {
  const { cluster, manual } = living();
  await applied(cluster, service('web'), deployment('web', 6));
  await pass(cluster, manual, 60, NAMES);
  assert.deepEqual([readyOf(cluster, 'node-1'), readyEndpoints(cluster)], ['True', 6]);
  const rest = ['node-2', 'node-3'];
  await pass(cluster, manual, 30, rest);
  assert.equal(readyOf(cluster, 'node-1'), 'True');
  await pass(cluster, manual, 20, rest);
  assert.equal(readyOf(cluster, 'node-1'), 'Unknown');
  assert.deepEqual(taintsOf(cluster, 'node-1'), [
    'node.kubernetes.io/unreachable:NoSchedule',
    'node.kubernetes.io/unreachable:NoExecute',
  ]);
  // Not served any longer, but not given up.
  assert.deepEqual([readyEndpoints(cluster), alive(cluster).length], [4, 6]);
  await pass(cluster, manual, 280, rest);
  assert.equal(alive(cluster).filter(({ spec }) => spec.nodeName === 'node-1').length, 2);
  await pass(cluster, manual, 30, rest);
  assert.deepEqual(new Set(alive(cluster).map(({ spec }) => spec.nodeName)), new Set(rest));
  assert.deepEqual([alive(cluster).length, readyEndpoints(cluster)], [6, 6]);
  const told = eventsAbout(cluster, 'Node', 'node-1').map((line) => line.split(' ')[1]);
  assert.deepEqual(told, ['RegisteredNode', 'NodeNotReady']);
  await cluster.close();
});

test('a node that comes back in time keeps its pods, and they are served again', async () => {
  const { cluster, manual } = living({ nodeGraceMs: 15_000 });
  await applied(cluster, service('web'), deployment('web', 3));
  await pass(cluster, manual, 10, NAMES);
  await pass(cluster, manual, 20, ['node-2', 'node-3']);
  assert.deepEqual([readyOf(cluster, 'node-1'), readyEndpoints(cluster)], ['Unknown', 2]);
  const before = alive(cluster).map(({ metadata }) => metadata.uid);
  beat(cluster, ['node-1'], manual.clock());
  await status(cluster, 'node-1', 'True');
  assert.deepEqual([taintsOf(cluster, 'node-1'), readyEndpoints(cluster)], [[], 3]);
  for (let i = 0; i < 120; i++) {
    beat(cluster, NAMES, manual.clock());
    await manual.advance(4, cluster);
  }
  assert.deepEqual(
    alive(cluster).map(({ metadata }) => metadata.uid),
    before,
  );
  await cluster.close();
});

test('a node without a Lease is whatever its status says', async () => {
  const { cluster, manual } = living();
  await manual.advance(3600, cluster);
  assert.equal(readyOf(cluster, 'node-1'), 'True');
  await status(cluster, 'node-1', 'False');
  assert.deepEqual(taintsOf(cluster, 'node-1'), [
    'node.kubernetes.io/not-ready:NoSchedule',
    'node.kubernetes.io/not-ready:NoExecute',
  ]);
  await status(cluster, 'node-1', 'True');
  assert.deepEqual(taintsOf(cluster, 'node-1'), []);
  await cluster.close();
});

test('a cordoned node has the taint for it, beside those of its owner', async () => {
  const { cluster } = living();
  await taint(cluster, 'node-1', { key: 'mine', effect: 'NoSchedule' });
  const change = async (unschedulable: boolean): Promise<void> => {
    const before = nodeOf(cluster, 'node-1');
    cluster.store.update({
      ...before,
      metadata: { ...before.metadata, resourceVersion: '' },
      spec: { ...before.spec, unschedulable },
    });
    await settled(cluster);
  };
  await change(true);
  assert.deepEqual(taintsOf(cluster, 'node-1'), ['mine:NoSchedule', 'node.kubernetes.io/unschedulable:NoSchedule']);
  await change(false);
  assert.deepEqual(taintsOf(cluster, 'node-1'), ['mine:NoSchedule']);
  await cluster.close();
});

const TOLERATIONS: readonly [what: string, tolerations: object[], seconds: number | null][] = [
  ['no toleration', [], 0],
  ['a toleration without a limit', [{ key: 'k', operator: 'Exists' }], null],
  ['a toleration of a minute', [{ key: 'k', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 60 }], 60],
  [
    'the shorter of two',
    [
      { key: 'k', operator: 'Exists', tolerationSeconds: 60 },
      { operator: 'Exists', tolerationSeconds: 30 },
    ],
    30,
  ],
  ['a toleration of NoSchedule only', [{ key: 'k', operator: 'Exists', effect: 'NoSchedule' }], 0],
];

for (const [what, tolerations, seconds] of TOLERATIONS)
  test(`a pod with ${what} ${seconds === null ? 'stays for ever' : `goes after ${seconds} s`} of k:NoExecute`, async () => {
    const { cluster, manual } = living();
    const plain = pod('p', {});
    await applied(cluster, { ...plain, spec: { ...plain.spec, nodeName: 'node-1', tolerations } });
    await taint(cluster, 'node-1', { key: 'k', effect: 'NoExecute' });
    const isThere = (): boolean => cluster.store.get('Pod', 'default', 'p') !== undefined;
    if (seconds !== null && seconds > 0) {
      await manual.advance(seconds - 1, cluster);
      assert.ok(isThere(), 'it went too early');
    }
    await manual.advance(seconds === null ? 100_000 : 2, cluster);
    assert.equal(isThere(), seconds === null);
    await cluster.close();
  });

test('a taint that goes in time cancels the eviction', async () => {
  const { cluster, manual } = living();
  const plain = pod('p', {});
  const tolerations = [{ key: 'k', operator: 'Exists', tolerationSeconds: 60 }];
  await applied(cluster, { ...plain, spec: { ...plain.spec, nodeName: 'node-1', tolerations } });
  await taint(cluster, 'node-1', { key: 'k', effect: 'NoExecute' });
  await manual.advance(30, cluster);
  await taint(cluster, 'node-1');
  await manual.advance(120, cluster);
  assert.ok(cluster.store.get('Pod', 'default', 'p'));
  assert.equal(
    eventsAbout(cluster, 'Pod', 'p').at(-1),
    'Normal TaintManagerEviction Cancelling deletion of Pod default/p',
  );
  await cluster.close();
});

test('a pod that is driven away says so before it goes', async () => {
  const { cluster } = living();
  await applied(cluster, pod('p', {}));
  const seen: string[] = [];
  cluster.store.watch(({ object }) => {
    const target = (object as Pod).status?.conditions?.find(({ type }) => type === 'DisruptionTarget');
    if (target) seen.push(String(target.reason));
  }, 'Pod');
  const name = cluster.store.get<Pod>('Pod', 'default', 'p')?.spec.nodeName ?? '';
  await taint(cluster, name, { key: 'k', effect: 'NoExecute' });
  assert.equal(seen[0], 'DeletionByTaintManager');
  assert.match(
    eventsAbout(cluster, 'Pod', 'p').join('\n'),
    /Normal TaintManagerEviction Marking for deletion Pod default\/p/,
  );
  await cluster.close();
});

test('a heartbeat that changes nothing costs the pods of the node nothing', async () => {
  const { cluster, manual } = living();
  await applied(cluster, deployment('web', 30));
  await pass(cluster, manual, 20, NAMES);
  const seen: KubeObject[] = [];
  cluster.store.watch(({ object, key }) => {
    if (key !== 'Lease.coordination.k8s.io') seen.push(object);
  });
  await pass(cluster, manual, 100, NAMES);
  assert.deepEqual(seen, []);
  await cluster.close();
});
