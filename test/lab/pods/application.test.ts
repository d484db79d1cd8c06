// application.test.ts - which ports a pod opens, what it answers, who asks in a check, and what the load balancer chooses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, answerLine, answerText, parseAnswer, plainAddress } from '../../../src/lab/pods/answer.js';
import type { EndpointSlice, Pod, Service } from '../../../src/model/objects.js';
import { balance, healthChecks } from '../../../src/topology/balancer.js';
import { podPorts, portsText } from '../../../src/topology/listening.js';
import { chooseAskers, type PlacedSource } from '../../../src/topology/roles.js';
import { createTopology } from '../../../src/topology/topology.js';

const pod: Pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web', namespace: 'shop', labels: { app: 'web' } },
  spec: {
    initContainers: [
      { name: 'setup', ports: [{ containerPort: 1 }] },
      { name: 'sidecar', restartPolicy: 'Always', ports: [{ containerPort: 15001 }] },
    ],
    containers: [
      { name: 'web', ports: [{ containerPort: 8080 }, { containerPort: 53, protocol: 'UDP' }] },
      { name: 'old', ports: [{ containerPort: 8080 }, { containerPort: 3868, protocol: 'SCTP' }] },
    ],
  },
};

const service = (spec: Partial<Service['spec']>, namespace = 'shop'): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace },
  spec: { selector: { app: 'web' }, ...spec },
});

const listening = (of: Pod, services: readonly Service[]): string => portsText(podPorts(of, services).ports);

test('a pod listens on the ports that its containers and sidecars declare, in the order of named ports, each once, and no SCTP', () => {
  assert.equal(listening(pod, []), '8080/TCP, 53/UDP, 15001/TCP');
});

test('a pod that declares ports does not listen on what a Service targets besides', () => {
  const ports = [{ port: 80, targetPort: 9999 }, { port: 81 }];
  assert.equal(listening(pod, [service({ ports })]), '8080/TCP, 53/UDP, 15001/TCP');
  assert.equal(podPorts(pod, [service({ ports })]).guessed, false);
});

test('a pod that declares no port listens on what Services target, and that is a guess', () => {
  const bare: Pod = { ...pod, spec: { containers: [{ name: 'web' }] } };
  const ports = [{ port: 80, targetPort: 9999 }, { port: 81 }, { port: 82, targetPort: 'http' }];
  assert.equal(listening(bare, [service({ ports })]), '9999/TCP, 81/TCP');
  assert.equal(podPorts(bare, [service({ ports })]).guessed, true);
  assert.equal(listening(bare, [service({ ports }, 'other')]), '', 'another namespace');
  assert.equal(listening(bare, [service({ ports, selector: { app: 'api' } })]), '', 'another selector');
  assert.equal(listening(bare, [service({ ports, selector: {} })]), '', 'no selector');
});

test('an answer names the pod and the client address in text, in a line and in JSON', () => {
  const answer: Answer = {
    pod: 'web',
    namespace: 'shop',
    node: 'node-1',
    client: { address: 'fd00::1', port: 1234 },
    local: { address: '10.244.1.2', port: 80 },
  };
  assert.equal(
    answerText(answer),
    'pod: web\nnamespace: shop\nnode: node-1\nclient: [fd00::1]:1234\nlocal: 10.244.1.2:80\n',
  );
  assert.equal(answerLine(answer), 'pod=shop/web node=node-1 client=[fd00::1]:1234 local=10.244.1.2:80');
  assert.deepEqual(parseAnswer(JSON.stringify(answer)), answer);
  for (const text of ['', 'null', '{}', '[1]', 'hello']) assert.equal(parseAnswer(text), null);
  assert.deepEqual(['::ffff:10.0.0.1', '::1', undefined].map(plainAddress), ['10.0.0.1', '::1', '']);
});

const slice = (endpoints: EndpointSlice['endpoints']): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints,
});

const endpoint = (name: string, nodeName: string, address: string, conditions = {}) => ({
  addresses: [address],
  nodeName,
  conditions,
  targetRef: { kind: 'Pod', namespace: 'shop', name },
});

const { nodes } = createTopology();

test('policy Local spreads an address over nodes with ready endpoints only, policy Cluster over all', () => {
  const status = { loadBalancer: { ingress: [{ ip: '192.168.0.240' }] } };
  const slices = [
    slice([
      endpoint('a', 'node-2', '10.244.2.2'),
      endpoint('b', 'node-3', '10.244.3.2', { ready: false, serving: true }),
    ]),
  ];
  const names = (policy: 'Local' | 'Cluster'): string[] | undefined => {
    const services = [{ ...service({ type: 'LoadBalancer', externalTrafficPolicy: policy }), status }];
    return balance({ services, endpointSlices: slices, nodes: [] }, nodes)
      .spread.get('192.168.0.240')
      ?.map((n) => n.name);
  };
  assert.deepEqual(names('Local'), ['node-2']);
  assert.deepEqual(names('Cluster'), ['node-1', 'node-2', 'node-3']);
});

test('a health check counts distinct ready addresses over all ports on each node', () => {
  const local = service({ type: 'LoadBalancer', externalTrafficPolicy: 'Local', healthCheckNodePort: 31000 });
  const twice = [endpoint('a', 'node-1', '10.244.1.2'), endpoint('b', 'node-1', '10.244.1.3')];
  const endpointSlices = [slice(twice), slice(twice), slice(null)];
  const [check] = healthChecks({ services: [local], endpointSlices, nodes: [] });
  assert.equal(check?.port, 31000);
  assert.equal(check?.ready.get('node-1'), 2);
  assert.equal(check?.ready.get('node-2'), undefined);
  assert.deepEqual(healthChecks({ services: [service({ type: 'ClusterIP' })], endpointSlices, nodes: [] }), []);
});

test('a check asks from a pod beside the endpoints, one elsewhere, an endpoint, a node with endpoints and the outside', () => {
  const source = (
    kind: 'pod' | 'node' | 'client',
    name: string,
    node: string | null,
    own = '10.0.0.1',
  ): PlacedSource => ({
    kind,
    name,
    node,
    addresses: [own],
    netns: '/proc/1/fd/1',
  });
  const sources = {
    pods: [
      source('pod', 'pod/shop/a', 'node-2', '10.244.2.2'),
      source('pod', 'pod/shop/x', 'node-1'),
      source('pod', 'pod/shop/y', 'node-2'),
    ],
    nodes: nodes.map((node) => source('node', `node/${node.name}`, node.name)),
    clients: [source('client', 'client/outside', null)],
  };
  const askers = (endpoints: EndpointSlice['endpoints']): string[] =>
    chooseAskers([slice(endpoints)], sources).map(({ role, source: { name } }) => `${role}: ${name}`);
  assert.deepEqual(askers([endpoint('a', 'node-2', '10.244.2.2')]), [
    'pod, same node: pod/shop/y',
    'pod, other node: pod/shop/x',
    'endpoint itself: pod/shop/a',
    'node: node/node-2',
    'outside: client/outside',
  ]);
  assert.deepEqual(askers([]), ['pod, other node: pod/shop/a', 'node: node/node-1', 'outside: client/outside']);
});
