// follow.test.ts - a lab that follows a cluster has what a fresh mirror of it would have, at every rest.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import { Follower, mirrorChange } from '../../src/live/follow.js';
import { mirrored } from '../../src/live/mirror.js';
import { LIVE_PATHS, liveObjects } from '../../src/live/objects.js';
import { LiveServer } from '../../src/live/server.js';
import { Watched } from '../../src/live/watched.js';
import type { KubeObject } from '../../src/model/objects.js';
import { until } from '../support/eventually.js';
import { serve } from './served.js';

const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, spec: {}, status: {} } as KubeObject;
const service = (name: string, ports: readonly number[]): KubeObject => ({
  ...{ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' } },
  spec: { ports: ports.map((port) => ({ name: `p${port}`, port, protocol: 'TCP' })) },
});
const slice = (name: string, pods: readonly string[], port = 8080): KubeObject =>
  ({
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' },
    metadata: { name: `${name}-a`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
    addressType: 'IPv4',
    ports: [{ name: 'p80', port, protocol: 'TCP' }],
    endpoints: pods.map((pod, i) => ({
      addresses: [`10.244.1.${i + 2}`],
      nodeName: 'n1',
      targetRef: { kind: 'Pod', name: pod, namespace: 'shop' },
    })),
  }) as unknown as KubeObject;

test('a pod with another spec is another pod; machines stay', () => {
  const before = mirrored([NODE, service('web', [80]), slice('web', ['web-1', 'web-2'])]);
  const after = mirrored([service('web', [80]), slice('web', ['web-1'], 9090)]);
  const { gone, put } = mirrorChange(before, after);
  assert.deepEqual(
    gone.map(({ metadata }) => metadata.name),
    ['web-1', 'web-2'],
  );
  assert.deepEqual(
    put.map(({ metadata }) => metadata.name),
    ['web', 'web-1'],
  );
});

const SAME = ['Service', 'Pod'];

/** Names of what is mirrored, with ports of Services and of pods, and the Services of pods. */
function told(objects: readonly KubeObject[]): string[] {
  return objects
    .filter(({ kind, metadata }) => SAME.includes(kind) && metadata.namespace === 'shop')
    .map(({ kind, metadata, spec }) => {
      const { ports = [], containers = [] } = spec as {
        ports?: { port: number }[];
        containers?: { ports?: { containerPort: number }[] }[];
      };
      const numbers = [
        ...ports.map(({ port }) => port),
        ...(containers[0]?.ports ?? []).map((one) => one.containerPort),
      ];
      return `${kind} ${metadata.name} ${numbers.join()} ${
        kind === 'Pod'
          ? Object.keys(metadata.labels ?? {})
              .sort()
              .join()
          : ''
      }`;
    })
    .sort();
}

test('a lab follows Services that come, change and go, and their endpoints, through disconnects', async (t) => {
  const served = await serve();
  const server = new LiveServer(served.target, {}, Date.now);
  const { cluster } = served;
  cluster.apply([NODE, service('web', [80]), slice('web', ['web-1'])]);
  const watched = await Watched.open(
    server,
    LIVE_PATHS,
    (error) => assert.fail(String(error)),
    () => 20,
  );
  const lab = createCluster();
  const first = mirrored(liveObjects(watched));
  lab.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  assert.deepEqual(lab.apply(first).refused, []);
  const reports: string[] = [];
  const follower = new Follower(watched, lab, first, (message) => reports.push(message));
  t.after(async () => {
    follower.close();
    server.close();
    await served.close();
    await lab.close();
  });
  const rest = async (): Promise<void> => {
    const { store } = cluster;
    const kinds = { services: 'Service', endpointSlices: 'EndpointSlice', nodes: 'Node', pods: 'Pod' } as const;
    const wanted = told(mirrored(liveObjects({ list: (part) => [...store.list(kinds[part])] as never })));
    await until(() => told(SAME.flatMap((kind) => lab.store.list(kind))).join('\n') === wanted.join('\n'));
  };
  await rest();
  cluster.apply([service('web', [80, 81]), slice('web', ['web-1', 'web-2'])]);
  cluster.apply([service('api', [80]), slice('api', ['web-2', 'api-1'])]);
  await rest();
  served.cut();
  cluster.apply([slice('web', ['web-2'], 9090)]);
  cluster.store.delete('Service', 'shop', 'api');
  cluster.store.delete('EndpointSlice', 'shop', 'api-a');
  await rest();
  cluster.apply([service('web', [81]), { ...NODE, metadata: { name: 'n2' } }]);
  await rest();
  await until(() => reports.length > 0);
  assert.match(reports[0] ?? '', /^node n2 has no machine in this lab/);
});
