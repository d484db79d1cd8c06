// server.ts - the worker thread of the default pod application: serves the sockets of all pods, one thread for the lab.
//
// A socket belongs to the namespace in which it was created, so the sockets come as file descriptors and this thread
// never changes its own. One TCP port speaks HTTP to those who do and answers lines to everybody else.
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { parentPort } from 'node:worker_threads';
import type { Manners } from '../../topology/manners.js';
import { AccessLog } from './accesslog.js';
import { type Answer, answerLine, answerText, JSON_PATH, type PodIdentity, plainAddress } from './answer.js';
import { Behaviour } from './behaviour.js';
import { serveHttp2 } from './health.js';
import type { ServedSocket } from './sockets.js';
import { responseAt } from './upgrade.js';
import { echoMessages, isWebSocket } from './websocket.js';

export type ServerRequest =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly identity: PodIdentity;
      readonly sockets: ServedSocket[];
      readonly manners: Manners;
    }
  | { readonly type: 'behave'; readonly id: number; readonly manners: Manners }
  | { readonly type: 'close'; readonly id: number; readonly keys: readonly string[] }
  /** Takes in who is under way, lets connections end within `drainMs`, then answers `drained`. */
  | { readonly type: 'drain'; readonly id: number; readonly drainMs: number };

export type ServerReply =
  | { readonly type: 'drained'; readonly id: number }
  /** Lines of the access log that were written since the last time. */
  | { readonly type: 'log'; readonly id: number; readonly time: number; readonly text: string };

interface Listener {
  close(): void;
}

interface ServedPod {
  readonly id: number;
  readonly identity: PodIdentity;
  readonly listeners: Map<string, Listener>;
  readonly connections: Set<Socket>;
  readonly behaviour: Behaviour;
  /** Connections that were ever taken in. */
  accepted: number;
}

/** An idle client is dropped after this, so that forgotten connections do not pile up. */
const IDLE_MS = 300_000;
/** The largest request that the first packet must show to be recognized as HTTP: `OPTIONS `. */
const HTTP_METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS|TRACE|CONNECT|PRI) /;

const pods = new Map<number, ServedPod>();
const owner = new WeakMap<Socket, ServedPod>();
const accessLog = new AccessLog((id, time, text) =>
  parentPort?.postMessage({ type: 'log', id, time, text } satisfies ServerReply),
);

function answerOf(identity: PodIdentity, socket: Socket): Answer {
  return {
    ...identity,
    client: { address: plainAddress(socket.remoteAddress), port: socket.remotePort ?? 0 },
    local: { address: plainAddress(socket.localAddress), port: socket.localPort ?? 0 },
  };
}

function handleHttp(request: IncomingMessage, response: ServerResponse): void {
  const pod = owner.get(request.socket);
  if (!pod) return void request.socket.destroy();
  if (pod.behaviour.isPlain) answerHttp(pod, request, response, 200);
  else void pod.behaviour.serve().then((well) => answerHttp(pod, request, response, well ? 200 : 500));
}

function answerHttp(pod: ServedPod, request: IncomingMessage, response: ServerResponse, code: 200 | 500): void {
  const answer = answerOf(pod.identity, request.socket);
  const asked = request.headers.accept?.includes('application/json') ?? false;
  const json = asked || (request.url ?? '/').split('?')[0] === JSON_PATH;
  const body = json
    ? `${JSON.stringify(asked ? { ...answer, request: heard(request) } : answer)}\n`
    : answerText(answer);
  request.resume();
  response.writeHead(code, {
    'Content-Type': json ? 'application/json' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
    Server: 'kubewire',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
  accessLog.http(pod.id, request, answer.client.address, code, Buffer.byteLength(body));
}

/** The request as it arrived: what proxies made of it on its way. */
const heard = ({ method, url, httpVersion, headers }: IncomingMessage): object => ({
  ...{ method, url, httpVersion, headers },
});

const http = createHttpServer(handleHttp);
http.on('upgrade', (request: IncomingMessage, socket: Socket, head: Buffer) => {
  const pod = owner.get(socket);
  if (!pod) return void socket.destroy();
  if (!isWebSocket(request)) return void handleHttp(request, responseAt(request, socket));
  echoMessages(request, socket, head, answerLine(answerOf(pod.identity, socket)));
});

/** Lines in, lines out: what `nc` expects. */
function handleLines(socket: Socket, { id, identity, behaviour }: ServedPod, first: Buffer): void {
  const answerTo = (chunk: Buffer): void => {
    const said = chunk.toString('utf8').trimEnd();
    const answer = answerOf(identity, socket);
    socket.write(`${answerLine(answer)}${said === '' ? '' : ` said=${JSON.stringify(said)}`}\n`);
    accessLog.said(id, 'TCP', answer, said);
  };
  const reply = (chunk: Buffer): void => {
    if (behaviour.isPlain) answerTo(chunk);
    else void behaviour.serve().then((well) => (well ? answerTo(chunk) : socket.destroy()));
  };
  reply(first);
  socket.on('data', reply);
  socket.on('end', () => socket.end());
}

function handleConnection(pod: ServedPod, socket: Socket): void {
  pod.connections.add(socket);
  pod.accepted++;
  owner.set(socket, pod);
  socket.on('close', () => pod.connections.delete(socket));
  socket.on('error', () => socket.destroy());
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  const onSilentEnd = (): void => void socket.end(`${answerLine(answerOf(pod.identity, socket))}\n`);
  socket.once('end', onSilentEnd);
  socket.once('data', (first) => {
    socket.removeListener('end', onSilentEnd);
    if (!HTTP_METHOD.test(first.toString('latin1', 0, 8))) return handleLines(socket, pod, first);
    socket.pause();
    socket.unshift(first);
    if (first.toString('latin1', 0, 4) === 'PRI ') serveHttp2(socket);
    else http.emit('connection', socket);
    process.nextTick(() => socket.resume());
  });
}

function serveTcp(pod: ServedPod, served: ServedSocket): Server {
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => handleConnection(pod, socket));
  server.on('error', () => server.close());
  return server.listen({ fd: served.fd });
}

function serveUdp(pod: ServedPod, served: ServedSocket): DatagramSocket {
  const socket = createSocket(served.family === 'IPv4' ? 'udp4' : 'udp6');
  socket.on('error', () => socket.close());
  const answerTo = (message: Buffer, client: RemoteInfo): void => {
    const answer: Answer = {
      ...pod.identity,
      client: { address: plainAddress(client.address), port: client.port },
      local: { address: served.address, port: served.port },
    };
    const said = message.toString('utf8').trimEnd();
    accessLog.said(pod.id, 'UDP', answer, said);
    const reply = said === JSON_PATH ? JSON.stringify(answer) : `${answerLine(answer)} said=${JSON.stringify(said)}`;
    // A client that is gone (ICMP port unreachable) is no reason to stop serving the others.
    socket.send(`${reply}\n`, client.port, client.address, () => undefined);
  };
  socket.on('message', (message, client) => {
    if (pod.behaviour.isPlain) answerTo(message, client);
    else void pod.behaviour.serve().then((well) => (well ? answerTo(message, client) : undefined));
  });
  socket.bind({ fd: served.fd, exclusive: true });
  return socket;
}

function open({ id, identity, sockets, manners }: Extract<ServerRequest, { type: 'open' }>): void {
  const pod = pods.get(id) ?? {
    id,
    identity,
    behaviour: new Behaviour(manners),
    listeners: new Map<string, Listener>(),
    connections: new Set<Socket>(),
    accepted: 0,
  };
  pods.set(id, pod);
  for (const served of sockets) {
    const listener = served.protocol === 'TCP' ? serveTcp(pod, served) : serveUdp(pod, served);
    pod.listeners.set(served.key, listener);
  }
}

function close(pod: ServedPod, keys: Iterable<string>): void {
  for (const key of [...keys]) {
    pod.listeners.get(key)?.close();
    pod.listeners.delete(key);
  }
}

/** How often a pod that drains looks at its connections. */
const LOOK_MS = 20;
/** So many looks without a new connection: what was under way to the pod when the tables let go of it has come. */
const QUIET_LOOKS = 5;

/**
 * Whoever was sent here before the tables changed is still let in. Looks are counted, not milliseconds: between two of them
 * this thread takes in everybody who has connected, however long it had to wait for the processor.
 */
function drain(id: number, drainMs: number): void {
  const pod = pods.get(id);
  const deadline = performance.now() + drainMs;
  let [accepted, quiet] = [pod?.accepted ?? 0, 0];
  const finish = (): void => {
    if (pod) close(pod, pod.listeners.keys());
    for (const socket of pod?.connections ?? []) socket.destroy();
    pod?.behaviour.stop();
    pods.delete(id);
    parentPort?.postMessage({ type: 'drained', id } satisfies ServerReply);
  };
  const look = (): void => {
    if (!pod || performance.now() >= deadline) return void finish();
    quiet = pod.accepted === accepted ? quiet + 1 : 0;
    accepted = pod.accepted;
    if (quiet >= QUIET_LOOKS) close(pod, pod.listeners.keys());
    if (quiet >= QUIET_LOOKS && pod.connections.size === 0) return void finish();
    setTimeout(look, LOOK_MS);
  };
  look();
}

parentPort?.on('message', (request: ServerRequest) => {
  if (request.type === 'open') return open(request);
  if (request.type === 'drain') return drain(request.id, request.drainMs);
  const pod = pods.get(request.id);
  if (request.type === 'behave') pod?.behaviour.change(request.manners);
  else if (pod) close(pod, request.keys);
});
