// dns.test.ts - what a pod of a lab finds: the cluster's DNS, asked by real clients, its files, its variables, the API.
// Takes turns: a whole lab and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

const unavailable = labUnavailable() ?? programUnavailable('dig') ?? programUnavailable('host');

const HEADLESS =
  'apiVersion: v1\nkind: Service\nmetadata: {name: pods, namespace: shop}\nspec: {clusterIP: None, selector: {app: web}}\n';

const ALIAS =
  'apiVersion: v1\nkind: Service\nmetadata: {name: alias, namespace: shop}\nspec: {type: ExternalName, externalName: db.example.com}\n';

const POD = `
apiVersion: v1
kind: ConfigMap
metadata: {name: colours, namespace: shop}
data: {first: blue}
---
apiVersion: v1
kind: Pod
metadata: {name: visitor, namespace: shop}
spec:
  hostname: alpha
  containers:
    - name: c
      image: visitor
      env: [{name: FIRST, valueFrom: {configMapKeyRef: {name: colours, key: first}}}]
      volumeMounts: [{name: colours, mountPath: /etc/colours}]
  volumes: [{name: colours, configMap: {name: colours}}]
`;

describe('the names of a lab', { skip: unavailable ?? false }, () => {
  const user = new User();
  before(async () => {
    await user.up('-f', shop);
  });
  after(() => user.leave());

  async function dig(...words: string[]): Promise<string[]> {
    const { stdout } = await user.exec('shop/deploy/web', 'dig', '+short', '@10.96.0.10', ...words);
    const lines = stdout.trim().split('\n');
    return lines.filter((line) => line !== '' && !line.startsWith(';')).sort();
  }

  /** Asks until there are as many answers. */
  const answers = (count: number, ...words: string[]): Promise<string[]> =>
    eventually(async () => {
      const found = await dig(...words);
      return found.length === count ? found : null;
    });

  test('a name leads to the ClusterIP, over UDP and over TCP, and back', async () => {
    const addresses = await answers(1, 'web.shop.svc.cluster.local');
    assert.match(addresses[0] ?? '', /^10\.96\.\d+\.\d+$/);
    assert.deepEqual(await dig('+tcp', 'web.shop.svc.cluster.local'), addresses);
    assert.deepEqual(await dig('-x', addresses[0] ?? ''), ['web.shop.svc.cluster.local.']);
    assert.deepEqual(await dig('_http._tcp.web.shop.svc.cluster.local', 'SRV'), [
      '0 50 80 web.shop.svc.cluster.local.',
    ]);
  });

  test('a headless Service leads to the pods that are ready, however many there are', async () => {
    await user.must('apply', '-f', user.file('headless.yaml', HEADLESS));
    for (const replicas of [4, 2]) {
      await user.must('scale', '-n', 'shop', 'deploy/web', `--replicas=${replicas}`);
      await answers(replicas, 'pods.shop.svc.cluster.local');
    }
  });

  test('a pod asks for names as programs do, by its search domains', async () => {
    const visitor = async (...words: string[]): Promise<string> =>
      (await user.exec('shop/deploy/web', ...words)).stdout.trim();
    const [address = ''] = await answers(1, 'web.shop.svc.cluster.local');
    assert.equal((await visitor('getent', 'ahostsv4', 'web')).split(/\s+/)[0], address);
    assert.match(await visitor('curl', '-s', '--max-time', '10', 'http://web.shop'), /^pod: web-/);
    assert.equal(await visitor('dig', '+short', '+search', 'web'), address);
    const refused = await visitor('dig', 'example.com');
    assert.match(refused, /status: REFUSED/);
  });

  test('what dig, host and getent say is what the specification says: answers, NODATA, NXDOMAIN, aliases, no wildcards', async () => {
    await user.must('apply', '-f', user.file('alias.yaml', ALIAS));
    await answers(1, 'alias.shop.svc.cluster.local', 'CNAME');
    const zone = 'cluster.local. IN SOA';
    for (const [name, type, status, expected] of [
      ['dns-version.cluster.local', 'TXT', 'NOERROR', 'dns-version.cluster.local. IN TXT "1.1.0"'],
      ['alias.shop.svc.cluster.local', 'A', 'NOERROR', 'alias.shop.svc.cluster.local. IN CNAME db.example.com.'],
      ['web.shop.svc.cluster.local', 'A', 'NOERROR', 'web.shop.svc.cluster.local. IN A 10.96.'],
      ['web.shop.svc.cluster.local', 'MX', 'NOERROR', zone],
      ['shop.svc.cluster.local', 'A', 'NOERROR', zone],
      ['nobody.shop.svc.cluster.local', 'A', 'NXDOMAIN', zone],
      ['*.shop.svc.cluster.local', 'A', 'NXDOMAIN', zone],
      ['example.org', 'A', 'REFUSED', ''],
    ] as const) {
      const words = ['dig', '@10.96.0.10', '+noall', '+comments', '+answer', '+authority', '+nottlid', name, type];
      const { stdout } = await user.exec('shop/deploy/web', ...words);
      const records = stdout.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
      assert.match(stdout, new RegExp(`status: ${status},`), `${name} ${type}`);
      assert.ok((records[0] ?? '').replace(/\s+/g, ' ').startsWith(expected), `${name} ${type}: ${records[0]}`);
      assert.equal(records.length, expected === '' ? 0 : 1, `${name} ${type}`);
    }
    const said = async (...words: string[]): Promise<string> => (await user.exec('shop/deploy/web', ...words)).stdout;
    assert.match(await said('host', 'web.shop.svc.cluster.local'), /has address 10\.96\..*has IPv6 address fd00:/s);
    assert.match(await said('host', 'nobody.shop.svc.cluster.local'), /not found: 3\(NXDOMAIN\)/);
    assert.equal(await said('getent', 'hosts', 'nobody'), '');
  });

  test('a pod has its own host name, variables and volumes, which follow their ConfigMap', async () => {
    await user.must('apply', '-f', user.file('visitor.yaml', POD));
    const inside = (text: string): Promise<string> =>
      eventually(async () => {
        const { code, stdout } = await user.exec('shop/visitor', 'sh', '-c', text);
        return code === 0 ? stdout.trim() : null;
      });
    assert.equal(
      await inside('hostname; echo $FIRST $WEB_SERVICE_PORT; cat /etc/colours/first'),
      'alpha\nblue 80\nblue',
    );
    await user.must('apply', '-f', user.file('visitor.yaml', POD.replace('first: blue', 'first: green')));
    await eventually(async () => ((await inside('cat /etc/colours/first')) === 'green' ? true : null));
  });

  test('a client inside a pod finds the API, its certificate and its token', async () => {
    const files = '/var/run/secrets/kubernetes.io/serviceaccount';
    const ask = `curl -s --cacert ${files}/ca.crt -H "Authorization: Bearer $(cat ${files}/token)" \
      https://kubernetes.default.svc/api/v1/namespaces/$(cat ${files}/namespace)/pods/visitor`;
    const { stdout } = await user.exec('shop/visitor', 'sh', '-c', ask);
    assert.equal((JSON.parse(stdout) as { metadata: { name: string } }).metadata.name, 'visitor');
  });
});
