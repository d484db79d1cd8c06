// lists.test.ts - lists over the API: pages of one version, versions, what does not go together, and long lists.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeToken, encodeToken } from '../../../src/api/lists/token.js';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import type { KubeObject } from '../../../src/model/objects.js';
import { Client } from '../client.js';

const MAPS = '/api/v1/namespaces/default/configmaps';
let cluster: Cluster;
let client: Client;

const configMap = (name: string, namespace = 'default', data: Record<string, string> = {}): KubeObject =>
  ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace }, data }) as KubeObject;

before(() => {
  cluster = createCluster();
  client = new Client(cluster);
  for (const name of ['a', 'b', 'c', 'd', 'e']) cluster.store.create(configMap(name));
});

after(() => cluster.close());

const names = (body: { items: KubeObject[] }): string[] => body.items.map(({ metadata }) => metadata.name);
const get = (query: string, path = MAPS) => client.ask('GET', `${path}?${query}`);

test('pages are of one version, whatever is written between them', async () => {
  const first = (await get('limit=2')).body;
  assert.deepEqual([names(first), first.metadata.remainingItemCount], [['a', 'b'], 3]);
  cluster.store.delete('ConfigMap', 'default', 'c');
  cluster.store.update(configMap('d', 'default', { new: 'yes' }));
  cluster.store.create(configMap('bb'));
  const second = (await get(`limit=2&continue=${first.metadata.continue}`)).body;
  assert.deepEqual(names(second), ['c', 'd']);
  assert.deepEqual(second.items[1].data ?? {}, {});
  assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
  const third = (await get(`limit=2&continue=${second.metadata.continue}`)).body;
  assert.deepEqual([names(third), third.metadata.continue], [['e'], undefined]);
  assert.deepEqual(names((await get('limit=9')).body), ['a', 'b', 'bb', 'd', 'e']);
  const asOf = await get(`resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`);
  assert.deepEqual(names(asOf.body), ['a', 'b', 'c', 'd', 'e']);
});

test('pages over all namespaces go in the order of namespace/name', async () => {
  for (const name of ['x', 'x-y']) {
    cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    cluster.store.create(configMap('one', name));
  }
  const all = (await client.ask('GET', '/api/v1/configmaps')).body;
  const paged: string[] = [];
  let token = '';
  do {
    const { body } = await get(`limit=1&continue=${token}`, '/api/v1/configmaps');
    paged.push(...body.items.map(({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`));
    token = body.metadata.continue ?? '';
  } while (token !== '');
  assert.deepEqual(
    paged,
    all.items.map(({ metadata }: KubeObject) => `${metadata.namespace}/${metadata.name}`),
  );
  // '-' sorts before '/'.
  assert.ok(paged.indexOf('x-y/one') < paged.indexOf('x/one'));
});

test('with a selector a page has as many as match, and nobody counts the rest', async () => {
  const { body } = await get('limit=1&fieldSelector=metadata.name!%3Da');
  assert.deepEqual(names(body), ['b']);
  assert.equal(body.metadata.remainingItemCount, undefined);
});

test('a token of a version that is forgotten is 410, with one that goes on', async () => {
  const old = encodeToken({ version: 1, start: 'a\0' });
  const gone = await get(`limit=1&continue=${old}`);
  assert.deepEqual([gone.code, gone.body.reason], [410, 'Expired']);
  const fresh = await get(`limit=1&continue=${gone.body.metadata.continue}`);
  assert.deepEqual(names(fresh.body), ['b']);
  assert.equal((await get('resourceVersion=1&resourceVersionMatch=Exact')).code, 410);
});

test('tokens that are none are refused with the reason', async () => {
  const none = Buffer.from('{"v":"meta.k8s.io/v1","rv":0,"start":"a"}').toString('base64url');
  for (const [token, words] of [
    ['***', 'illegal base64 data at input byte 0'],
    ['e30', 'server does not recognize this encoded version'],
    [none, 'incorrect encoded start resourceVersion'],
    [encodeToken({ version: 5, start: '../../secrets/x' }), 'continue key is not valid: ../../secrets/x'],
  ] as const) {
    const { code, body } = await get(`continue=${encodeURIComponent(token)}`);
    assert.deepEqual([code, body.message.includes(words)], [400, true], body.message);
  }
  const token = { version: 7, start: 'ns/name\0' };
  assert.deepEqual(decodeToken(encodeToken(token)), token);
});

test('versions that are none, and versions to come, are refused', async () => {
  const bad = await get('resourceVersion=x');
  assert.deepEqual([bad.code, bad.body.reason], [400, 'BadRequest']);
  const future = await get('resourceVersion=999999');
  assert.deepEqual([future.code, future.body.details.causes[0].reason], [504, 'ResourceVersionTooLarge']);
  assert.equal((await get('resourceVersion=0')).code, 200);
  assert.equal((await get('limit=x')).code, 400);
  assert.equal((await get('limit=-1')).body.metadata.continue, undefined);
});

test('what does not go together is told field by field', async () => {
  for (const [query, field, words] of [
    ['resourceVersionMatch=Exact', 'resourceVersionMatch', 'is forbidden unless resourceVersion is provided'],
    ['resourceVersionMatch=Exact&resourceVersion=0', 'resourceVersionMatch', '"exact" is forbidden'],
    ['resourceVersionMatch=Some&resourceVersion=1', 'resourceVersionMatch', 'Unsupported value: "Some"'],
    ['sendInitialEvents=true', 'sendInitialEvents', 'is forbidden for list'],
    ['watch=1&sendInitialEvents=true', 'resourceVersionMatch', 'requires setting'],
    ['watch=True&resourceVersionMatch=NotOlderThan', 'resourceVersionMatch', 'forbidden for watch unless'],
  ] as const) {
    const { code, body } = await get(query);
    assert.equal(code, 422, query);
    const [cause] = body.details.causes;
    assert.deepEqual([cause.field, cause.message.includes(words)], [field, true], cause.message);
  }
});

test('items leave out kind and apiVersion, which the list says', async () => {
  const { body } = await get('limit=1');
  assert.deepEqual(Object.keys(body.items[0]).sort(), ['data', 'metadata'].sort());
  assert.deepEqual([body.kind, body.apiVersion], ['ConfigMapList', 'v1']);
});

test('a long list comes whole, in every form, and others are heard meanwhile', async () => {
  cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'long' } });
  for (let i = 0; i < 3000; i++) cluster.store.create(configMap(`m${i}`, 'long', { i: String(i) }));
  const path = '/api/v1/namespaces/long/configmaps';
  const reading = client.ask('GET', path);
  let turns = 0;
  let over = false;
  void reading.then(() => {
    over = true;
  });
  while (!over) {
    await new Promise((resolve) => setImmediate(resolve));
    turns++;
  }
  const { body } = await reading;
  assert.deepEqual(
    names(body),
    cluster.store.list('ConfigMap', 'long').map(({ metadata }) => metadata.name),
  );
  assert.ok(turns > 10, `heard ${turns} times`);
  const as = (what: string) => ({ accept: `application/json;as=${what};v=v1;g=meta.k8s.io` });
  assert.equal((await client.ask('GET', path, undefined, as('Table'))).body.rows.length, 3000);
  const partial = (await client.ask('GET', path, undefined, as('PartialObjectMetadataList'))).body;
  assert.deepEqual([partial.kind, partial.items.length], ['PartialObjectMetadataList', 3000]);
});

test('deletions say what they want in the body or in the query, and nonsense is refused', async () => {
  const one = `${MAPS}/a`;
  const bad = async (query: string, body?: unknown) => client.ask('DELETE', `${one}?${query}`, body);
  assert.equal((await bad('propagationPolicy=Foo')).body.details.causes[0].field, 'propagationPolicy');
  assert.equal((await bad('', { kind: 'ConfigMap', apiVersion: 'v1' })).code, 400);
  assert.equal((await bad('gracePeriodSeconds=x')).code, 400);
  assert.equal((await bad('', { gracePeriodSeconds: '3' })).code, 400);
  assert.equal((await bad('', { dryRun: ['Some'] })).code, 422);
  const unmet = await bad('', { preconditions: { resourceVersion: '1' } });
  assert.deepEqual([unmet.code, unmet.body.details.kind], [409, 'ConfigMap']);
  const { body } = await client.ask('GET', one);
  const { uid } = body.metadata;
  const done = await bad('propagationPolicy=Foo', { preconditions: { uid } });
  assert.deepEqual([done.code, done.body.details.uid], [200, uid], 'the query counts only without a body');
});

test('what a creator may not say is left out or refused', async () => {
  const uid = '11111111-2222-3333-4444-555555555555';
  const made = await client.ask('POST', MAPS, { ...configMap('fresh'), metadata: { name: 'fresh', uid } });
  assert.notEqual(made.body.metadata.uid, uid);
  const again = await client.ask('POST', MAPS, {
    ...configMap('again'),
    metadata: { name: 'again', resourceVersion: '7' },
  });
  assert.match(again.body.message, /resourceVersion should not be set on objects to be created/);
  const long = await client.ask('POST', MAPS, { ...configMap(''), metadata: { generateName: 'g'.repeat(70) } });
  assert.deepEqual([long.code, long.body.metadata.name.length], [201, 63]);
  const other = await client.ask('PUT', `${MAPS}/fresh`, { ...configMap('fresh'), metadata: { name: 'fresh', uid } });
  assert.match(other.body.message, /Key: \/registry\/configmaps\/default\/fresh, /);
});
