// ports.ts - keeps exactly the ports of a plan open. A plan that changes only rules or certificates closes no connection.
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer as createHttpServer, type Server as HttpServer } from 'node:http';
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2SecureServer,
  type Http2Server,
} from 'node:http2';
import { createServer, type Server, type Socket } from 'node:net';
import type { KeyPair } from '../certificates.js';
import type { HttpPort, Port, StreamPort } from '../plan.js';
import { Certificates } from './certificate.js';
import { type HttpTools, serveRequest, serveUpgrade } from './http.js';
import { DatagramSessions, serveStream } from './streams.js';

interface ProxyTools extends HttpTools {
  /** For hosts that have no certificate of their own. */
  readonly own: KeyPair;
}

/** How an HTTP/2 connection begins (RFC 9113 §3.4). */
const HTTP2_PREFACE = 'PRI * HTTP/2.0';

/** Something that listens, and what it is to do now. */
interface Open {
  port: Port;
  close(): void;
}

/** What is accepted by all kinds of servers. Answers with the rules of the moment. */
function answerRequests(
  server: HttpServer | Http2Server | Http2SecureServer,
  open: { port: HttpPort },
  tools: HttpTools,
): void {
  const failed = (error: Error): void => tools.log(`error: ${error.message}`);
  server.on('request', (request, response) => {
    serveRequest(request, response, open.port, tools).catch(failed);
  });
  server.on('upgrade', (request, socket, head) => {
    serveUpgrade(request, socket, head, open.port, tools).catch(failed);
  });
  server.on('sessionError', () => undefined);
  server.on('tlsClientError', () => undefined);
}

/** Both versions of HTTP in the clear: the first bytes say which. */
function listenInTheClear(open: { port: HttpPort }, tools: HttpTools): Server {
  const http1 = createHttpServer({ keepAliveTimeout: 60_000 });
  const http2 = createHttp2Server();
  for (const server of [http1, http2]) answerRequests(server, open, tools);
  return createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.once('data', (first) => {
      const server = first.toString('latin1').startsWith(HTTP2_PREFACE.slice(0, first.length)) ? http2 : http1;
      socket.pause();
      socket.unshift(first);
      server.emit('connection', socket);
      if (server === http1) process.nextTick(() => socket.resume());
    });
  });
}

function listenWithTls(open: { port: HttpPort }, tools: ProxyTools): Http2SecureServer {
  const certificates = new Certificates(tools.own);
  const server = createSecureServer({
    allowHTTP1: true,
    key: tools.own.key,
    cert: tools.own.certificate,
    SNICallback: (name, done) => done(null, certificates.contextFor(name, open.port.certificates)),
  });
  answerRequests(server, open, tools);
  return server;
}

function listenForDatagrams(open: { port: StreamPort }, tools: ProxyTools): DatagramSocket {
  const socket = createSocket('udp6');
  const sessions = new DatagramSessions();
  socket.on('message', (message, client) => {
    const answer = (reply: Buffer): void => socket.send(reply, client.port, client.address, () => undefined);
    sessions.pass(message, client, open.port, tools, answer);
  });
  socket.on('close', () => sessions.close());
  return socket;
}

const keyOf = ({ protocol, listen }: Port): string => `${protocol} ${listen}`;

export class Ports {
  readonly #tools: ProxyTools;
  readonly #open = new Map<string, Open>();

  constructor(tools: ProxyTools) {
    this.#tools = tools;
  }

  /** Closes what is no longer wanted, opens what is new. What cannot be opened is told, and tried again the next time. */
  update(ports: readonly Port[]): void {
    const wanted = new Map(ports.map((port) => [keyOf(port), port]));
    for (const [key, open] of this.#open) if (!wanted.has(key)) this.#end(key, open);
    for (const [key, port] of wanted) {
      const open = this.#open.get(key);
      if (open) open.port = port;
      else this.#begin(key, port);
    }
  }

  close(): void {
    for (const [key, open] of this.#open) this.#end(key, open);
    this.#tools.forwarder.close();
  }

  #end(key: string, open: Open): void {
    open.close();
    this.#open.delete(key);
  }

  #begin(key: string, port: Port): void {
    const open: Open = { port, close: () => undefined };
    this.#open.set(key, open);
    const failed = (error: Error): void => {
      this.#tools.log(`error: cannot listen on ${key}: ${error.message}`);
      this.#open.delete(key);
    };
    if (port.protocol === 'UDP') {
      const socket = listenForDatagrams(open as { port: StreamPort }, this.#tools);
      socket.on('error', failed);
      socket.bind(port.listen, '::');
      open.close = () => socket.close();
      return;
    }
    const sockets = new Set<Socket>();
    const server = this.#server(open);
    server.on('connection', (socket: Socket) => {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
    });
    server.on('error', failed);
    server.listen(port.listen, '::');
    open.close = () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    };
  }

  #server(open: Open): Server | Http2SecureServer {
    if (open.port.protocol === 'HTTPS') return listenWithTls(open as { port: HttpPort }, this.#tools);
    if (open.port.protocol === 'HTTP') return listenInTheClear(open as { port: HttpPort }, this.#tools);
    const options = { allowHalfOpen: true, noDelay: true };
    return createServer(options, (socket) => serveStream(socket, open.port as StreamPort, this.#tools));
  }
}
