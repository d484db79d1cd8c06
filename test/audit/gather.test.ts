// gather.test.ts - a visit: what is in a log, nodes that do not answer, and that everything is taken away again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bundleIn, gather } from '../../src/audit/gather.js';
import { FRAME, passedOver, visitObjects } from '../../src/audit/visit.js';
import type { KubeObject, Node, Pod } from '../../src/model/objects.js';

const VISIT = { name: 'visit-1', namespace: 'kube-system', image: 'image:1', allNodes: false, script: 'echo' };
const logOf = (text: string): string =>
  `+ nft.txt\n${FRAME.begin}\n${Buffer.from(text).toString('base64')}\n${FRAME.end}\n`;

const podOn = (node: string, status: object): Pod =>
  ({
    kind: 'Pod',
    metadata: { name: `pod-${node}` },
    spec: { nodeName: node, containers: [] },
    status,
  }) as unknown as Pod;

/** A cluster whose pods are these, and whose logs come in pieces. */
function clusterOf(pods: readonly Pod[], logs: Readonly<Record<string, readonly string[]>>, refused = '') {
  const did: string[] = [];
  return {
    did,
    create: async <T extends KubeObject>(path: string, object: T): Promise<T> => {
      if (object.kind === refused) throw new Error(`${refused} is forbidden`);
      did.push(`create ${path}`);
      return object;
    },
    remove: async (path: string): Promise<void> => void did.push(`remove ${path}`),
    get: async <T>(): Promise<T> => ({ items: pods }) as T,
    async *text(path: string) {
      for (const part of logs[/pods\/([^/]+)\/log/.exec(path)?.[1] ?? ''] ?? []) yield part;
    },
  };
}

/** Time passes only while somebody waits. */
function patience(timeoutMs: number) {
  let now = 0;
  const pause = async (ms: number): Promise<void> => {
    now += ms;
    await new Promise(setImmediate);
  };
  return { timeoutMs, clock: () => now, pause };
}

test('a log holds its file between two lines, and is not done before the second', () => {
  assert.equal(bundleIn(logOf('rules'))?.toString(), 'rules');
  assert.equal(bundleIn(logOf('rules').slice(0, -5)), null);
  assert.throws(() => bundleIn(`AAAA\n${FRAME.end}\n`), /the beginning of its log is lost/);
  const failed = `${FRAME.begin}\nbase64: /tmp/node.tgz: No such file\n${FRAME.end}\n`;
  assert.throws(() => bundleIn(failed), /it gathered nothing: base64: \/tmp\/node\.tgz: No such file/);
});

test('each node is heard or told with what its pod waits for, and nothing is left in the cluster', async () => {
  const waiting = { reason: 'ImagePullBackOff', message: 'no such image' };
  const pods = [
    podOn('a', { phase: 'Running' }),
    podOn('b', { phase: 'Pending', containerStatuses: [{ state: { waiting } }] }),
    podOn('c', { phase: 'Running' }),
  ];
  const text = logOf('rules');
  const cluster = clusterOf(pods, { 'pod-a': [text.slice(0, 20), text.slice(20)], 'pod-c': ['sh: not found\n'] });
  const gathered = await gather(cluster, VISIT, ['a', 'b', 'c', 'd'], patience(5000));
  assert.deepEqual(
    gathered.map((one) => ('bundle' in one ? `${one.node} ${one.bundle}` : `${one.node}: ${one.problem}`)),
    ['a rules', 'b: ImagePullBackOff: no such image', 'c: its pod ended: sh: not found', 'd: no pod came to run there'],
  );
  const made = ['/api/v1/namespaces/kube-system/configmaps', '/apis/apps/v1/namespaces/kube-system/daemonsets'];
  const removed = made.map((path) => `remove ${path}/visit-1`).reverse();
  assert.deepEqual(cluster.did, [...made.map((path) => `create ${path}`), ...removed]);
});

test('what was made is taken away when the rest may not be made', async () => {
  const cluster = clusterOf([], {}, 'DaemonSet');
  await assert.rejects(gather(cluster, VISIT, ['a'], patience(1000)), /DaemonSet is forbidden/);
  assert.match(cluster.did.at(-1) ?? '', /^remove .*\/configmaps\/visit-1$/);
});

test('pods of a visit have two capabilities, no token, and files that they cannot write', () => {
  const [, { object } = { object: {} }] = visitObjects({ ...VISIT, allNodes: true });
  const { spec } = (object as { spec: { template: { spec: Record<string, unknown> } } }).spec.template;
  const [container] = spec.containers as { securityContext: object }[];
  assert.deepEqual([spec.hostNetwork, spec.hostPID, spec.automountServiceAccountToken], [true, undefined, false]);
  assert.deepEqual(spec.tolerations, [{ operator: 'Exists' }]);
  assert.deepEqual(container?.securityContext, {
    runAsUser: 0,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'], add: ['NET_ADMIN', 'NET_RAW'] },
    seccompProfile: { type: 'RuntimeDefault' },
  });
});

test('nodes are passed over for taints that pods of a DaemonSet do not tolerate, and for Windows', () => {
  const node = (taints: object[], labels = {}): Node =>
    ({ kind: 'Node', metadata: { name: 'a', labels }, spec: { taints } }) as unknown as Node;
  const control = { key: 'node-role.kubernetes.io/control-plane', effect: 'NoSchedule' };
  assert.equal(passedOver(node([{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }]), false), '');
  assert.equal(passedOver(node([{ key: 'soft', effect: 'PreferNoSchedule' }]), false), '');
  assert.match(passedOver(node([control]), false), /control-plane keeps pods away \(--all-nodes\)/);
  assert.equal(passedOver(node([control]), true), '');
  assert.match(passedOver(node([], { 'kubernetes.io/os': 'windows' }), true), /Windows/);
});
