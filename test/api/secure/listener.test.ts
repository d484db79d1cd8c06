// listener.test.ts - the API over HTTPS: who is let in by what, and 401 for all others on every path.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type Access, listenSecurely, type SecureListener } from '../../../src/api/secure/listener.js';
import { type ApiServer, createApiServer } from '../../../src/api/server.js';
import { createCluster } from '../../../src/cluster/cluster.js';

const folder = mkdtempSync(join(tmpdir(), 'kubewire-https-'));
const cluster = createCluster();
let now = new Date('2026-01-01T00:00:00Z');
let access: Access;
let server: ApiServer;
let secure: SecureListener;

before(async () => {
  const tokens = new Map([['let-me-in', { username: 'ann', groups: ['dev', 'system:authenticated'] }]]);
  const options = { port: 0, host: '127.0.0.1', names: ['kubernetes.default.svc', '10.96.0.1'], tokens };
  secure = await listenSecurely({ ...options, clock: () => now });
  access = secure.access;
  server = await createApiServer(cluster, { socketPath: join(folder, 'api.sock') }, { secure });
});

after(async () => {
  await Promise.all([server.close(), secure.close()]);
  cluster.close();
  rmSync(folder, { recursive: true });
});

interface Credentials {
  readonly token?: string;
  readonly cert?: string;
  readonly key?: string;
}

function ask(path: string, { token, cert, key }: Credentials = {}, servername?: string) {
  return new Promise<{ code: number; body: { kind?: string; reason?: string } }>((resolve, reject) => {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const tls = { ca: access.authority.ca.certificate, cert, key, ...(servername ? { servername } : {}) };
    const sent = request(`${access.server}${path}`, { headers, agent: false, ...tls }, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => {
        const body = text.startsWith('{') ? JSON.parse(text) : {};
        resolve({ code: answer.statusCode ?? 0, body });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}

const PATHS = ['/', '/version', '/healthz', '/api', '/apis', '/api/v1/secrets', '/openapi/v2', '/nowhere'];

test('without a token, with a wrong one or with a strange certificate there is 401 on every path', async () => {
  const stranger = await listenSecurely({
    port: 0,
    host: '127.0.0.1',
    names: [],
    tokens: new Map(),
    clock: () => new Date(),
  });
  const { certificate: cert, key } = stranger.access.authority.admin;
  for (const path of PATHS) {
    for (const credentials of [{}, { token: 'nope' }, { token: '' }, { cert, key }]) {
      const { code, body } = await ask(path, credentials);
      assert.equal(code, 401, `${path} ${JSON.stringify(Object.keys(credentials))}`);
      assert.equal(body.reason, 'Unauthorized');
    }
  }
  await stranger.close();
});

test('the administrator is let in by token or certificate, others by the token file', async () => {
  const { certificate: cert, key } = access.authority.admin;
  for (const credentials of [{ token: access.token }, { cert, key }, { token: 'let-me-in' }]) {
    assert.equal((await ask('/api/v1/namespaces', credentials)).code, 200);
  }
  const path = '/apis/kubewire.dev/v1alpha1/kubeconfig';
  assert.equal((await ask(path, { cert, key })).body.kind, 'Config');
  assert.equal((await ask(path, { token: 'let-me-in' })).code, 404, 'the key of the administrator is his own');
});

test('the certificate is good for the names that pods use', async () => {
  assert.equal((await ask('/version', { token: access.token }, 'kubernetes.default.svc')).code, 200);
  await assert.rejects(ask('/version', { token: access.token }, 'example.org'), /altnames/);
});

test('a token of a ServiceAccount is good until it expires, and for its audience', async () => {
  const claims = { namespace: 'shop', name: 'web', uid: 'u-1', expirationSeconds: 600 };
  const own = await access.authenticator.issue({ ...claims, audiences: [] });
  const other = await access.authenticator.issue({ ...claims, audiences: ['vault'] });
  assert.equal((await ask('/version', { token: own })).code, 200);
  assert.equal((await ask('/version', { token: other })).code, 401);
  now = new Date(now.getTime() + 601_000);
  assert.equal((await ask('/version', { token: own })).code, 401);
});
