// warnings.test.ts - Warning headers: they fit, they end no line, and an apply of many objects has them too.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCluster } from '../../src/cluster/cluster.js';
import { Client } from './client.js';

const SERVICES = '/api/v1/namespaces/default/services?fieldValidation=Warn';
const service = (spec: object) => ({ apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec });

/** The warnings of a create, as a client reads them. */
async function warnings(spec: object): Promise<string> {
  const cluster = createCluster();
  const { status, headers } = await new Client(cluster).send('POST', SERVICES, service(spec));
  assert.equal(status, 201);
  await cluster.close();
  return Buffer.from(headers.get('warning') ?? '', 'latin1').toString();
}

test('a warning quotes any text, and ends no line', async () => {
  const told = await warnings({ ports: [{ port: 1, '漢字\r\nx"y': 1 }] });
  assert.equal(told, '299 - "unknown field \\"spec.ports[0].漢字x\\"y\\""');
});

test('a thousand warnings are no longer than headers may be', async () => {
  const strays = Object.fromEntries(Array.from({ length: 1000 }, (_, i) => [`stray${i}`, 1]));
  const told = await warnings({ ports: [{ port: 1 }], ...strays });
  assert.ok(told.length < 8192 && told.includes('spec.stray0'));
});

test('an apply of a whole manifest tells the warnings of its objects, each once', async () => {
  const cluster = createCluster();
  const items = ['a', 'b'].map((name) => ({
    ...service({ ports: [{ port: 1 }], externalIPs: ['192.0.2.1'] }),
    metadata: { name },
  }));
  const { headers } = await new Client(cluster).send('POST', '/apis/kubewire.dev/v1alpha1/apply', { items });
  assert.equal(headers.get('warning'), '299 - "spec.externalIPs is deprecated"');
  await cluster.close();
});
