// table.test.ts - columns that line up, ages, amounts, and what a row says of an object.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerRow, objectRow, type TableOptions } from '../../../src/cli/print/table.js';
import { DESCRIPTION, GrowingTable, TABLE, tabulate, tabulateText } from '../../../src/cli/print/tabwriter.js';
import { humanDuration } from '../../../src/cluster/columns/age.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { addQuantities, formatQuantity, parseQuantity } from '../../../src/model/quantity.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');
const OPTIONS: TableOptions = {
  wide: false,
  namespaced: false,
  prefix: '',
  showLabels: false,
  labelColumns: [],
  now: NOW,
};

const made = (kind: string, name: string, rest: object, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'default', creationTimestamp: '2026-01-01T00:00:00Z' },
  ...rest,
});

test('three spaces between columns, none behind the last', () => {
  const rows = [
    ['NAME', 'AGE', 'X'],
    ['a-long-name', '1s', ''],
    ['ü', '10d', 'y'],
  ];
  assert.equal(tabulate(rows, TABLE), 'NAME          AGE   X\na-long-name   1s    \nü             10d   y\n');
});

test('a column ends where a line has no cell in it', () => {
  assert.equal(tabulateText('a\tb\nlonger\tb\nbreak\nx\ty\n', DESCRIPTION), 'a       b\nlonger  b\nbreak\nx  y\n');
});

test('a table that grows never becomes narrower', () => {
  const table = new GrowingTable();
  assert.equal(
    table.add([
      ['NAME', 'AGE'],
      ['a-long-name', '1s'],
    ]),
    'NAME          AGE\na-long-name   1s\n',
  );
  assert.equal(table.add([['b', '2s']]), 'b             2s\n');
});

test('spans of time have two figures at most', () => {
  const second = 1000;
  const day = 24 * 3600 * second;
  const cases: [number, string][] = [
    [-2 * second, '<invalid>'],
    [-1.5 * second, '0s'],
    [119 * second, '119s'],
    [120 * second, '2m'],
    [349 * second, '5m49s'],
    [10 * 60 * second, '10m'],
    [3 * 3600 * second, '3h'],
    [7.5 * 3600 * second, '7h30m'],
    [47 * 3600 * second, '47h'],
    [2 * day, '2d'],
    [2.5 * day, '2d12h'],
    [8 * day, '8d'],
    [729 * day, '729d'],
    [800 * day, '2y70d'],
    [3650 * day, '10y'],
  ];
  for (const [span, text] of cases) assert.equal(humanDuration(span), text);
});

test('amounts are added and written in their own family of suffixes', () => {
  const sum = (...texts: string[]): string =>
    formatQuantity(texts.map(parseQuantity).reduce(addQuantities, { milli: 0, binary: false }));
  assert.equal(sum('200m', '1'), '1200m');
  assert.equal(sum('0.5', '500m'), '1');
  assert.equal(sum('64Mi', '1Gi'), '1088Mi');
  assert.equal(sum('1024Mi'), '1Gi');
  assert.equal(sum('1500', '500'), '2k');
  assert.equal(sum('nonsense'), '0');
});

test('a Service shows its addresses and ports', () => {
  const service = made('Service', 'web', {
    spec: {
      type: 'LoadBalancer',
      clusterIPs: ['10.96.0.9', 'fd00::9'],
      ports: [
        { port: 80, nodePort: 30080, protocol: 'TCP' },
        { port: 53, protocol: 'UDP' },
      ],
      selector: { b: '2', a: '1' },
    },
  });
  assert.deepEqual(headerRow('Service', OPTIONS), ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE']);
  const narrow = ['web', 'LoadBalancer', '10.96.0.9', '<pending>', '80:30080/TCP,53/UDP', '10m'];
  assert.deepEqual(objectRow(service, OPTIONS), narrow);
  assert.deepEqual(objectRow(service, { ...OPTIONS, wide: true }), [...narrow, 'a=1,b=2']);
  const status = { loadBalancer: { ingress: [{ ip: '192.168.0.240' }, { ip: 'fd00:192:168::f0' }] } };
  assert.equal(objectRow({ ...service, status }, OPTIONS)[3], '192.168.0.240,fd00:192:168::f0');
});

test('headless and external Services say what they are', () => {
  const headless = made('Service', 'db', { spec: { type: 'ClusterIP', clusterIPs: ['None'], ports: [] } });
  assert.deepEqual(objectRow(headless, OPTIONS), ['db', 'ClusterIP', 'None', '<none>', '<none>', '10m']);
  const external = made('Service', 'out', { spec: { type: 'ExternalName', externalName: 'example.org' } });
  assert.deepEqual(objectRow(external, OPTIONS), ['out', 'ExternalName', '<none>', 'example.org', '<none>', '10m']);
});

test('endpoints beyond the third are counted', () => {
  const slice = made(
    'EndpointSlice',
    'web-abcde',
    {
      addressType: 'IPv4',
      ports: [{ port: 80 }],
      endpoints: [1, 2, 3, 4, 5].map((n) => ({ addresses: [`10.244.1.${n}`] })),
    },
    'discovery.k8s.io/v1',
  );
  const row = ['web-abcde', 'IPv4', '80', '10.244.1.1,10.244.1.2,10.244.1.3 + 2 more...', '10m'];
  assert.deepEqual(objectRow(slice, OPTIONS), row);
  assert.deepEqual(objectRow({ ...slice, ports: null, endpoints: null }, OPTIONS).slice(2, 4), ['<unset>', '<unset>']);
});

test('the status of a Pod is the word that matters most', () => {
  const word = (status: object, metadata: object = {}, spec: object = {}): string => {
    const pod = made('Pod', 'p', { spec: { containers: [{ name: 'a' }], ...spec }, status });
    return objectRow({ ...pod, metadata: { ...pod.metadata, ...metadata } }, OPTIONS)
      .slice(1, 4)
      .join(' ');
  };
  const running = { name: 'a', ready: true, restartCount: 0, state: { running: {} } };
  assert.equal(word({ phase: 'Pending' }), '0/1 Pending 0');
  assert.equal(word({ phase: 'Running', containerStatuses: [running] }), '1/1 Running 0');
  assert.equal(word({ phase: 'Running' }, { deletionTimestamp: '2026-01-01T00:00:00Z' }), '0/1 Terminating 0');
  const waiting = { name: 'a', restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } } };
  const before = { ...waiting, lastState: { terminated: { finishedAt: '2026-01-01T00:05:00Z' } } };
  assert.equal(word({ phase: 'Running', containerStatuses: [before] }), '0/1 CrashLoopBackOff 3 (5m ago)');
  const failed = { name: 'a', restartCount: 0, state: { terminated: { exitCode: 2 } } };
  assert.equal(word({ phase: 'Failed', containerStatuses: [failed] }), '0/1 ExitCode:2 0');
  const init = { name: 'i', restartCount: 0, state: { waiting: { reason: 'PodInitializing' } } };
  const spec = { initContainers: [{ name: 'i' }, { name: 'j' }] };
  assert.equal(word({ phase: 'Pending', initContainerStatuses: [init] }, {}, spec), '0/1 Init:0/2 0');
});

test('namespace, prefix, labels and label columns are put around the row', () => {
  const object = made('ConfigMap', 'c', { data: { a: 'b' } });
  object.metadata.labels = { app: 'web', 'x/tier': 'front' };
  const options = { ...OPTIONS, namespaced: true, prefix: 'configmap/', showLabels: true, labelColumns: ['x/tier'] };
  assert.deepEqual(headerRow('ConfigMap', options), ['NAMESPACE', 'NAME', 'DATA', 'AGE', 'TIER', 'LABELS']);
  const row = ['default', 'configmap/c', '1', '10m', 'front', 'app=web,x/tier=front'];
  assert.deepEqual(objectRow(object, options), row);
});
