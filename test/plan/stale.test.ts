// stale.test.ts - which tracked UDP connections go.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { staleConnections, type TrackedConnection } from '../../src/plan/stale.js';
import { on, plan, service, slice, withIngress } from './sample.js';

const PORTS = [{ name: 'dns', protocol: 'UDP' as const, port: 5353 }];
const DNS = withIngress(
  service('dns', { type: 'LoadBalancer', clusterIP: '10.8.0.1', externalIPs: ['198.51.100.1'] }, [
    { name: 'dns', port: 53, protocol: 'UDP', nodePort: 30_053 },
  ]),
  '203.0.113.1',
);
const ENDPOINTS = [
  on('n1', '10.9.1.1'),
  on('n1', '10.9.1.2', { ready: false, serving: true, terminating: true }),
  on('n1', '10.9.1.3', { serving: false }),
];
const PLAN = plan([DNS], [slice('dns', ENDPOINTS, { ports: PORTS })]);

const connection = (to: string, port: number, from: string, fromPort = 5353, protocol = 'UDP'): TrackedConnection => ({
  protocol,
  originalDestination: to,
  originalDestinationPort: port,
  replySource: from,
  replySourcePort: fromPort,
});
const isStale = (...args: Parameters<typeof connection>): boolean =>
  staleConnections(PLAN, [connection(...args)]).length === 1;

test('connections to endpoints that are gone or do not serve go, on every address of the Service', () => {
  for (const address of ['10.8.0.1', '198.51.100.1', '203.0.113.1']) {
    assert.equal(isStale(address, 53, '10.9.1.9'), true);
    assert.equal(isStale(address, 53, '10.9.1.3'), true);
    assert.equal(isStale(address, 53, '10.9.1.1'), false);
  }
  assert.equal(isStale('192.168.7.1', 30_053, '10.9.1.9'), true);
  assert.equal(isStale('192.168.99.1', 30_053, '10.9.1.9'), true);
});

test('endpoints that terminate but serve keep their connections', () => {
  assert.equal(isStale('10.8.0.1', 53, '10.9.1.2'), false);
});

test('another port of an endpoint is another endpoint, and a connection never rewritten goes', () => {
  assert.equal(isStale('10.8.0.1', 53, '10.9.1.1', 9999), true);
  assert.equal(isStale('10.8.0.1', 53, '10.8.0.1', 53), true);
});

test('other protocols, ports and addresses are not touched', () => {
  assert.equal(isStale('10.8.0.1', 53, '10.9.1.9', 5353, 'TCP'), false);
  assert.equal(isStale('10.8.0.1', 54, '10.9.1.9'), false);
  assert.equal(isStale('10.8.0.2', 53, '10.9.1.9'), false);
  assert.equal(isStale('fd07::1', 30_053, '10.9.1.9'), false);
});

test('a Service without serving endpoints, or without a change, keeps everything', () => {
  const gone = [connection('10.8.0.1', 53, '10.9.1.9')];
  assert.deepEqual(staleConnections(plan([DNS], []), gone), []);
  const slices = [slice('dns', ENDPOINTS, { ports: PORTS })];
  assert.deepEqual(staleConnections(plan([DNS], slices, {}, PLAN), gone), []);
});
