// server.test.ts - who we are to a server: certificates, tokens, files, plugins, proxies, as a kubeconfig names them.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { listenSecurely } from '../../src/api/secure/listener.js';
import type { Target } from '../../src/live/kubeconfig.js';
import { proxyFor } from '../../src/live/proxy.js';
import { LiveServer } from '../../src/live/server.js';
import { type Served, serve } from './served.js';

let served: Served;

before(async () => {
  served = await serve();
});

after(() => served.close());

/** The kubeconfig's target without anything that says who we are. */
const nobody = (): Target => ({ ...served.target, certificate: null, key: null, token: null });
const ask = (change: Partial<Target>, clock = Date.now): Promise<unknown> =>
  new LiveServer({ ...nobody(), ...change }, {}, clock).get('/api/v1/namespaces');

/** A plugin that prints the token in a file. */
function plugin(status: string): NonNullable<Target['exec']> {
  const apiVersion = 'client.authentication.k8s.io/v1';
  const script = `test -n "$KUBERNETES_EXEC_INFO" && echo run >> "$RUNS" && printf '{"kind":"ExecCredential","apiVersion":"${apiVersion}","status":${status}}'`;
  const env = [{ name: 'RUNS', value: join(served.folder, 'runs') }];
  return { apiVersion, command: 'sh', args: ['-c', script], env, installHint: '', provideClusterInfo: true };
}

test('a certificate, a token and a token file open the door; nothing and a wrong token do not', async () => {
  await ask({ certificate: served.target.certificate, key: served.target.key });
  await ask({ token: { text: 'let-me-in' } });
  const file = join(served.folder, 'token');
  writeFileSync(file, 'let-me-in\n');
  await ask({ token: { file } });
  await assert.rejects(ask({}), /Unauthorized/);
  await assert.rejects(ask({ token: { text: 'wrong' } }), /Unauthorized/);
  await assert.rejects(
    ask({ token: { file: join(served.folder, 'absent') } }),
    /absent, which the kubeconfig names, does not exist/,
  );
});

test('an exec plugin runs once, again when its answer has expired, and again when it is refused', async () => {
  const runs = async (): Promise<number> =>
    (await import('node:fs')).readFileSync(join(served.folder, 'runs'), 'utf8').split('\n').length - 1;
  let now = Date.parse('2026-01-01T00:00:00Z');
  const exec = plugin('{"token":"let-me-in","expirationTimestamp":"2026-01-01T01:00:00Z"}');
  const server = new LiveServer({ ...nobody(), exec }, {}, () => now);
  for (let i = 0; i < 3; i++) await server.get('/api/v1/namespaces');
  assert.equal(await runs(), 1);
  now += 3_600_000;
  await server.get('/api/v1/namespaces');
  assert.equal(await runs(), 2);
  await assert.rejects(ask({ exec: plugin('{"token":"wrong"}') }), /Unauthorized/);
  assert.equal(await runs(), 4);
});

test('a plugin that is missing, fails or prints something else is named', async () => {
  const exec = plugin('{}');
  const missing = { ...exec, command: 'no-such-plugin', installHint: 'Install it.' };
  await assert.rejects(ask({ exec: missing }), /the exec plugin no-such-plugin is not installed/);
  await assert.rejects(
    ask({ exec: { ...exec, args: ['-c', 'echo no >&2; exit 3'] } }),
    /the exec plugin sh failed: no/,
  );
  await assert.rejects(ask({ exec: { ...exec, args: ['-c', 'echo hello'] } }), /printed no ExecCredential/);
});

test('a server with another authority is not trusted, unless the kubeconfig says to skip that', async () => {
  const { certificate } = await listenSecurely({
    port: 0,
    host: '127.0.0.1',
    names: [],
    tokens: new Map(),
    clock: () => new Date(),
  }).then(async (other) => {
    await other.close();
    return other.access.authority.ca;
  });
  const token = { text: 'let-me-in' };
  await assert.rejects(ask({ token, authority: { text: certificate } }), /is not trusted/);
  await ask({ token, authority: null, insecure: true });
  await assert.rejects(ask({ token, serverName: 'elsewhere.example' }), /is not trusted/);
  await ask({ token, serverName: 'localhost' });
});

test('a server that is not there is named with its context', async () => {
  await assert.rejects(
    ask({ server: 'https://127.0.0.1:1' }),
    /https:\/\/127\.0\.0\.1:1 of context lab cannot be reached/,
  );
});

test('requests go through the proxy of the kubeconfig', async () => {
  const through: string[] = [];
  const proxy = createServer().on('connect', ({ url = '' }: IncomingMessage, client) => {
    through.push(url);
    const [host = '', port = ''] = url.split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    client.on('error', () => upstream.destroy());
    upstream.on('error', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const { port } = proxy.address() as AddressInfo;
  await ask({ token: { text: 'let-me-in' }, proxy: `http://127.0.0.1:${port}` });
  assert.deepEqual(through, [served.target.server.replace('https://', '')]);
  proxy.close();
  await assert.rejects(
    async () => ask({ proxy: 'ftp://127.0.0.1' }),
    /proxy "ftp:\/\/127\.0\.0\.1" is of no kind that is known/,
  );
});

test('the proxy of the environment is used as Go does: not for this machine, and not for what NO_PROXY names', () => {
  const environment = { HTTPS_PROXY: 'http://proxy:3128', no_proxy: 'internal.example, 10.0.0.0/8 ,.corp' };
  const proxied = (server: string): boolean => proxyFor(server, undefined, environment) !== null;
  assert.equal(proxied('https://api.example:6443'), true);
  assert.equal(proxied('http://api.example'), false);
  for (const host of [
    'localhost',
    '127.0.0.1',
    '[::1]',
    'internal.example',
    'api.internal.example',
    'a.corp',
    '10.1.2.3',
  ]) {
    assert.equal(proxied(`https://${host}:6443`), false, host);
  }
  assert.equal(proxyFor('https://127.0.0.1', 'socks5://there:1080', environment), 'socks5://there:1080');
});
