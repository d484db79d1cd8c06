// fieldrules.test.ts - what fields of kinds must be like: each refusal in the words of the API server.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import { StatusError } from '../../src/cluster/status.js';
import type { KubeObject } from '../../src/model/objects.js';

const object = (apiVersion: string, kind: string, rest: object, namespace = 'default'): KubeObject => ({
  ...{ apiVersion, kind, metadata: namespace === '' ? { name: 'a' } : { name: 'a', namespace } },
  ...rest,
});

const policy = (spec: object) =>
  object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { podSelector: {}, ...spec } });
const backend = { service: { name: 's', port: { number: 80 } } };
const ingress = (paths: object[], host?: string) =>
  object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [{ host, http: { paths } }] } });
const budget = (spec: object) => object('policy/v1', 'PodDisruptionBudget', { spec });
const claim = (spec: object) =>
  object('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec },
  });

/** What a creation is refused with. */
const REFUSED: readonly (readonly [KubeObject, string])[] = [
  [
    policy({ podSelector: { matchExpressions: [{ key: 'a', operator: 'X' }] } }),
    'spec.podSelector.matchExpressions[0].operator: Invalid value: "X": not a valid selector operator',
  ],
  [
    policy({ ingress: [{ ports: [{ protocol: 'ICMP' }] }] }),
    'spec.ingress[0].ports[0].protocol: Unsupported value: "ICMP": supported values: "SCTP", "TCP", "UDP"',
  ],
  [
    policy({ egress: [{ ports: [{ port: 0 }] }] }),
    'spec.egress[0].ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive',
  ],
  [policy({ ingress: [{ from: [{}] }] }), 'spec.ingress[0].from[0]: Required value: must specify a peer'],
  [
    policy({ ingress: [{ from: [{ podSelector: {}, ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
    'spec.ingress[0].from[0]: Forbidden: may not specify both ipBlock and another peer',
  ],
  [
    policy({ policyTypes: ['Both'] }),
    'spec.policyTypes[0]: Unsupported value: "Both": supported values: "Egress", "Ingress"',
  ],
  [
    object('networking.k8s.io/v1', 'Ingress', { spec: {} }),
    'spec: Invalid value: null: either `defaultBackend` or `rules` must be specified',
  ],
  [
    ingress([{ path: '/', backend }]),
    'spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified',
  ],
  [
    ingress([{ path: 'x', pathType: 'Prefix', backend }]),
    'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
  ],
  [
    ingress([{ path: '/a//b', pathType: 'Exact', backend }]),
    'spec.rules[0].http.paths[0].path: Invalid value: "/a//b": must not contain \'//\'',
  ],
  [
    ingress([{ path: '/', pathType: 'Exact', backend: {} }]),
    'spec.rules[0].http.paths[0].backend: Required value: resource or service backend is required',
  ],
  [
    ingress([{ path: '/', pathType: 'Exact', backend: { service: { name: 's' } } }]),
    'spec.rules[0].http.paths[0].backend: Required value: port name or number is required',
  ],
  [
    ingress([{ path: '/', pathType: 'Exact', backend }], '10.0.0.1'),
    'spec.rules[0].host: Invalid value: "10.0.0.1": must be a DNS name, not an IP address',
  ],
  [
    budget({ minAvailable: '101%', selector: {} }),
    'spec.minAvailable: Invalid value: "101%": must not be greater than 100%',
  ],
  [
    budget({ maxUnavailable: -1, selector: {} }),
    'spec.maxUnavailable: Invalid value: -1: must be greater than or equal to 0',
  ],
  [
    claim({ accessModes: ['Often'] }),
    'spec.accessModes[0]: Unsupported value: "Often": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
  ],
  [
    object('v1', 'ResourceQuota', { spec: { hard: { pods: '-1' } } }),
    'spec.hard[pods]: Invalid value: "-1": must be greater than or equal to 0',
  ],
  [object('storage.k8s.io/v1', 'StorageClass', {}, ''), 'provisioner: Required value'],
  [object('networking.k8s.io/v1', 'IngressClass', { spec: {} }, ''), 'spec.controller: Required value'],
  [object('v1', 'ReplicationController', { spec: {} }), 'spec.selector: Required value'],
];

test('a field that is not as its kind wants it is refused', () => {
  const { store } = createCluster();
  for (const [made, expected] of REFUSED)
    assert.throws(
      () => store.create(made),
      (error) => error instanceof StatusError && (error.status.message ?? '').includes(expected),
      `${made.kind}: ${expected}`,
    );
});

test('objects that are as they should be are taken', () => {
  const { store } = createCluster();
  const fine = [
    policy({
      ingress: [{ ports: [{ port: 'http' }], from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }] }],
    }),
    ingress([{ path: '/a', pathType: 'Prefix', backend }], '*.example.com'),
    budget({ minAvailable: '50%', selector: { matchLabels: { a: 'b' } } }),
    claim({}),
    object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'example.com/disk' }, ''),
  ];
  for (const one of fine) assert.ok(store.create(one).metadata.uid, one.kind);
});

/** What an update is refused with. */
const CHANGED: readonly (readonly [KubeObject, object, string])[] = [
  [
    object('storage.k8s.io/v1', 'StorageClass', { provisioner: 'a.example/x' }, ''),
    { provisioner: 'b.example/x' },
    'provisioner: Forbidden: updates to provisioner are forbidden.',
  ],
  [
    object('networking.k8s.io/v1', 'IngressClass', { spec: { controller: 'a.example/x' } }, ''),
    { spec: { controller: 'b.example/x' } },
    'spec.controller: Invalid value: "b.example/x": field is immutable',
  ],
  [
    object('node.k8s.io/v1', 'RuntimeClass', { handler: 'a' }, ''),
    { handler: 'b' },
    'handler: Invalid value: "b": field is immutable',
  ],
];

test('a field that stays as it was made is not changed', () => {
  const { store } = createCluster();
  for (const [made, change, expected] of CHANGED) {
    const before = store.create(made);
    assert.throws(
      () => store.update({ ...before, ...change }),
      (error) => error instanceof StatusError && (error.status.message ?? '').includes(expected),
      expected,
    );
  }
});
