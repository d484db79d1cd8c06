// server.ts - DNS over UDP and TCP on one address (RFC 7766 for TCP: several queries in a connection, each with its length).

import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import { formatEndpoint, isIPv6 } from '../model/address.js';
import { Fault } from '../model/fault.js';
import type { Resolver } from './resolver.js';
import { respond } from './wire.js';

export interface DnsServer {
  /** `127.0.0.1:PORT` */
  readonly address: string;
  close(): Promise<void>;
}

/** A client that says nothing for so long has gone (RFC 7766 §6.2.3 wants a few seconds at least). */
const IDLE_MS = 10_000;
/** Connections at the same time: more are cut at once. */
export const MOST_CONNECTIONS = 1000;

/** What to say to a query; null: it is none, and whoever sent it is not heard any further. */
type Answering = (query: Buffer) => Buffer | null | Promise<Buffer | null>;

/** Answers the queries of one TCP connection in their order. */
export async function serveConnection(socket: Socket, answer: Answering): Promise<void> {
  let pending = Buffer.alloc(0);
  socket.setTimeout(IDLE_MS, () => socket.destroy());
  socket.on('error', () => socket.destroy());
  try {
    for await (const part of socket.iterator({ destroyOnReturn: false })) {
      pending = Buffer.concat([pending, part as Buffer]);
      for (;;) {
        const length = pending.length < 2 ? Number.POSITIVE_INFINITY : pending.readUInt16BE(0);
        if (pending.length < 2 + length) break;
        const response = await answer(pending.subarray(2, 2 + length));
        pending = pending.subarray(2 + length);
        if (response === null) return void socket.destroy();
        const head = Buffer.alloc(2);
        head.writeUInt16BE(response.length, 0);
        socket.write(Buffer.concat([head, response]));
      }
    }
  } catch {
    socket.destroy();
  }
}

function bindUdp(socket: DatagramSocket, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    socket.once('error', reject);
    socket.bind(port, host, () => {
      socket.off('error', reject);
      resolve(socket.address().port);
    });
  });
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/**
 * Serves a resolver. Throws Fault USAGE for an address that cannot be had.
 * @param port 0 = any that is free for both
 */
export async function serveDns(
  resolver: Resolver,
  { host, port }: { readonly host: string; readonly port: number },
  random: () => number,
): Promise<DnsServer> {
  const udp = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  const connections = new Set<Socket>();
  const tcp = createServer((socket) => {
    connections.add(socket);
    socket.on('close', () => connections.delete(socket));
    void serveConnection(socket, (query) => respond(resolver, query, true, random));
  });
  tcp.maxConnections = MOST_CONNECTIONS;
  try {
    const bound = await bindUdp(udp, host, port);
    await listen(tcp, host, bound);
    // A client that is gone already makes an error of its answer.
    udp.on('error', () => undefined);
    udp.on('message', (message, sender) => {
      const response = respond(resolver, message, false, random);
      if (response) udp.send(response, sender.port, sender.address);
    });
    const text = formatEndpoint(host, bound);
    return {
      address: text,
      close: () =>
        new Promise((resolve) => {
          udp.close();
          for (const socket of connections) socket.destroy();
          tcp.close(() => resolve());
        }),
    };
  } catch (error) {
    udp.close();
    tcp.close();
    const { message } = error as Error;
    throw new Fault('USAGE', `DNS cannot listen on ${host} port ${port}: ${message}`, 'Choose another address.');
  }
}
