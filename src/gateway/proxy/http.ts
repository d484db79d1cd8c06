// http.ts - one request from a client: the rule that takes it, what filters make of it, and where it goes or what is answered.
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { responseAt } from '../../lab/pods/upgrade.js';
import type { HttpPort } from '../plan.js';
import { chooseBackend, type Turns } from '../routing/choice.js';
import { conditionText, decide, refusalText, sourceText } from '../routing/explain.js';
import { changedPath, changeHeaders, headerChanges, locationOf, splitTarget } from '../routing/filters.js';
import type { Backend, Filters, RequestFacts, Rule } from '../routing/rule.js';
import type { Failure, Forwarder, Journey, Outgoing } from './forward.js';
import { authorityOf, clientOf, factsOf, type Incoming, straighten } from './requests.js';

export interface HttpTools {
  readonly forwarder: Forwarder;
  readonly turns: Turns;
  /** 0 to 1, without 1. */
  readonly random: () => number;
  /** One line for each request. */
  readonly log: (line: string) => void;
}

/** What is answered without asking anybody. */
interface Answer {
  readonly status: number;
  readonly reason: string;
  readonly location?: string;
}

interface Route {
  readonly rule: Rule;
  readonly backend: Backend;
  readonly journey: Journey;
}

const schemeOf = (port: HttpPort): 'http' | 'https' => (port.protocol === 'HTTPS' ? 'https' : 'http');

/** What the client says about itself is not believed: it could say anything. */
function sayWhoAsks(request: Incoming, port: HttpPort): void {
  const client = clientOf(request);
  Object.assign(request.headers, {
    'x-forwarded-for': client,
    'x-forwarded-host': authorityOf(request),
    'x-forwarded-port': String(port.port),
    'x-forwarded-proto': schemeOf(port),
    'x-real-ip': client,
  });
}

/** Rewrites host and path. A filter of the backend comes after that of the rule, and has the last word. */
function rewrite(request: Incoming, rule: Rule, filters: readonly Filters[]): void {
  for (const { rewrite: change } of filters) {
    if (!change) continue;
    if (change.hostname !== undefined) {
      request.headers.host = change.hostname;
      if (request.headers[':authority'] !== undefined) request.headers[':authority'] = change.hostname;
    }
    if (!change.path) continue;
    const { path, query } = splitTarget(request.url ?? '/');
    request.url = changedPath(change.path, rule.path, path) + query;
  }
}

const redirected = (
  request: Incoming,
  port: HttpPort,
  rule: Rule,
  facts: RequestFacts,
  filters: Filters,
): Answer | null =>
  filters.redirect
    ? {
        status: filters.redirect.status,
        reason: 'redirected',
        location: locationOf(filters.redirect, rule.path, {
          scheme: schemeOf(port),
          host: facts.host,
          port: port.port,
          target: request.url ?? '/',
        }),
      }
    : null;

/** Where the request goes, or what is answered. Changes the request as filters want it. */
function route(request: Incoming, port: HttpPort, { turns, random }: HttpTools): Route | Answer {
  straighten(request);
  const facts = factsOf(request);
  const decision = decide(port, facts);
  const { rule } = decision;
  if (!rule) return { status: 404, reason: refusalText(decision, facts) };
  const { action } = rule;
  if (action.invalid !== undefined) return { status: 500, reason: `${sourceText(rule)}: ${action.invalid}` };
  const moved = redirected(request, port, rule, facts, action.filters);
  if (moved) return moved;
  const backend = chooseBackend(action.backends, random());
  if (!backend) return { status: 500, reason: `${sourceText(rule)}: no backend with a weight` };
  if (backend.failure) return backend.failure;
  const elsewhere = redirected(request, port, rule, facts, backend.filters);
  if (elsewhere) return elsewhere;
  const endpoints = turns.take(backend);
  if (endpoints.length === 0) return { status: 503, reason: `${backend.name}: no endpoint is ready` };
  const filters = [action.filters, backend.filters];
  sayWhoAsks(request, port);
  for (const change of headerChanges('request', ...filters)) changeHeaders(request.headers, change);
  rewrite(request, rule, filters);
  const mirrors = filters.flatMap((one) => one.mirrors).filter(({ share }) => random() < share);
  const { requestTimeout, backendTimeout } = action;
  const limit = Math.min(requestTimeout ?? Number.POSITIVE_INFINITY, backendTimeout ?? Number.POSITIVE_INFINITY);
  const journey = {
    endpoints,
    responseChanges: headerChanges('response', ...filters),
    mirrors: mirrors.flatMap((mirror) => turns.take(mirror.backend).slice(0, 1)),
    timeout: Number.isFinite(limit) ? limit : undefined,
  };
  return { rule, backend, journey };
}

/** Why it was this status stands in the body: whoever typed the request reads it. */
function answer(response: Outgoing, { status, reason, location }: Answer): void {
  if (response.headersSent) return void response.destroy();
  const body = `${status}: ${location ?? reason}\n`;
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('content-length', Buffer.byteLength(body));
  response.setHeader('server', 'kubewire');
  if (location !== undefined) response.setHeader('location', location);
  response.end(body);
}

/** `203.0.113.10 "GET shop.example/cart HTTP/2.0"` */
const asked = (request: Incoming): string =>
  `${clientOf(request)} "${request.method} ${authorityOf(request)}${request.url} HTTP/${request.httpVersion}"`;

const isFailure = (end: object): end is Failure => 'status' in end;

export async function serveRequest(
  request: Incoming,
  response: Outgoing,
  port: HttpPort,
  tools: HttpTools,
): Promise<void> {
  const line = asked(request);
  const found = route(request, port, tools);
  if (!('journey' in found)) {
    request.resume();
    answer(response, found);
    return tools.log(`${line} ${found.status}: ${found.location ?? found.reason}`);
  }
  const end = await tools.forwarder.pass(request, response, found.journey);
  if (isFailure(end)) answer(response, end);
  tools.log(`${line} ${isFailure(end) ? `${end.status}: ${end.reason}` : response.statusCode} ${toldOf(found, end)}`);
}

function toldOf({ rule, backend }: Route, end: object): string {
  const place = 'address' in end && 'port' in end ? ` ${end.address}:${end.port}` : '';
  return `→ ${backend.name}${place} by ${sourceText(rule)} (${conditionText(rule)})`;
}

/** A client that wants to go on in another protocol: WebSockets may, others are served as if they had not asked. */
export async function serveUpgrade(
  request: IncomingMessage,
  socket: Socket,
  head: Buffer,
  port: HttpPort,
  tools: HttpTools,
): Promise<void> {
  socket.on('error', () => socket.destroy());
  if (request.headers.upgrade?.toLowerCase() !== 'websocket') {
    delete request.headers.upgrade;
    delete request.headers['http2-settings'];
    request.headers.connection = 'close';
    return serveRequest(request, responseAt(request, socket), port, tools);
  }
  const line = asked(request);
  const found = route(request, port, tools);
  if (!('journey' in found)) {
    answer(responseAt(request, socket), found);
    return tools.log(`${line} ${found.status}: ${found.location ?? found.reason}`);
  }
  tools.log(`${line} upgrade to websocket ${toldOf(found, found.journey.endpoints[0] ?? {})}`);
  const end = await tools.forwarder.upgrade(request, socket, head, found.journey);
  if (isFailure(end) && !socket.destroyed && socket.writable) socket.destroy();
}
