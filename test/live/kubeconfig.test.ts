// kubeconfig.test.ts - what of a kubeconfig counts, in which order, and what is said about one that is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stringify } from 'yaml';
import { type Target, targetIn } from '../../src/live/kubeconfig.js';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

const config = (cluster: object, user: object): string =>
  stringify({
    'current-context': 'b',
    clusters: [{ name: 'one', cluster: { server: 'https://a:6443/', ...cluster } }],
    users: [{ name: 'ann', user }],
    contexts: [
      { name: 'a', context: { cluster: 'one' } },
      { name: 'b', context: { cluster: 'one', user: 'ann' } },
    ],
  });
const read = (cluster: object, user: object, name?: string): Target =>
  targetIn(config(cluster, user), '/home/ann/kube/config', name);

test('the current context counts, or the one that is named', () => {
  assert.equal(read({}, { token: 't' }).context, 'b');
  assert.deepEqual(read({}, { token: 't' }).token, { text: 't' });
  assert.equal(read({}, { token: 't' }, 'a').token, null);
  assert.throws(() => read({}, {}, 'c'), /there is no context "c"/);
  assert.equal(read({}, {}).server, 'https://a:6443');
});

test('data go before files, a token file before a token, and paths start at the folder of the file', () => {
  const { authority, certificate, key, token } = read(
    { 'certificate-authority': 'ca.pem' },
    {
      'client-certificate': '/etc/c.pem',
      'client-certificate-data': base64('C'),
      'client-key': 'k.pem',
      token: 't',
      tokenFile: 'token',
    },
  );
  assert.deepEqual(authority, { file: '/home/ann/kube/ca.pem' });
  assert.deepEqual(certificate, { text: 'C' });
  assert.deepEqual(key, { file: '/home/ann/kube/k.pem' });
  assert.deepEqual(token, { file: '/home/ann/kube/token' });
});

test('an exec plugin beside the file, basic authentication and impersonation are read', () => {
  const apiVersion = 'client.authentication.k8s.io/v1beta1';
  const { exec } = read(
    {},
    { exec: { apiVersion, command: './bin/login', args: ['x'], env: [{ name: 'A', value: 'b' }] } },
  );
  assert.deepEqual(
    [exec?.command, exec?.args, exec?.env],
    ['/home/ann/kube/bin/login', ['x'], [{ name: 'A', value: 'b' }]],
  );
  assert.equal(read({}, { exec: { apiVersion, command: 'aws' } }).exec?.command, 'aws');
  assert.deepEqual(read({}, { username: 'u', password: 'p' }).basic, { username: 'u', password: 'p' });
  assert.deepEqual(read({}, { as: 'jane', 'as-groups': ['dev', 'ops'] }).impersonate, [
    ['Impersonate-User', 'jane'],
    ['Impersonate-Group', 'dev'],
    ['Impersonate-Group', 'ops'],
  ]);
});

test('a file that is wrong is told with what is wrong in it', () => {
  const cases: [string, RegExp][] = [
    ['a: [', /is no YAML/],
    ['just words', /is no kubeconfig/],
    [config({ server: 'a:6443' }, {}), /"a:6443" is no address of a server/],
    [config({ 'certificate-authority': 'x', 'insecure-skip-tls-verify': true }, {}), /exclude each other/],
    [config({ 'certificate-authority-data': '%%%' }, {}), /certificate-authority-data is not base64/],
    [config({}, { 'auth-provider': { name: 'gcp' } }), /auth-provider "gcp" is no longer supported/],
    [config({}, { exec: { command: 'x', apiVersion: 'v9' } }), /exec: unknown apiVersion "v9"/],
    [stringify({ contexts: [] }), /has no current context/],
    [
      stringify({ 'current-context': 'a', contexts: [{ name: 'a', context: { cluster: 'one' } }] }),
      /there is no cluster "one"/,
    ],
  ];
  for (const [text, message] of cases) assert.throws(() => targetIn(text, 'config', undefined), message);
});
