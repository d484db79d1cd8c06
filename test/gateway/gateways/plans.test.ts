// plans.test.ts - what a proxy is to serve for Gateways: their Services and ports, and who gets the requests of a listener.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StreamPort } from '../../../src/gateway/plan.js';
import { application, compiled, gateway, HTTP, join, route, statusOf, takerOf } from '../objects.js';

interface GatewayStatus {
  readonly addresses: readonly { readonly value: string }[];
}

test('every Gateway has a Service of its own, whose ports lead to ports that no other has, and keep doing so', () => {
  const first = compiled(join(gateway(HTTP), gateway(`${HTTP}, {name: d, protocol: UDP, port: 53}`, 'two'))).services;
  const ports = (services: typeof first.create): unknown[] =>
    services.map(({ metadata, spec }) => [
      metadata.namespace,
      metadata.name,
      spec.ports?.map(({ protocol, port, targetPort }) => `${protocol} ${port} ${targetPort}`),
    ]);
  assert.deepEqual(ports(first.create), [
    ['ingress', 'gateway-shop-web', ['TCP 80 10000']],
    ['ingress', 'gateway-shop-two', ['TCP 80 10001', 'UDP 53 10002']],
  ]);
  const known = first.create.map((service) =>
    JSON.stringify({ ...service, status: { loadBalancer: { ingress: [{ ip: '192.168.0.250' }] } } }),
  );
  const later = compiled(join(gateway(`${HTTP}, {name: e, protocol: HTTP, port: 81}`, 'two'), ...known)).services;
  assert.deepEqual(
    [ports(later.create), ports(later.update)],
    [[], [['ingress', 'gateway-shop-two', ['TCP 80 10001', 'TCP 81 10003']]]],
  );
  assert.deepEqual(
    later.remove.map(({ metadata }) => metadata.name),
    ['gateway-shop-web'],
  );
  const same = compiled(join(gateway(HTTP), gateway(`${HTTP}, {name: d, protocol: UDP, port: 53}`, 'two'), ...known));
  assert.deepEqual([same.services.create, same.services.update, same.services.remove], [[], [], []]);
  assert.deepEqual(
    statusOf<GatewayStatus>(same, 'Gateway', 'web').addresses.map(({ value }) => value),
    ['192.168.0.250'],
  );
});

test('a request is for the listener with the most special host alone, and there for the most special rule', () => {
  const on = (host: string, port = 80): string =>
    `{name: l${host.replaceAll(/\W/g, '-')}, protocol: HTTP, port: ${port}, ${host && `hostname: "${host}"`}}`;
  const to = (name: string, spec: string, section: string): string =>
    route(
      `{parentRefs: [{name: web, sectionName: ${section}}], ${spec} rules: [{backendRefs: [{name: ${name}, port: 80}]}]}`,
      'HTTPRoute',
      name,
    );
  const result = compiled(
    join(
      ...['any', 'wild', 'exact', 'part'].map((name, i) => application(name, `10.0.0.${i + 1}`)),
      gateway([on(''), on('*.a.com'), on('x.a.com')].join(', ')),
      to('any', '', 'l'),
      to('wild', '', 'l--a-com'),
      to('exact', 'hostnames: [x.a.com],', 'lx-a-com').replace(
        'rules: [{',
        'rules: [{matches: [{path: {value: /only}}],',
      ),
      to('part', 'hostnames: [y.a.com],', 'l--a-com'),
    ),
  );
  const urls = [
    'http://b.com/',
    'http://z.a.com/',
    'http://q.z.a.com/',
    'http://y.a.com/',
    'http://x.a.com/only',
    'http://x.a.com/',
  ];
  assert.deepEqual(
    urls.map((url) => takerOf(result, 80, url)),
    ['shop/any:80', 'shop/wild:80', 'shop/wild:80', 'shop/part:80', 'shop/exact:80', '404'],
  );
});

test('the oldest route has a stream, and a listener without a route leads nowhere', () => {
  const stream = (name: string, created: string): string =>
    route(
      `{parentRefs: [{name: web, sectionName: a}], rules: [{backendRefs: [{name: ${name}, port: 80, weight: 3}]}]}`,
      'TCPRoute',
      name,
    ).replace('metadata: {', `metadata: {creationTimestamp: ${created}, `);
  const result = compiled(
    join(
      application('old', '10.0.0.1'),
      application('new', '10.0.0.2'),
      gateway('{name: a, protocol: TCP, port: 9000}, {name: b, protocol: TCP, port: 9001}'),
      stream('new', '2026-01-02T00:00:00Z'),
      stream('old', '2026-01-01T00:00:00Z'),
    ),
  );
  const streams = result.ports.filter((port): port is StreamPort => 'backends' in port);
  assert.deepEqual(
    streams.map(({ port, backends }) => [port, backends.map(({ name, weight }) => `${name} ${weight}`)]),
    [
      [9000, ['shop/old:80 3']],
      [9001, []],
    ],
  );
});
