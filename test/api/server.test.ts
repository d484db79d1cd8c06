// server.test.ts - the Kubernetes API over its socket: verbs, watches, tables, patches, refusals.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type ApiServer, createApiServer } from '../../src/api/server.js';
import type { Cluster } from '../../src/cluster/cluster.js';
import { Fault } from '../../src/model/fault.js';
import { deployment, service, testCluster } from '../cluster/fixtures.js';

const directory = mkdtempSync(join(tmpdir(), 'kubewire-api-'));
const socketPath = join(directory, 'run', 'lab.sock');
let cluster: Cluster;
let server: ApiServer;

before(async () => {
  cluster = testCluster();
  server = await createApiServer(cluster, { socketPath });
});

after(async () => {
  await server.close();
  cluster.close();
  rmSync(directory, { recursive: true });
});

interface Answer {
  readonly code: number;
  readonly headers: IncomingMessage['headers'];
  // biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
  readonly body: any;
}

function open(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<IncomingMessage> {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  return new Promise((resolve, reject) => {
    const call: ClientRequest = httpRequest({
      socketPath,
      method,
      path,
      headers: { 'content-type': 'application/json', ...headers },
    });
    call.on('response', resolve);
    call.on('error', reject);
    call.end(text);
  });
}

async function ask(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
  const message = await open(method, path, body, headers);
  let text = '';
  for await (const part of message) text += part;
  const json = message.headers['content-type']?.includes('json');
  return { code: message.statusCode ?? 0, headers: message.headers, body: json ? JSON.parse(text) : text };
}

const SERVICES = '/api/v1/namespaces/default/services';
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

test('only its owner may open the socket and its directory', () => {
  assert.equal(statSync(socketPath).mode & 0o777, 0o600);
  assert.equal(statSync(join(directory, 'run')).mode & 0o777, 0o700);
});

test('a second server on a living socket is refused; a dead socket is replaced', async () => {
  await assert.rejects(
    createApiServer(cluster, { socketPath }),
    (error) => error instanceof Fault && error.code === 'LAB_RUNNING',
  );
  const dead = join(directory, 'dead.sock');
  writeFileSync(dead, '');
  const second = await createApiServer(cluster, { socketPath: dead });
  await second.close();
});

test('closing one server leaves nothing behind', async () => {
  const path = join(directory, 'other.sock');
  await (await createApiServer(cluster, { socketPath: path })).close();
  assert.throws(() => statSync(path));
});

test('the server says what it serves', async () => {
  assert.deepEqual((await ask('GET', '/api')).body.versions, ['v1']);
  const groups = (await ask('GET', '/apis')).body.groups.map(({ name }: { name: string }) => name);
  assert.ok(groups.includes('apps') && groups.includes('discovery.k8s.io') && groups.includes('kubewire.dev'));
  const { resources } = (await ask('GET', '/apis/apps/v1')).body;
  assert.ok(resources.some(({ name }: { name: string }) => name === 'deployments/scale'));
  assert.equal((await ask('GET', '/version')).body.minor, '36');
  assert.equal((await ask('GET', '/readyz')).body, 'ok');
});

test('an object is created, read, listed, replaced and deleted', async () => {
  const made = await ask('POST', SERVICES, { ...service('web'), metadata: { name: 'web', labels: { app: 'web' } } });
  assert.deepEqual([made.code, made.body.spec.ipFamilies], [201, ['IPv4']]);
  assert.equal((await ask('GET', `${SERVICES}/web`)).body.metadata.uid, made.body.metadata.uid);
  const list = (await ask('GET', '/api/v1/services?labelSelector=app%3Dweb&fieldSelector=metadata.name%3Dweb')).body;
  assert.deepEqual([list.kind, list.items.length], ['ServiceList', 1]);
  const put = await ask('PUT', `${SERVICES}/web`, {
    ...made.body,
    spec: { ...made.body.spec, sessionAffinity: 'ClientIP' },
  });
  assert.equal(put.body.spec.sessionAffinityConfig.clientIP.timeoutSeconds, 10800);
  const late = await ask('PUT', `${SERVICES}/web`, made.body);
  assert.deepEqual([late.code, late.body.reason], [409, 'Conflict']);
  const gone = await ask('DELETE', `${SERVICES}/web`);
  // A Service answers with itself.
  assert.deepEqual([gone.body.kind, gone.body.metadata.name], ['Service', 'web']);
  assert.equal((await ask('GET', `${SERVICES}/web`)).body.message, 'services "web" not found');
});

test('a dry run answers as if, and does nothing', async () => {
  const made = await ask('POST', `${SERVICES}?dryRun=All`, service('dry'));
  assert.deepEqual([made.code, typeof made.body.spec.clusterIP], [201, 'string']);
  assert.equal(made.body.metadata.resourceVersion, undefined);
  assert.equal((await ask('GET', `${SERVICES}/dry`)).code, 404);
  assert.equal((await ask('POST', `${SERVICES}?dryRun=Some`, service('dry'))).code, 422);
});

test('selectors that are none, and fields that are none of the kind, are refused and select nothing', async () => {
  for (const [query, words] of [
    ['labelSelector=((((', "found '(', expected"],
    ['labelSelector=app%3Dweb(', "found '(', expected"],
    ['labelSelector=a%20b', 'unable to parse requirement: '],
    ['fieldSelector=metadata.name', "can't understand 'metadata.name'"],
    ['fieldSelector=spec.nothing!%3Dx', 'field label not supported: spec.nothing'],
  ] as const) {
    for (const method of ['GET', 'DELETE'] as const) {
      const answer = await ask(method, `${SERVICES}?${query}`);
      assert.deepEqual([answer.code, answer.body.reason], [400, 'BadRequest'], query);
      assert.ok(answer.body.message.includes(words), answer.body.message);
    }
  }
});

test('bad requests are refused with their reason', async () => {
  const invalid = await ask('POST', SERVICES, service('bad', { ports: [{ port: 99999 }] }));
  assert.deepEqual([invalid.code, invalid.body.reason], [422, 'Invalid']);
  assert.equal(invalid.body.details.causes[0].field, 'spec.ports[0].port');
  for (const [body, words] of [
    ['{', "couldn't get version/kind; json parse error: unexpected end of JSON input ({)"],
    [[], 'json: cannot unmarshal array into Go value of type struct'],
    [{ ...service('x'), kind: 'Pod' }, 'cannot be handled as a Service'],
    [{ ...service('x'), metadata: { name: 'x', namespace: 'y' } }, 'does not match the namespace'],
    [
      { ...service('x'), spec: { ports: [{ port: 'eighty' }] } },
      'string into Go struct field ServicePort.spec.ports.port of type int32',
    ],
  ] as const) {
    const answer = await ask('POST', SERVICES, body);
    assert.equal(answer.code, 400, words);
    assert.ok(answer.body.message.includes(words), answer.body.message);
  }
  const nameless = await ask('POST', SERVICES, { ...service('x'), metadata: {} });
  assert.deepEqual([nameless.code, nameless.body.details.causes[0].field], [422, 'metadata.name']);
  for (const path of [
    '/api/v2/pods',
    '/api/v1/bogus',
    `${SERVICES}/a/b`,
    `${SERVICES}/a/log`,
    '/apis/x/v1/y',
    '/nothing',
  ])
    assert.equal((await ask('GET', path)).code, 404, path);
  assert.equal((await ask('GET', `${SERVICES}/%zz`)).code, 400);
  assert.equal((await ask('PUT', SERVICES, {})).code, 405);
  assert.equal((await ask('GET', `${SERVICES}?labelSelector=a%3Db%3Dc`)).code, 400);
  assert.equal((await ask('POST', SERVICES, 'x', { 'content-type': 'text/plain' })).code, 415);
});

test('an unknown field is a warning, or an error for those who are strict', async () => {
  const body = { ...service('w'), spec: { ...service('w').spec, prots: [] } };
  const loose = await ask('POST', `${SERVICES}?dryRun=All`, body);
  assert.equal(loose.headers.warning, '299 - "unknown field \\"spec.prots\\""');
  const strict = await ask('POST', `${SERVICES}?fieldValidation=Strict`, body);
  assert.match(strict.body.message, /strict decoding error: unknown field "spec.prots"/);
});

test('an annotation that no plan can read is a warning', async () => {
  const { metadata, ...rest } = service('annotated');
  const annotations = { 'kubewire.dev/scheduler': 'fast' };
  const body = { ...rest, metadata: { ...metadata, annotations } };
  const made = await ask('POST', `${SERVICES}?dryRun=All`, body);
  assert.equal(made.code, 201);
  assert.match(String(made.headers.warning), /^299 - "metadata\.annotations\[kubewire\.dev\/scheduler\]: .*rr is used/);
});

test('a deployment is scaled through its scale subresource', async () => {
  await ask('POST', DEPLOYMENTS, deployment('scaled', 1));
  await cluster.settled();
  const scale = await ask('GET', `${DEPLOYMENTS}/scaled/scale`);
  assert.deepEqual(
    [scale.body.kind, scale.body.spec, scale.body.status.selector],
    ['Scale', { replicas: 1 }, 'app=scaled'],
  );
  const merge = { 'content-type': 'application/merge-patch+json' };
  await ask('PATCH', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: 3 } }, merge);
  await cluster.settled();
  assert.equal((await ask('GET', `${DEPLOYMENTS}/scaled`)).body.status.readyReplicas, 3);
  assert.equal((await ask('PATCH', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: -1 } }, merge)).code, 400);
  await ask('PUT', `${DEPLOYMENTS}/scaled/scale`, { spec: { replicas: 0 } });
  await cluster.settled();
  await ask('DELETE', `${DEPLOYMENTS}/scaled`);
  await cluster.settled();
});

test('the four kinds of patches', async () => {
  await ask('POST', SERVICES, service('p', { ports: [{ name: 'a', port: 80 }] }));
  const patch = (type: string, body: unknown): Promise<Answer> =>
    ask('PATCH', `${SERVICES}/p`, body, { 'content-type': `application/${type}` });
  const strategic = await patch('strategic-merge-patch+json', { spec: { ports: [{ name: 'b', port: 81 }] } });
  assert.deepEqual(
    strategic.body.spec.ports.map(({ name }: { name: string }) => name),
    ['b', 'a'],
  );
  const merged = await patch('merge-patch+json', { spec: { ports: [{ port: 82 }] }, metadata: { labels: { x: 'y' } } });
  assert.deepEqual([merged.body.spec.ports.length, merged.body.metadata.labels], [1, { x: 'y' }]);
  const json = await patch('json-patch+json', [
    { op: 'test', path: '/metadata/labels/x', value: 'y' },
    { op: 'replace', path: '/spec/ports/0/port', value: 83 },
    { op: 'remove', path: '/metadata/labels/x' },
  ]);
  assert.deepEqual([json.body.spec.ports[0].port, json.body.metadata.labels], [83, undefined]);
  assert.equal((await patch('json-patch+json', [{ op: 'remove', path: '/no/such' }])).code, 422);
  const yaml = { 'content-type': 'application/apply-patch+yaml' };
  const text = 'apiVersion: v1\nkind: Service\nmetadata: {name: p}\nspec:\n  sessionAffinity: ClientIP\n';
  const applied = await ask('PATCH', `${SERVICES}/p?fieldManager=me&force=true`, text, yaml);
  assert.equal(applied.body.spec.sessionAffinity, 'ClientIP');
  const created = await ask('PATCH', `${SERVICES}/applied?fieldManager=me`, JSON.stringify(service('applied')), yaml);
  assert.equal(created.code, 201);
  assert.equal((await patch('unknown+json', {})).code, 415);
});

test('the status is a subresource of its own', async () => {
  await ask('POST', SERVICES, service('s', { type: 'LoadBalancer', loadBalancerClass: 'x.example/y' }));
  const status = { loadBalancer: { ingress: [{ ip: '192.0.2.7' }] } };
  const { body } = await ask(
    'PATCH',
    `${SERVICES}/s/status`,
    { status, spec: { type: 'ClusterIP' } },
    { 'content-type': 'application/merge-patch+json' },
  );
  assert.deepEqual(
    [body.spec.type, body.status.loadBalancer.ingress],
    ['LoadBalancer', [{ ip: '192.0.2.7', ipMode: 'VIP' }]],
  );
});

test('a table has the columns of the kind', async () => {
  const accept = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json' };
  const { body } = await ask('GET', `${SERVICES}?fieldSelector=metadata.name%3Dkubernetes`, undefined, accept);
  assert.equal(body.kind, 'Table');
  const shown = body.columnDefinitions.filter(({ priority }: { priority: number }) => priority === 0);
  assert.deepEqual(
    shown.map(({ name }: { name: string }) => name.toUpperCase()),
    ['NAME', 'TYPE', 'CLUSTER-IP', 'EXTERNAL-IP', 'PORT(S)', 'AGE'],
  );
  assert.deepEqual(body.rows[0].cells.slice(0, 5), ['kubernetes', 'ClusterIP', '10.96.0.1', '<none>', '443/TCP']);
});

test('a collection is deleted by selector', async () => {
  for (const name of ['x1', 'x2'])
    await ask('POST', SERVICES, { ...service(name), metadata: { name, labels: { set: 'x' } } });
  const { body } = await ask('DELETE', `${SERVICES}?labelSelector=set%3Dx`);
  assert.equal(body.items.length, 2);
  assert.equal((await ask('GET', `${SERVICES}?labelSelector=set%3Dx`)).body.items.length, 0);
});

/** Reads events until there are as many as asked for, then hangs up. */
async function events(
  path: string,
  count: number,
  meanwhile: () => Promise<unknown>,
): Promise<{ type: string; object: Answer['body'] }[]> {
  const message = await open('GET', path);
  const seen: { type: string; object: Answer['body'] }[] = [];
  void meanwhile();
  let rest = '';
  for await (const part of message) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) seen.push(JSON.parse(line));
    if (seen.length >= count) break;
  }
  message.destroy();
  return seen;
}

test('a watch tells what is there and what changes, as the selector sees it', async () => {
  const labelled = (value: string) => ({ ...service('seen'), metadata: { name: 'seen', labels: { team: value } } });
  const seen = await events(`${SERVICES}?watch=true&labelSelector=team%3Da`, 3, async () => {
    await ask('POST', SERVICES, labelled('a'));
    await ask('PUT', `${SERVICES}/seen`, {
      ...labelled('a'),
      spec: { ...service('seen').spec, sessionAffinity: 'ClientIP' },
    });
    await ask('PUT', `${SERVICES}/seen`, labelled('b'));
  });
  assert.deepEqual(
    seen.map(({ type }) => type),
    ['ADDED', 'MODIFIED', 'DELETED'],
  );
  const { metadata } = (await ask('GET', SERVICES)).body;
  const later = await events(`${SERVICES}?watch=true&resourceVersion=${metadata.resourceVersion}`, 1, () =>
    ask('DELETE', `${SERVICES}/seen`),
  );
  assert.deepEqual([later[0]?.type, later[0]?.object.metadata.name], ['DELETED', 'seen']);
});

test('a watch that begins with everything says where that ends; one that lasts a second ends after it', async () => {
  const initial = await events(
    `${SERVICES}?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true`,
    2,
    async () => undefined,
  );
  const bookmark = initial.find(({ type }) => type === 'BOOKMARK');
  assert.equal(bookmark?.object.metadata.annotations['k8s.io/initial-events-end'], 'true');
  const short = await events(
    `${SERVICES}?watch=true&timeoutSeconds=1&resourceVersion=1000000`,
    99,
    async () => undefined,
  );
  assert.deepEqual(short, []);
});

test('the server also listens on a port of the loopback interface', async () => {
  const tcp = await createApiServer(cluster, { port: 0 });
  const answer = await fetch(`${tcp.address}/healthz`);
  assert.equal(await answer.text(), 'ok');
  await tcp.close();
});

test('a socket of something else that answers is left alone', async () => {
  const path = join(directory, 'foreign.sock');
  const foreign = createServer().listen(path);
  await new Promise((resolve) => foreign.once('listening', resolve));
  await assert.rejects(createApiServer(cluster, { socketPath: path }), Fault);
  await new Promise((resolve) => foreign.close(resolve));
});

test('others are heard while a large collection is deleted', async () => {
  const name = 'crowd';
  const objects = Array.from({ length: 3000 }, (_, i) => ({
    ...service(`c${i}`),
    metadata: { name: `c${i}`, namespace: name },
  }));
  cluster.apply([{ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }, ...objects]);
  await cluster.settled();
  const gone = ask('DELETE', `/api/v1/namespaces/${name}/services`);
  let before = 3000;
  const seen = new Set<number>();
  while (before > 0) {
    before = cluster.store.list('Service', name).length;
    seen.add(before);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal((await gone).code, 200);
  // Everything and nothing are two of them.
  assert.ok(seen.size > 3, `${seen.size} states were seen from outside`);
});
