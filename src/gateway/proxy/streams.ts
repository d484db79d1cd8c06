// streams.ts - TCP connections and UDP datagrams, passed on as they are: for TCPRoute and UDPRoute.
import { createSocket, type Socket as DatagramSocket, type RemoteInfo } from 'node:dgram';
import { connect, type Socket } from 'node:net';
import { plainAddress } from '../../lab/pods/answer.js';
import { isIPv6 } from '../../model/address.js';
import { after } from '../../model/timer.js';
import type { StreamPort } from '../plan.js';
import { chooseBackend, type Turns } from '../routing/choice.js';
import type { Endpoint } from '../routing/rule.js';

interface StreamTools {
  readonly turns: Turns;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  readonly log: (line: string) => void;
}

/** A client of UDP that says nothing for so long is a new one when it comes back. */
const IDLE_MS = 30_000;
/** Clients of a UDP port at the same time: datagrams of more are dropped. */
const MOST_SESSIONS = 4096;

/** The endpoints to try, for one connection; none: the route leads nowhere. */
function endpointsFor({ backends }: StreamPort, { turns, random }: StreamTools): Endpoint[] {
  const backend = chooseBackend(backends, random());
  return backend && !backend.failure ? turns.take(backend) : [];
}

/** Joins a client with the first endpoint that can be reached; a client whose route leads nowhere is cut off. */
export function serveStream(client: Socket, port: StreamPort, tools: StreamTools): void {
  const endpoints = endpointsFor(port, tools);
  client.on('error', () => client.destroy());
  const cut = (reason: string): void => {
    tools.log(`${plainAddress(client.remoteAddress)} TCP ${port.port}: ${reason}`);
    client.resetAndDestroy();
  };
  const attempt = ([endpoint, ...rest]: Endpoint[]): void => {
    if (!endpoint) {
      cut(endpoints.length === 0 ? 'no route with a ready endpoint' : 'no endpoint can be reached');
      return;
    }
    const server = connect({ host: endpoint.address, port: endpoint.port, allowHalfOpen: true, noDelay: true });
    server.once('error', () => attempt(rest));
    server.once('connect', () => {
      if (client.destroyed) return void server.destroy();
      server.removeAllListeners('error');
      server.on('error', () => client.destroy());
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroySoon());
      tools.log(`${plainAddress(client.remoteAddress)} TCP ${port.port} → ${endpoint.address}:${endpoint.port}`);
      client.pipe(server).pipe(client);
    });
  };
  attempt(endpoints);
}

interface Session {
  readonly socket: DatagramSocket;
  readonly endpoint: Endpoint;
  stop: () => void;
}

/** One client is one socket towards its endpoint, so that answers find their way back. */
export class DatagramSessions {
  readonly #sessions = new Map<string, Session>();

  /** @param answer sends to the client from the port that it asked */
  pass(
    message: Buffer,
    client: RemoteInfo,
    port: StreamPort,
    tools: StreamTools,
    answer: (message: Buffer) => void,
  ): void {
    const key = `${client.address} ${client.port}`;
    const session = this.#sessions.get(key) ?? this.#open(key, port, tools, answer);
    if (!session) return;
    session.stop();
    session.stop = after(IDLE_MS, () => this.#end(key));
    session.socket.send(message, session.endpoint.port, session.endpoint.address);
  }

  close(): void {
    for (const key of [...this.#sessions.keys()]) this.#end(key);
  }

  #open(key: string, port: StreamPort, tools: StreamTools, answer: (message: Buffer) => void): Session | null {
    const [endpoint] = endpointsFor(port, tools);
    if (!endpoint || this.#sessions.size >= MOST_SESSIONS) return null;
    const socket = createSocket(isIPv6(endpoint.address) ? 'udp6' : 'udp4');
    // The endpoint does not listen: the next datagram looks for another one.
    socket.on('error', () => this.#end(key));
    socket.on('message', answer);
    const session = { socket, endpoint, stop: () => undefined };
    this.#sessions.set(key, session);
    tools.log(`${plainAddress(key)} UDP ${port.port} → ${endpoint.address}:${endpoint.port}`);
    return session;
  }

  #end(key: string): void {
    const session = this.#sessions.get(key);
    if (!session) return;
    this.#sessions.delete(key);
    session.stop();
    session.socket.close();
  }
}
