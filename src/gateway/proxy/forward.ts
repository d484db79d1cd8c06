// forward.ts - passes a request on to an endpoint, and its response back: httpxy does the copying.

import type { ServerResponse } from 'node:http';
import { Agent, request as httpRequest } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
import type { Socket } from 'node:net';
import { PassThrough, type Readable } from 'node:stream';
import { createProxyServer } from 'httpxy';
import { after } from '../../model/timer.js';
import { changeHeaders } from '../routing/filters.js';
import type { Endpoint, HeaderChange } from '../routing/rule.js';
import { hasNoBody, type Incoming } from './requests.js';

export type Outgoing = ServerResponse | Http2ServerResponse;

/** An endpoint that says nothing for so long has failed (as nginx has it). */
const SILENCE_MS = 60_000;
/** Headers of one connection, not of a message: they end here (RFC 9110 §7.6.1). */
const OF_CONNECTION = ['keep-alive', 'proxy-connection'];

export interface Journey {
  /** Tried one after the other, when one cannot be reached and nothing of the request is lost. */
  readonly endpoints: readonly Endpoint[];
  readonly responseChanges: readonly HeaderChange[];
  /** They get a copy each. */
  readonly mirrors: readonly Endpoint[];
  /** Milliseconds until the client gets status 504. */
  readonly timeout: number | undefined;
}

/** What became of a request that got no response. */
export interface Failure {
  readonly status: 502 | 504;
  readonly reason: string;
}

export class Forwarder {
  readonly #agent = new Agent({ keepAlive: true });
  // The types of httpxy know HTTP/1 alone; what it does is the same for both.
  readonly #proxy = createProxyServer();
  readonly #journeys = new WeakMap<object, Journey>();
  readonly #running = new WeakMap<object, { destroy(): void }>();

  constructor() {
    this.#proxy.on('proxyReq', (outgoing, request) => this.#running.set(request, outgoing));
    this.#proxy.on('proxyRes', ({ headers }, request) => {
      for (const name of OF_CONNECTION) delete headers[name];
      for (const change of this.#journeys.get(request)?.responseChanges ?? []) changeHeaders(headers, change);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  /** Resolves when the response is through: with the endpoint that gave it, or with what is to be said to the client. */
  async pass(request: Incoming, response: Outgoing, journey: Journey): Promise<Endpoint | Failure> {
    this.#journeys.set(request, journey);
    let late = false;
    const stop = after(journey.timeout ?? Number.POSITIVE_INFINITY, () => {
      late = true;
      this.#running.get(request)?.destroy();
    });
    // Whoever reads the body last must not find it gone, so each reads a copy.
    const bodyFor = (): Readable => request.pipe(new PassThrough());
    const body = journey.mirrors.length > 0 ? bodyFor() : undefined;
    for (const mirror of journey.mirrors) sendCopy(request, bodyFor(), mirror);
    let failure: Failure = { status: 502, reason: 'no endpoint' };
    try {
      for (const endpoint of journey.endpoints) {
        const error = await this.#attempt(request, response, endpoint, body);
        if (error === null) return endpoint;
        if (late) return { status: 504, reason: `no response within ${journey.timeout} ms` };
        failure = { status: 502, reason: `${endpoint.address}:${endpoint.port}: ${error.message}` };
        if (response.headersSent || !hasNoBody(request)) break;
      }
      return failure;
    } finally {
      stop();
    }
  }

  /** null: the response is through. */
  async #attempt(request: Incoming, response: Outgoing, place: Endpoint, body?: Readable): Promise<Error | null> {
    const target = { host: place.address, port: place.port, protocol: 'http:' };
    try {
      const options = { target, agent: this.#agent, proxyTimeout: SILENCE_MS, ...(body && { buffer: body as never }) };
      await this.#proxy.web(request as never, response as never, options);
      return null;
    } catch (error) {
      return error as Error;
    }
  }

  /** Joins the sockets of both sides when the endpoint agrees to the protocol. */
  async upgrade(request: Incoming, socket: Socket, head: Buffer, { endpoints }: Journey): Promise<Endpoint | Failure> {
    const [endpoint] = endpoints;
    if (!endpoint) return { status: 502, reason: 'no endpoint' };
    const { address, port } = endpoint;
    try {
      const target = { host: address, port, protocol: 'http:' };
      await this.#proxy.ws(request as never, socket, { target, agent: false }, head);
      return endpoint;
    } catch (error) {
      return { status: 502, reason: `${address}:${port}: ${(error as Error).message}` };
    }
  }
}

/** Sends a copy of a request somewhere; nobody waits for what it says. */
function sendCopy({ method, url, headers }: Incoming, body: Readable, { address, port }: Endpoint): void {
  const plain = Object.entries(headers).filter(([name]) => !name.startsWith(':'));
  const copy = httpRequest({ host: address, port, method, path: url, headers: Object.fromEntries(plain) });
  copy.on('response', (response) => response.resume());
  copy.on('error', () => body.resume());
  body.pipe(copy);
}
