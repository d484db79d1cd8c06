// ingress.test.ts - Ingress in a lab, asked by the real curl: the scenarios of ingress-controller-conformance, and what they leave out.
// Runs alone: a whole lab and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually, until } from '../support/eventually.js';
import { labUnavailable, programUnavailable, User } from './harness.js';
import { appOf, type CurlResult, Outside, selfSigned, servedBy } from './outside.js';

const unavailable = labUnavailable() ?? programUnavailable('curl') ?? programUnavailable('nsenter');

/** A Deployment and its Service at port 8080, both of one name. */
const application = (name: string, replicas = 1): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: a, image: a, ports: [{containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{name: http, port: 8080}]}
`;

const ingress = (name: string, spec: object): string =>
  JSON.stringify({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name }, spec });

const to = (name: string, port: object = { number: 8080 }): object => ({ service: { name, port } });

const rule = (host: string, ...paths: [path: string, pathType: string, service: string][]): object => ({
  host,
  http: { paths: paths.map(([path, pathType, service]) => ({ path, pathType, backend: to(service) })) },
});

describe('Ingress', { skip: unavailable ?? programUnavailable('openssl') ?? false }, () => {
  const user = new User();
  let outside: Outside;
  let address = '';

  before(async () => {
    await user.up('--ingress');
    // One proxy, so that what it knows everybody knows.
    await user.must('scale', '-n', 'ingress', 'deploy/ingress', '--replicas=1');
    outside = await Outside.of(user);
    const path = 'jsonpath={.status.loadBalancer.ingress[0].ip}';
    address = await user.must('get', 'service', '-n', 'ingress', 'ingress', '-o', path);
  });
  after(() => user.leave());

  const curl = (url: string, ...words: string[]): Promise<CurlResult> => outside.curl(address, url, ...words);

  /** Applies manifests for as long as the scenarios of a feature run, and waits until the Ingress has its address. */
  function given(name: string, ...texts: string[]): void {
    const file = user.file(`${name}.yaml`, texts.join('\n---\n'));
    before(async () => {
      await user.must('apply', '-f', file);
      await until(async () => (await addressOf(name)) === address);
    });
    after(() => user.must('delete', '-f', file));
  }

  const addressOf = (name: string): Promise<string> =>
    user.must('get', 'ingress', name, '-o', 'jsonpath={.status.loadBalancer.ingress[0].ip}');

  /** Asks until somebody serves it: rules and pods come at their own pace. */
  const served = (url: string, ...words: string[]) =>
    eventually(async () => {
      const result = await curl(url, ...words);
      return result.status === 200 ? servedBy(result) : null;
    });

  describe('path rules', () => {
    const names = ['foo-exact', 'foo-prefix', 'aaa-prefix', 'aaa-bbb-prefix', 'aaa-bbb-slash', 'foo-slash-exact'];
    given(
      'path-rules',
      ...names.map((name) => application(name)),
      ingress('path-rules', {
        rules: [
          rule('exact', ['/foo', 'Exact', 'foo-exact']),
          rule(
            'prefix',
            ['/foo', 'Prefix', 'foo-prefix'],
            ['/aaa/bbb', 'Prefix', 'aaa-bbb-prefix'],
            ['/aaa', 'Prefix', 'aaa-prefix'],
          ),
          rule('mixed', ['/foo', 'Prefix', 'foo-prefix'], ['/foo', 'Exact', 'foo-exact']),
          rule('trailing', ['/aaa/bbb/', 'Prefix', 'aaa-bbb-slash'], ['/foo/', 'Exact', 'foo-slash-exact']),
        ],
      }),
    );
    const cases: [host: string, path: string, service: string | null, sentence: string][] = [
      ['exact', '/foo', 'foo-exact', 'an exact path takes itself'],
      ['exact', '/foo/', null, 'an exact path does not take itself with a slash at the end'],
      ['exact', '/FOO', null, 'an exact path is of its own case'],
      ['exact', '/bar', null, 'an exact path takes no other'],
      ['prefix', '/foo', 'foo-prefix', 'a prefix takes itself'],
      ['prefix', '/foo/', 'foo-prefix', 'a prefix takes itself with a slash at the end'],
      ['prefix', '/FOO', null, 'a prefix is of its own case'],
      ['prefix', '/aaa/bbb', 'aaa-bbb-prefix', 'the longest prefix takes a path'],
      ['prefix', '/aaa/bbb/ccc', 'aaa-bbb-prefix', 'the longest prefix takes what is below it'],
      ['prefix', '/aaa/ccc', 'aaa-prefix', 'a prefix takes what is below it and below no longer one'],
      ['prefix', '/aaaccc', null, 'a prefix is of whole elements'],
      ['prefix', '/foo/?x=1', 'foo-prefix', 'a slash at the end, and a query, are nothing to a prefix'],
      ['mixed', '/foo', 'foo-exact', 'an exact path comes before a prefix'],
      ['trailing', '/aaa/bbb', 'aaa-bbb-slash', 'a prefix with a slash takes the path without it'],
      ['trailing', '/aaa/bbb/', 'aaa-bbb-slash', 'a prefix with a slash takes the path with it'],
      ['trailing', '/foo', null, 'an exact path with a slash does not take the path without it'],
    ];
    for (const [host, path, service, sentence] of cases)
      test(`${sentence}: ${path}`, async () => {
        const url = `http://${host}${path}`;
        if (service === null) return assert.equal((await curl(url)).status, 404);
        const found = await served(url);
        assert.deepEqual([appOf(found), found.request.url], [service, path]);
      });
  });

  describe('host rules', () => {
    const { certificate, secret } = unavailable ? { certificate: '', secret: '' } : selfSigned(user, 'foo.bar.com');
    given(
      'host-rules',
      secret,
      application('wildcard-foo-com'),
      application('foo-bar-com'),
      ingress('host-rules', {
        tls: [{ hosts: ['foo.bar.com'], secretName: 'conformance-tls' }],
        rules: [
          rule('*.foo.com', ['/', 'Prefix', 'wildcard-foo-com']),
          {
            host: 'foo.bar.com',
            http: { paths: [{ path: '/', pathType: 'Prefix', backend: to('foo-bar-com', { name: 'http' }) }] },
          },
        ],
      }),
    );
    const isFor = async (url: string, service: string, host: string, ...words: string[]): Promise<void> => {
      const found = await served(url, ...words);
      assert.deepEqual([appOf(found), found.request.headers.host], [service, host]);
    };
    test('a host is served over TLS, with the certificate of its Secret', () =>
      isFor('https://foo.bar.com', 'foo-bar-com', 'foo.bar.com', '--cacert', certificate));
    test('the same host is served in the clear', () => isFor('http://foo.bar.com', 'foo-bar-com', 'foo.bar.com'));
    test('a host takes no other', async () => {
      assert.equal((await curl('http://subdomain.bar.com')).status, 404);
    });
    test('a wildcard takes a host with one more label', () =>
      isFor('http://bar.foo.com', 'wildcard-foo-com', 'bar.foo.com'));
    test('a wildcard does not take a host with two more labels', async () => {
      assert.equal((await curl('http://baz.bar.foo.com')).status, 404);
    });
    test('a wildcard does not take a host without one more label', async () => {
      assert.equal((await curl('http://foo.com')).status, 404);
    });
    test('a host without a certificate gets one that nobody vouches for', async () => {
      assert.equal((await curl('https://bar.foo.com', '--cacert', certificate)).code, 60);
      await isFor('https://bar.foo.com', 'wildcard-foo-com', 'bar.foo.com', '--insecure');
    });
    test('HTTP/2 is spoken over TLS and in the clear, and HTTP/1.1 to whoever asks for more and cannot have it', async () => {
      const version = async (url: string, flag: string): Promise<string> => (await curl(url, flag, '-k')).version;
      assert.equal(await version('https://foo.bar.com', '--http2'), '2');
      assert.equal(await version('https://foo.bar.com', '--http1.1'), '1.1');
      assert.equal(await version('http://foo.bar.com', '--http2-prior-knowledge'), '2');
      assert.equal(await version('http://foo.bar.com', '--http2'), '1.1');
      const { request } = await served('https://foo.bar.com/a?b', '-k', '--http2', '-X', 'POST', '-d', 'x=1');
      assert.deepEqual([request.method, request.url, request.headers.host], ['POST', '/a?b', 'foo.bar.com']);
    });
    test('pods are told who asked, and for what; what a client says of that itself is replaced', async () => {
      const { request } = await served('https://foo.bar.com/', '-k', '-H', 'X-Forwarded-For: 1.2.3.4');
      const names = ['for', 'host', 'port', 'proto'];
      assert.deepEqual(
        names.map((name) => request.headers[`x-forwarded-${name}`]),
        ['203.0.113.10', 'foo.bar.com', '443', 'https'],
      );
    });
    test('a WebSocket goes through, both ways', async () => {
      const key = ['-H', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==', '-H', 'Sec-WebSocket-Version: 13'];
      const upgrade = ['-N', '--http1.1', '-H', 'Connection: Upgrade', '-H', 'Upgrade: websocket', ...key];
      const { status, headers, body } = await curl('http://foo.bar.com/', ...upgrade, '--max-time', '1');
      assert.deepEqual([status, headers['sec-websocket-accept']], [101, 's3pPLMBiTxaQ9kYGzzhZRbK+xOo=']);
      assert.match(body, /pod=default\/foo-bar-com-/);
    });
  });

  describe('default backend', () => {
    given('default-backend', application('echo'), ingress('default-backend', { defaultBackend: to('echo') }));
    const cases: [method: string, host: string, path: string][] = [
      ['GET', 'my-host', '/'],
      ['GET', 'my-host', '/sub-path'],
      ['POST', 'some-host', '/'],
      ['PUT', '', '/resource'],
      ['DELETE', 'some-host', '/resource'],
      ['PATCH', 'my-host', '/resource'],
    ];
    test('an Ingress without rules sends all requests to its default backend', async () => {
      for (const [method, host, path] of cases) {
        const url = `http://${host || address}${path}`;
        await served(url, '-X', method);
        const result = await curl(url, '-X', method, '-A', 'conformance/1');
        assert.equal(result.version, '1.1');
        for (const name of ['content-length', 'content-type', 'date', 'server']) assert.ok(result.headers[name], name);
        const found = servedBy(result);
        const { request } = found;
        assert.deepEqual(
          [appOf(found), request.method, request.url, request.httpVersion, request.headers['user-agent']],
          ['echo', method, path, '1.1', 'conformance/1'],
        );
      }
    });
  });

  describe('load balancing', () => {
    given('load-balancing', application('many', 10), ingress('load-balancing', { defaultBackend: to('many') }));
    test('a hundred requests reach every one of ten pods, and none fails', async () => {
      await user.must('get', 'deploy', 'many');
      await until(async () => (await readyPods()).length === 10 && appOf(await served('http://x/')) === 'many');
      const urls = Array.from({ length: 100 }, (_, i) => `http://load-balancing/${i}`);
      await until(async () => new Set((await Promise.all(urls.slice(0, 20).map(podOf))).values()).size === 10);
      assert.equal(new Set(await Promise.all(urls.map(podOf))).size, 10);
    });
    const podOf = async (url: string): Promise<string> => servedBy(await curl(url)).pod;
    const readyPods = async (): Promise<string[]> => {
      const text = await user.must('get', 'endpointslices', '-o', 'json');
      const { items } = JSON.parse(text) as { items: { metadata: { name: string }; endpoints?: object[] }[] };
      return items.flatMap(({ metadata, endpoints }) =>
        metadata.name.startsWith('many-') ? (endpoints ?? []).map((one) => JSON.stringify(one)) : [],
      );
    };
    test('a Service that is not there, and one without pods, are status 503 with the reason', async () => {
      await user.must('scale', 'deploy/many', '--replicas=0');
      const result = await eventually(async () => {
        const one = await curl('http://load-balancing/');
        return one.status === 503 ? one : null;
      });
      assert.match(result.body, /^503: default\/many:8080: no endpoint is ready/);
    });
  });

  describe('ingress class', () => {
    test('an Ingress of a class that is not ours gets no address and no requests', async () => {
      const spec = { ingressClassName: 'another', rules: [rule('ingress-class', ['/', 'Prefix', 'echo'])] };
      const own = ingress('ours', { ingressClassName: 'kubewire', defaultBackend: to('echo') });
      const file = user.file('class.yaml', `${ingress('foreign', spec)}\n---\n${own}`);
      await user.must('apply', '-f', file);
      // The one that came later has its address: the other one would have it by now.
      await until(async () => (await addressOf('ours')) === address);
      assert.equal(await addressOf('foreign'), '');
      assert.match((await curl('http://ingress-class/')).body, /^503: Service default\/echo does not exist/);
      await user.must('delete', '-f', file);
    });
  });
});
