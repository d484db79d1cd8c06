// door.test.ts - the page's listener: who is let in, what is kept out, and what the live channel tells.
import assert from 'node:assert/strict';
import { request } from 'node:http';
import { type TestContext, test } from 'node:test';
import { WebSocket } from 'ws';
import type { LiveMessage } from '../../../src/api/dash/shapes.js';
import { type ApiServer, createApiServer } from '../../../src/api/server.js';
import { type Cluster, createCluster } from '../../../src/cluster/cluster.js';
import { eventually, until } from '../../support/eventually.js';

interface Opened {
  readonly cluster: Cluster;
  readonly server: ApiServer;
  readonly page: URL;
  readonly cookie: string;
}

interface Answer {
  readonly code: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** A request with exactly these headers; `Host` too. */
function get(url: URL, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers }, (answer) => {
      let body = '';
      answer.setEncoding('utf8').on('data', (part: string) => {
        body += part;
      });
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, headers: answer.headers, body }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

async function open(t: TestContext): Promise<Opened> {
  const cluster = createCluster({ fakeKubelet: true });
  const server = await createApiServer(cluster, { port: 0 });
  t.after(async () => {
    await server.close();
    await cluster.close();
  });
  const asked = await fetch(`${server.address}/apis/kubewire.dev/v1alpha1/dash`, { method: 'POST' });
  const { address } = (await asked.json()) as { address: string };
  const page = new URL(address);
  const entered = await get(page);
  assert.equal(entered.code, 303);
  const cookie = String(entered.headers['set-cookie']).split(';')[0] ?? '';
  return { cluster, server, page, cookie };
}

test('the token opens the page and is gone from the address; the cookie keeps it open', async (t) => {
  const { page, cookie } = await open(t);
  const entered = await get(new URL(`${page.href}&ns=shop`));
  assert.equal(entered.headers.location, '/?ns=shop');
  assert.match(String(entered.headers['set-cookie']), /; HttpOnly; SameSite=Strict/);
  const list = await get(new URL('/api/v1/namespaces', page), { cookie });
  assert.equal(list.code, 200);
  assert.equal((JSON.parse(list.body) as { kind: string }).kind, 'NamespaceList');
});

test('nobody is let in without the token, under another name, or from the page of somebody else', async (t) => {
  const { page, cookie } = await open(t);
  const api = new URL('/api/v1/namespaces', page);
  const port = page.port;
  assert.equal((await get(new URL('/map', page))).code, 403);
  assert.equal((await get(api)).code, 401);
  assert.equal((await get(new URL('/?token=wrong', page))).code, 403);
  assert.equal((await get(api, { cookie: `${cookie}x` })).code, 401);
  assert.equal((await get(api, { cookie, host: `rebound.example:${port}` })).code, 401);
  assert.equal((await get(api, { cookie, origin: 'http://127.0.0.1:1' })).code, 401);
  assert.equal((await get(api, { cookie, 'sec-fetch-site': 'same-site' })).code, 401);
  assert.equal(
    (await get(api, { cookie, origin: `http://127.0.0.1:${port}`, 'sec-fetch-site': 'same-origin' })).code,
    200,
  );
});

test('the page may load nothing from elsewhere and run nothing inline', async (t) => {
  const { page, cookie } = await open(t);
  const { code, headers, body } = await get(new URL('/map?ns=shop', page), { cookie });
  // Without a bundle the page says how to build it.
  if (code === 503) {
    assert.match(body, /npm run build:page/);
    return;
  }
  const policy = String(headers['content-security-policy']);
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe|https?:/);
  assert.doesNotMatch(body, /<style|<script(?![^>]* src=)| on\w+=/);
});

test('the address stays the same, and another user does not get it', async (t) => {
  const { server, page } = await open(t);
  const again = await fetch(`${server.address}/apis/kubewire.dev/v1alpha1/dash`, { method: 'POST' });
  assert.equal(((await again.json()) as { address: string }).address, page.href);
});

test('the live channel greets with all rows, then tells what differs and which kinds changed', async (t) => {
  const { cluster, page, cookie } = await open(t);
  const pod = (name: string) => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: 'default' },
    spec: { containers: [{ name: 'c', image: 'i' }] },
  });
  cluster.apply([pod('first')]);
  const socket = new WebSocket(`ws://${page.host}/dash/live`, { headers: { cookie, origin: page.origin } });
  t.after(() => socket.terminate());
  const heard: LiveMessage[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as LiveMessage));
  const hello = await eventually(() => heard.find((one) => one.type === 'hello') ?? null);
  assert.ok(hello.type === 'hello' && hello.rows.some(({ id }) => id === 'pod/default/first'));
  cluster.apply([pod('second')]);
  await until(() => heard.some((one) => one.type === 'rows' && one.put.some(({ id }) => id === 'pod/default/second')));
  await until(() => heard.some((one) => one.type === 'changed' && one.kinds.includes('Pod')));
  await until(() => heard.some((one) => one.type === 'sample'));
});

test('the live channel is closed to strangers', async (t) => {
  const { page, cookie } = await open(t);
  for (const headers of [{}, { cookie, origin: 'http://127.0.0.1:1' }]) {
    const socket = new WebSocket(`ws://${page.host}/dash/live`, { headers });
    const code = await new Promise<number>((resolve) => {
      socket.on('unexpected-response', (_, answer) => resolve(answer.statusCode ?? 0));
      socket.on('error', () => undefined);
    });
    assert.equal(code, 401);
  }
});

test('questions about packets where no lab runs are refused with the reason', async (t) => {
  const { page, cookie } = await open(t);
  const { code, body } = await get(new URL('/dash/rules', page), { cookie });
  assert.deepEqual([code, /no lab runs here/.test(body)], [400, true]);
});

test('stories are listed with their pages, and what cannot be played is refused', async (t) => {
  const { page, cookie } = await open(t);
  const list = await get(new URL('/dash/scenarios', page), { cookie });
  const stories = JSON.parse(list.body) as { name: string; page: string }[];
  assert.ok(stories.some((story) => story.name === 'hairpin' && story.page.startsWith('# Hairpin')));
  for (const [path, why] of [
    ['/dash/scenarios/nobody', /there is no story \\"nobody\\"/],
    ['/dash/scenarios/hairpin?strategy=magic', /unknown strategy \\"magic\\"/],
  ] as const) {
    const { code, body } = await get(new URL(path, page), { cookie }, 'POST');
    assert.equal(code, 400);
    assert.match(body, why);
  }
});
