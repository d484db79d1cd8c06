// connection.ts - requests to the API server that a kubeconfig names, over HTTPS, with the credentials that it names.
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import { Fault } from '../model/fault.js';
import { Identity, read } from './credentials.js';
import type { Target } from './kubeconfig.js';
import { agentOf, proxyFor } from './proxy.js';
import type { Query } from './reader.js';
import { refusal } from './status.js';

/** Until the head of an answer, in milliseconds. Its body may take longer. */
const ANSWER_MS = 30_000;
/** A connection that is silent for so long is asked if it still stands, in milliseconds. */
const ALIVE_MS = 30_000;

const UNTRUSTED = /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT|UNABLE_TO_|CERT_|ERR_TLS_CERT)/;

/** An error of the connection, in words that say what to look at. */
export function connectionFault(error: NodeJS.ErrnoException, { server, context }: Target): Error {
  if (error instanceof Fault) return error;
  const code = error.code ?? '';
  const whose = `the API server ${server} of context ${context}`;
  if (UNTRUSTED.test(code)) {
    const remedy =
      'Its certificate-authority-data in the kubeconfig belongs to another server, or tls-server-name is missing.';
    return new Fault('NO_PERMISSION', `${whose} is not trusted: ${error.message}`, remedy);
  }
  const remedy = 'Does kubectl reach it with the same kubeconfig?';
  return new Fault('NOT_FOUND', `${whose} cannot be reached: ${error.message || code}`, remedy);
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: string;
  readonly query?: Query;
  /** Sent as JSON; of PATCH a merge patch. */
  readonly body?: unknown;
}

/** One API server as one user. */
export class Connection {
  readonly target: Target;
  readonly #name: string;
  readonly #identity: Identity;
  readonly #agent: Agent | undefined;

  /** @param name by which the server knows this program */
  constructor(
    target: Target,
    environment: Readonly<Record<string, string | undefined>>,
    clock: () => number,
    name: string,
  ) {
    this.target = target;
    this.#name = name;
    this.#identity = new Identity(target, clock);
    const proxy = proxyFor(target.server, target.proxy, environment);
    this.#agent = proxy === null ? undefined : agentOf(proxy);
  }

  /** An answer that is no refusal. A 401 is answered once with new credentials, where there may be some. */
  async accepted(call: Call): Promise<IncomingMessage> {
    let message = await this.#ask(call);
    if (message.statusCode === 401 && this.#identity.renew()) {
      message.resume();
      message = await this.#ask(call);
    }
    const code = message.statusCode ?? 0;
    if (code >= 300) throw refusal(code, await text(message));
    return message;
  }

  /** The same, read to its end as JSON. */
  async json<T>(call: Call): Promise<T> {
    const message = await this.accepted(call);
    try {
      return JSON.parse(await text(message)) as T;
    } catch (error) {
      throw connectionFault(error as Error, this.target);
    }
  }

  async #ask(call: Call): Promise<IncomingMessage> {
    const { target } = this;
    const { method, path, query = {}, body } = call;
    const { certificate, key, authorization } = await this.#identity.credentials();
    const url = new URL(`${target.server}${path}`);
    for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const options = {
      method,
      headers: { ...headersOf(target, this.#name, authorization), ...bodyHeaders(method, sent) },
      rejectUnauthorized: !target.insecure,
      ca: read(target.authority),
      cert: certificate,
      key,
      servername: target.serverName,
      ...(this.#agent === undefined ? {} : { agent: this.#agent }),
    };
    return new Promise((resolve, reject) => {
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const request = send(url, options, (message) => {
        request.setTimeout(0);
        resolve(message);
      });
      request.setTimeout(ANSWER_MS, () => request.destroy(new Error(`no answer in ${ANSWER_MS / 1000} s`)));
      request.on('socket', (socket) => socket.setKeepAlive(true, ALIVE_MS));
      request.on('error', (error: NodeJS.ErrnoException) => {
        // The server has closed a connection that we kept; the question was not read.
        const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (stale) resolve(this.#ask(call));
        else reject(connectionFault(error, target));
      });
      request.end(sent);
    });
  }
}

function bodyHeaders(method: Call['method'], sent: string | undefined): Record<string, string> {
  if (sent === undefined) return {};
  const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return { 'content-type': type, 'content-length': String(Buffer.byteLength(sent)) };
}

/** Several headers of one name are sent as such: groups and extra of impersonation. */
function headersOf(
  { impersonate }: Target,
  name: string,
  authorization: string | undefined,
): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {
    accept: 'application/json',
    'user-agent': name,
    ...(authorization === undefined ? {} : { authorization }),
  };
  for (const [name, value] of impersonate) {
    const before = headers[name];
    headers[name] = before === undefined ? value : [...(Array.isArray(before) ? before : [before]), value];
  }
  return headers;
}
