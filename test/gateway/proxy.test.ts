// proxy.test.ts - the proxy on the loopback, between real clients and servers: what becomes of requests on their way.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { WebSocket, WebSocketServer } from 'ws';
import type { Port } from '../../src/gateway/plan.js';
import { Forwarder } from '../../src/gateway/proxy/forward.js';
import { makeOwnPair } from '../../src/gateway/proxy/own.js';
import { Ports } from '../../src/gateway/proxy/ports.js';
import { Turns } from '../../src/gateway/routing/choice.js';
import { ANY_HOST } from '../../src/gateway/routing/host.js';
import { type Action, type Backend, type Endpoint, type Filters, NO_FILTERS } from '../../src/gateway/routing/rule.js';
import { RouteTable } from '../../src/gateway/routing/table.js';
import { eventually } from '../support/eventually.js';

interface Heard {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A server that says what it heard; `/slow` is answered after a second, `/never` not at all. */
class Pod {
  readonly heard: Heard[] = [];
  readonly server: Server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { method, url, headers } = request;
    this.heard.push({ method, url, headers, body: Buffer.concat(parts).toString() });
    if (url?.startsWith('/never')) return;
    response.setHeader('x-pod', 'yes');
    response.end(JSON.stringify(this.heard.at(-1)));
  });

  async listen(): Promise<Endpoint> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return { address: '127.0.0.1', port: (this.server.address() as AddressInfo).port };
  }

  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

/** A port of the loopback on which nobody listens. */
async function deadEnd(): Promise<Endpoint> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { address: '127.0.0.1', port };
}

interface Reply {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

function ask(port: number, path: string, options: object = {}, body = ''): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const request = httpRequest({ host: '127.0.0.1', port, path, agent: false, ...options }, async (response) => {
      const parts: Buffer[] = [];
      for await (const part of response) parts.push(part as Buffer);
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts).toString() });
    });
    request.on('error', reject);
    request.end(body);
  });
}

describe('the proxy', () => {
  const pod = new Pod();
  const lines: string[] = [];
  let endpoint: Endpoint;
  let dead: Endpoint;
  let listen: number;
  let ports: Ports;

  before(async () => {
    [endpoint, dead] = [await pod.listen(), await deadEnd()];
    listen = (await deadEnd()).port;
    const log = (line: string): void => void lines.push(line);
    ports = new Ports({
      forwarder: new Forwarder(),
      turns: new Turns(),
      random: () => 0,
      log,
      own: await makeOwnPair(new Date()),
    });
  });
  after(() => {
    ports.close();
    pod.close();
  });

  const backend = (endpoints: readonly Endpoint[], filters: Filters = NO_FILTERS): Backend => ({
    ...{ name: 'shop/web:80', weight: 1, endpoints, filters, failure: null },
  });

  /** One rule for everything, of which this is the action. */
  async function serve(action: Partial<Action>): Promise<void> {
    const source = {
      kind: 'HTTPRoute' as const,
      namespace: 'shop',
      name: 'r',
      field: 'spec.rules[0]',
      created: 0,
      index: 0,
    };
    const rule = {
      ...{
        host: ANY_HOST,
        path: { type: 'Prefix' as const, value: '/' },
        method: null,
        headers: [],
        query: [],
        source,
      },
      action: { filters: NO_FILTERS, backends: [backend([endpoint])], ...action },
    };
    const listeners = [{ name: 'test', host: ANY_HOST, table: new RouteTable([rule]) }];
    await open([{ protocol: 'HTTP', listen, port: 80, listeners, certificates: [] }]);
  }

  async function open(plan: readonly Port[]): Promise<void> {
    ports.update(plan);
    await eventually(() => accepts(listen));
  }

  const accepts = (port: number): Promise<true | null> =>
    new Promise((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.on('error', () => resolve(null));
    });

  test('bodies go through, both ways', async () => {
    await serve({});
    const text = 'x'.repeat(300_000);
    const { status, body, headers } = await ask(listen, '/a?b=c', { method: 'POST' }, text);
    const heard = JSON.parse(body) as Heard;
    assert.deepEqual(
      [status, heard.method, heard.url, heard.body.length, headers['x-pod']],
      [200, 'POST', '/a?b=c', 300_000, 'yes'],
    );
  });

  test('an endpoint that cannot be reached is passed over, unless the request has a body that would be lost', async () => {
    await serve({ backends: [backend([dead, dead, endpoint])] });
    for (let i = 0; i < 3; i++) assert.equal((await ask(listen, '/')).status, 200);
    await serve({ backends: [backend([dead])] });
    assert.equal((await ask(listen, '/')).status, 502);
    assert.equal((await ask(listen, '/', { method: 'POST' }, 'x')).status, 502);
    assert.match(lines.at(-1) ?? '', /502: 127\.0\.0\.1:\d+: .*ECONNREFUSED/);
  });

  test('a backend that is slow is status 504 in its time, and the client is free', async () => {
    await serve({ requestTimeout: 50 });
    const { status, body } = await ask(listen, '/never');
    assert.deepEqual([status, body], [504, '504: no response within 50 ms\n']);
    await serve({ backendTimeout: 60, requestTimeout: 5000 });
    assert.match((await ask(listen, '/never')).body, /within 60 ms/);
  });

  test('headers are changed on both ways: by the rule, then by the backend', async () => {
    const change = (set: [string, string][]) => ({
      set,
      add: [['X-Added', '1']] as [string, string][],
      remove: ['X-Gone'],
    });
    const filters = { ...NO_FILTERS, request: change([['X-Set', 'rule']]), response: change([['X-Pod', 'no']]) };
    const own = { ...NO_FILTERS, request: { set: [['X-Set', 'backend']] as const, add: [], remove: [] } };
    await serve({ filters, backends: [backend([endpoint], own as Filters)] });
    const { headers, body } = await ask(listen, '/', { headers: { 'X-Gone': 'x', 'X-Added': '0', Host: 'a.com' } });
    const heard = JSON.parse(body) as Heard;
    assert.deepEqual(
      [heard.headers['x-set'], heard.headers['x-added'], heard.headers['x-gone'], headers['x-pod'], headers['x-added']],
      ['backend', '0, 1', undefined, 'no', '1'],
    );
  });

  test('host and path are rewritten, and the pod is told what the client asked', async () => {
    const rewrite = { hostname: 'b.com', path: { type: 'ReplacePrefixMatch' as const, value: '/x' } };
    await serve({ filters: { ...NO_FILTERS, rewrite } });
    const { body } = await ask(listen, '/a?q=1', { headers: { Host: 'a.com:8080' } });
    const { url, headers } = JSON.parse(body) as Heard;
    assert.deepEqual([url, headers.host, headers['x-forwarded-host']], ['/x/a?q=1', 'b.com', 'a.com:8080']);
    assert.deepEqual(
      [headers['x-forwarded-for'], headers['x-forwarded-port'], headers['x-forwarded-proto']],
      ['127.0.0.1', '80', 'http'],
    );
  });

  test('a mirror gets a copy with its body, and what it says is nothing to the client', async () => {
    const mirror = new Pod();
    const place = await mirror.listen();
    const filters = {
      mirrors: [
        { backend: backend([place]), share: 1 },
        { backend: backend([dead]), share: 1 },
      ],
    };
    await serve({ filters });
    const { status, body } = await ask(listen, '/m', { method: 'POST' }, 'hello');
    assert.deepEqual([status, (JSON.parse(body) as Heard).body], [200, 'hello']);
    const copy = await eventually(() => mirror.heard[0] ?? null);
    assert.deepEqual([copy.method, copy.url, copy.body], ['POST', '/m', 'hello']);
    mirror.close();
  });

  test('what is not to be served says why: no weight, a bad reference, nobody there, a filter that nobody knows', async () => {
    const answers: string[] = [];
    for (const action of [
      { backends: [] },
      { backends: [{ ...backend([endpoint]), weight: 0 }] },
      { backends: [{ ...backend([]), failure: { status: 500, reason: 'no such Service' } }] },
      { backends: [backend([])] },
      { invalid: 'filter X is not supported' },
    ]) {
      await serve(action);
      answers.push((await ask(listen, '/')).body.trim());
    }
    const place = 'HTTPRoute shop/r, spec.rules[0]';
    assert.deepEqual(answers, [
      `500: ${place}: no backend with a weight`,
      `500: ${place}: no backend with a weight`,
      '500: no such Service',
      '503: shop/web:80: no endpoint is ready',
      `500: ${place}: filter X is not supported`,
    ]);
  });

  test('a WebSocket goes through, and ends with either side; without an endpoint the client hears why', async () => {
    const sockets = new WebSocketServer({ server: pod.server });
    sockets.on('connection', (socket) => socket.on('message', (text) => socket.send(`${text}!`)));
    await serve({});
    const client = new WebSocket(`ws://127.0.0.1:${listen}/chat`);
    await once(client, 'open');
    client.send('hello');
    assert.equal(String((await once(client, 'message'))[0]), 'hello!');
    for (const socket of sockets.clients) socket.close();
    await once(client, 'close');
    sockets.close();
    await serve({ backends: [backend([])] });
    const refused = new WebSocket(`ws://127.0.0.1:${listen}/chat`);
    const [, response] = (await once(refused, 'unexpected-response')) as [unknown, IncomingMessage];
    assert.equal(response.statusCode, 503);
    refused.on('error', () => undefined);
    refused.terminate();
  });

  test('a new plan changes rules without closing connections, and closes the ports that it does not have', async () => {
    await serve({});
    const kept = connect(listen, '127.0.0.1');
    await once(kept, 'connect');
    await serve({ backends: [backend([])] });
    kept.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    assert.match(String((await once(kept, 'data'))[0]), /^HTTP\/1\.1 503 /);
    ports.update([]);
    await once(kept, 'close');
    assert.equal(await accepts(listen), null);
  });

  test('TCP goes through with half-closed connections, past endpoints that are dead; without a route it is cut', async () => {
    const echo = createTcpServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const place = { address: '127.0.0.1', port: (echo.address() as AddressInfo).port };
    const stream = (backends: readonly Backend[]): Port => ({ protocol: 'TCP', listen, port: 9000, backends });
    await open([stream([backend([dead, place]), { ...backend([dead]), weight: 0 }])]);
    const client = connect({ port: listen, host: '127.0.0.1', allowHalfOpen: true });
    client.end('hello');
    let heard = '';
    for await (const part of client) heard += part;
    assert.equal(heard, 'hello');
    ports.update([stream([])]);
    const cut = connect(listen, '127.0.0.1');
    const [error] = (await once(cut, 'error')) as [NodeJS.ErrnoException];
    assert.equal(error.code, 'ECONNRESET');
    echo.close();
    ports.update([]);
  });

  test('UDP answers come from the port that was asked, and each client has its own endpoint', async () => {
    const server = createSocket('udp4');
    server.on('message', (message, { port }) => server.send(`${message}!`, port, '127.0.0.1'));
    server.bind(0, '127.0.0.1');
    await once(server, 'listening');
    const place = { address: '127.0.0.1', port: server.address().port };
    ports.update([{ protocol: 'UDP', listen, port: 53, backends: [backend([place])] }]);
    const client = createSocket('udp4');
    const reply = await eventually(async () => {
      client.send('hello', listen, '127.0.0.1');
      const wait = AbortSignal.timeout(200);
      return once(client, 'message', { signal: wait }).catch(() => null);
    });
    assert.deepEqual([String(reply[0]), (reply[1] as { port: number }).port], ['hello!', listen]);
    client.close();
    server.close();
    ports.update([]);
  });
});
