// environment.test.ts - the variables of a container: of Services, ConfigMaps, Secrets, fields and each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerEnvironment, expand } from '../../../src/lab/volumes/environment.js';
import type { Container, KubeObject, Pod, Service } from '../../../src/model/objects.js';

const service = (name: string, creationTimestamp: string, spec: Service['spec']): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, creationTimestamp },
  spec,
});

const EARLY = '2026-01-01T00:00:00Z';
const LATE = '2026-01-02T00:00:00Z';
const services: Readonly<Record<string, Service[]>> = {
  default: [service('kubernetes', EARLY, { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443 }] })],
  shop: [
    service('my-db', EARLY, {
      clusterIP: 'fd00::1',
      ports: [
        { name: 'sql', port: 5432 },
        { port: 53, protocol: 'UDP' },
      ],
    }),
    service('headless', EARLY, { clusterIP: 'None', ports: [{ port: 80 }] }),
    service('later', LATE, { clusterIP: '10.96.0.9', ports: [{ port: 80 }] }),
  ],
};
const objects: KubeObject[] = [
  {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'cfg', namespace: 'shop' },
    data: { color: 'blue', 'a=b': 'no' },
  },
  { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'sec', namespace: 'shop' }, data: { word: 'c2VjcmV0' } },
];
const world = {
  services: (namespace: string) => services[namespace] ?? [],
  get: (kind: string, namespace: string, name: string) =>
    objects.find((one) => one.kind === kind && one.metadata.namespace === namespace && one.metadata.name === name),
};

const pod = (spec: object = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: { containers: [], ...spec },
  status: { startTime: EARLY, podIP: '10.244.1.2' },
});

const environmentOf = (container: object, spec: object = {}) =>
  containerEnvironment(pod(spec), { name: 'c', ...container } as Container, world);

test('Services that were there when the pod started are variables, and the API server always is', () => {
  const { env } = environmentOf({});
  assert.equal(env.KUBERNETES_SERVICE_HOST, '10.96.0.1');
  assert.equal(env.KUBERNETES_SERVICE_PORT_HTTPS, '443');
  assert.deepEqual(
    Object.entries(env).filter(([name]) => name.startsWith('MY_DB')),
    [
      ['MY_DB_SERVICE_HOST', 'fd00::1'],
      ['MY_DB_SERVICE_PORT', '5432'],
      ['MY_DB_SERVICE_PORT_SQL', '5432'],
      ['MY_DB_PORT', 'tcp://[fd00::1]:5432'],
      ['MY_DB_PORT_5432_TCP', 'tcp://[fd00::1]:5432'],
      ['MY_DB_PORT_5432_TCP_PROTO', 'tcp'],
      ['MY_DB_PORT_5432_TCP_PORT', '5432'],
      ['MY_DB_PORT_5432_TCP_ADDR', 'fd00::1'],
      ['MY_DB_PORT_53_UDP', 'udp://[fd00::1]:53'],
      ['MY_DB_PORT_53_UDP_PROTO', 'udp'],
      ['MY_DB_PORT_53_UDP_PORT', '53'],
      ['MY_DB_PORT_53_UDP_ADDR', 'fd00::1'],
    ],
  );
  assert.ok(!('LATER_SERVICE_HOST' in env) && !('HEADLESS_SERVICE_HOST' in env));
  const without = environmentOf({}, { enableServiceLinks: false }).env;
  assert.ok('KUBERNETES_SERVICE_HOST' in without && !('MY_DB_SERVICE_HOST' in without));
});

test('env wins over envFrom, and may name what stands before it', () => {
  const { env, problems } = environmentOf({
    envFrom: [{ configMapRef: { name: 'cfg' } }, { secretRef: { name: 'sec' }, prefix: 'S_' }],
    env: [
      { name: 'color', value: 'red' },
      { name: 'IP', valueFrom: { fieldRef: { fieldPath: 'status.podIP' } } },
      { name: 'APP', valueFrom: { fieldRef: { fieldPath: "metadata.labels['app']" } } },
      { name: 'WORD', valueFrom: { secretKeyRef: { name: 'sec', key: 'word' } } },
      { name: 'CPU', valueFrom: { resourceFieldRef: { resource: 'limits.cpu', divisor: '1m' } } },
      { name: 'ALL', value: '$(IP) $(color) $(nobody) $$(IP)' },
    ],
    resources: { limits: { cpu: '1500m' } },
  });
  const { color, IP, APP, WORD, CPU, ALL, S_word } = env;
  assert.deepEqual(
    { color, IP, APP, WORD, CPU, ALL, S_word },
    {
      color: 'red',
      IP: '10.244.1.2',
      APP: 'web',
      WORD: 'secret',
      CPU: '1500',
      ALL: '10.244.1.2 red $(nobody) $(IP)',
      S_word: 'secret',
    },
  );
  assert.ok(!('a=b' in env), 'no name of a variable');
  assert.deepEqual(problems, []);
});

test('what is missing is told, but for what is optional', () => {
  const { env, problems } = environmentOf({
    envFrom: [{ configMapRef: { name: 'none' } }, { configMapRef: { name: 'none', optional: true } }],
    env: [
      { name: 'A', valueFrom: { secretKeyRef: { name: 'sec', key: 'none' } } },
      { name: 'B', valueFrom: { configMapKeyRef: { name: 'cfg', key: 'none', optional: true } } },
    ],
  });
  assert.deepEqual(problems, ['configmap "none" not found', "couldn't find key none in Secret"]);
  assert.ok(!('A' in env) && !('B' in env));
});

test('only whole references are expanded', () => {
  assert.equal(expand('$(A)$(B $A $$ $$(A) $()', new Map([['A', '1']])), '1$(B $A $ $(A) $()');
});
