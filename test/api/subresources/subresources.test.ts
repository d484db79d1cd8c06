// subresources.test.ts - logs, evictions, bindings, tokens and proxies, with and without nodes that can be reached.
import assert from 'node:assert/strict';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createApp } from '../../../src/api/app.js';
import { createCluster } from '../../../src/cluster/cluster.js';
import type { KubeObject, Pod } from '../../../src/model/objects.js';
import { ownRuntime } from '../../support/own-runtime.js';
import { Client } from '../client.js';

const NOW = Date.parse('2026-01-01T00:10:00Z');

const pod = (name: string, more: { spec?: object; status?: object; labels?: Record<string, string> } = {}) =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default', labels: more.labels ?? {} },
    spec: { containers: [{ name: 'a', image: 'x', ports: [{ containerPort: 80 }] }], ...more.spec },
  }) as KubeObject;

const node = (name: string, addresses: object[]) =>
  ({ apiVersion: 'v1', kind: 'Node', metadata: { name }, status: { addresses } }) as KubeObject;

function world(reached = true) {
  const runtime = ownRuntime();
  const cluster = createCluster({ clock: () => new Date(NOW) });
  const app = createApp(cluster, { runtime: reached ? runtime : undefined });
  const ask = async (method: string, path: string, body?: object) => {
    const url = `http://api/api/v1/namespaces/default/${path}`;
    const headers = { 'content-type': 'application/json' };
    const response = await app.request(url, { method, ...(body ? { body: JSON.stringify(body), headers } : {}) });
    const text = await response.text();
    return { code: response.status, text, body: text.startsWith('{') ? JSON.parse(text) : undefined, response };
  };
  return { cluster, runtime, ask, app };
}

test('a log is read from its end, since a time, with times, and no longer than asked for', async () => {
  const { cluster, runtime, ask } = world();
  cluster.store.create(pod('p', { spec: { nodeName: 'n1' } }));
  for (let i = 0; i < 5; i++) runtime.log.append(NOW - 50_000 + i * 10_000, Buffer.from(`line ${i}\n`));
  runtime.log.append(NOW, Buffer.from('unfinished'));
  assert.equal((await ask('GET', 'pods/p/log')).text, 'line 0\nline 1\nline 2\nline 3\nline 4\nunfinished');
  assert.equal((await ask('GET', 'pods/p/log?tailLines=2')).text, 'line 4\nunfinished');
  assert.equal((await ask('GET', 'pods/p/log?tailLines=0')).text, '');
  assert.equal((await ask('GET', 'pods/p/log?sinceSeconds=21')).text, 'line 3\nline 4\nunfinished');
  assert.equal((await ask('GET', 'pods/p/log?sinceTime=2026-01-01T00:09:50Z')).text, 'line 4\nunfinished');
  assert.equal((await ask('GET', 'pods/p/log?limitBytes=9')).text, 'line 0\nli');
  const stamped = await ask('GET', 'pods/p/log?timestamps=true&tailLines=2');
  assert.equal(stamped.text, '2026-01-01T00:09:50.000000000Z line 4\n2026-01-01T00:10:00.000000000Z unfinished');
});

test('a log that is followed goes on, whole lines at a time, until the pod ends', async () => {
  const { cluster, runtime, app } = world();
  cluster.store.create(pod('p', { spec: { nodeName: 'n1' } }));
  runtime.log.append(NOW, Buffer.from('one\n'));
  const response = await app.request('http://api/api/v1/namespaces/default/pods/p/log?follow=true');
  const reader = response.body?.getReader();
  const read = async () => Buffer.from((await reader?.read())?.value ?? '').toString();
  assert.equal(await read(), 'one\n');
  const next = read();
  runtime.log.append(NOW, Buffer.from('tw'));
  runtime.log.append(NOW, Buffer.from('o\n'));
  assert.equal(await next, 'two\n');
  runtime.log.close();
  assert.equal((await reader?.read())?.done, true);
});

test('what is asked of a log wrongly is refused as the API server refuses it', async () => {
  const { cluster, ask } = world();
  cluster.store.create(pod('p', { spec: { nodeName: 'n1' } }));
  const cases: [string, number, string][] = [
    [
      'tailLines=-1',
      422,
      'PodLogOptions "p" is invalid: tailLines: Invalid value: -1: must be greater than or equal to 0',
    ],
    ['limitBytes=0', 422, 'PodLogOptions "p" is invalid: limitBytes: Invalid value: 0: must be greater than 0'],
    ['tailLines=x', 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
    ['previous=true', 400, 'previous terminated container "a" in pod "p" not found'],
    ['container=z', 400, 'container z is not valid for pod p'],
  ];
  for (const [query, code, message] of cases) {
    const answer = await ask('GET', `pods/p/log?${query}`);
    assert.deepEqual([answer.code, answer.body.message], [code, message]);
  }
});

test('without nodes that can be reached, logs and programs say which node was dialled', async () => {
  const { cluster, ask } = world(false);
  cluster.store.create(pod('nowhere'));
  cluster.store.create(pod('p', { spec: { nodeName: 'n1' } }));
  cluster.store.create(pod('q', { spec: { nodeName: 'n2' } }));
  cluster.store.create(node('n1', [{ type: 'InternalIP', address: '10.0.0.1' }]));
  assert.equal((await ask('GET', 'pods/nowhere/log')).code, 204);
  assert.deepEqual(
    [await ask('GET', 'pods/p/log'), await ask('GET', 'pods/q/log'), await ask('GET', 'pods/p/exec?command=ls')].map(
      ({ code, body }) => [code, body.message],
    ),
    [
      [
        500,
        'Get "https://10.0.0.1:10250/containerLogs/default/p/a": dial tcp 10.0.0.1:10250: connect: connection refused',
      ],
      [404, 'nodes "n2" not found'],
      [500, 'error dialing backend: dial tcp 10.0.0.1:10250: connect: connection refused'],
    ],
  );
  assert.equal(
    (await ask('GET', 'pods/nowhere/exec?command=ls')).body.message,
    'pod nowhere does not have a host assigned',
  );
});

const eviction = (name: string, more: object = {}) => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name, namespace: 'default' },
  ...more,
});

test('an eviction deletes; a dry run does not; another name is refused', async () => {
  const { cluster, ask } = world();
  cluster.store.create(pod('p'));
  const dry = await ask('POST', 'pods/p/eviction?dryRun=All', eviction('p'));
  assert.deepEqual(
    [dry.code, dry.body.status, cluster.store.get('Pod', 'default', 'p') !== undefined],
    [201, 'Success', true],
  );
  assert.equal((await ask('POST', 'pods/p/eviction', eviction('q'))).code, 400);
  assert.equal((await ask('POST', 'pods/p/eviction', eviction('p'))).code, 201);
  assert.equal(cluster.store.get('Pod', 'default', 'p'), undefined);
  assert.equal((await ask('POST', 'pods/p/eviction', eviction('p'))).code, 404);
  assert.equal((await ask('GET', 'pods/p/eviction')).code, 405);
});

test('a binding puts a pod on a node, once', async () => {
  const { cluster, ask } = world();
  cluster.store.create(pod('p'));
  cluster.store.create(pod('q'));
  const binding = (name: string, target: object) => ({ kind: 'Binding', metadata: { name }, target });
  const wrong = await ask('POST', 'pods/p/binding', binding('p', { kind: 'Pod' }));
  assert.equal(wrong.code, 422);
  assert.match(wrong.body.message, /target.kind: Unsupported value: "Pod".*target.name: Required value/);
  assert.equal((await ask('POST', 'pods/p/binding', binding('p', { kind: 'Node', name: 'n1' }))).code, 201);
  assert.equal(cluster.store.get<Pod>('Pod', 'default', 'p')?.spec.nodeName, 'n1');
  const again = await ask('POST', 'pods/p/binding', binding('p', { kind: 'Node', name: 'n2' }));
  assert.equal(again.code, 409);
  assert.match(again.body.message, /pod p is already assigned to node "n1"/);
  assert.equal((await ask('POST', 'bindings', binding('q', { name: 'n2' }))).code, 201);
});

test('ephemeral containers are refused with a reason', async () => {
  const { cluster, ask } = world();
  cluster.store.create(pod('p'));
  assert.equal((await ask('GET', 'pods/p/ephemeralcontainers')).code, 200);
  const refused = await ask('PATCH', 'pods/p/ephemeralcontainers', {});
  assert.equal(refused.code, 409);
  assert.match(refused.body.message, /ephemeral containers are not run here/);
});

async function backend(t: TestContext) {
  const seen: { request: IncomingMessage; body: string }[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      seen.push({ request, body });
      if (request.url === '/away') response.writeHead(302, { location: '/there?x=1' });
      else response.writeHead(request.url === '/teapot' ? 418 : 200, { 'content-type': 'text/x' });
      response.end(`${request.method} ${request.url} ${body}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  return { server, seen, port: (server.address() as AddressInfo).port };
}

test('a proxy hands on method, path, query and body, and hands back status, headers and body', async (t) => {
  const { cluster, ask, app } = world();
  const { seen, port } = await backend(t);
  const { store } = cluster;
  store.create(pod('p', { spec: { nodeName: 'n1' }, labels: { app: 'web' } }));
  store.updateStatus({ ...(store.get('Pod', 'default', 'p') as KubeObject), status: { podIP: '10.244.1.5' } });
  const posted = await ask('POST', `pods/p:${port}/proxy/a//b?q=%20&r`, { x: 1 });
  assert.deepEqual([posted.code, posted.text], [200, 'POST /a//b?q=%20&r {"x":1}']);
  assert.equal(posted.response.headers.get('content-type'), 'text/x');
  assert.equal((await ask('GET', `pods/p:${port}/proxy/teapot`)).code, 418);
  const away = await ask('GET', `pods/p:${port}/proxy/away`);
  assert.equal(away.response.headers.get('location'), `/api/v1/namespaces/default/pods/p:${port}/proxy/there?x=1`);
  const short = await ask('GET', `pods/p:${port}/proxy?q=1`);
  assert.equal(short.response.headers.get('location'), `/api/v1/namespaces/default/pods/p:${port}/proxy/?q=1`);
  const url = `http://api/api/v1/namespaces/default/pods/http:p:${port}/proxy/`;
  await app.request(url, { headers: { authorization: 'Bearer secret', 'x-own': '1' } });
  assert.equal(seen.at(-1)?.request.headers.authorization, undefined);
  assert.equal(seen.at(-1)?.request.headers['x-own'], '1');
});

test('a proxy to a Service takes an endpoint of the port, and says when there is none', async (t) => {
  const { cluster, ask } = world();
  const { server, port } = await backend(t);
  const ports = [{ name: 'http', port: 80, targetPort: port }];
  cluster.store.create({
    ...{ apiVersion: 'v1', kind: 'Service', metadata: { name: 'web', namespace: 'default' }, spec: { ports } },
  });
  cluster.store.create({
    ...{ apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice', addressType: 'IPv4' },
    metadata: { name: 'web-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'web' } },
    endpoints: [{ addresses: ['10.244.1.5'] }],
    ports: [{ name: 'http', port, protocol: 'TCP' }],
  });
  assert.equal((await ask('GET', 'services/web:80/proxy/x')).text, 'GET /x ');
  assert.equal((await ask('GET', 'services/http:web:http/proxy/x')).text, 'GET /x ');
  server.close();
  const cases: [string, number, RegExp][] = [
    ['services/web:81/proxy/', 503, /no service port 81 found for service "web"/],
    ['services/web:other/proxy/', 503, /no endpoints available for service "web"/],
    ['services/ftp:web:80/proxy/', 400, /invalid service request "ftp:web:80"/],
    ['services/none/proxy/', 404, /services "none" not found/],
    [
      'services/web:80/proxy/x',
      503,
      /error trying to reach service: dial tcp 10\.244\.1\.5:\d+: connect: connection refused/,
    ],
  ];
  for (const [path, code, message] of cases) {
    const answer = await ask('GET', path);
    assert.equal(answer.code, code, path);
    assert.match(answer.body.message, message);
  }
});

test('every namespace has a ServiceAccount default, and gets it back', async () => {
  const { cluster } = world();
  cluster.store.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } });
  await cluster.settled();
  for (const namespace of ['default', 'kube-system', 'shop'])
    assert.ok(cluster.store.get('ServiceAccount', namespace, 'default'), namespace);
  cluster.store.delete('ServiceAccount', 'shop', 'default');
  await cluster.settled();
  assert.ok(cluster.store.get('ServiceAccount', 'shop', 'default'));
});

test('the resources of a running pod change by resize alone, and a namespace goes once it is finalized', async () => {
  const { cluster, ask, app } = world();
  cluster.store.create(pod('p'));
  const containers = [{ name: 'a', resources: { requests: { cpu: '100m' } } }];
  const patch = async (path: string) => {
    const headers = { 'content-type': 'application/strategic-merge-patch+json' };
    const url = `http://api/api/v1/namespaces/default/${path}`;
    return (await app.request(url, { method: 'PATCH', headers, body: JSON.stringify({ spec: { containers } }) }))
      .status;
  };
  assert.equal(await patch('pods/p'), 422);
  assert.equal(await patch('pods/p/resize'), 200);
  const resized = (await ask('GET', 'pods/p/resize')).body;
  assert.equal(resized.spec.containers[0].resources.requests.cpu, '100m');
  assert.equal(resized.metadata.generation, 2);
  const name = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'gone' } };
  cluster.store.create(structuredClone(name));
  cluster.store.delete('Namespace', '', 'gone');
  const finalized = await ask('PUT', '../gone/finalize', { ...name, spec: { finalizers: [] } });
  assert.equal(finalized.code, 200);
  assert.equal(cluster.store.get('Namespace', '', 'gone'), undefined);
  assert.equal((await ask('GET', '../default/finalize')).code, 405);
});

test('an update or patch of a namespace leaves its finalizers; only finalize changes them', async () => {
  const cluster = createCluster();
  const client = new Client(cluster);
  const path = '/api/v1/namespaces/default';
  const { body } = await client.ask('GET', path);
  const without = { ...body, spec: { finalizers: [] } };
  assert.deepEqual((await client.ask('PUT', path, without)).body.spec, { finalizers: ['kubernetes'] });
  const merge = { 'content-type': 'application/merge-patch+json' };
  const patched = await client.ask('PATCH', path, { spec: null }, merge);
  assert.deepEqual(patched.body.spec, { finalizers: ['kubernetes'] });
  assert.deepEqual((await client.ask('PUT', `${path}/finalize`, without)).body.spec, {});
  await cluster.close();
});
