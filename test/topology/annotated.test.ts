// annotated.test.ts - annotations that the lab cannot read, or that stand where nobody looks, are told with their places.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadTexts } from '../../src/manifest/load.js';
import type { KubeObject } from '../../src/model/objects.js';
import { DEFAULT_CONFIG } from '../../src/plan/config.js';
import { annotationFindings, annotationWarnings } from '../../src/topology/annotated.js';

const object = (kind: string, annotations: Record<string, string>): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'x', annotations },
});

const said = (kind: string, key: string, text: string, ipvsScheduler = 'rr'): string | undefined =>
  annotationFindings(object(kind, { [`kubewire.dev/${key}`]: text }), { ipvsScheduler })[0]?.[1];

test('a scheduler that IPVS does not have: the nearest, or all, and the one that is used', () => {
  assert.equal(said('Service', 'scheduler', 'mh'), undefined);
  assert.equal(
    said('Service', 'scheduler', 'WLC'),
    '"WLC" is no scheduler of IPVS, rr is used instead, did you mean "wlc"?',
  );
  assert.match(
    said('Service', 'scheduler', 'fastest', 'wlc') ?? '',
    /^"fastest" is no scheduler of IPVS, wlc is used instead \(there are rr, wrr, .*, twos\)$/,
  );
  assert.match(said('Service', 'scheduler', '') ?? '', /^"" is no scheduler/);
});

test('a weight that is none: what is used instead', () => {
  for (const text of ['0', '1', '65535']) assert.equal(said('Pod', 'weight', text), undefined, text);
  for (const text of ['', 'heavy', '-1', '1.5', '65536', '1e3', ' 3', '+3']) {
    const wrong = `"${text}" is not a whole number from 0 to 65535, `;
    assert.equal(said('Pod', 'weight', text), `${wrong}that of its EndpointSlice, else 1, is used instead`);
    assert.equal(said('EndpointSlice', 'weight', text), `${wrong}1 is used instead`);
    assert.equal(said('Endpoints', 'weight', text), `${wrong}1 is used instead`);
  }
});

test('how a load balancer takes its address, and who routes external IPs', () => {
  for (const text of ['VIP', 'Proxy']) assert.equal(said('Service', 'ip-mode', text), undefined);
  assert.equal(
    said('Service', 'ip-mode', 'proxy'),
    '"proxy" is neither VIP nor Proxy, the load balancer does as before',
  );
  for (const text of ['all', 'node-1', 'node-1,b.example'])
    assert.equal(said('Service', 'external-route', text), undefined);
  for (const text of ['', 'node-1, node-2', 'node-1,', 'Node'])
    assert.match(said('Service', 'external-route', text) ?? '', /is neither all nor names of nodes/, text);
});

test('an application that is slow, flaky or busy', () => {
  for (const [key, good, bad] of [
    ['latency', ['50ms', '1.5s', '0ms', '60s'], ['', '50', 'slow', '-1s', '61s', '1m', ' 5ms']],
    ['failure-rate', ['5%', '0.05', '.5', '0', '1', '100%'], ['', '101%', '2', 'often', '-1%', '5 %']],
    ['cpu', ['20ms', '250m', '1', '0.5'], ['', 'busy', '2', '1500m', '5%']],
  ] as const) {
    for (const text of good) assert.equal(said('Pod', key, text), undefined, `${key} ${text}`);
    for (const text of bad) assert.match(said('Pod', key, text) ?? '', /^".*" is not a (time|part)/, `${key} ${text}`);
  }
  assert.match(said('Service', 'latency', '5ms') ?? '', /only on a Pod or a pod template$/);
});

test('annotations where nobody looks, and names that are nearly right', () => {
  assert.equal(said('Pod', 'scheduler', 'mh'), 'means nothing on a Pod, only on a Service');
  const home = 'only on a Pod, a pod template or an EndpointSlice';
  assert.equal(said('Service', 'weight', '3'), `means nothing on a Service, ${home}`);
  assert.equal(said('Deployment', 'weight', '3'), `means nothing on a Deployment, ${home}`);
  assert.equal(said('Pod', 'wieght', '3'), 'nothing is known of it, did you mean "kubewire.dev/weight"?');
  for (const other of ['run', 'netns', 'strategy', 'colour']) assert.equal(said('Pod', other, 'x'), undefined, other);
  assert.deepEqual(annotationFindings(object('Pod', { 'example.org/weight': 'heavy' })), []);
});

const MANIFEST = `apiVersion: v1
kind: Service
metadata:
  name: web
  annotations:
    kubewire.dev/scheduler: fast
spec: {ports: [{port: 80}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {kubewire.dev/weight: many}
    spec: {containers: [{name: c, image: i}]}
`;

test('each stands at its place in the manifest, in pod templates too', () => {
  const { objects } = loadTexts([{ file: 'a.yaml', text: MANIFEST }]);
  const found = annotationWarnings(objects, DEFAULT_CONFIG);
  assert.deepEqual(
    found.map(({ type, field, kind, place }) => [type, field, kind, place?.line, place?.column]),
    [
      ['Warning', 'metadata.annotations[kubewire.dev/scheduler]', 'Service', 6, 29],
      ['Warning', 'spec.template.metadata.annotations[kubewire.dev/weight]', 'Deployment', 17, 42],
    ],
  );
  assert.ok(found.every(({ message, field, detail }) => message === `${field}: ${detail}`));
});
