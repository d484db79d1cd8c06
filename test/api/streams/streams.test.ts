// streams.test.ts - exec, attach and port-forward over WebSocket, as clients speak them, against programs of this machine.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createWebSocketStream, WebSocket } from 'ws';
import { type ApiServer, createApiServer } from '../../../src/api/server.js';
import { HeaderBlocks } from '../../../src/api/streams/spdy/headers.js';
import { createCluster } from '../../../src/cluster/cluster.js';
import { until } from '../../support/eventually.js';
import { ownRuntime } from '../../support/own-runtime.js';

const folder = mkdtempSync(join(tmpdir(), 'kubewire-streams-'));
const socketPath = join(folder, 'api.sock');
const cluster = createCluster();
const runtime = ownRuntime();
let server: ApiServer;
let echo: Server;

const container = (name: string, more: object = {}) => ({ name, image: 'x', ...more });
const pod = (name: string, containers: object[]) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default' },
  spec: { nodeName: 'n1', containers },
});

before(async () => {
  server = await createApiServer(cluster, { socketPath }, { runtime });
  echo = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  cluster.store.create(pod('one', [container('a')]) as never);
  cluster.store.create(pod('two', [container('a'), container('b')]) as never);
  cluster.store.create(
    pod('shell', [container('a', { stdin: true, command: ['sh', '-c'], args: ['exit 5'] })]) as never,
  );
});

after(async () => {
  await server.close();
  echo.close();
  cluster.close();
  rmSync(folder, { recursive: true });
});

const echoPort = (): number => (echo.address() as AddressInfo).port;
const base = '/api/v1/namespaces/default/pods';

function open(path: string, protocols: string | string[]): WebSocket {
  return new WebSocket(`ws+unix://${socketPath}:${base}${path}`, protocols, { skipUTF8Validation: true });
}

/** Everything that came, by channel, when the server has closed. */
async function session(path: string, protocol: string, talk: (socket: WebSocket) => void = () => undefined) {
  const socket = open(path, protocol);
  const channels = new Map<number, string>();
  const text = protocol.includes('base64');
  socket.on('message', (data: Buffer) => {
    const channel = text ? Number(data.toString()[0]) : (data[0] ?? -1);
    const bytes = text ? Buffer.from(data.toString().slice(1), 'base64') : data.subarray(1);
    channels.set(channel, (channels.get(channel) ?? '') + bytes.toString('latin1'));
  });
  socket.once('open', () => talk(socket));
  await once(socket, 'close');
  return channels;
}

const errorOf = (channels: Map<number, string>) => JSON.parse(channels.get(3) ?? 'null');

function plain(path: string, headers: Record<string, string> = {}) {
  return new Promise<{ code: number; body: { message?: string; reason?: string } }>((resolve, reject) => {
    const sent = request({ socketPath, path: `${base}${path}`, headers }, (answer) => {
      let body = '';
      answer.on('data', (part) => {
        body += part;
      });
      answer.on('end', () => resolve({ code: answer.statusCode ?? 0, body: JSON.parse(body) }));
    });
    sent.on('error', reject);
    sent.end();
  });
}

const SPDY = { connection: 'Upgrade', upgrade: 'SPDY/3.1', 'x-stream-protocol-version': 'v4.channel.k8s.io' };

test('exec gives output, errors and exit code on channels of their own', async () => {
  const query =
    'command=sh&command=-c&command=echo%20out%3B%20echo%20err%20%3E%262%3B%20exit%207&stdout=true&stderr=true';
  const channels = await session(`/one/exec?${query}`, 'v5.channel.k8s.io');
  assert.equal(channels.get(1), 'out\n');
  assert.equal(channels.get(2), 'err\n');
  const status = errorOf(channels);
  assert.equal(status.reason, 'NonZeroExitCode');
  assert.deepEqual(status.details.causes, [{ reason: 'ExitCode', message: '7' }]);
});

test('exec passes input on, and ends it when the client closes the channel', async () => {
  const channels = await session(
    '/one/exec?command=wc&command=-c&stdin=true&stdout=true',
    'v5.channel.k8s.io',
    (socket) => {
      for (let i = 0; i < 100; i++) socket.send(Buffer.concat([Buffer.from([0]), Buffer.alloc(10_000, 65)]));
      socket.send(Buffer.from([255, 0]));
    },
  );
  assert.equal(channels.get(1)?.trim(), '1000000');
  assert.equal(errorOf(channels).status, 'Success');
});

test('exec speaks base64 for clients that have only texts', async () => {
  const channels = await session('/one/exec?command=echo&command=hi&stdout=1', 'v4.base64.channel.k8s.io');
  assert.equal(channels.get(1), 'hi\n');
  assert.equal(errorOf(channels).status, 'Success');
});

test('the oldest channels have errors as text', async () => {
  const path = '/one/exec?command=sh&command=-c&command=exit%203&stdout=1';
  const channels = await session(path, 'channel.k8s.io');
  assert.equal(channels.get(3), 'command terminated with non-zero exit code: exit status 3');
});

test('a terminal hears of its size', async () => {
  const path = '/one/exec?command=sleep&command=60&tty=true&stdin=true&stdout=true';
  const socket = open(path, 'v5.channel.k8s.io');
  await once(socket, 'open');
  socket.send(Buffer.from('\u0004{"Width":132,"Height":43}'));
  socket.send(Buffer.from('\u0004{"Width":-1,"Height":"x"}'));
  socket.send(Buffer.from('\u0004nonsense'));
  await until(() => runtime.sizes.length > 0);
  socket.close();
  await once(socket, 'close');
  assert.deepEqual(runtime.sizes, ['132x43']);
});

test('a program that is not there is an internal error on the error channel', async () => {
  const channels = await session('/one/exec?command=nosuch&stdout=true', 'v5.channel.k8s.io');
  const { code, message } = errorOf(channels);
  assert.equal(code, 500);
  assert.match(message, /exec: "nosuch": executable file not found in \$PATH/);
});

test('attach shows what the pod prints from now on', async () => {
  const socket = open('/one/attach?stdout=true', 'v4.channel.k8s.io');
  let seen = '';
  socket.on('message', (data: Buffer) => {
    seen += data.subarray(1).toString();
  });
  await once(socket, 'open');
  await until(() => {
    runtime.log.append(Date.now(), Buffer.from('tick\n'));
    return seen.includes('tick\n');
  });
  socket.close();
  await once(socket, 'close');
});

test('attach runs the program of a container that waits for input; how it ended is the pod’s to say', async () => {
  const channels = await session('/shell/attach?stdin=true&stdout=true', 'v5.channel.k8s.io');
  assert.equal(errorOf(channels).status, 'Success');
  assert.deepEqual(runtime.finished, [5]);
});

test('what is wrong is said before the protocol changes, and before it is said that SPDY is not served', async () => {
  const cases: [string, Record<string, string>, number, RegExp][] = [
    ['/none/exec?command=ls&stdout=1', SPDY, 404, /pods "none" not found/],
    [
      '/two/exec?command=ls&stdout=1',
      SPDY,
      400,
      /a container name must be specified for pod two, choose one of: \[a b\]/,
    ],
    ['/two/exec?command=ls&stdout=1&container=z', SPDY, 400, /container z is not valid for pod two/],
    ['/one/exec?command=ls&stdout=1', SPDY, 400, /SPDY is not served, only WebSocket: use kubectl 1\.31/],
    ['/one/portforward', SPDY, 400, /SPDY is not served/],
    ['/one/exec?command=ls&stdout=1', {}, 400, /Upgrade request required/],
  ];
  for (const [path, headers, code, message] of cases) {
    const answer = await plain(path, headers);
    assert.equal(answer.code, code, path);
    assert.match(answer.body.message ?? '', message);
  }
});

async function refusedWith(path: string, protocol: string): Promise<string> {
  const socket = open(path, protocol);
  socket.on('error', () => undefined);
  const [, response] = await once(socket, 'unexpected-response');
  let body = '';
  for await (const part of response) body += part;
  socket.terminate();
  return `${response.statusCode} ${JSON.parse(body).message}`;
}

test('a WebSocket without streams, without a command or with a strange subprotocol is refused', async () => {
  assert.match(await refusedWith('/one/exec?command=ls', 'v5.channel.k8s.io'), /^400 .*at least 1 of stdin, stdout/);
  assert.match(await refusedWith('/one/exec?stdout=1', 'v5.channel.k8s.io'), /^422 .*command: Required value/);
  assert.match(await refusedWith('/one/exec?command=ls&stdout=1', 'v9.channel.k8s.io'), /^400 .*subprotocols \[v9/);
  assert.match(await refusedWith('/one/portforward', 'v4.channel.k8s.io'), /^400 .*"port" is required/);
});

test('a request that would merely like another protocol is answered in this one', async () => {
  const { code } = await plain('/one', { connection: 'Upgrade, HTTP2-Settings', upgrade: 'h2c' });
  assert.equal(code, 200);
});

test('port-forward over channels names the port, carries bytes both ways, and tells of a port that is closed', async () => {
  const socket = open(`/one/portforward?port=${echoPort()}&port=1`, 'v4.channel.k8s.io');
  const got: Buffer[] = [];
  socket.on('message', (data: Buffer) => void got.push(data));
  await once(socket, 'open');
  socket.send(Buffer.from('\u0000hello'));
  const of = (channel: number): string =>
    Buffer.concat(got.filter((data) => data[0] === channel).map((data) => data.subarray(1))).toString('latin1');
  await until(() => of(0).length >= 7 && of(3).length > 2);
  assert.equal(of(0).slice(2), 'hello');
  assert.equal(Buffer.from(of(0), 'latin1').readUInt16LE(0), echoPort());
  assert.match(of(3), /error forwarding port 1 to pod one, uid .*: connection refused/);
  socket.close();
});

const control = (type: number, flags: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(8);
  head.writeUInt32BE((0x8003_0000 | type) >>> 0);
  head.writeUInt32BE(flags * 2 ** 24 + payload.length, 4);
  return Buffer.concat([head, payload]);
};

const word = (value: number): Buffer => Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]);

/** What a SPDY client of port-forward does: a tunnel, an error stream and a data stream for each connection. */
class Tunnel {
  readonly #socket: WebSocket;
  readonly #stream: ReturnType<typeof createWebSocketStream>;
  readonly #blocks = new HeaderBlocks();
  #received = Buffer.alloc(0);

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.#stream = createWebSocketStream(socket);
    this.#stream.on('data', (bytes: Buffer) => {
      this.#received = Buffer.concat([this.#received, bytes]);
    });
    this.#stream.on('error', () => undefined);
  }

  async openStream(id: number, headers: Record<string, string>, flags = 0): Promise<void> {
    const block = await this.#blocks.write(new Map(Object.entries(headers)));
    this.#stream.write(control(1, flags, Buffer.concat([word(id), word(0), Buffer.from([0, 0]), block])));
  }

  data(id: number, bytes: Buffer, flags = 0): void {
    this.#stream.write(Buffer.concat([word(id), word(flags * 2 ** 24 + bytes.length), bytes]));
  }

  ping(id: number): void {
    this.#stream.write(control(6, 0, word(id)));
  }

  /** Frames that have come: `SYN_REPLY`, `PING` ... and data by stream. */
  frames(): { types: number[]; data: Map<number, Buffer>; ended: Set<number> } {
    const types: number[] = [];
    const data = new Map<number, Buffer>();
    const ended = new Set<number>();
    for (let at = 0; at + 8 <= this.#received.length; ) {
      const [first, second] = [this.#received.readUInt32BE(at), this.#received.readUInt32BE(at + 4)];
      const length = second & 0xff_ffff;
      if (at + 8 + length > this.#received.length) break;
      const payload = this.#received.subarray(at + 8, at + 8 + length);
      if (first >= 0x8000_0000) types.push(first & 0xffff);
      else {
        data.set(first, Buffer.concat([data.get(first) ?? Buffer.alloc(0), payload]));
        if (second >>> 24) ended.add(first);
      }
      at += 8 + length;
    }
    return { types, data, ended };
  }

  close(): void {
    this.#blocks.close();
    this.#socket.terminate();
  }
}

/** The name of the protocol has a slash, which the library does not send; so the header is given as it is. */
async function tunnel(): Promise<Tunnel> {
  const address = `ws+unix://${socketPath}:${base}/one/portforward`;
  const headers = { 'sec-websocket-protocol': 'SPDY/3.1+portforward.k8s.io' };
  const socket = new WebSocket(address, { headers });
  let protocol: string | undefined;
  socket.once('upgrade', (response) => {
    protocol = response.headers['sec-websocket-protocol'];
    delete response.headers['sec-websocket-protocol'];
  });
  await once(socket, 'open');
  assert.equal(protocol, 'SPDY/3.1+portforward.k8s.io');
  return new Tunnel(socket);
}

test('port-forward over SPDY in a WebSocket carries several connections, answers pings, and ends each for itself', async () => {
  const client = await tunnel();
  const bytes = Buffer.alloc(300_000, 'kubewire ');
  for (const id of [1, 5]) {
    const port = String(echoPort());
    await client.openStream(id, { streamtype: 'error', port, requestid: String(id) }, 1);
    await client.openStream(id + 2, { streamtype: 'data', port, requestid: String(id) });
  }
  client.ping(1);
  for (let at = 0; at < bytes.length; at += 30_000) client.data(3, bytes.subarray(at, at + 30_000));
  client.data(3, Buffer.alloc(0), 1);
  client.data(7, Buffer.from('second'));
  await until(() => client.frames().ended.has(3) && client.frames().data.get(7)?.length === 6);
  const { types, data, ended } = client.frames();
  assert.ok(data.get(3)?.equals(bytes));
  assert.equal(data.get(7)?.toString(), 'second');
  assert.deepEqual([...ended].includes(7), false);
  assert.equal(types.filter((type) => type === 2).length, 4);
  assert.ok(types.includes(6));
  client.close();
});

test('a closed port is told on the error stream of its connection', async () => {
  const client = await tunnel();
  await client.openStream(1, { streamtype: 'error', port: '1', requestid: '0' }, 1);
  await client.openStream(3, { streamtype: 'data', port: '1', requestid: '0' });
  await until(() => client.frames().ended.has(1));
  assert.match(client.frames().data.get(1)?.toString() ?? '', /error forwarding port 1 to pod one.*connection refused/);
  client.close();
});

test('frames that are no SPDY close the connection, and nothing else', async () => {
  const client = await tunnel();
  client.data(0x7fff_ffff, Buffer.alloc(2 * 1024 * 1024));
  const other = await tunnel();
  await other.openStream(1, { streamtype: 'nonsense' });
  other.ping(3);
  await until(() => other.frames().types.includes(6));
  client.close();
  other.close();
});
