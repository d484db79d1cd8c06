// balanced.test.ts - what load balancers look at is the same whether it is kept current or made anew, and stays when others change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import type { EndpointSlice, KubeObject } from '../../src/model/objects.js';
import { BalancedPart } from '../../src/topology/balanced.js';
import { balance, healthChecks } from '../../src/topology/balancer.js';
import { createTopology } from '../../src/topology/topology.js';

const { nodes } = createTopology();

const service = (name: string, type: string): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: {
    type,
    ...(type === 'LoadBalancer' ? { externalTrafficPolicy: 'Local' } : {}),
    ports: [{ port: 80 }],
  },
});

const slice = (name: string, of: string, nodeName: string): EndpointSlice => ({
  apiVersion: 'discovery.k8s.io/v1',
  kind: 'EndpointSlice',
  metadata: { name, namespace: 'default', labels: { 'kubernetes.io/service-name': of } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['10.244.1.2'], nodeName, conditions: { ready: true } }],
  ports: [{ port: 80 }],
});

test('kept current or made anew, load balancers see the same; what does not concern them changes nothing', async () => {
  const cluster = createCluster();
  const { store } = cluster;
  const part = new BalancedPart();
  let [seed, same] = [5, 0];
  const draw = (below: number): number => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return Math.floor((seed / 2 ** 31) * below);
  };
  let before = part.of(cluster.snapshot());
  for (let i = 0; i < 400; i++) {
    const name = `s${draw(12)}`;
    const type = draw(4) === 0 ? 'LoadBalancer' : 'ClusterIP';
    const known = store.get('Service', 'default', name);
    if (draw(2) === 0) {
      const made = slice(`${name}-${draw(2)}`, name, nodes[draw(3)]?.name ?? '');
      const there = store.get('EndpointSlice', 'default', made.metadata.name);
      if (there && draw(3) === 0) store.delete('EndpointSlice', 'default', made.metadata.name);
      else if (there) store.update(made);
      else store.create(made);
    } else if (known) store.delete('Service', 'default', name);
    else store.create(service(name, type));
    if (draw(4) === 0) await cluster.settled();
    const now = cluster.snapshot();
    const current = part.of(now);
    assert.deepEqual(balance(current, nodes), balance(now, nodes), `after ${i}`);
    assert.deepEqual(healthChecks(current), healthChecks(now), `after ${i}`);
    if (current === before) same++;
    before = current;
  }
  assert.ok(same > 100, `${same} of 400 changes left it alone`);
  await cluster.close();
});
