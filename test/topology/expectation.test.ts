// expectation.test.ts - what a check expects, from planned Services: who reaches what, as whom, and what is refused or dropped.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { EndpointSlice, Service } from '../../src/model/objects.js';
import type { ProxyMode } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeView, proxyConfig } from '../../src/topology/attachment.js';
import { balance, balancerOf } from '../../src/topology/balancer.js';
import { type Destination, type Expectation, expect, type Source } from '../../src/topology/expectation.js';
import { listFrontends } from '../../src/topology/frontends.js';
import { createTopology } from '../../src/topology/topology.js';

const topology = createTopology();

interface Case {
  readonly spec?: Partial<Service['spec']>;
  readonly endpoints?: EndpointSlice['endpoints'];
  readonly mode?: ProxyMode;
  readonly ipMode?: 'VIP' | 'Proxy';
  readonly annotations?: Readonly<Record<string, string>>;
}

const CLUSTER_IP = '10.96.0.50';
const BALANCER = '192.168.0.240';
const ENDPOINTS = [
  { addresses: ['10.244.1.5'], nodeName: 'node-1' },
  { addresses: ['10.244.2.5'], nodeName: 'node-2' },
];

const pod = (node: string, address: string): Source => ({
  kind: 'pod',
  name: `pod/${address}`,
  node,
  addresses: [address],
});
const POD_1 = pod('node-1', '10.244.1.9');
const POD_3 = pod('node-3', '10.244.3.9');
const NODE_1: Source = { kind: 'node', name: 'node/node-1', node: 'node-1', addresses: ['192.168.0.11'] };
const OUTSIDE: Source = { kind: 'client', name: 'client/outside', node: null, addresses: ['203.0.113.10'] };

const to = (address: string, port = 80): Destination => ({ address, port, protocol: 'TCP' });
const clusterIP = to(CLUSTER_IP);
const nodePort = (node: number): Destination => to(`192.168.0.1${node}`, 30080);

function ask(
  { spec = {}, endpoints = ENDPOINTS, mode = 'nftables', ipMode = 'VIP', annotations = {} }: Case,
  from: Source,
  where: Destination,
): Expectation {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default', annotations },
    spec: {
      type: 'LoadBalancer',
      clusterIP: CLUSTER_IP,
      clusterIPs: [CLUSTER_IP],
      ipFamilies: ['IPv4'],
      ports: [{ port: 80, targetPort: 8080, nodePort: 30080, protocol: 'TCP' }],
      ...spec,
    },
    status: { loadBalancer: { ingress: [{ ip: BALANCER, ipMode }] } },
  };
  const slice: EndpointSlice = {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    addressType: 'IPv4',
    endpoints,
    ports: [{ name: '', port: 8080, protocol: 'TCP' }],
  };
  const snapshot = { services: [service], endpointSlices: [slice], nodes: [] };
  const plans = topology.nodes.map((node) => planNode(snapshot, nodeView(node), proxyConfig(topology, mode)));
  const balancer = balancerOf(balance(snapshot, topology.nodes), topology.fabricAddresses);
  return expect(plans, balancer, from, where);
}

const both = ['10.244.1.5:8080', '10.244.2.5:8080'];

describe('policy Cluster', () => {
  test('a pod reaches every endpoint of a ClusterIP under its own address', () => {
    const { outcome, backends, clients } = ask({}, POD_1, clusterIP);
    assert.deepEqual([outcome, backends, clients], ['reached', both, ['10.244.1.9']]);
  });

  test('a node reaches it under its own address, and the outside has no way', () => {
    assert.deepEqual(ask({}, NODE_1, clusterIP).clients, ['192.168.0.11']);
    assert.deepEqual([ask({}, OUTSIDE, clusterIP).outcome, ask({}, OUTSIDE, clusterIP).why], ['refused', 'no route']);
  });

  test('a NodePort and a load balancer address show the address of the node that took the request', () => {
    assert.deepEqual(ask({}, OUTSIDE, nodePort(3)).clients, ['192.168.0.13']);
    assert.deepEqual(ask({}, POD_1, nodePort(3)).clients, ['192.168.0.13']);
    assert.deepEqual(ask({}, POD_1, to(BALANCER)).clients, ['192.168.0.11']);
    assert.deepEqual(ask({}, OUTSIDE, to(BALANCER)).clients, ['192.168.0.11', '192.168.0.12', '192.168.0.13']);
  });

  test('an endpoint that reaches itself may see its node', () => {
    assert.deepEqual(ask({}, pod('node-1', '10.244.1.5'), clusterIP).clients, ['10.244.1.5', '192.168.0.11']);
  });

  test('without endpoints everything is refused', () => {
    for (const where of [clusterIP, nodePort(2), to(BALANCER)]) {
      assert.equal(ask({ endpoints: [] }, POD_1, where).outcome, 'refused');
    }
  });
});

describe('ipMode Proxy', () => {
  test('everybody meets the load balancer, and endpoints see the node that it asked, or under policy Local itself', () => {
    for (const from of [OUTSIDE, POD_1, NODE_1]) {
      const every = ask({ ipMode: 'Proxy' }, from, to(BALANCER));
      assert.deepEqual([every.backends, every.clients], [both, ['192.168.0.11', '192.168.0.12', '192.168.0.13']]);
      const local = ask({ ipMode: 'Proxy', spec: { externalTrafficPolicy: 'Local' } }, from, to(BALANCER));
      assert.deepEqual(local.clients, ['192.168.0.1']);
    }
  });

  test('it asks itself who may come, and refuses ports that it does not have', () => {
    const ranged: Case = { ipMode: 'Proxy', spec: { loadBalancerSourceRanges: ['203.0.113.0/24'] } };
    assert.equal(ask(ranged, OUTSIDE, to(BALANCER)).outcome, 'reached');
    assert.equal(ask(ranged, POD_1, to(BALANCER)).why, 'source ranges');
    assert.equal(ask({ ipMode: 'Proxy' }, OUTSIDE, to(BALANCER, 81)).why, 'nobody listens');
  });
});

test('an external IP is reached from outside where a router leads there, over the nodes that it is told', () => {
  const spec = { externalIPs: ['198.51.100.7'] };
  assert.equal(ask({ spec }, OUTSIDE, to('198.51.100.7')).why, 'no route');
  const routed = (route: string): readonly string[] =>
    ask({ spec, annotations: { 'kubewire.dev/external-route': route } }, OUTSIDE, to('198.51.100.7')).clients;
  assert.deepEqual(routed('all'), ['192.168.0.11', '192.168.0.12', '192.168.0.13']);
  assert.deepEqual(routed('node-1,node-3'), ['192.168.0.11', '192.168.0.13']);
});

describe('policy Local', () => {
  const spec = { externalTrafficPolicy: 'Local' } as const;

  test('the outside keeps its address where endpoints are and is dropped where none is', () => {
    const near = ask({ spec }, OUTSIDE, nodePort(1));
    assert.deepEqual([near.outcome, near.backends, near.clients], ['reached', ['10.244.1.5:8080'], ['203.0.113.10']]);
    assert.equal(ask({ spec }, OUTSIDE, nodePort(3)).outcome, 'dropped');
    assert.deepEqual(ask({ spec }, OUTSIDE, to(BALANCER)).backends, both);
    assert.deepEqual(ask({ spec }, OUTSIDE, to(BALANCER)).clients, ['203.0.113.10']);
  });

  test('a pod on the same node is sent to every endpoint, one elsewhere comes under the address of its node', () => {
    assert.deepEqual(ask({ spec }, POD_1, nodePort(1)).backends, both);
    assert.deepEqual(ask({ spec }, POD_1, nodePort(1)).clients, ['10.244.1.9']);
    const far = ask({ spec }, POD_3, nodePort(1));
    assert.deepEqual([far.backends, far.clients], [['10.244.1.5:8080'], ['192.168.0.13']]);
  });

  test('ipvs falls back to every endpoint, which helps those behind the node and loses the answers to all others', () => {
    assert.deepEqual(ask({ spec, mode: 'ipvs' }, POD_3, nodePort(3)).backends, both);
    const lost = ask({ spec, mode: 'ipvs' }, OUTSIDE, nodePort(3));
    assert.deepEqual([lost.outcome, lost.why], ['dropped', 'answers go astray']);
  });

  test('internalTrafficPolicy Local drops where no endpoint is', () => {
    const internal = { internalTrafficPolicy: 'Local' } as const;
    assert.deepEqual(ask({ spec: internal }, POD_1, clusterIP).backends, ['10.244.1.5:8080']);
    assert.equal(ask({ spec: internal }, POD_3, clusterIP).outcome, 'dropped');
  });
});

test('source ranges drop those who are not in them, and only at the load balancer address', () => {
  const spec = { loadBalancerSourceRanges: ['203.0.113.0/28'] };
  assert.equal(ask({ spec }, OUTSIDE, to(BALANCER)).outcome, 'reached');
  assert.equal(ask({ spec }, POD_1, to(BALANCER)).outcome, 'dropped');
  assert.equal(ask({ spec }, POD_1, nodePort(2)).outcome, 'reached');
  assert.equal(ask({ spec, endpoints: [] }, POD_1, to(BALANCER)).outcome, 'dropped');
  assert.equal(ask({ spec, endpoints: [], mode: 'iptables' }, POD_1, to(BALANCER)).outcome, 'refused');
});

test('frontends are listed as a client types them, and only in the families that the Service has', () => {
  const service: Service = {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web', namespace: 'default' },
    spec: {
      type: 'LoadBalancer',
      clusterIPs: [CLUSTER_IP],
      externalIPs: ['198.51.100.7', '2001:db8::7'],
      ports: [{ name: 'http', port: 80, nodePort: 30080, protocol: 'TCP' }],
    },
    status: {
      loadBalancer: { ingress: [{ ip: BALANCER }, { ip: '192.168.0.241', ipMode: 'Proxy' }, { hostname: 'x' }] },
    },
  };
  const found = listFrontends([service], topology.nodes.slice(0, 2));
  assert.deepEqual(
    found.map(({ kind, address, port, node }) => `${kind} ${address}:${port} ${node ?? ''}`.trim()),
    [
      `ClusterIP ${CLUSTER_IP}:80`,
      'ExternalIP 198.51.100.7:80',
      `LoadBalancer ${BALANCER}:80`,
      'LoadBalancer 192.168.0.241:80',
      'NodePort 192.168.0.11:30080 node-1',
      'NodePort 192.168.0.12:30080 node-2',
    ],
  );
  assert.deepEqual(
    listFrontends([{ ...service, spec: { ...service.spec, clusterIPs: ['None'] } }], topology.nodes),
    [],
  );
  assert.deepEqual(listFrontends([{ ...service, spec: { type: 'ExternalName' } }], topology.nodes), []);
});
