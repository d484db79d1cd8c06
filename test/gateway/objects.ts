// objects.ts - objects of Ingress and Gateway API for tests, from YAML, and what becomes of them.
import { parseAllDocuments } from 'yaml';
import { type Compiled, compileRouting } from '../../src/gateway/compile.js';
import type { Condition, RoutingObjects } from '../../src/gateway/objects.js';
import type { HttpPort } from '../../src/gateway/plan.js';
import { decide } from '../../src/gateway/routing/explain.js';
import type { RequestFacts } from '../../src/gateway/routing/rule.js';
import type { KubeObject } from '../../src/model/objects.js';

export const NOW = '2026-01-02T03:04:05Z';

const LISTS: Readonly<Record<string, keyof RoutingObjects>> = {
  IngressClass: 'ingressClasses',
  Ingress: 'ingresses',
  GatewayClass: 'gatewayClasses',
  Gateway: 'gateways',
  HTTPRoute: 'routes',
  TCPRoute: 'routes',
  UDPRoute: 'routes',
  ReferenceGrant: 'grants',
  Namespace: 'namespaces',
  Service: 'services',
  EndpointSlice: 'endpointSlices',
  Secret: 'secrets',
};

/** Objects of a text, and the classes. `kind` alone is enough to say what an object is. */
function objectsOf(text: string): RoutingObjects {
  const lists: Record<string, unknown[]> = Object.fromEntries(Object.values(LISTS).map((list) => [list, []]));
  const all = parseAllDocuments(`${CLASSES}\n---\n${text}`).map((document) => document.toJS() as KubeObject | null);
  for (const object of all) {
    if (!object) continue;
    const list = lists[LISTS[object.kind] ?? ''];
    if (!list) throw new Error(`no list for ${object.kind}`);
    const metadata = { namespace: 'shop', generation: 1, ...object.metadata };
    list.push({ ...object, apiVersion: object.apiVersion ?? 'gateway.networking.k8s.io/v1', metadata });
  }
  return lists as unknown as RoutingObjects;
}

const CLASSES = `kind: GatewayClass
metadata: {name: kubewire}
spec: {controllerName: kubewire.dev/gateway}
---
kind: IngressClass
metadata: {name: kubewire, annotations: {ingressclass.kubernetes.io/is-default-class: "true"}}
spec: {controller: kubewire.dev/ingress}
---
kind: Service
metadata: {name: ingress, namespace: ingress}
spec: {type: LoadBalancer, selector: {app: ingress}, externalTrafficPolicy: Local, ports: [{port: 80}]}
status: {loadBalancer: {ingress: [{ip: 192.168.0.240}]}}`;

/** A Service with one endpoint. */
export const application = (
  name: string,
  address: string,
  namespace = 'shop',
  protocol = 'TCP',
): string => `kind: Service
metadata: {name: ${name}, namespace: ${namespace}}
spec: {ports: [{port: 80, protocol: ${protocol}}]}
---
kind: EndpointSlice
metadata: {name: ${name}, namespace: ${namespace}, labels: {kubernetes.io/service-name: ${name}}}
addressType: IPv4
ports: [{port: 8080, protocol: ${protocol}}]
endpoints: [{addresses: [${address}], conditions: {ready: true}}]`;

export const compiled = (text: string): Compiled =>
  compileRouting(objectsOf(text), { service: 'ingress/ingress', http: 80, https: 443 }, NOW);

/** `type=status reason`, sorted. */
export const said = (conditions: readonly Condition[] | undefined): string[] =>
  (conditions ?? []).map(({ type, status, reason }) => `${type}=${status} ${reason}`).sort();

/** The status that an object gets. */
export function statusOf<T>(result: Compiled, kind: string, name: string): T {
  const found = result.statuses.find(({ object }) => object.kind === kind && object.metadata.name === name);
  if (!found) throw new Error(`no status for ${kind} ${name}`);
  return found.status as T;
}

const request = (url: string, more: Partial<RequestFacts> = {}): RequestFacts => {
  const { hostname, pathname, search } = new URL(url);
  return { host: hostname, path: pathname, query: search.slice(1), method: 'GET', headers: {}, ...more };
};

/** Who gets a request at a port: the name of the first backend, or `404`. */
export function takerOf(result: Compiled, port: number, url: string, more: Partial<RequestFacts> = {}): string {
  const plan = result.ports.filter((one): one is HttpPort => 'listeners' in one && one.port === port).at(-1);
  const rule = plan && decide(plan, request(url, more)).rule;
  return rule ? (rule.action.backends[0]?.name ?? 'nobody') : '404';
}

export const gateway = (listeners: string, name = 'web', namespace = 'shop'): string =>
  `kind: Gateway\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {gatewayClassName: kubewire, listeners: [${listeners}]}`;

export const route = (spec: string, kind = 'HTTPRoute', name = 'r', namespace = 'shop'): string =>
  `kind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: ${spec}`;

export const HTTP = '{name: http, protocol: HTTP, port: 80}';
export const join = (...parts: string[]): string => parts.join('\n---\n');
