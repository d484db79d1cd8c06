// diagnosis.test.ts - why a Service has no endpoints or silent ones, who asks as an endpoint, and what a check expects then.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointSlice, Pod, Service } from '../../src/model/objects.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeView, proxyConfig } from '../../src/topology/attachment.js';
import { whyNoEndpoints } from '../../src/topology/diagnosis.js';
import { type Expectation, expect, type Source } from '../../src/topology/expectation.js';
import { type Frontend, listFrontends } from '../../src/topology/frontends.js';
import { listenersOf } from '../../src/topology/listening.js';
import { podNotes, serviceNotes } from '../../src/topology/notes.js';
import { explain } from '../../src/topology/remedies.js';
import { chooseAskers, type PlacedSource } from '../../src/topology/roles.js';
import { createTopology } from '../../src/topology/topology.js';

const topology = createTopology();
const VIP = '10.96.0.9';

const pod = (
  name: string,
  node: number,
  ports: { name?: string; containerPort: number; hostPort?: number }[],
): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'web' } },
  spec: { nodeName: `node-${node}`, containers: [{ name: 'c', ports }] },
  status: { podIPs: [{ ip: `10.244.${node}.5` }], conditions: [{ type: 'Ready', status: 'True' }] },
});

const service = (spec: Partial<Service['spec']>): Service => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name: 'web', namespace: 'default' },
  spec: { clusterIP: VIP, clusterIPs: [VIP], ipFamilies: ['IPv4'], selector: { app: 'web' }, ...spec },
});

const slice = (addresses: readonly string[], port: number, name = ''): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
  addressType: 'IPv4',
  endpoints: addresses.map((address) => ({ addresses: [address], nodeName: `node-${address.split('.')[2]}` })),
  ports: [{ name, port, protocol: 'TCP' }],
});

const CLIENT: Source = { kind: 'pod', name: 'pod/default/x', node: 'node-1', addresses: ['10.244.1.9'] };

interface Asked {
  readonly expectation: Expectation;
  readonly sentence: string;
}

function ask(of: Service, slices: readonly EndpointSlice[], pods: readonly Pod[]): Asked {
  const services = [of];
  const plans = topology.nodes.map((node) =>
    planNode({ services, endpointSlices: slices, nodes: [] }, nodeView(node), proxyConfig(topology, 'nftables')),
  );
  const [frontend] = listFrontends(services, topology.nodes) as [Frontend];
  const expectation = expect(plans, () => null, CLIENT, frontend, listenersOf(pods, services));
  return { expectation, sentence: explain(expectation, { service: of, frontend, slices, pods, services }) };
}

test('a targetPort that no selected pod declares is refused as specified, and the sentence says where they listen', () => {
  const pods = [pod('a', 1, [{ containerPort: 8080 }]), pod('b', 2, [{ containerPort: 8080 }])];
  const { expectation, sentence } = ask(
    service({ ports: [{ port: 80, targetPort: 8081 }] }),
    [slice(['10.244.1.5', '10.244.2.5'], 8081)],
    pods,
  );
  assert.deepEqual([expectation.outcome, expectation.why], ['refused', 'closed port']);
  assert.match(sentence, /^no pod that this Service selects declares port 8081 for TCP; they declare 8080\/TCP/);
});

test('where some endpoints listen and some do not, requests are answered or refused, and those that do not are named', () => {
  const pods = [pod('a', 1, [{ containerPort: 8080 }]), pod('b', 2, [{ containerPort: 9090 }])];
  const { expectation, sentence } = ask(
    service({ ports: [{ port: 80, targetPort: 8080 }] }),
    [slice(['10.244.1.5', '10.244.2.5'], 8080)],
    pods,
  );
  assert.deepEqual(
    [expectation.outcome, expectation.also, expectation.silent],
    ['reached', ['refused'], ['10.244.2.5:8080']],
  );
  assert.match(sentence, /^no answer from 10\.244\.2\.5:8080/);
});

test('an endpoint outside the cluster that nobody serves is no answer from it, and no wrong Service', () => {
  const bare = service({ selector: {}, ports: [{ port: 5432 }] });
  const { expectation, sentence } = ask(bare, [slice(['203.0.113.10'], 5432)], []);
  assert.deepEqual([expectation.outcome, expectation.why], ['refused', 'no answer']);
  assert.equal(sentence, 'no answer from 203.0.113.10:5432: nobody in this lab serves it');
});

test('a pod that runs a program of its own may answer, refuse, or speak something else than HTTP', () => {
  const own = pod('a', 1, [{ containerPort: 80 }]);
  own.metadata.annotations = { 'kubewire.dev/run': 'sleep 9' };
  const { expectation } = ask(service({ ports: [{ port: 80 }] }), [slice(['10.244.1.5'], 80)], [own]);
  assert.deepEqual([expectation.outcome, expectation.also], ['reached', ['refused', 'failed']]);
});

test('why there is no endpoint: the selector, the name of the port, readiness, or a slice whose port has another name', () => {
  const web = pod('a', 1, [{ name: 'http', containerPort: 8080 }]);
  const why = (of: Service, slices: EndpointSlice[], pods: Pod[]): string =>
    whyNoEndpoints(of, of.spec.ports?.[0], slices, pods);
  assert.equal(
    why(service({ selector: { app: 'wbe' }, ports: [{ port: 80 }] }), [], [web]),
    'selects no pod: none here has app=wbe, did you mean app=web?',
  );
  assert.equal(
    why(service({ ports: [{ port: 80, targetPort: 'https' }] }), [], [web]),
    'no pod that this Service selects declares a port named "https" for TCP; they declare http (8080/TCP)',
  );
  const unready = { ...web, status: { ...web.status, conditions: [] } } as Pod;
  assert.equal(why(service({ ports: [{ port: 80 }] }), [], [unready]), 'the only selected pod is not ready');
  const bare = service({ selector: {}, ports: [{ name: 'http', port: 80 }] });
  assert.equal(
    why(bare, [slice(['10.1.2.3'], 9376)], []),
    'its port has the name "http", the port of EndpointSlice web-1 has no name: they must be equal',
  );
  assert.match(why(bare, [], []), /no EndpointSlice has the label kubernetes\.io\/service-name: web$/);
});

const source = (kind: PlacedSource['kind'], name: string, node: string | null, address: string): PlacedSource => ({
  kind,
  name,
  node,
  addresses: [address],
  netns: '/proc/1/fd/1',
});

test('whoever is an endpoint asks as one: also when every pod is, and also the outside', () => {
  const sources = {
    pods: [1, 2, 3].map((n) => source('pod', `pod/${n}`, `node-${n}`, `10.244.${n}.5`)),
    nodes: [source('node', 'node/node-1', 'node-1', '192.168.0.11')],
    clients: [source('client', 'client/outside', null, '203.0.113.10')],
  };
  const askers = (...addresses: string[]): string[] =>
    chooseAskers([slice(addresses, 80)], sources).map(({ role, source: { name } }) => `${role}: ${name}`);
  assert.deepEqual(askers('10.244.1.5', '10.244.2.5', '10.244.3.5'), [
    'endpoint itself: pod/1',
    'endpoint itself: pod/2',
    'node: node/node-1',
    'outside: client/outside',
  ]);
  assert.deepEqual(askers('203.0.113.10').at(-1), 'outside (endpoint): client/outside');
});

test('Services without an address and pending load balancers get a sentence; host ports need none', () => {
  const [alias] = serviceNotes(service({ type: 'ExternalName', externalName: 'db.example.com' }));
  assert.match(alias ?? '', /^default\/web is an ExternalName, a DNS alias of db\.example\.com/);
  assert.match(serviceNotes(service({ clusterIP: 'None' }))[0] ?? '', /^default\/web is headless/);
  assert.match(serviceNotes(service({ type: 'LoadBalancer' }))[0] ?? '', /no load balancer address yet \(pending\)$/);
  const external = service({ externalIPs: ['198.51.100.7'] });
  assert.match(serviceNotes(external)[0] ?? '', /no router of the lab leads to 198\.51\.100\.7: .*external-route: all/);
  external.metadata.annotations = { 'kubewire.dev/external-route': 'all' };
  assert.deepEqual(serviceNotes(external), []);
  const sctp = service({ ports: [{ port: 80 }, { port: 5060, protocol: 'SCTP' }] });
  assert.match(serviceNotes(sctp)[0] ?? '', /^default\/web: port 5060\/SCTP not asked: /);
  assert.deepEqual(serviceNotes(service({})), []);
  assert.deepEqual(podNotes([pod('a', 1, [{ containerPort: 1, hostPort: 8888 }])]), []);
});
