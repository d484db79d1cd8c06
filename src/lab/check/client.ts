// client.ts - sends requests from inside a namespace (HTTP over TCP, and UDP), and records the answer and its latency.

import { createSocket } from 'node:dgram';
import { request as httpRequest } from 'node:http';
import { Socket } from 'node:net';
import { familyOf, urlHost } from '../../model/address.js';
import { type Answer, JSON_PATH, parseAnswer } from '../pods/answer.js';

/** Creates unconnected sockets inside a namespace. The caller owns the file descriptor. */
export interface ClientSockets {
  tcp(family: 'IPv4' | 'IPv6'): number;
  udp(family: 'IPv4' | 'IPv6'): number;
}

export interface Target {
  readonly address: string;
  readonly port: number;
  readonly protocol: 'TCP' | 'UDP';
}

/**
 * Outcome of a request. `answered`: the application identified itself (`answer` is null if another program
 * answered). `refused`: an error came back at once (RST, ICMP unreachable). `timeout`: nothing came back. `failed`:
 * it broke in the middle.
 */
export interface RequestResult {
  readonly outcome: 'answered' | 'refused' | 'timeout' | 'failed';
  readonly answer: Answer | null;
  /** Milliseconds from the first packet to the complete answer. */
  readonly ms: number;
  /** errno name, or what broke; '' if answered. */
  readonly error: string;
  /** The client's; 0 when it got none. */
  readonly sourcePort: number;
}

const REFUSALS = new Set(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'EACCES', 'EPERM']);

type Unplaced = Omit<RequestResult, 'sourcePort'>;

function failure(error: NodeJS.ErrnoException, ms: number): Unplaced {
  const code = error.code ?? error.message;
  return { outcome: REFUSALS.has(code) ? 'refused' : 'failed', answer: null, ms, error: code };
}

/** One request on a new connection (TCP) or from a new socket (UDP). Never rejects. */
export function sendRequest(sockets: ClientSockets, target: Target, timeoutMs: number): Promise<RequestResult> {
  return target.protocol === 'TCP' ? sendHttp(sockets, target, timeoutMs) : sendUdp(sockets, target, timeoutMs);
}

function sendHttp(sockets: ClientSockets, target: Target, timeoutMs: number): Promise<RequestResult> {
  return new Promise((resolve) => {
    const start = performance.now();
    const elapsed = (): number => performance.now() - start;
    // manualStart: the socket is not connected yet, so nothing may read from it.
    const socket = new Socket({ fd: sockets.tcp(familyOf(target.address)), manualStart: true } as { fd: number });
    const finish = (result: Unplaced): void => {
      clearTimeout(timer);
      const sourcePort = socket.localPort ?? 0;
      socket.destroy();
      resolve({ ...result, sourcePort });
    };
    const timer = setTimeout(
      () => finish({ outcome: 'timeout', answer: null, ms: elapsed(), error: 'ETIMEDOUT' }),
      timeoutMs,
    );
    // Do not pass `agent`: with one, even `false`, Node ignores createConnection.
    const request = httpRequest({
      createConnection: () => socket.connect({ host: target.address, port: target.port }),
      headers: { Host: `${urlHost(target.address)}:${target.port}`, Connection: 'close' },
      path: JSON_PATH,
    });
    request.on('error', (error) => finish(failure(error, elapsed())));
    request.on('response', (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('error', (error) => finish(failure(error, elapsed())));
      response.on('end', () => finish({ outcome: 'answered', answer: parseAnswer(body), ms: elapsed(), error: '' }));
    });
    request.end();
  });
}

function sendUdp(sockets: ClientSockets, target: Target, timeoutMs: number): Promise<RequestResult> {
  return new Promise((resolve) => {
    const start = performance.now();
    const elapsed = (): number => performance.now() - start;
    const socket = createSocket(familyOf(target.address) === 'IPv4' ? 'udp4' : 'udp6');
    let open = true;
    let bound = false;
    const finish = (result: Unplaced): void => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      const sourcePort = bound ? socket.address().port : 0;
      socket.close();
      resolve({ ...result, sourcePort });
    };
    const timer = setTimeout(
      () => finish({ outcome: 'timeout', answer: null, ms: elapsed(), error: 'ETIMEDOUT' }),
      timeoutMs,
    );
    socket.on('error', (error) => finish(failure(error, elapsed())));
    socket.on('message', (message) =>
      finish({ outcome: 'answered', answer: parseAnswer(message.toString('utf8')), ms: elapsed(), error: '' }),
    );
    socket.on('connect', () =>
      socket.send(JSON_PATH, (error) => {
        if (error) finish(failure(error, elapsed()));
      }),
    );
    socket.bind({ fd: sockets.udp(familyOf(target.address)), exclusive: true }, () => {
      bound = true;
      if (open) socket.connect(target.port, target.address);
    });
  });
}
