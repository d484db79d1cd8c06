// worker.ts - the worker thread of the lab's name servers: answers from its cache, and asks the lab what it does not know.
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server } from 'node:net';
import { parentPort } from 'node:worker_threads';
import { cacheKey, ResponseCache } from '../../dns/cache.js';
import { MOST_CONNECTIONS, serveConnection } from '../../dns/server.js';
import { formatEndpoint } from '../../model/address.js';
import { plainAddress } from '../pods/answer.js';
import type { ServedSocket } from '../pods/sockets.js';
import type { NamesReply, NamesRequest } from './protocol.js';

/** Questions to the lab at the same time. More are dropped, as a busy server does; whoever asked will ask again. */
const MOST_ASKED = 256;
/** Refusals that are written down in a second; the rest of them are the same. */
const MOST_LINES = 20;
const SECOND_MS = 1000;

interface Response {
  readonly bytes: Buffer | null;
  readonly why: string | undefined;
}

const cache = new ResponseCache(Math.random);
const asked = new Map<number, (response: Response) => void>();
const open = new Map<number, (Server | DatagramSocket)[]>();
let next = 1;
let lines = 0;

const say = (reply: NamesReply): void => parentPort?.postMessage(reply);
const NOTHING: Response = { bytes: null, why: undefined };

/** What is not in the cache. */
function ask(query: Buffer, overTcp: boolean, key: string | null, take: (response: Response) => void): void {
  if (asked.size >= MOST_ASKED) return void take(NOTHING);
  const number = next++;
  asked.set(number, (response) => {
    if (key !== null && response.bytes) cache.keep(key, response.bytes, response.why);
    take(response);
  });
  say({ type: 'ask', ask: number, query: Uint8Array.from(query), overTcp });
}

function refused(id: number, address: string | undefined, port: number | undefined, why: string | undefined): void {
  if (why === undefined || lines >= MOST_LINES) return;
  if (lines++ === 0) {
    setTimeout(() => {
      lines = 0;
    }, SECOND_MS).unref();
  }
  say({ type: 'log', id, text: `${formatEndpoint(plainAddress(address), port ?? 0)} REFUSED: ${why}\n` });
}

function serveUdp(id: number, { fd, family }: ServedSocket): DatagramSocket {
  const version = family === 'IPv4' ? 4 : 6;
  const socket = createSocket({
    type: `udp${version}`,
    // Addresses are no names to be looked up.
    lookup: (address, _options, found) => found(null, address, version),
  });
  const respond = (port: number, address: string, { bytes, why }: Response): void => {
    // A client that is gone already makes an error of its answer.
    if (bytes) socket.send(bytes, port, address, () => undefined);
    refused(id, address, port, why);
  };
  socket.on('error', () => undefined);
  socket.on('message', (query, { address, port }) => {
    const key = cacheKey(query, false);
    const known = key === null ? undefined : cache.find(key, query);
    if (known) respond(port, address, known);
    else ask(query, false, key, (response) => respond(port, address, response));
  });
  socket.bind({ fd, exclusive: true });
  return socket;
}

function serveTcp(id: number, { fd }: ServedSocket): Server {
  const server = createServer((socket) => {
    const answer = (query: Buffer): Promise<Buffer | null> => {
      const key = cacheKey(query, true);
      const known = key === null ? undefined : cache.find(key, query);
      return new Promise((resolve) => {
        const take = ({ bytes, why }: Response): void => {
          refused(id, socket.remoteAddress, socket.remotePort, why);
          resolve(bytes);
        };
        if (known) take(known);
        else ask(query, true, key, take);
      });
    };
    void serveConnection(socket, answer);
  });
  server.maxConnections = MOST_CONNECTIONS;
  server.on('error', () => server.close());
  return server.listen({ fd });
}

parentPort?.on('message', (request: NamesRequest) => {
  if (request.type === 'open') {
    const made = request.sockets.map((one) =>
      one.protocol === 'UDP' ? serveUdp(request.id, one) : serveTcp(request.id, one),
    );
    open.set(request.id, made);
  } else if (request.type === 'close') {
    for (const listener of open.get(request.id) ?? []) listener.close();
    open.delete(request.id);
  } else if (request.type === 'forget') cache.clear();
  else {
    const take = asked.get(request.ask);
    asked.delete(request.ask);
    take?.({ bytes: request.bytes ? Buffer.from(request.bytes) : null, why: request.why });
  }
});
