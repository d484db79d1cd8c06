// statuses.test.ts - what Gateways and routes are told: the cases of Gateway API's conformance that no request can show.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import type { Condition } from '../../../src/gateway/objects.js';
import { application, compiled, gateway, HTTP, join, NOW, route, said, statusOf } from '../objects.js';

interface GatewayStatus {
  readonly addresses: readonly { readonly value: string }[];
  readonly conditions: readonly Condition[];
  readonly listeners: readonly {
    readonly name: string;
    readonly attachedRoutes: number;
    readonly supportedKinds: readonly { readonly kind: string }[];
    readonly conditions: readonly Condition[];
  }[];
}

interface RouteStatus {
  readonly parents: readonly {
    readonly parentRef: { readonly name: string };
    readonly controllerName: string;
    readonly conditions: readonly Condition[];
  }[];
}

const WEB = application('web', '10.0.0.1');

const gatewaySays = (text: string): GatewayStatus => statusOf(compiled(text), 'Gateway', 'web');
const listenerSays = (text: string): string[] => said(gatewaySays(text).listeners[0]?.conditions);

/** Conditions of the first parent of route `r`. */
const routeSays = (text: string, kind = 'HTTPRoute'): string[] =>
  said(statusOf<RouteStatus>(compiled(text), kind, 'r').parents[0]?.conditions);

const GOOD = ['Accepted=True Accepted', 'ResolvedRefs=True ResolvedRefs'];

test('a Gateway of our class is accepted, and so is the class; others are not touched', () => {
  const foreign = 'kind: Gateway\nmetadata: {name: x}\nspec: {gatewayClassName: other, listeners: []}';
  const result = compiled(join(gateway(HTTP), foreign));
  assert.deepEqual(
    result.statuses.map(({ object }) => `${object.kind} ${object.metadata.name}`),
    ['GatewayClass kubewire', 'Gateway web'],
  );
  assert.deepEqual(said(gatewaySays(gateway(HTTP)).conditions), [
    'Accepted=True Accepted',
    'Programmed=False AddressNotAssigned',
  ]);
  assert.deepEqual(listenerSays(gateway(HTTP)), [
    ...GOOD.slice(0, 1),
    'Conflicted=False NoConflicts',
    'Programmed=True Programmed',
    ...GOOD.slice(1),
  ]);
});

test('conditions carry the generation, and keep their time as long as their status stays', () => {
  const before = `status: {conditions: [
    {type: Accepted, status: "True", reason: Old, message: "", lastTransitionTime: 2020-01-01T00:00:00Z},
    {type: Foreign, status: "True", reason: X, message: "", lastTransitionTime: 2020-01-01T00:00:00Z}]}`;
  const text = `${gateway(HTTP).replace('name: web,', 'name: web, generation: 7,')}\n${before}`;
  const { conditions } = gatewaySays(text);
  const told = conditions.map(({ type, observedGeneration, lastTransitionTime }) => [
    type,
    observedGeneration,
    lastTransitionTime,
  ]);
  assert.deepEqual(told, [
    ['Accepted', 7, '2020-01-01T00:00:00Z'],
    ['Programmed', 7, NOW],
    ['Foreign', undefined, '2020-01-01T00:00:00Z'],
  ]);
});

test('a status that an object has already is not written again', () => {
  const first = compiled(gateway(HTTP)).statuses.find(({ object }) => object.kind === 'Gateway');
  const again = compiled(`${gateway(HTTP)}\nstatus: ${JSON.stringify(first?.status)}`);
  assert.equal(
    again.statuses.some(({ object }) => object.kind === 'Gateway'),
    false,
  );
});

test('kinds of routes that a listener cannot carry are an error, and the others count', () => {
  const kinds = (list: string): GatewayStatus =>
    gatewaySays(gateway(`{name: http, protocol: HTTP, port: 80, allowedRoutes: {kinds: [${list}]}}`));
  const [only, both] = [kinds('{kind: Nonsense}'), kinds('{kind: Nonsense}, {kind: HTTPRoute}')];
  assert.deepEqual(
    [only.listeners[0]?.supportedKinds, both.listeners[0]?.supportedKinds.map(({ kind }) => kind)],
    [[], ['HTTPRoute']],
  );
  for (const { listeners } of [only, both])
    assert.ok(said(listeners[0]?.conditions).includes('ResolvedRefs=False InvalidRouteKinds'));
});

test("listeners that stand in each other's way, and protocols that nobody speaks, are refused by name", () => {
  const pair = (second: string): string[] =>
    listenerSays(gateway(`${HTTP}, ${second}`)).filter((one) => /Conflicted|Accepted/.test(one));
  assert.deepEqual(pair('{name: b, protocol: HTTP, port: 80}'), [
    'Accepted=False HostnameConflict',
    'Conflicted=True HostnameConflict',
  ]);
  assert.deepEqual(pair('{name: b, protocol: TCP, port: 80}'), [
    'Accepted=False ProtocolConflict',
    'Conflicted=True ProtocolConflict',
  ]);
  assert.deepEqual(pair('{name: b, protocol: UDP, port: 80}'), [
    'Accepted=True Accepted',
    'Conflicted=False NoConflicts',
  ]);
  assert.deepEqual(pair('{name: b, protocol: HTTP, port: 80, hostname: a.com}'), [
    'Accepted=True Accepted',
    'Conflicted=False NoConflicts',
  ]);
  assert.ok(
    listenerSays(gateway('{name: b, protocol: SMTP, port: 25}')).includes('Accepted=False UnsupportedProtocol'),
  );
  const mixed = said(gatewaySays(gateway(`${HTTP}, {name: b, protocol: SMTP, port: 25}`)).conditions);
  assert.ok(mixed.includes('Accepted=True ListenersNotValid'));
  assert.ok(
    said(gatewaySays(gateway('{name: b, protocol: SMTP, port: 25}')).conditions).includes(
      'Accepted=False ListenersNotValid',
    ),
  );
});

/** A key pair as data of a Secret. */
function secret(name: string, namespace: string): string {
  const pem = execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      '-',
      '-subj',
      '/CN=x',
    ],
    { stdio: ['ignore', 'pipe', 'ignore'] },
  ).toString();
  const part = (word: string): string =>
    Buffer.from(new RegExp(`-----BEGIN ${word}[^]*?-----END ${word}-----\n`).exec(pem)?.[0] ?? '').toString('base64');
  return `kind: Secret\nmetadata: {name: ${name}, namespace: ${namespace}}\ntype: kubernetes.io/tls\ndata: {tls.crt: ${part('CERTIFICATE')}, tls.key: ${part('PRIVATE KEY')}}`;
}

const grant = (namespace: string, from: string, to: string): string =>
  `kind: ReferenceGrant\nmetadata: {name: g, namespace: ${namespace}}\nspec: {from: [${from}], to: [${to}]}`;

test('a certificate is a Secret that is there, fits, and may be used', () => {
  const GROUP = 'group: gateway.networking.k8s.io';
  const says = (ref: string, ...more: string[]): string => {
    const text = join(gateway(`{name: s, protocol: HTTPS, port: 443, tls: {certificateRefs: [${ref}]}}`), ...more);
    return listenerSays(text).find((one) => one.startsWith('ResolvedRefs')) ?? '';
  };
  const own = secret('c', 'shop');
  const other = secret('c', 'vault');
  const elsewhere = '{name: c, namespace: vault}';
  const from = (namespace: string, kind = 'Gateway'): string => `{${GROUP}, kind: ${kind}, namespace: ${namespace}}`;
  const invalid = 'ResolvedRefs=False InvalidCertificateRef';
  const forbidden = 'ResolvedRefs=False RefNotPermitted';
  assert.equal(says('{name: c}', own), 'ResolvedRefs=True ResolvedRefs');
  assert.equal(says('', own), invalid);
  assert.equal(says('{name: gone}', own), invalid);
  assert.equal(says('{name: c, kind: ConfigMap}', own), invalid);
  assert.equal(says('{name: c, group: x.example}', own), invalid);
  assert.equal(says('{name: c}', own.replace(/tls.crt: \S+,/, 'tls.crt: eA==,')), invalid);
  assert.equal(says(elsewhere, other), forbidden);
  assert.equal(
    says(elsewhere, other, grant('vault', from('shop'), '{group: "", kind: Secret}')),
    'ResolvedRefs=True ResolvedRefs',
  );
  assert.equal(
    says(elsewhere, other, grant('vault', from('shop'), '{group: "", kind: Secret, name: c}')),
    'ResolvedRefs=True ResolvedRefs',
  );
  for (const wrong of [
    grant('vault', from('shop'), '{group: "", kind: Secret, name: d}'),
    grant('vault', from('shop'), '{group: "", kind: Service}'),
    grant('vault', from('shop', 'HTTPRoute'), '{group: "", kind: Secret}'),
    grant('vault', from('other'), '{group: "", kind: Secret}'),
    grant('vault', '{group: "", kind: Gateway, namespace: shop}', '{group: "", kind: Secret}'),
    grant('shop', from('shop'), '{group: "", kind: Secret}'),
  ])
    assert.equal(says(elsewhere, other, wrong), forbidden, wrong);
});

test('a route attaches by name, section and port, where the listener admits its namespace and shares a host', () => {
  const says = (parent: string, listeners = HTTP, more = ''): string =>
    routeSays(
      join(
        WEB,
        gateway(listeners),
        'kind: Namespace\nmetadata: {name: shop, labels: {team: a}}',
        route(`{parentRefs: [${parent}], ${more} rules: [{backendRefs: [{name: web, port: 80}]}]}`),
      ),
    )[0] ?? '';
  const listener = (allowed: string): string =>
    `{name: http, protocol: HTTP, port: 80, allowedRoutes: {namespaces: ${allowed}}}`;
  assert.equal(says('{name: web}'), 'Accepted=True Accepted');
  assert.equal(says('{name: web, sectionName: http, port: 80}'), 'Accepted=True Accepted');
  assert.equal(says('{name: web, sectionName: other}'), 'Accepted=False NoMatchingParent');
  assert.equal(says('{name: web, port: 81}'), 'Accepted=False NoMatchingParent');
  assert.equal(says('{name: web, sectionName: http, port: 81}'), 'Accepted=False NoMatchingParent');
  assert.equal(
    says('{name: web}', listener('{from: Selector, selector: {matchLabels: {team: a}}}')),
    'Accepted=True Accepted',
  );
  assert.equal(
    says('{name: web}', listener('{from: Selector, selector: {matchLabels: {team: b}}}')),
    'Accepted=False NotAllowedByListeners',
  );
  assert.equal(says('{name: web}', listener('{from: None}')), 'Accepted=False NotAllowedByListeners');
  assert.equal(says('{name: web}', '{name: t, protocol: TCP, port: 80}'), 'Accepted=False NotAllowedByListeners');
  assert.equal(
    says('{name: web}', '{name: h, protocol: HTTP, port: 80, hostname: a.com}', 'hostnames: [b.com],'),
    'Accepted=False NoMatchingListenerHostname',
  );
  assert.equal(
    says('{name: web}', '{name: h, protocol: HTTP, port: 80, hostname: "*.a.com"}', 'hostnames: [b.a.com],'),
    'Accepted=True Accepted',
  );
});

test("a route of another namespace needs a listener for all, and a Gateway that nobody has is nobody's concern", () => {
  const far = (from: string) =>
    compiled(
      join(
        gateway(`{name: http, protocol: HTTP, port: 80, allowedRoutes: {namespaces: {from: ${from}}}}`),
        route('{parentRefs: [{name: web, namespace: shop}]}', 'HTTPRoute', 'r', 'far'),
      ),
    );
  const accepted = (from: string): string =>
    said(statusOf<RouteStatus>(far(from), 'HTTPRoute', 'r').parents[0]?.conditions)[0] ?? '';
  assert.deepEqual(
    [accepted('All'), accepted('Same')],
    ['Accepted=True Accepted', 'Accepted=False NotAllowedByListeners'],
  );
  const lost = compiled(route('{parentRefs: [{name: gone}]}'));
  assert.equal(
    lost.statuses.some(({ object }) => object.kind === 'HTTPRoute'),
    false,
  );
});

test('a backend that cannot be had is a condition with its reason, for every kind of route', () => {
  const allowed = (kind: string): string =>
    grant('far', `{group: gateway.networking.k8s.io, kind: ${kind}, namespace: shop}`, '{group: "", kind: Service}');
  const far = application('web', '10.0.0.9', 'far');
  for (const [kind, protocol] of [
    ['HTTPRoute', 'HTTP'],
    ['TCPRoute', 'TCP'],
    ['UDPRoute', 'UDP'],
  ] as const) {
    const says = (ref: string, ...more: string[]): string =>
      routeSays(
        join(
          WEB,
          far,
          gateway(`{name: l, protocol: ${protocol}, port: 80}`),
          route(`{parentRefs: [{name: web}], rules: [{backendRefs: [${ref}]}]}`, kind),
          ...more,
        ),
        kind,
      )[1] ?? '';
    assert.equal(says('{name: web, port: 80}'), 'ResolvedRefs=True ResolvedRefs');
    assert.equal(says('{name: gone, port: 80}'), 'ResolvedRefs=False BackendNotFound');
    assert.equal(says('{name: web, port: 81}'), 'ResolvedRefs=False BackendNotFound');
    assert.equal(says('{name: web, kind: Nonsense, port: 80}'), 'ResolvedRefs=False InvalidKind');
    assert.equal(says('{name: web, namespace: far, port: 80}'), 'ResolvedRefs=False RefNotPermitted');
    assert.equal(says('{name: web, namespace: far, port: 80}', allowed(kind)), 'ResolvedRefs=True ResolvedRefs');
    const other = kind === 'HTTPRoute' ? 'TCPRoute' : 'HTTPRoute';
    assert.equal(says('{name: web, namespace: far, port: 80}', allowed(other)), 'ResolvedRefs=False RefNotPermitted');
  }
});

test('a filter that nobody obeys, and a pattern that is none, are told, and their requests get an error', () => {
  const says = (rule: string) => {
    const result = compiled(
      join(
        WEB,
        gateway(HTTP),
        route(`{parentRefs: [{name: web}], rules: [{${rule}, backendRefs: [{name: web, port: 80}]}]}`),
      ),
    );
    return said(statusOf<RouteStatus>(result, 'HTTPRoute', 'r').parents[0]?.conditions)[0];
  };
  assert.equal(says('filters: [{type: ExtensionRef}]'), 'Accepted=False UnsupportedValue');
  assert.equal(says('matches: [{path: {type: RegularExpression, value: "("}}]'), 'Accepted=False UnsupportedValue');
  assert.equal(says('filters: [{type: URLRewrite, urlRewrite: {hostname: a.com}}]'), 'Accepted=True Accepted');
});

test('a parent of another controller keeps its entry, and ours goes with the reference', () => {
  const entry = (name: string, controllerName: string): string =>
    `{parentRef: {name: ${name}}, controllerName: ${controllerName}, conditions: []}`;
  const status = `status: {parents: [${entry('web', 'kubewire.dev/gateway')}, ${entry('foreign', 'example.com/x')}]}`;
  const left = compiled(join(gateway(HTTP), `${route('{parentRefs: []}')}\n${status}`));
  const { parents } = statusOf<RouteStatus>(left, 'HTTPRoute', 'r');
  assert.deepEqual(
    parents.map(({ controllerName }) => controllerName),
    ['example.com/x'],
  );
});

test('listeners count the routes that are attached to them, each once', () => {
  const two = `${HTTP}, {name: other, protocol: HTTP, port: 8080}`;
  const { listeners } = gatewaySays(
    join(
      gateway(two),
      route('{parentRefs: [{name: web}, {name: web, sectionName: http}]}'),
      route('{parentRefs: [{name: web, sectionName: http}]}', 'HTTPRoute', 'q'),
      route('{parentRefs: [{name: web, sectionName: gone}]}', 'HTTPRoute', 'p'),
    ),
  );
  assert.deepEqual(
    listeners.map(({ name, attachedRoutes }) => [name, attachedRoutes]),
    [
      ['http', 2],
      ['other', 1],
    ],
  );
});
