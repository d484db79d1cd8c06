// proxy.ts - pods/proxy, services/proxy and nodes/proxy: a request handed on to a program in the lab, and its answer handed back.

import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import type { Socket } from 'node:net';
import { Readable } from 'node:stream';
import { connect as tlsConnect } from 'node:tls';
import type { Context } from 'hono';
import { noSuchPath, type StatusError, serviceUnavailable } from '../../cluster/status.js';
import type { PodRuntime } from '../../lab/pods/runtime.js';
import { formatEndpoint } from '../../model/address.js';
import type { Pod } from '../../model/objects.js';
import type { Target } from '../request.js';
import { type Backend, backendOf } from './backend.js';
import { type Parts, unreachable } from './place.js';

/** Headers that belong to one connection (RFC 9110 §7.6.1), and those that identify somebody to this server alone. */
const NOT_HANDED_ON = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['authorization', 'proxy-authorization', 'proxy-authenticate', 'host'],
]);

const hostOf = ({ address, port }: Backend): string => formatEndpoint(address, port);

const notReached = (error: unknown): StatusError =>
  serviceUnavailable(`error trying to reach service: ${error instanceof Error ? error.message : String(error)}`);

/**
 * A connection from the API server's machine. Certificates of programs in pods prove nothing, so they are not checked.
 */
async function connectBackend(runtime: PodRuntime, backend: Backend): Promise<Socket> {
  try {
    const socket = await runtime.connect(backend.address, backend.port);
    return backend.secure ? tlsConnect({ socket, rejectUnauthorized: false }) : socket;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    const why = code === 'ECONNREFUSED' ? 'connect: connection refused' : (error as Error).message;
    throw notReached(`dial tcp ${hostOf(backend)}: ${why}`);
  }
}

/** Header names as they came, because a program may see the difference. */
function handedOn(c: Context, backend: Backend): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, value] of c.req.raw.headers) if (!NOT_HANDED_ON.has(name)) headers[name] = value;
  const url = new URL(c.req.url);
  return {
    ...headers,
    host: hostOf(backend),
    'x-forwarded-host': url.host,
    'x-forwarded-proto': url.protocol.replace(':', ''),
    'x-forwarded-uri': url.pathname,
  };
}

/** A redirect of a program to itself must lead through the proxy. */
function headersBack(response: IncomingMessage, prefix: string, backend: Backend): Headers {
  const headers = new Headers();
  for (const [name, values] of Object.entries(response.headersDistinct)) {
    if (NOT_HANDED_ON.has(name)) continue;
    for (const value of values ?? [])
      headers.append(name, name === 'location' ? through(value, prefix, backend) : value);
  }
  return headers;
}

function through(location: string, prefix: string, backend: Backend): string {
  if (!URL.canParse(location, `http://${hostOf(backend)}`)) return location;
  const url = new URL(location, `http://${hostOf(backend)}`);
  return url.host === hostOf(backend) ? `${prefix}${url.pathname}${url.search}${url.hash}` : location;
}

async function handOn(c: Context, runtime: PodRuntime, backend: Backend, path: string): Promise<Response> {
  const socket = await connectBackend(runtime, backend);
  const url = new URL(c.req.url);
  const prefix = url.pathname.slice(0, url.pathname.length - path.length);
  const options: RequestOptions = {
    method: c.req.method,
    path: `${path}${url.search}`,
    headers: { ...handedOn(c, backend), connection: 'close' },
    // No `agent`: with one, even `false`, Node ignores createConnection.
    createConnection: () => socket,
  };
  return new Promise((resolve, reject) => {
    const request = httpRequest(options);
    const signal = c.req.raw.signal;
    const giveUp = (): void => void request.destroy();
    signal.addEventListener('abort', giveUp, { once: true });
    request.once('close', () => signal.removeEventListener('abort', giveUp));
    request.once('error', (error) => reject(notReached(error)));
    request.once('response', (response) => {
      const status = response.statusCode ?? 502;
      const empty = c.req.method === 'HEAD' || status === 204 || status === 304;
      if (empty) response.resume();
      const body = empty ? null : (Readable.toWeb(response) as ReadableStream);
      resolve(new Response(body, { status, headers: headersBack(response, prefix, backend) }));
    });
    const { body } = c.req.raw;
    if (body === null) request.end();
    else
      Readable.fromWeb(body as never)
        .once('error', giveUp)
        .pipe(request);
  });
}

/** What a kubelet says about itself. */
function serveKubelet(c: Context, { cluster }: Parts, { name = '' }: Target, path: string): Response {
  if (path === '/healthz') return c.text('ok');
  if (path === '/pods') {
    const items = cluster.store.list<Pod>('Pod').filter(({ spec }) => spec.nodeName === name.split(':').at(-1));
    return c.json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
  }
  throw noSuchPath();
}

export async function serveProxy(c: Context, parts: Parts, target: Target): Promise<Response> {
  const { path = '' } = target;
  const { method } = c.req;
  const backend = backendOf(parts.cluster, target, parts.draw);
  if (path === '' && (method === 'GET' || method === 'HEAD')) {
    const { pathname, search } = new URL(c.req.url);
    return c.body(null, 301, { location: `${pathname}/${search}` });
  }
  if (!parts.runtime) {
    if (backend) throw notReached(`dial tcp ${hostOf(backend)}: connect: no route to host`);
    throw unreachable(parts.cluster, target.name ?? '', (_, dialling) => `error trying to reach service: ${dialling}`);
  }
  if (!backend) return serveKubelet(c, parts, target, path);
  return handOn(c, parts.runtime, backend, path === '' ? '/' : path);
}
