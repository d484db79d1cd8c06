// clusterdns.test.ts - the DNS that a cluster has: at which address, and when it is left to the user.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import { bringDns, dnsAddresses, dnsObjects, nameservers } from '../../src/cluster/clusterdns.js';
import type { KubeObject } from '../../src/model/objects.js';

test('DNS has the tenth address of each Service range, and none of a range without one', () => {
  assert.deepEqual(dnsAddresses(['10.96.0.0/16', 'fd00:10:96::/112']), ['10.96.0.10', 'fd00:10:96::a']);
  assert.deepEqual(dnsAddresses(['10.0.0.128/28']), ['10.0.0.138']);
  assert.deepEqual(dnsAddresses(['10.0.0.0/29', 'fd00::/125', 'nonsense']), []);
});

test('the cluster takes its objects, and its Service is where programs send their queries', async () => {
  for (const serviceClusterIPRange of [['10.96.0.0/16'], ['fd00:10:96::/112', '10.96.0.0/16']]) {
    const cluster = createCluster({ serviceClusterIPRange });
    assert.deepEqual(nameservers(cluster.store.get.bind(cluster.store)), []);
    for (const object of dnsObjects(dnsAddresses(serviceClusterIPRange))) cluster.store.create(object);
    await cluster.settled();
    assert.deepEqual(nameservers(cluster.store.get.bind(cluster.store)), dnsAddresses(serviceClusterIPRange));
    assert.equal(cluster.store.list('Pod', 'kube-system').length, 2);
    await cluster.close();
  }
});

test('objects bring a DNS of their own by its name or by its address', () => {
  const service = (namespace: string, name: string, spec: object = {}): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name },
    spec,
  });
  const ranges = ['10.96.0.0/16'];
  assert.ok(bringDns([service('kube-system', 'kube-dns')], ranges));
  assert.ok(bringDns([service('default', 'names', { clusterIP: '10.96.0.10' })], ranges));
  assert.ok(!bringDns([service('default', 'kube-dns'), service('shop', 'web', { clusterIP: '10.96.0.11' })], ranges));
});
