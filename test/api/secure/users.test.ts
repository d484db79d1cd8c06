// users.test.ts - token files as Kubernetes reads them, and kubeconfigs that are merged without losing anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTokenFile } from '../../../src/api/secure/users.js';
import { merged } from '../../../src/cli/verbs/kubeconfig.js';

test('a line of a token file is token, user, uid and groups', () => {
  const users = readTokenFile('# ours\nabc,ann,1,"dev,ops"\n\ndef,bob,2\nghi,eve,3,dev\n');
  assert.deepEqual(users.get('abc'), { username: 'ann', uid: '1', groups: ['dev', 'ops', 'system:authenticated'] });
  assert.deepEqual(users.get('def'), { username: 'bob', uid: '2', groups: ['system:authenticated'] });
  assert.deepEqual(users.get('ghi')?.groups, ['dev', 'system:authenticated']);
  for (const text of ['abc', 'abc,ann', 'abc,ann,1,"dev', 'abc,ann,1,dev,ops', ',ann,1'])
    assert.throws(() => readTokenFile(text), /line 1 is not token,user,uid/, text);
});

test('a kubeconfig keeps what others wrote, and its own entries are replaced', () => {
  const old = {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'work',
    clusters: [{ name: 'work' }, { name: 'kubewire', cluster: 'old' }],
    users: null,
    contexts: [{ name: 'work' }],
    extensions: [{ name: 'x' }],
  };
  const made = {
    clusters: [{ name: 'kubewire', cluster: 'new' }],
    users: [{ name: 'kubewire' }],
    contexts: [{ name: 'kubewire' }],
    'current-context': 'kubewire',
  };
  assert.deepEqual(merged(old, made), {
    ...old,
    preferences: {},
    'current-context': 'kubewire',
    clusters: [{ name: 'work' }, { name: 'kubewire', cluster: 'new' }],
    users: [{ name: 'kubewire' }],
    contexts: [{ name: 'work' }, { name: 'kubewire' }],
  });
});
