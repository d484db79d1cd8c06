// identity.test.ts - clients know a server that was started again on the same directory, and only its owner reads its keys.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { listenSecurely } from '../../../src/api/secure/listener.js';

const folder = mkdtempSync(join(tmpdir(), 'kubewire-identity-'));
const file = join(folder, 'identity.json');

after(() => rmSync(folder, { recursive: true }));

/** What a server that starts and ends there gives its clients. */
async function started(directory: string | undefined, name = 'one') {
  const kept = directory === undefined ? {} : { directory };
  const options = { port: 0, host: '127.0.0.1', names: [name], tokens: new Map(), clock: () => new Date(), ...kept };
  const secure = await listenSecurely(options);
  await secure.close();
  const { authority, token, authenticator } = secure.access;
  return { ca: authority.ca.certificate, token, authenticator };
}

test('a server that is started again has the same certificates and tokens, and takes those that it has given', async () => {
  const first = await started(folder);
  const again = await started(folder);
  assert.deepEqual([again.ca, again.token], [first.ca, first.token]);
  const about = { namespace: 'default', name: 'default', uid: 'u', audiences: [], expirationSeconds: 600 };
  const given = await first.authenticator.issue(about);
  const user = await again.authenticator.userOf({ authorization: `Bearer ${given}`, subject: undefined });
  assert.equal(user?.username, 'system:serviceaccount:default:default');
  assert.equal(statSync(file).mode & 0o777, 0o600);
});

test('a server of another name has other certificates, and one without a directory keeps nothing', async () => {
  const [first, other] = [await started(folder), await started(folder, 'other')];
  assert.notEqual(other.ca, first.ca);
  const [a, b] = [await started(undefined), await started(undefined)];
  assert.notEqual(a.token, b.token);
});

test('a file that is damaged is told, and left as it is', async () => {
  writeFileSync(file, '{');
  await assert.rejects(started(folder), /cannot read .*identity\.json/);
  assert.equal(readFileSync(file, 'utf8'), '{');
});
