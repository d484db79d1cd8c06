// gateway.test.ts - Gateway API in a lab, asked by the real curl and nc: HTTPRoute, TCPRoute, UDPRoute and ReferenceGrant.
// Runs alone: a whole lab and real clients. What Gateways and routes are told is in test/gateway/gateways.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { eventually, until } from '../support/eventually.js';
import { labUnavailable, programUnavailable, root, User } from './harness.js';
import { appOf, type CurlResult, Outside, selfSigned, servedBy } from './outside.js';

const unavailable =
  labUnavailable() ?? programUnavailable('curl') ?? programUnavailable('nsenter') ?? programUnavailable('nc');

const API = 'gateway.networking.k8s.io/v1';

/** A Deployment with one pod and its Service, for HTTP and TCP at 8080, for UDP at 5300. */
const application = (name: string, namespace = 'default'): object[] => {
  const ports = [{ containerPort: 8080 }, { containerPort: 5300, protocol: 'UDP' }];
  const metadata = { name, namespace };
  const template = { metadata: { labels: { app: name } }, spec: { containers: [{ name: 'a', image: 'a', ports }] } };
  const served = [
    { name: 'http', port: 8080 },
    { name: 'udp', port: 5300, protocol: 'UDP' },
  ];
  return [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata,
      spec: { selector: { matchLabels: { app: name } }, template },
    },
    { apiVersion: 'v1', kind: 'Service', metadata, spec: { selector: { app: name }, ports: served } },
  ];
};

const gateway = (name: string, ...listeners: object[]): object => ({
  ...{ apiVersion: API, kind: 'Gateway', metadata: { name }, spec: { gatewayClassName: 'kubewire', listeners } },
});

const http = (name: string, more: object = {}, port = 80): object => ({ name, protocol: 'HTTP', port, ...more });
const stream = (name: string, protocol: string, port: number): object => ({ name, protocol, port });

const route = (name: string, parent: object, rules: object[], more: object = {}, kind = 'HTTPRoute'): object => ({
  ...{ apiVersion: API, kind, metadata: { name }, spec: { parentRefs: [parent], rules, ...more } },
});

const to = (name: string, more: object = {}): object => ({ name, port: 8080, ...more });
const toUdp = (name: string, more: object = {}): object => ({ name, port: 5300, ...more });
const path = (value: string, type = 'PathPrefix'): object => ({ path: { type, value } });
const header = (name: string, value: string): object => ({ headers: [{ name, value }] });

const OBJECTS: object[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'far' } },
  ...['v1', 'v2', 'v3'].flatMap((name) => application(name)),
  ...application('far', 'far'),
  {
    ...{ apiVersion: API, kind: 'ReferenceGrant', metadata: { name: 'g', namespace: 'far' } },
    spec: {
      from: ['HTTPRoute', 'TCPRoute'].map((kind) => ({
        group: 'gateway.networking.k8s.io',
        kind,
        namespace: 'default',
      })),
      to: [{ group: '', kind: 'Service', name: 'far' }],
    },
  },
  gateway('web', http('http'), http('alt', {}, 8080)),
  gateway(
    'hosts',
    http('exact', { hostname: 'very.specific.com' }),
    http('wild', { hostname: '*.wildcard.io' }),
    http('rest'),
  ),
  gateway('all', http('http', { allowedRoutes: { namespaces: { from: 'All' } } })),
  gateway(
    'streams',
    ...[9000, 9001, 9002, 9003].map((port) => stream(`tcp-${port}`, 'TCP', port)),
    ...[5300, 5301, 5302].map((port) => stream(`udp-${port}`, 'UDP', port)),
  ),
  route('matching', { name: 'web', sectionName: 'http' }, [
    { matches: [path('/'), header('version', 'one')], backendRefs: [to('v1')] },
    { matches: [path('/v2'), header('version', 'two')], backendRefs: [to('v2')] },
    { matches: [{ ...path('/v2/'), ...header('version', 'three') }], backendRefs: [to('v3')] },
    { matches: [path('/exact', 'Exact')], backendRefs: [to('v3')] },
    { matches: [{ ...path('/method'), method: 'PATCH' }], backendRefs: [to('v2')] },
    { matches: [{ ...path('/query'), queryParams: [{ name: 'animal', value: 'whale' }] }], backendRefs: [to('v3')] },
    {
      matches: [path('/weights')],
      backendRefs: [to('v1', { weight: 7 }), to('v2', { weight: 3 }), to('v3', { weight: 0 })],
    },
    { matches: [path('/granted')], backendRefs: [to('far', { namespace: 'far' })] },
    { matches: [path('/gone')], backendRefs: [to('gone')] },
    { matches: [path('/nonsense')], backendRefs: [to('v1', { kind: 'Nonsense' })] },
  ]),
  route('filters', { name: 'web', port: 8080 }, [
    {
      matches: [path('/redirect')],
      filters: [{ type: 'RequestRedirect', requestRedirect: { hostname: 'example.org', statusCode: 301 } }],
    },
    {
      matches: [path('/scheme')],
      filters: [{ type: 'RequestRedirect', requestRedirect: { scheme: 'https' } }],
    },
    {
      matches: [path('/old')],
      filters: [
        {
          type: 'URLRewrite',
          urlRewrite: { hostname: 'one.example', path: { type: 'ReplacePrefixMatch', replacePrefixMatch: '/new' } },
        },
      ],
      backendRefs: [to('v1')],
    },
    {
      matches: [path('/headers')],
      filters: [
        {
          type: 'RequestHeaderModifier',
          requestHeaderModifier: {
            set: [{ name: 'X-Set', value: 'set' }],
            add: [{ name: 'X-Add', value: 'add' }],
            remove: ['X-Remove'],
          },
        },
        { type: 'ResponseHeaderModifier', responseHeaderModifier: { set: [{ name: 'Server', value: 'gateway' }] } },
      ],
      backendRefs: [to('v1')],
    },
    { matches: [path('/unknown')], filters: [{ type: 'ExtensionRef' }], backendRefs: [to('v1')] },
  ]),
  route('exact-host', { name: 'hosts' }, [{ backendRefs: [to('v1')] }], { hostnames: ['very.specific.com'] }),
  route('wild-host', { name: 'hosts' }, [{ backendRefs: [to('v2')] }], {
    hostnames: ['a.wildcard.io', 'b.c.wildcard.io'],
  }),
  route('any-host', { name: 'hosts', sectionName: 'rest' }, [{ backendRefs: [to('v3')] }]),
  {
    ...route('foreign', { name: 'all', namespace: 'default' }, [{ backendRefs: [to('far')] }]),
    metadata: { name: 'foreign', namespace: 'far' },
  },
  route('tcp-simple', { name: 'streams', sectionName: 'tcp-9000' }, [{ backendRefs: [to('v1')] }], {}, 'TCPRoute'),
  route(
    'tcp-port',
    { name: 'streams', port: 9001 },
    [{ backendRefs: [to('far', { namespace: 'far' })] }],
    {},
    'TCPRoute',
  ),
  route(
    'tcp-weights',
    { name: 'streams', sectionName: 'tcp-9002', port: 9002 },
    [{ backendRefs: [to('v1', { weight: 3 }), to('v2'), to('v3', { weight: 0 })] }],
    {},
    'TCPRoute',
  ),
  route('tcp-gone', { name: 'streams', sectionName: 'tcp-9003' }, [{ backendRefs: [to('gone')] }], {}, 'TCPRoute'),
  route('udp-simple', { name: 'streams', sectionName: 'udp-5300' }, [{ backendRefs: [toUdp('v1')] }], {}, 'UDPRoute'),
  route(
    'udp-port',
    { name: 'streams', port: 5301 },
    [{ backendRefs: [toUdp('v1', { weight: 3 }), toUdp('v2'), toUdp('v3', { weight: 0 })] }],
    {},
    'UDPRoute',
  ),
  route(
    'udp-forbidden',
    { name: 'streams', sectionName: 'udp-5302' },
    [{ backendRefs: [toUdp('far', { namespace: 'far' })] }],
    {},
    'UDPRoute',
  ),
];

describe('Gateway API', { skip: unavailable ?? programUnavailable('openssl') ?? false }, () => {
  const user = new User();
  let outside: Outside;
  const addresses = new Map<string, string>();

  before(async () => {
    const examples = ['ingress/controller.yaml', 'gateway/crds.yaml', 'gateway/class.yaml'];
    await user.up(...examples.flatMap((file) => ['-f', join(root, 'examples', file)]));
    await user.must('scale', '-n', 'ingress', 'deploy/ingress', '--replicas=1');
    outside = await Outside.of(user);
    await user.must(
      'apply',
      '-f',
      user.file('gateway.yaml', OBJECTS.map((one) => JSON.stringify(one)).join('\n---\n')),
    );
    for (const name of ['web', 'hosts', 'all', 'streams']) addresses.set(name, await eventually(() => addressOf(name)));
    // Every route's pods: whoever is served first says that all rules are in force.
    for (const version of ['one', 'two'])
      await until(async () => (await curl('web', 'http://a/', version)).status === 200);
    await until(async () => (await curl('web', 'http://a/granted')).status === 200);
    await until(async () => (await curl('all', 'http://a/')).status === 200);
  });
  after(() => user.leave());

  async function addressOf(name: string): Promise<string | null> {
    const given = await user.must('get', 'gateways', name, '-o', 'jsonpath={.status.addresses[*].value}');
    return given.split(' ')[0] || null;
  }

  /** @param version a header of that name */
  const curl = (gatewayName: string, url: string, version = '', ...words: string[]): Promise<CurlResult> =>
    outside.curl(addresses.get(gatewayName) ?? '', url, ...(version ? ['-H', `version: ${version}`] : []), ...words);

  /** The application that served it, or the status. */
  const taker = async (...given: Parameters<typeof curl>): Promise<string> => {
    const result = await curl(...given);
    return result.status === 200 ? appOf(servedBy(result)) : String(result.status);
  };

  test('paths and headers decide, the more special first', async () => {
    const cases: [url: string, version: string, app: string][] = [
      ['/', '', 'v1'],
      ['/example', '', 'v1'],
      ['/', 'one', 'v1'],
      ['/v2', '', 'v2'],
      ['/v2/example', '', 'v2'],
      ['/v2example', '', 'v1'],
      ['/foo/v2', '', 'v1'],
      ['/', 'two', 'v2'],
      ['/v2/example', 'three', 'v3'],
      ['/exact', '', 'v3'],
      ['/exact/', '', 'v1'],
    ];
    for (const [url, version, app] of cases)
      assert.equal(await taker('web', `http://a${url}`, version), app, `${url} ${version}`);
  });

  test('methods and query parameters decide, too', async () => {
    assert.equal(await taker('web', 'http://a/method', '', '-X', 'PATCH'), 'v2');
    assert.equal(await taker('web', 'http://a/method'), 'v1');
    assert.equal(await taker('web', 'http://a/query?animal=whale'), 'v3');
    assert.equal(await taker('web', 'http://a/query?animal=whalebone'), 'v1');
  });

  test('requests are shared by weight, and a backend without a weight gets none', async () => {
    const takers = await Promise.all(Array.from({ length: 200 }, () => taker('web', 'http://a/weights')));
    const share = takers.filter((app) => app === 'v1').length / takers.length;
    assert.deepEqual([...new Set(takers)].sort(), ['v1', 'v2']);
    // Seven standard deviations of 200 requests.
    assert.ok(Math.abs(share - 0.7) < 7 * Math.sqrt((0.7 * 0.3) / 200), `${share}`);
  });

  test('a backend of another namespace needs a grant; one that is not there, or is no Service, is status 500', async () => {
    assert.equal(await taker('web', 'http://a/granted'), 'far');
    assert.equal(await taker('web', 'http://a/gone'), '500');
    assert.equal(await taker('web', 'http://a/nonsense'), '500');
    await user.must('delete', 'referencegrants', '-n', 'far', 'g');
    await until(async () => (await taker('web', 'http://a/granted')) === '500');
    const granted = OBJECTS.find((one) => (one as { kind: string }).kind === 'ReferenceGrant');
    await user.must('apply', '-f', user.file('grant.yaml', JSON.stringify(granted)));
    await until(async () => (await taker('web', 'http://a/granted')) === 'far');
  });

  test('a request is redirected to the host or the scheme that the route says', async () => {
    const moved = async (url: string): Promise<unknown[]> => {
      const { status, headers } = await curl('web', url);
      return [status, headers.location];
    };
    assert.deepEqual(await moved('http://a.example:8080/redirect?x=1'), [301, 'http://example.org:8080/redirect?x=1']);
    assert.deepEqual(await moved('http://a.example:8080/scheme'), [302, 'https://a.example/scheme']);
  });

  test('host and path are rewritten, headers are changed on both ways, and a filter that nobody knows is status 500', async () => {
    const rewritten = servedBy(await curl('web', 'http://a:8080/old/x')).request;
    assert.deepEqual([rewritten.url, rewritten.headers.host], ['/new/x', 'one.example']);
    const given = ['-H', 'X-Set: client', '-H', 'X-Add: client', '-H', 'X-Remove: client'];
    const result = await curl('web', 'http://a:8080/headers', '', ...given);
    const { headers } = servedBy(result).request;
    assert.deepEqual([headers['x-set'], headers['x-add'], headers['x-remove']], ['set', 'client, add', undefined]);
    assert.equal(result.headers.server, 'gateway');
    assert.equal(await taker('web', 'http://a:8080/unknown'), '500');
  });

  test('hosts of listeners and routes meet: each request is for the most special listener alone', async () => {
    const cases: [host: string, app: string][] = [
      ['very.specific.com', 'v1'],
      ['a.wildcard.io', 'v2'],
      ['b.c.wildcard.io', 'v2'],
      ['z.wildcard.io', '404'],
      ['wildcard.io', 'v3'],
      ['other.com', 'v3'],
    ];
    for (const [host, app] of cases) assert.equal(await taker('hosts', `http://${host}/`), app, host);
  });

  test('a route of another namespace is served where the listener admits it', async () => {
    assert.equal(await taker('all', 'http://a/'), 'far');
  });

  test('an HTTPS listener has the certificate of its Secret, once the Secret is there', async () => {
    const tls = { certificateRefs: [{ name: 'conformance-tls' }] };
    const listener = { name: 'https', protocol: 'HTTPS', port: 443, hostname: 'secure.example', tls };
    const manifest = [gateway('secure', listener), route('secure', { name: 'secure' }, [{ backendRefs: [to('v1')] }])];
    await user.must(
      'apply',
      '-f',
      user.file('secure.yaml', manifest.map((one) => JSON.stringify(one)).join('\n---\n')),
    );
    const reason = 'jsonpath={.status.listeners[*].conditions[?(@.type=="ResolvedRefs")].reason}';
    const says = (): Promise<string> => user.must('get', 'gateways', 'secure', '-o', reason);
    await until(async () => (await says()) === 'InvalidCertificateRef');
    const { certificate, secret } = selfSigned(user, 'secure.example');
    await user.must('apply', '-f', user.file('secret.yaml', secret));
    addresses.set('secure', await eventually(() => addressOf('secure')));
    const url = 'https://secure.example/';
    await until(async () => (await curl('secure', url, '', '--cacert', certificate)).status === 200);
    const { request } = servedBy(await curl('secure', url, '', '--cacert', certificate));
    assert.deepEqual([request.headers['x-forwarded-proto'], request.headers['x-forwarded-port']], ['https', '443']);
    assert.equal((await curl('secure', 'https://other.example/', '', '--insecure')).status, 404);
  });

  test('a new listener, and a new host of one, are served without anything else changing', async () => {
    const listeners = [
      http('http', { allowedRoutes: { namespaces: { from: 'All' } } }),
      http('more', { hostname: 'more.example' }, 8081),
    ];
    const more = route('more', { name: 'all', sectionName: 'more' }, [{ backendRefs: [to('v2')] }]);
    const file = (listener: object[]): string =>
      user.file('more.yaml', `${JSON.stringify(gateway('all', ...listener))}\n---\n${JSON.stringify(more)}`);
    await user.must('apply', '-f', file(listeners));
    await until(async () => (await taker('all', 'http://more.example:8081/')) === 'v2');
    assert.equal(await taker('all', 'http://x:8081/'), '404');
    assert.equal(await taker('all', 'http://x/'), 'far');
    await user.must('apply', '-f', file(listeners.slice(0, 1)));
    await until(async () => (await curl('all', 'http://more.example:8081/', '', '--max-time', '1')).code !== 0);
    assert.equal(await taker('all', 'http://x/'), 'far');
  });

  /** The application that answers a line, over TCP or UDP; `` when nobody does. */
  async function say(port: number, ...flags: string[]): Promise<string> {
    const words = [...flags, '-w', '1', addresses.get('streams') ?? '', String(port)];
    const { stdout } = await outside.run('nc', words, 'hello\n');
    return /pod=[^/]+\/(\S+?)-[a-z0-9]+-[a-z0-9]+ /.exec(stdout)?.[1] ?? '';
  }

  const heardFrom = (port: number, app: string, ...flags: string[]) =>
    until(async () => (await say(port, ...flags)) === app);

  test('TCP goes where the route of the listener says, by section, by port, and to another namespace with a grant', async () => {
    await heardFrom(9000, 'v1', '-N');
    await heardFrom(9001, 'far', '-N');
    assert.equal(await say(9003, '-N'), '');
  });

  test('TCP connections are shared by weight, and a backend without a weight gets none', async () => {
    const takers = await Promise.all(Array.from({ length: 60 }, () => say(9002, '-N')));
    assert.deepEqual([...new Set(takers)].sort(), ['v1', 'v2']);
  });

  test('UDP goes where the route of the listener says, is shared by weight, and nowhere without a grant', async () => {
    await heardFrom(5300, 'v1', '-u');
    const takers = await Promise.all(Array.from({ length: 60 }, () => say(5301, '-u')));
    assert.deepEqual([...new Set(takers)].sort(), ['v1', 'v2']);
    assert.equal(await say(5302, '-u'), '');
  });
});
