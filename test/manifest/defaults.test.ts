// defaults.test.ts - what the API server fills in.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultObject } from '../../src/manifest/defaults.js';
import type { KubeObject } from '../../src/model/objects.js';

const VERSIONS: Readonly<Record<string, string>> = {
  EndpointSlice: 'discovery.k8s.io/v1',
  Deployment: 'apps/v1',
  StatefulSet: 'apps/v1',
  DaemonSet: 'apps/v1',
  ReplicaSet: 'apps/v1',
};

const make = (kind: string, rest: Record<string, unknown>): KubeObject => ({
  apiVersion: VERSIONS[kind] ?? 'v1',
  kind,
  metadata: { name: 'a', namespace: 'default' },
  ...rest,
});

const specOf = (kind: string, spec: Record<string, unknown>): Record<string, unknown> =>
  defaultObject(make(kind, { spec })).spec as Record<string, unknown>;

test('a Service of one port is a ClusterIP Service over TCP without affinity', () => {
  assert.deepEqual(specOf('Service', { ports: [{ port: 80 }] }), {
    ports: [{ port: 80, protocol: 'TCP', targetPort: 80 }],
    sessionAffinity: 'None',
    type: 'ClusterIP',
    internalTrafficPolicy: 'Cluster',
  });
});

test('a Service that can be reached from outside gets an external traffic policy', () => {
  const policy = (spec: Record<string, unknown>): unknown => specOf('Service', spec).externalTrafficPolicy;
  assert.equal(policy({ type: 'NodePort' }), 'Cluster');
  assert.equal(policy({ externalIPs: ['192.0.2.1'] }), 'Cluster');
  assert.equal(policy({ type: 'LoadBalancer', externalTrafficPolicy: 'Local' }), 'Local');
  assert.equal(policy({}), undefined);
  assert.equal(policy({ type: 'ExternalName' }), undefined);
  assert.equal(specOf('Service', { type: 'ExternalName' }).internalTrafficPolicy, undefined);
});

test('a load balancer has NodePorts, and its addresses are virtual, if nothing else is said', () => {
  const status = {
    loadBalancer: { ingress: [{ ip: '192.0.2.1' }, { hostname: 'x' }, { ip: '192.0.2.2', ipMode: 'Proxy' }] },
  };
  const service = defaultObject(make('Service', { spec: { type: 'LoadBalancer' }, status }));
  assert.equal((service.spec as Record<string, unknown>).allocateLoadBalancerNodePorts, true);
  assert.deepEqual(service.status, {
    loadBalancer: {
      ingress: [{ ip: '192.0.2.1', ipMode: 'VIP' }, { hostname: 'x' }, { ip: '192.0.2.2', ipMode: 'Proxy' }],
    },
  });
});

test('the configuration of an affinity comes and goes with the affinity', () => {
  const config = (spec: Record<string, unknown>): unknown => specOf('Service', spec).sessionAffinityConfig;
  assert.deepEqual(config({ sessionAffinity: 'ClientIP' }), { clientIP: { timeoutSeconds: 10800 } });
  assert.deepEqual(
    config({ sessionAffinity: 'ClientIP', sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }),
    {
      clientIP: { timeoutSeconds: 5 },
    },
  );
  assert.equal(config({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 5 } } }), undefined);
});

test('ports of slices have a name and a protocol; of no endpoints nothing is kept', () => {
  const slice = defaultObject(make('EndpointSlice', { addressType: 'IPv4', endpoints: null, ports: [{ port: 80 }] }));
  assert.deepEqual(slice.ports, [{ port: 80, name: '', protocol: 'TCP' }]);
  assert.equal(slice.endpoints, null);
});

test('one pod range of a Node is all its pod ranges', () => {
  assert.deepEqual(specOf('Node', { podCIDR: '10.244.1.0/24' }).podCIDRs, ['10.244.1.0/24']);
  assert.equal(specOf('Node', { podCIDRs: ['10.244.1.0/24', 'fd00::/64'] }).podCIDR, '10.244.1.0/24');
});

test('a Deployment has one replica, a rolling update, and a defaulted template', () => {
  const template = { spec: { containers: [{ name: 'c', image: 'nginx:1.29', ports: [{ containerPort: 80 }] }] } };
  const spec = specOf('Deployment', { template });
  assert.equal(spec.replicas, 1);
  assert.deepEqual(spec.strategy, {
    type: 'RollingUpdate',
    rollingUpdate: { maxUnavailable: '25%', maxSurge: '25%' },
  });
  const pod = (spec.template as typeof template).spec as Record<string, unknown>;
  assert.equal(pod.restartPolicy, 'Always');
  const [container] = pod.containers as Record<string, unknown>[];
  assert.equal(container?.imagePullPolicy, 'IfNotPresent');
  assert.deepEqual(container?.ports, [{ containerPort: 80, protocol: 'TCP' }]);
});

test('images are pulled always when their tag can move', () => {
  const policy = (image: string): unknown =>
    (specOf('Pod', { containers: [{ name: 'c', image }] }).containers as Record<string, unknown>[])[0]?.imagePullPolicy;
  assert.equal(policy('nginx'), 'Always');
  assert.equal(policy('registry:5000/nginx'), 'Always');
  assert.equal(policy('nginx:latest'), 'Always');
  assert.equal(policy('nginx:1'), 'IfNotPresent');
  assert.equal(policy('nginx@sha256:abc'), 'IfNotPresent');
});

test('the object itself is left alone', () => {
  const object = make('Service', { spec: { ports: [{ port: 80 }] } });
  const before = structuredClone(object);
  defaultObject(object);
  assert.deepEqual(object, before);
});
