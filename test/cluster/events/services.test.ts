// services.test.ts - what is told about Services: load balancers that come, wait and go, and annotations that nobody takes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { applied, eventsAbout, service, testCluster } from '../fixtures.js';

const balanced = (name: string, port: number, extra: object = {}) =>
  service(name, { type: 'LoadBalancer', ports: [{ port }], ipFamilies: ['IPv4'], ...extra });

test('a load balancer is ensured, and deleted when the Service is no longer of that type', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.168.0.240-192.168.0.240'] });
  await applied(cluster, balanced('web', 80));
  const ensured = [
    'Normal EnsuringLoadBalancer Ensuring load balancer',
    'Normal EnsuredLoadBalancer Ensured load balancer',
  ];
  assert.deepEqual(eventsAbout(cluster, 'Service', 'web'), ensured);
  await applied(cluster, service('web', { type: 'ClusterIP', ports: [{ port: 80 }] }));
  assert.deepEqual(eventsAbout(cluster, 'Service', 'web').slice(2), [
    'Normal DeletingLoadBalancer Deleting load balancer',
    'Normal DeletedLoadBalancer Deleted load balancer',
  ]);
  await cluster.close();
});

test('a Service that gets no address says why, once, and is ensured when one is free', async () => {
  const cluster = testCluster({ loadBalancerPools: ['192.168.0.240-192.168.0.240'] });
  await applied(cluster, balanced('first', 80));
  await applied(cluster, balanced('second', 80));
  const waiting = [
    'Normal EnsuringLoadBalancer Ensuring load balancer',
    'Warning SyncLoadBalancerFailed Error syncing load balancer: failed to ensure load balancer: the load balancer has no free IPv4 address',
  ];
  assert.deepEqual(eventsAbout(cluster, 'Service', 'second'), waiting);
  cluster.store.delete('Service', 'default', 'first');
  await cluster.settled();
  assert.deepEqual(eventsAbout(cluster, 'Service', 'second'), [
    ...waiting,
    'Normal EnsuredLoadBalancer Ensured load balancer',
  ]);
  await cluster.close();
});

test('a Service of type ClusterIP is not told of', async () => {
  const cluster = testCluster();
  await applied(cluster, service('web'));
  assert.deepEqual(eventsAbout(cluster, 'Service'), []);
  await cluster.close();
});

test('an annotation that tables do not take is told', async () => {
  const cluster = testCluster();
  const web = service('web');
  const annotations = { 'kubewire.dev/scheduler': 'nonsense' };
  await applied(cluster, { ...web, metadata: { ...web.metadata, annotations } });
  assert.match(
    eventsAbout(cluster, 'Service', 'web')[0] ?? '',
    /^Warning AnnotationIgnored .*nonsense.* is no scheduler/,
  );
  await cluster.close();
});
