// reviews.test.ts - questions to the API server: whose token is this, may I, who am I.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { createApp } from '../../src/api/app.js';
import type { Access } from '../../src/api/secure/listener.js';
import { ADMIN, Authenticator, ISSUER } from '../../src/api/secure/users.js';
import { CLOCK, testCluster } from '../cluster/fixtures.js';

function world() {
  const authenticator = new Authenticator({
    tokens: new Map([['secret', ADMIN]]),
    signing: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
    clock: CLOCK,
  });
  const access = { authenticator } as unknown as Access;
  const app = createApp(testCluster(), { access });
  const ask = async (group: string, path: string, body: object) => {
    const response = await app.request(`http://api/apis/${group}/v1/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    // biome-ignore lint/suspicious/noExplicitAny: answers are read by their fields
    return { code: response.status, body: (await response.json()) as any };
  };
  return { authenticator, ask };
}

test('a TokenReview tells whose token it is, and for whom it was issued', async () => {
  const { authenticator, ask } = world();
  const review = async (spec: object) => (await ask('authentication.k8s.io', 'tokenreviews', { spec })).body.status;
  assert.deepEqual(await review({ token: 'secret' }), { authenticated: true, user: ADMIN, audiences: [ISSUER] });
  const account = { namespace: 'default', name: 'one', uid: 'u1', expirationSeconds: 3600 };
  const token = await authenticator.issue({ ...account, audiences: ['vault'] });
  assert.deepEqual(await review({ token, audiences: ['vault', 'other'] }), {
    authenticated: true,
    user: {
      username: 'system:serviceaccount:default:one',
      uid: 'u1',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:default', 'system:authenticated'],
    },
    audiences: ['vault'],
  });
  const nobody = { user: {}, error: '[invalid bearer token]' };
  for (const spec of [{ token: 'wrong' }, { token }, { token: 'secret', audiences: ['vault'] }])
    assert.deepEqual(await review(spec), nobody);
  assert.equal((await ask('authentication.k8s.io', 'tokenreviews', { spec: {} })).code, 400);
});

test('an access review that asks for nothing, or of nobody, is refused', async () => {
  const { ask } = world();
  const group = 'authorization.k8s.io';
  const resourceAttributes = { verb: 'get', resource: 'pods', namespace: 'default' };
  const own = await ask(group, 'selfsubjectaccessreviews', { spec: { resourceAttributes } });
  assert.deepEqual(own.body.status, { allowed: true });
  const messages = async (path: string, spec: object) => (await ask(group, path, { spec })).body.message;
  assert.match(await messages('selfsubjectaccessreviews', {}), /exactly one of nonResourceAttributes or/);
  assert.match(await messages('subjectaccessreviews', { resourceAttributes }), /at least one of user or group/);
  const local = { user: 'u', resourceAttributes: { ...resourceAttributes, namespace: 'other' } };
  assert.match(await messages('namespaces/default/localsubjectaccessreviews', local), /must match metadata.namespace/);
  assert.equal((await ask(group, 'selfsubjectrulesreviews', { spec: {} })).body.message, 'no namespace on request');
});
