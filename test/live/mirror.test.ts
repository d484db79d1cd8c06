// mirror.test.ts - a recorded cluster as manifests for a lab: the same Services, with a stand-in for each ready endpoint.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mirrored, serviceRanges } from '../../src/live/mirror.js';
import type { KubeObject } from '../../src/model/objects.js';

const service = (name: string, spec: object, namespace = 'shop'): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace, uid: 'u', resourceVersion: '7' }, spec }) as never;
const slice = (name: string, addressType: string, endpoints: object[], ports: object[]): KubeObject =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${name}-x`, namespace: 'shop', labels: { 'kubernetes.io/service-name': name } },
    addressType,
    endpoints,
    ports,
  }) as never;
const NODE = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'n1' }, status: { addresses: [] } } as never;

const shop = mirrored([
  NODE,
  service('web', {
    clusterIP: '10.96.0.9',
    selector: { app: 'web' },
    ports: [{ name: 'http', port: 80, targetPort: 'h' }],
  }),
  service('admin', { clusterIP: '10.96.0.8', ports: [{ port: 81 }] }),
  service('kubernetes', { clusterIP: '10.96.0.1' }, 'default'),
  slice(
    'web',
    'IPv4',
    [
      { addresses: ['10.1.0.7'], nodeName: 'n1', targetRef: { kind: 'Pod', name: 'web-7' } },
      { addresses: ['10.1.0.8'], nodeName: 'gone' },
      { addresses: ['10.1.0.9'], conditions: { ready: false } },
    ],
    [{ name: 'http', port: 8080 }],
  ),
  slice('web', 'IPv6', [{ addresses: ['fd00::7'], nodeName: 'n1' }], [{ name: 'http', port: 8080 }]),
  slice('admin', 'IPv4', [{ addresses: ['10.1.0.7'], targetRef: { kind: 'Pod', name: 'web-7' } }], [{ port: 9090 }]),
]);

const named = (kind: string): KubeObject[] => shop.filter((object) => object.kind === kind);

test('each ready endpoint has a stand-in on its node, if that is known, with the ports of all its Services', () => {
  const pods = named('Pod').map(({ metadata, spec }) => {
    const { nodeName, containers } = spec as {
      nodeName?: string;
      containers: [{ ports: { containerPort: number }[] }];
    };
    return [metadata.name, nodeName, containers[0].ports.map(({ containerPort }) => containerPort)];
  });
  assert.deepEqual(pods, [
    ['web-7', 'n1', [8080, 9090]],
    ['endpoint-10-1-0-8', undefined, [8080]],
  ]);
});

test('a Service keeps its address and selects its stand-ins; what the cluster has of its own stays out', () => {
  assert.deepEqual(
    named('Service').map(({ metadata, spec }) => [metadata, spec]),
    [
      [
        { name: 'web', namespace: 'shop' },
        {
          clusterIP: '10.96.0.9',
          ports: [{ name: 'http', port: 80, targetPort: 8080 }],
          selector: { 'service.kubewire.dev/web': '' },
        },
      ],
      [
        { name: 'admin', namespace: 'shop' },
        {
          clusterIP: '10.96.0.8',
          ports: [{ port: 81, targetPort: 9090 }],
          selector: { 'service.kubewire.dev/admin': '' },
        },
      ],
    ],
  );
  const labels = named('Pod').map(({ metadata }) => Object.keys(metadata.labels ?? {}));
  assert.deepEqual(labels[0], ['service.kubewire.dev/web', 'service.kubewire.dev/admin']);
});

test('the Service ranges hold every cluster IP, and are the usual ones where there is none', () => {
  const ranges = (...ips: string[]): string[] =>
    serviceRanges(ips.map((ip, i) => service(`s${i}`, { clusterIP: ip, clusterIPs: [ip] })));
  assert.deepEqual(ranges(), ['10.96.0.0/16', 'fd00:10:96::/112']);
  assert.deepEqual(ranges('10.43.0.1', '10.43.200.7', 'None'), ['10.43.0.0/16', 'fd00:10:96::/112']);
  assert.deepEqual(ranges('10.96.0.1', '10.103.2.3', 'fd00:43::1'), ['10.96.0.0/13', 'fd00:43::/112']);
});
