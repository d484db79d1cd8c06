// encoding.test.ts - answers as YAML and as JSON for people, short ones and lists that are streams.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'yaml';
import { testCluster } from '../cluster/fixtures.js';
import { Client } from './client.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
/** More than a list answers at once. */
const MANY = 300;

async function filled(): Promise<Client> {
  const cluster = testCluster();
  for (let i = 0; i < MANY; i++)
    cluster.store.create({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: `map-${String(i).padStart(3, '0')}`, namespace: 'default' },
      data: { text: 'a\nb' },
    });
  await cluster.settled();
  return new Client(cluster);
}

const told = async (client: Client, path: string, headers: Record<string, string> = {}) => {
  const response = await client.send('GET', path, undefined, headers);
  return { code: response.status, type: response.headers.get('content-type'), text: await response.text() };
};

test('a client that accepts YAML is answered in YAML: objects, lists of any length, and refusals', async () => {
  const client = await filled();
  for (const path of [`${MAPS}/map-001`, MAPS, `${MAPS}?limit=2`, `${MAPS}/none`, '/version']) {
    const plain = await told(client, path);
    const yaml = await told(client, path, { accept: 'application/yaml' });
    assert.equal(yaml.type, 'application/yaml', path);
    assert.equal(yaml.code, plain.code);
    assert.deepEqual(parse(yaml.text), JSON.parse(plain.text), path);
  }
  assert.match(
    (await told(client, `${MAPS}/map-001`, { accept: 'application/yaml' })).text,
    /^apiVersion: v1\ndata:\n/,
  );
});

test('the first type that a client accepts decides between JSON and YAML', async () => {
  const client = await filled();
  const type = async (accept: string) => (await told(client, `${MAPS}/map-001`, { accept })).type;
  assert.equal(await type('application/json, application/yaml'), 'application/json');
  assert.equal(await type('application/yaml, application/json'), 'application/yaml');
  assert.equal(await type('application/vnd.kubernetes.protobuf, application/yaml'), 'application/yaml');
});

test('JSON has lines for ?pretty=true and for programs that people read, unless they say no', async () => {
  const client = await filled();
  for (const path of [`${MAPS}/map-001`, MAPS]) {
    const plain = (await told(client, path)).text;
    const lines = JSON.stringify(JSON.parse(plain), null, 2);
    assert.equal((await told(client, `${path}?pretty=true`)).text, lines);
    assert.equal((await told(client, path, { 'user-agent': 'curl/8.5.0' })).text, lines);
    assert.equal((await told(client, `${path}?pretty=false`, { 'user-agent': 'curl/8.5.0' })).text, plain);
  }
});

test('a watch cannot be had in YAML', async () => {
  const client = await filled();
  const refused = await told(client, `${MAPS}?watch=1`, { accept: 'application/yaml' });
  assert.equal(refused.code, 406);
  assert.match(refused.text, /application\/json;stream=watch/);
});

test('CBOR is no body that is taken, for any verb, and nothing is written', async () => {
  const client = await filled();
  const map = `${MAPS}/map-001`;
  const before = (await told(client, map)).text;
  const asked = [
    ['POST', MAPS, 'application/cbor'],
    ['PUT', map, 'application/cbor'],
    ['PATCH', map, 'application/apply-patch+cbor'],
    ['DELETE', map, 'application/cbor'],
  ] as const;
  for (const [method, path, type] of asked) {
    const response = await client.send(method, path, {}, { 'content-type': type });
    const { reason } = (await response.json()) as { reason: string };
    assert.deepEqual([method, response.status, reason], [method, 415, 'UnsupportedMediaType']);
  }
  assert.equal((await told(client, map)).text, before);
});
