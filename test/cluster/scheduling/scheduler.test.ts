// scheduler.test.ts - where pods go and where not: each filter, each wish, the sentence of a refusal, and the retry.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Cluster } from '../../../src/cluster/cluster.js';
import type { KubeObject, Node, Pod, PodSpec, Protocol } from '../../../src/model/objects.js';
import { applied, deployment, eventsAbout, node, pod, settled, testCluster } from '../fixtures.js';

/** Taints of the nodes of testCluster, by name. */
function taint(cluster: Cluster, name: string, ...taints: object[]): void {
  const before = cluster.store.get<Node>('Node', '', name) as Node;
  cluster.store.update({ ...before, spec: { ...before.spec, taints } });
}

function cordon(cluster: Cluster, name: string, unschedulable: boolean): void {
  const before = cluster.store.get<Node>('Node', '', name) as Node;
  cluster.store.update({ ...before, spec: { ...before.spec, unschedulable } });
}

const wanting = (name: string, spec: Partial<PodSpec>, labels: Record<string, string> = {}): Pod => {
  const plain = pod(name, labels);
  return { ...plain, spec: { ...plain.spec, ...spec } };
};

const placeOf = (cluster: Cluster, name: string): string | undefined =>
  cluster.store.get<Pod>('Pod', 'default', name)?.spec.nodeName;
const why = (cluster: Cluster, name: string): string =>
  String(
    cluster.store.get<Pod>('Pod', 'default', name)?.status?.conditions?.find(({ type }) => type === 'PodScheduled')
      ?.message,
  );

const ZONE = 'topology.kubernetes.io/zone';
const HOST = 'kubernetes.io/hostname';
const zoneTerm = (operator: string, ...values: string[]) => ({ matchExpressions: [{ key: ZONE, operator, values }] });
const required = (...nodeSelectorTerms: object[]): Partial<PodSpec> => ({
  affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms } } },
});
const near = (which: string, topologyKey: string, app: string): Partial<PodSpec> => ({
  affinity: {
    [which]: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey, labelSelector: { matchLabels: { app } } }],
    },
  },
});
const asking = (requests: object): Partial<PodSpec> => ({
  containers: [{ name: 'main', image: 'image:1', resources: { requests } }],
});
const HELPLESS = 'preemption: 0/3 nodes are available: 3 Preemption is not helpful for scheduling.';
const NO_VICTIMS = 'preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.';

/** The nodes are node-1, -2, -3 in zone-a, -b, -c with two CPUs each; the pod `there` with app=there is on node-2. */
const CASES: readonly [what: string, spec: Partial<PodSpec>, result: string][] = [
  ['a nodeSelector', { nodeSelector: { [HOST]: 'node-3' } }, 'node-3'],
  [
    'a nodeSelector that no node has',
    { nodeSelector: { disk: 'fast' } },
    `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${HELPLESS}`,
  ],
  ['required node affinity', required(zoneTerm('In', 'zone-c')), 'node-3'],
  [
    'terms of node affinity as alternatives',
    required(zoneTerm('In', 'no'), zoneTerm('NotIn', 'zone-a', 'zone-b')),
    'node-3',
  ],
  [
    'the name of a node',
    required({ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['node-3'] }] }),
    'node-3',
  ],
  [
    'a term without parts',
    required({}),
    `0/3 nodes are available: 3 node(s) didn't match Pod's node affinity/selector. ${HELPLESS}`,
  ],
  [
    'preferred node affinity',
    {
      affinity: {
        nodeAffinity: {
          preferredDuringSchedulingIgnoredDuringExecution: [
            { weight: 10, preference: zoneTerm('In', 'zone-a') },
            { weight: 20, preference: zoneTerm('In', 'zone-c') },
          ],
        },
      },
    },
    'node-3',
  ],
  ['pod affinity', near('podAffinity', ZONE, 'there'), 'node-2'],
  [
    'pod affinity to nobody',
    near('podAffinity', ZONE, 'nobody'),
    `0/3 nodes are available: 3 node(s) didn't match pod affinity rules. ${NO_VICTIMS}`,
  ],
  ['pod affinity to itself, as the first', near('podAffinity', ZONE, 'new'), 'node-1'],
  [
    'pod anti-affinity',
    { ...near('podAntiAffinity', HOST, 'there'), nodeSelector: { [HOST]: 'node-2' } },
    "0/3 nodes are available: 1 node(s) didn't match pod anti-affinity rules, 2 node(s) didn't match Pod's node affinity/selector. " +
      'preemption: 0/3 nodes are available: 1 No preemption victims found for incoming pod, 2 Preemption is not helpful for scheduling.',
  ],
  ['more CPU than there is', asking({ cpu: '2500m' }), `0/3 nodes are available: 3 Insufficient cpu. ${NO_VICTIMS}`],
  ['CPU that node-2 has no more', asking({ cpu: '1500m' }), 'node-1'],
  ['memory of nodes that do not say how much they have', asking({ memory: '64Ti' }), 'node-1'],
];

for (const [what, spec, result] of CASES)
  test(`a pod with ${what} goes where it should, or says why not`, async () => {
    const cluster = testCluster();
    await applied(
      cluster,
      wanting('there', { ...asking({ cpu: '1' }), nodeSelector: { [HOST]: 'node-2' } }, { app: 'there' }),
    );
    await applied(cluster, wanting('new', spec, { app: 'new' }));
    assert.equal(placeOf(cluster, 'new') ?? why(cluster, 'new'), result);
    const last = eventsAbout(cluster, 'Pod', 'new').find((line) => /Scheduled|FailedScheduling/.test(line));
    const told = placeOf(cluster, 'new')
      ? `Normal Scheduled Successfully assigned default/new to ${result}`
      : `Warning FailedScheduling ${result}`;
    assert.equal(last, told);
    await cluster.close();
  });

test('the sentence counts each reason, also of tainted and cordoned nodes', async () => {
  const cluster = testCluster();
  taint(cluster, 'node-1', { key: 'k', value: 'v', effect: 'NoSchedule' });
  taint(cluster, 'node-2', { key: 'x', effect: 'PreferNoSchedule' });
  cordon(cluster, 'node-3', true);
  await applied(cluster, wanting('p', { nodeSelector: { [HOST]: 'node-9' } }));
  assert.equal(
    why(cluster, 'p'),
    "0/3 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint {k: v}, " +
      `1 node(s) were unschedulable. ${HELPLESS}`,
  );
  await cluster.close();
});

test('PreferNoSchedule is a wish: such a node gets pods only when there is no other', async () => {
  const cluster = testCluster();
  taint(cluster, 'node-1', { key: 'k', effect: 'PreferNoSchedule' });
  await applied(cluster, pod('a', {}));
  assert.equal(placeOf(cluster, 'a'), 'node-2');
  cordon(cluster, 'node-2', true);
  cordon(cluster, 'node-3', true);
  await applied(cluster, pod('b', {}));
  assert.equal(placeOf(cluster, 'b'), 'node-1');
  await cluster.close();
});

const TOLERATIONS: readonly [toleration: object, tolerated: boolean][] = [
  [{ key: 'k', operator: 'Equal', value: 'v', effect: 'NoSchedule' }, true],
  [{ key: 'k', value: 'v' }, true],
  [{ key: 'k', operator: 'Exists' }, true],
  [{ operator: 'Exists' }, true],
  [{ key: 'k', operator: 'Equal', value: 'other' }, false],
  [{ key: 'other', operator: 'Exists' }, false],
  [{ key: 'k', operator: 'Exists', effect: 'NoExecute' }, false],
];

for (const [toleration, tolerated] of TOLERATIONS)
  test(`${JSON.stringify(toleration)} ${tolerated ? 'tolerates' : 'does not tolerate'} k=v:NoSchedule`, async () => {
    const cluster = testCluster();
    for (const name of ['node-1', 'node-2', 'node-3'])
      taint(cluster, name, { key: 'k', value: 'v', effect: 'NoSchedule' });
    await applied(cluster, wanting('p', { tolerations: [toleration] }));
    assert.equal(placeOf(cluster, 'p') !== undefined, tolerated);
    await cluster.close();
  });

test('a taint NoSchedule does not remove a pod that runs', async () => {
  const cluster = testCluster();
  await applied(cluster, pod('p', {}));
  taint(cluster, placeOf(cluster, 'p') ?? '', { key: 'k', effect: 'NoSchedule' });
  await settled(cluster);
  assert.equal(cluster.store.get('Pod', 'default', 'p')?.metadata.deletionTimestamp, undefined);
  await cluster.close();
});

test('required anti-affinity to itself gives each node one pod, and the rest wait for a node', async () => {
  const cluster = testCluster();
  const web = deployment('web', 4);
  const spec = web.spec as { template: { spec: object } };
  const template = { ...spec.template, spec: { ...spec.template.spec, ...near('podAntiAffinity', HOST, 'web') } };
  await applied(cluster, { ...web, spec: { ...spec, template } });
  const waiting = (): Pod[] => cluster.store.list<Pod>('Pod').filter((one) => !one.spec.nodeName);
  assert.equal(waiting().length, 1);
  await applied(cluster, node('node-4', 4, 'zone-d'));
  assert.equal(waiting().length, 0);
  await cluster.close();
});

test('a placed pod keeps away those that it does not want near', async () => {
  const cluster = testCluster();
  const shy = { ...near('podAntiAffinity', HOST, 'loud'), nodeSelector: { [HOST]: 'node-1' } };
  await applied(cluster, wanting('shy', shy));
  await applied(cluster, wanting('loud', { nodeSelector: { [HOST]: 'node-1' } }, { app: 'loud' }));
  assert.match(why(cluster, 'loud'), /1 node\(s\) didn't satisfy existing pods anti-affinity rules/);
  cluster.store.delete('Pod', 'default', 'shy', { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.equal(placeOf(cluster, 'loud'), 'node-1');
  await cluster.close();
});

test('a hostPort is taken once on each node', async () => {
  const cluster = testCluster();
  const spec = { containers: [{ name: 'main', image: 'i:1', ports: [{ containerPort: 80, hostPort: 80 }] }] };
  for (let i = 0; i < 4; i++) await applied(cluster, wanting(`p-${i}`, spec));
  assert.match(why(cluster, 'p-3'), /3 node\(s\) didn't have free ports for the requested pod ports/);
  await cluster.close();
});

test('hostPorts on two addresses of a node do not conflict; every address conflicts with each', async () => {
  const cluster = testCluster();
  const taking = (name: string, address: { hostIP?: string }, protocol: Protocol = 'TCP') =>
    wanting(name, {
      nodeSelector: { [HOST]: 'node-1' },
      containers: [{ name: 'main', image: 'i:1', ports: [{ containerPort: 80, hostPort: 80, protocol, ...address }] }],
    });
  await applied(cluster, taking('loopback', { hostIP: '127.0.0.1' }));
  await applied(cluster, taking('outside', { hostIP: '192.168.0.11' }));
  await applied(cluster, taking('udp', { hostIP: '127.0.0.1' }, 'UDP'));
  for (const name of ['loopback', 'outside', 'udp']) assert.equal(placeOf(cluster, name), 'node-1', name);
  await applied(cluster, taking('again', { hostIP: '127.0.0.1' }));
  await applied(cluster, taking('everywhere', {}));
  await applied(cluster, taking('zero', { hostIP: '0.0.0.0' }));
  for (const name of ['again', 'everywhere', 'zero'])
    assert.match(why(cluster, name), /1 node\(s\) didn't have free ports for the requested pod ports/, name);
  await cluster.close();
});

const spreadBy = (topologyKey: string, whenUnsatisfiable: string, extra: object = {}): Partial<PodSpec> => ({
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey, whenUnsatisfiable, labelSelector: { matchLabels: { app: 'web' } }, ...extra },
  ],
});

test('topology spread holds the skew in every state, and refuses what would exceed it', async () => {
  const cluster = testCluster();
  // Two nodes in zone-a; without the constraint they would get two thirds.
  await applied(cluster, node('node-4', 4, 'zone-a'));
  for (let i = 0; i < 12; i++) {
    await applied(cluster, wanting(`p-${i}`, spreadBy(ZONE, 'DoNotSchedule'), { app: 'web' }));
    const zones = new Map([
      ['zone-a', 0],
      ['zone-b', 0],
      ['zone-c', 0],
    ]);
    for (const { spec } of cluster.store.list<Pod>('Pod')) {
      const zone = cluster.store.get('Node', '', spec.nodeName ?? '')?.metadata.labels?.[ZONE] ?? '';
      zones.set(zone, (zones.get(zone) ?? 0) + 1);
    }
    assert.ok(Math.max(...zones.values()) - Math.min(...zones.values()) <= 1, JSON.stringify([...zones]));
  }
  cordon(cluster, 'node-2', true);
  await applied(cluster, wanting('a', spreadBy(ZONE, 'DoNotSchedule'), { app: 'web' }));
  await applied(cluster, wanting('b', spreadBy(ZONE, 'DoNotSchedule'), { app: 'web' }));
  await applied(cluster, wanting('c', spreadBy(ZONE, 'DoNotSchedule'), { app: 'web' }));
  assert.match(why(cluster, 'c'), /3 node\(s\) didn't match pod topology spread constraints/);
  await applied(cluster, wanting('d', spreadBy(ZONE, 'ScheduleAnyway'), { app: 'web' }));
  assert.notEqual(placeOf(cluster, 'd'), undefined);
  await cluster.close();
});

test('a node without the label of a constraint is refused', async () => {
  const cluster = testCluster();
  await applied(cluster, wanting('p', spreadBy('rack', 'DoNotSchedule'), { app: 'web' }));
  assert.match(
    why(cluster, 'p'),
    /3 node\(s\) didn't match pod topology spread constraints \(missing required label\)/,
  );
  await cluster.close();
});

test('what is freed lets a waiting pod in', async () => {
  const cluster = testCluster();
  for (let i = 0; i < 3; i++) await applied(cluster, wanting(`big-${i}`, asking({ cpu: '2' })));
  await applied(cluster, wanting('late', asking({ cpu: '1' })));
  assert.equal(placeOf(cluster, 'late'), undefined);
  cluster.store.delete('Pod', 'default', 'big-1', { gracePeriodSeconds: 0 });
  await settled(cluster);
  assert.equal(placeOf(cluster, 'late'), 'node-2');
  await cluster.close();
});

test('pods of another scheduler are left alone', async () => {
  const cluster = testCluster();
  await applied(cluster, wanting('p', { schedulerName: 'mine' }));
  assert.equal(placeOf(cluster, 'p'), undefined);
  assert.deepEqual(eventsAbout(cluster, 'Pod', 'p'), []);
  await cluster.close();
});

test('a refusal of a machine that no lab has says so', async () => {
  const cluster = testCluster({ machines: [] });
  await applied(cluster, pod('p', {}) as KubeObject);
  assert.match(why(cluster, 'p'), /3 node\(s\) had no machine in this lab/);
  await cluster.close();
});
