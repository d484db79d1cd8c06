// taking.test.ts - what is taken for the state of a cluster, what for manifests, and what is said of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../src/model/objects.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { takingOf } from '../../src/observe/taking.js';

const object = (kind: string, name: string, rest: object): KubeObject => ({
  apiVersion: kind === 'EndpointSlice' ? 'discovery.k8s.io/v1' : 'v1',
  kind,
  metadata: { name, namespace: 'default' },
  ...rest,
});
const ports = [{ name: 'pg', protocol: 'TCP', port: 5432 }];
const service = object('Service', 'db', { spec: { clusterIP: '10.96.10.80', ports } });
const slice: KubeObject = {
  ...object('EndpointSlice', 'db-1', { addressType: 'IPv4', ports, endpoints: [{ addresses: ['203.0.113.10'] }] }),
  metadata: { name: 'db-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'db' } },
};
const spec = { nodeName: 'node-1', containers: [{ name: 'c', image: 'x' }] };
const written = object('Pod', 'cli', { spec });
const status = { phase: 'Running', podIP: '10.244.1.9', podIPs: [{ ip: '10.244.1.9' }] };

test('a state has nothing left to give; a pod that nobody gave an address makes manifests of it', () => {
  assert.equal(takingOf([service, slice]).how, 'recorded');
  assert.equal(takingOf([service, slice, { ...written, status }]).how, 'recorded');
  assert.equal(
    takingOf([service, slice, object('Pod', 'waiting', { spec, status: { phase: 'Pending' } })]).how,
    'recorded',
  );
  assert.deepEqual(takingOf([service, slice, written]), {
    how: 'allocate',
    why: 'Pod default/cli has no address yet',
  });
  assert.match(
    takingOf([object('Service', 'x', { spec: { ports } })]).why,
    /^Service default\/x has no clusterIP yet$/,
  );
  assert.match(takingOf([service, { ...written, status }]).why, /^Service default\/db has no EndpointSlice yet$/);
});

test('a hand-written pod beside a finished Service gets the address of the lab, and --recorded takes that back', async () => {
  const options = { impliedNode: null, config: {} };
  const given = await worldFromObjects([written, service, slice], options);
  assert.deepEqual(given.pods[0]?.addresses[0], '10.244.1.2');
  assert.equal(given.snapshot.services.find(({ metadata }) => metadata.name === 'db')?.spec.clusterIP, '10.96.10.80');
  const taking = { how: 'recorded', why: 'it is said' } as const;
  assert.deepEqual((await worldFromObjects([written, service, slice], { ...options, taking })).pods, []);
});
