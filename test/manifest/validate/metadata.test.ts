// metadata.test.ts - names, labels, annotations and owners; nodes, pods and workloads.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dns1123Label, labelKey, labelValue, portName } from '../../../src/manifest/validate/formats.js';
import { validateObject } from '../../../src/manifest/validate/index.js';
import type { KubeObject, ObjectMeta } from '../../../src/model/objects.js';

const node = (metadata: Partial<ObjectMeta>, rest: object = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1', ...metadata }, ...rest }) as KubeObject;
const said = (object: KubeObject, old?: KubeObject): string[] =>
  validateObject(object, old).map(({ message }) => message);

test('formats say what they want', () => {
  assert.deepEqual(labelKey('example.com/My.name_1'), []);
  assert.deepEqual(labelKey('/a'), ['prefix part must be non-empty']);
  assert.match(labelKey('a/b/c')[0] ?? '', /^a valid label key must consist .* with an optional DNS subdomain prefix/);
  assert.deepEqual(labelValue('x'.repeat(64)), ['must be no more than 63 bytes']);
  assert.deepEqual(labelValue(''), []);
  assert.deepEqual(dns1123Label('x'.repeat(64)), ['must be no more than 63 characters']);
  assert.deepEqual(portName('-80--'), [
    'must contain at least one letter (a-z)',
    'must not contain consecutive hyphens',
    'must not begin or end with a hyphen',
  ]);
});

test('labels and annotations', () => {
  assert.deepEqual(
    said(node({ labels: { 'kubernetes.io/hostname': 'node-1' }, annotations: { 'Example.com/A': 'any text' } })),
    [],
  );
  assert.equal(said(node({ labels: { 'a b': 'c', d: 'e f' } })).length, 2);
  assert.deepEqual(said(node({ annotations: { a: 'x'.repeat(256 * 1024) } })), [
    'metadata.annotations: Too long: may not be more than 262144 bytes',
  ]);
});

test('a prefix for a name may end with a hyphen', () => {
  assert.deepEqual(said(node({ generateName: 'node-' })), []);
  assert.equal(said(node({ generateName: 'node_' })).length, 1);
});

test('owners are named in full, and one of them controls', () => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'a', uid: 'u', controller: true };
  assert.deepEqual(said(node({ ownerReferences: [owner] })), []);
  assert.deepEqual(said(node({ ownerReferences: [{ ...owner, uid: '' }] })), [
    'metadata.ownerReferences.uid: Invalid value: "": uid must not be empty',
  ]);
  assert.match(
    said(node({ ownerReferences: [owner, { ...owner, name: 'b' }] }))[0] ?? '',
    /Found "true" in references for ReplicaSet\/a and ReplicaSet\/b$/,
  );
});

test('Nodes are in no namespace and have one pod range a family, which stays', () => {
  assert.deepEqual(said(node({ namespace: 'x' })), ['metadata.namespace: Forbidden: not allowed on this type']);
  const ranges = (...podCIDRs: string[]): KubeObject => node({ resourceVersion: '1' }, { spec: { podCIDRs } });
  assert.deepEqual(said(ranges('10.0.0.0/24', 'fd00::/64')), []);
  assert.deepEqual(said(ranges('10.0.0.0/24', '10.0.1.0/24')), [
    'spec.podCIDRs: Invalid value: ["10.0.0.0/24","10.0.1.0/24"]: may specify no more than one CIDR for each IP family',
  ]);
  assert.deepEqual(said(ranges('10.0.1.0/24'), ranges('10.0.0.0/24')), [
    'spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid',
  ]);
});

const CONTAINER = { name: 'c', image: 'nginx' };

test('pods have containers with names, images and ports', () => {
  const pod = (spec: object): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'p', namespace: 'd' },
    spec,
  });
  assert.deepEqual(said(pod({ containers: [CONTAINER] })), []);
  assert.deepEqual(said(pod({})), ['spec.containers: Required value']);
  const ports = [
    { containerPort: 0, protocol: 'TCP' },
    { name: 'x', containerPort: 80, hostPort: 70000, protocol: 'TCP' },
  ];
  assert.deepEqual(said(pod({ containers: [{ name: 'c', ports }, CONTAINER], restartPolicy: 'Maybe' })), [
    'spec.containers[0].image: Required value',
    'spec.containers[0].ports[0].containerPort: Required value',
    'spec.containers[0].ports[1].hostPort: Invalid value: 70000: must be between 1 and 65535, inclusive',
    'spec.containers[1].name: Duplicate value: "c"',
    'spec.restartPolicy: Unsupported value: "Maybe": supported values: "Always", "OnFailure", "Never"',
  ]);
  const twice = {
    ...CONTAINER,
    ports: [1, 2].map((containerPort) => ({ containerPort, hostPort: 80, protocol: 'TCP' })),
  };
  assert.deepEqual(said(pod({ containers: [twice] })), [
    'spec.containers[0].ports[1].hostPort: Duplicate value: "TCP//80"',
  ]);
  const own = { ...CONTAINER, ports: [{ containerPort: 80, hostPort: 81, protocol: 'TCP' }] };
  assert.deepEqual(said(pod({ hostNetwork: true, containers: [own] })), [
    'spec.containers[0].ports[0].containerPort: Invalid value: 80: must match `hostPort` when `hostNetwork` is true',
  ]);
});

test('workloads select their own pods', () => {
  const deployment = (spec: object): KubeObject => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'd', namespace: 'd', resourceVersion: '1' },
    spec: { template: { metadata: { labels: { app: 'web' } }, spec: { containers: [CONTAINER] } }, ...spec },
  });
  const selector = { matchLabels: { app: 'web' } };
  assert.deepEqual(said(deployment({ selector })), []);
  assert.deepEqual(said(deployment({ selector, replicas: -1 })), [
    'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  ]);
  assert.deepEqual(said(deployment({})), ['spec.selector: Required value']);
  assert.deepEqual(said(deployment({ selector: {} })), [
    'spec.selector: Invalid value: {}: empty selector is invalid for deployment',
  ]);
  const other = { matchLabels: { app: 'api' } };
  assert.deepEqual(said(deployment({ selector: other })), [
    'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
  ]);
  const expression = { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] };
  assert.deepEqual(said(deployment({ selector: expression }), deployment({ selector })), [
    'spec.selector: Invalid value: {"matchExpressions":[{"key":"app","operator":"In","values":["web"]}]}: field is immutable',
  ]);
});
