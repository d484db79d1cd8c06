// requests.ts - what the routing rules ask of a request that has come in, over HTTP/1.1 or HTTP/2.
import type { IncomingMessage } from 'node:http';
import type { Http2ServerRequest } from 'node:http2';
import { plainAddress } from '../../lab/pods/answer.js';
import { splitTarget } from '../routing/filters.js';
import { hostOfRequest } from '../routing/host.js';
import type { RequestFacts } from '../routing/rule.js';

export type Incoming = IncomingMessage | Http2ServerRequest;

/** The host that a client asked for, as it wrote it: `Shop.example:8080`. */
export const authorityOf = ({ headers }: Incoming): string =>
  (headers[':authority'] as string | undefined) ?? headers.host ?? '';

/** `GET http://shop.example/a` is how clients ask proxies: the host stands in the target (RFC 9112 §3.2.2). */
export function straighten(request: Incoming): void {
  const [, host, rest] = /^https?:\/\/([^/?#]*)(.*)$/i.exec(request.url ?? '') ?? [];
  if (host === undefined) return;
  request.headers.host = host;
  request.url = rest?.startsWith('/') ? rest : `/${rest}`;
}

export function factsOf(request: Incoming): RequestFacts {
  const { path, query } = splitTarget(request.url ?? '/');
  const headers: Record<string, string | undefined> = {};
  for (const [name, value] of Object.entries(request.headers)) headers[name] = [value].flat().join(', ');
  return {
    host: hostOfRequest(authorityOf(request)),
    path,
    query: query.slice(1),
    method: request.method ?? 'GET',
    headers,
  };
}

export const clientOf = (request: Incoming): string => plainAddress(request.socket.remoteAddress);

/** True when the request is over with its headers, so that it can be sent a second time. */
export function hasNoBody(request: Incoming): boolean {
  if ('stream' in request) return request.stream.endAfterHeaders;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  return encoding === undefined && (length === undefined || Number(length) === 0);
}
