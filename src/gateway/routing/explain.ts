// explain.ts - which rule takes a request, told in sentences: of the proxy's log, and of whoever asks before any request is sent.
import type { HttpListener, HttpPort } from '../plan.js';
import { hostMatches } from './host.js';
import { pathMatches, ruleTakes } from './match.js';
import type { Backend, RequestFacts, Rule } from './rule.js';

/** The listener that a request is for: the most special host that matches, and no other. */
const listenerFor = ({ listeners }: HttpPort, { host }: RequestFacts): HttpListener | null =>
  listeners.find((listener) => hostMatches(listener.host, host)) ?? null;

export interface Decision {
  readonly listener: HttpListener | null;
  readonly rule: Rule | null;
}

export function decide(port: HttpPort, request: RequestFacts): Decision {
  const listener = listenerFor(port, request);
  return { listener, rule: listener?.table.find(request) ?? null };
}

/** `Ingress shop/web, spec.rules[0].http.paths[1]` */
export const sourceText = ({ source }: Rule): string =>
  `${source.kind} ${source.namespace}/${source.name}, ${source.field}`;

/** `host *.shop.example, prefix /cart, method GET, header x-user, query debug` */
export function conditionText({ host, path, method, headers, query }: Rule): string {
  const words: Readonly<Record<string, string>> = { Exact: 'path', Prefix: 'prefix', RegularExpression: 'pattern' };
  return [
    host.text === '' ? 'any host' : `host ${host.text}`,
    path.type === 'Default' ? 'every path that nobody else takes' : `${words[path.type]} ${path.value}`,
    ...(method === null ? [] : [`method ${method}`]),
    ...headers.map(({ name, value }) => `header ${name}: ${value}`),
    ...query.map(({ name, value }) => `query ${name}=${value}`),
  ].join(', ');
}

export function backendText({ name, weight, endpoints, failure }: Backend): string {
  if (failure) return `${name} (weight ${weight}): ${failure.reason}`;
  const places = endpoints.map(({ address, port }) => `${address}:${port}`);
  return `${name} (weight ${weight}): ${places.length > 0 ? places.join(', ') : 'no endpoint is ready'}`;
}

/** Rules that would take the request as well, and come after the one that does. */
export const others = ({ listener, rule }: Decision, request: RequestFacts): Rule[] =>
  (listener?.table.rules ?? []).filter((one) => one !== rule && ruleTakes(one, request));

/** Why nothing takes a request: as near as it came. */
export function refusalText({ listener }: Decision, request: RequestFacts): string {
  if (!listener) return `no listener is for host ${request.host || '(none)'}`;
  const sameHost = listener.table.rules.filter(({ host }) => hostMatches(host, request.host));
  if (sameHost.length === 0) return `no rule is for host ${request.host || '(none)'}`;
  const samePath = sameHost.filter(({ path }) => pathMatches(path, request.path));
  if (samePath.length === 0) return `no rule of host ${request.host} is for path ${request.path}`;
  return `rules of host ${request.host} and path ${request.path} want another method, other headers or another query`;
}
