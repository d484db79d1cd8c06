// ingress.test.ts - Ingresses as rules, certificates and statuses.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { application, compiled, statusOf, takerOf } from './objects.js';

const ingress = (name: string, spec: string, more = ''): string =>
  `apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: ${name}${more}}\nspec: ${spec}`;

const path = (value: string, type: string, service: string): string =>
  `{path: ${value}, pathType: ${type}, backend: {service: {name: ${service}, port: {number: 80}}}}`;

const APPS = [application('web', '10.0.0.1'), application('cart', '10.0.0.2')].join('\n---\n');

const ofKind = (result: ReturnType<typeof compiled>): string[] =>
  result.statuses.filter(({ object }) => object.kind === 'Ingress').map(({ object }) => object.metadata.name);

const ADDRESS = { loadBalancer: { ingress: [{ ip: '192.168.0.240' }] } };

test('rules of several Ingresses are one table; a default backend takes what no rule of any of them takes', () => {
  const result = compiled(
    [
      APPS,
      ingress('a', `{rules: [{host: a.com, http: {paths: [${path('/', 'Prefix', 'web')}]}}]}`),
      ingress('b', `{rules: [{host: a.com, http: {paths: [${path('/cart', 'ImplementationSpecific', 'cart')}]}}]}`),
      ingress('c', '{defaultBackend: {service: {name: fallback, port: {number: 80}}}}'),
    ].join('\n---\n'),
  );
  const urls = ['http://a.com/x', 'http://a.com/cart/1', 'http://b.com/'];
  assert.deepEqual(
    urls.map((url) => takerOf(result, 80, url)),
    ['shop/web:80', 'shop/cart:80', 'shop/fallback:80'],
  );
  assert.deepEqual(
    urls.map((url) => takerOf(result, 443, url)),
    ['shop/web:80', 'shop/cart:80', 'shop/fallback:80'],
  );
});

test('only Ingresses of our class are served and get the address; who leaves the class loses it', () => {
  const rule = `rules: [{host: a.com, http: {paths: [${path('/', 'Prefix', 'web')}]}}]`;
  const result = compiled(
    [
      ingress('default', '{}'),
      ingress('named', '{ingressClassName: kubewire}'),
      ingress('old', '{}', ', annotations: {kubernetes.io/ingress.class: kubewire}'),
      ingress('foreign', `{ingressClassName: other, ${rule}}`),
      `${ingress('left', '{ingressClassName: other}')}\nstatus: {loadBalancer: {ingress: [{ip: 192.168.0.240}]}}`,
      `${ingress('done', '{}')}\nstatus: {loadBalancer: {ingress: [{ip: 192.168.0.240}]}}`,
    ].join('\n---\n'),
  );
  assert.deepEqual(ofKind(result), ['default', 'named', 'old', 'left']);
  assert.deepEqual(statusOf(result, 'Ingress', 'named'), ADDRESS);
  assert.deepEqual(statusOf(result, 'Ingress', 'left'), { loadBalancer: { ingress: [] } });
  assert.equal(takerOf(result, 80, 'http://a.com/'), '404');
});

test('a Secret that cannot be used is told, and does not stop the rest', () => {
  const secret = (type: string): string =>
    `kind: Secret\nmetadata: {name: ${type}}\ntype: ${type}\ndata: {tls.crt: eA==, tls.key: eA==}`;
  const result = compiled(
    [
      secret('Opaque'),
      secret('kubernetes.io/tls'),
      ingress(
        'a',
        '{tls: [{hosts: [a.com], secretName: Opaque}, {secretName: kubernetes.io/tls}, {secretName: gone}]}',
      ),
    ].join('\n---\n'),
  );
  assert.deepEqual(result.problems, [
    'Ingress shop/a: Secret shop/Opaque is of type Opaque, not kubernetes.io/tls',
    'Ingress shop/a: Secret shop/kubernetes.io/tls: tls.crt and tls.key are not a certificate and its key',
    'Ingress shop/a: Secret shop/gone does not exist',
  ]);
  assert.deepEqual(ofKind(result), ['a']);
});
