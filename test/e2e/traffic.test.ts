// traffic.test.ts - real clients through ClusterIP, NodePort and LoadBalancer, from pod, node and outside, in a real process.
// Takes turns: whole labs and real clients.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { urlHost } from '../../src/model/address.js';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, shop, User } from './harness.js';

const IPERF = `
apiVersion: v1
kind: Pod
metadata: { name: iperf, labels: { app: iperf }, annotations: { kubewire.dev/run: iperf3 -s } }
spec: { containers: [{ name: iperf, image: iperf3, ports: [{ containerPort: 5201 }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: iperf }
spec:
  type: LoadBalancer
  ipFamilyPolicy: RequireDualStack
  selector: { app: iperf }
  ports: [{ port: 5201, nodePort: 30521 }]
`;

interface Frontends {
  readonly clusterIPs: readonly string[];
  readonly balancer: readonly string[];
}

async function frontends(user: User, namespace: string, name: string): Promise<Frontends> {
  const service = JSON.parse(await user.must('get', 'service', '-n', namespace, name, '-o', 'json')) as {
    spec: { clusterIPs: string[] };
    status: { loadBalancer: { ingress?: { ip: string }[] } };
  };
  const { ingress = [] } = service.status.loadBalancer;
  return { clusterIPs: service.spec.clusterIPs, balancer: ingress.map(({ ip }) => ip) };
}

describe('a lab in a process of its own', { skip: labUnavailable() ?? false }, () => {
  const user = new User();
  let pod = '';
  let web: Frontends;

  before(async () => {
    await user.up('-f', shop);
    web = await frontends(user, 'shop', 'web');
    const names = await user.must('get', 'pods', '-n', 'shop', '-l', 'app=database', '-o', 'name');
    pod = `shop/${names.trim().split('/').at(-1)}`;
  });
  after(() => user.leave());

  test('curl reaches ClusterIP, NodePort and LoadBalancer over both families from a pod and a node', async (t) => {
    if (programUnavailable('curl')) return t.skip(programUnavailable('curl') ?? '');
    const port = Number(
      await user.must('get', 'service', '-n', 'shop', 'web', '-o', 'jsonpath={.spec.ports[0].nodePort}'),
    );
    const urls = [...web.clusterIPs, ...web.balancer].map((address) => `http://${urlHost(address)}/`);
    urls.push(`http://192.168.0.12:${port}/`, `http://[fd00:192:168::12]:${port}/`);
    for (const source of [pod, 'node/node-2']) {
      for (const url of urls) {
        const { code, stdout, stderr } = await user.exec(source, 'curl', '-sS', '-m', '5', url);
        assert.equal(code, 0, `${source} ${url}: ${stderr}`);
        assert.match(stdout, /^pod: web-.*\nnamespace: shop\n/);
      }
    }
  });

  test('curl from outside reaches LoadBalancer and NodePort, and is told that there is no way to a ClusterIP', async (t) => {
    if (programUnavailable('curl')) return t.skip(programUnavailable('curl') ?? '');
    for (const address of web.balancer) {
      const { stdout } = await user.exec('client/outside', 'curl', '-sS', '-m', '5', `http://${urlHost(address)}/`);
      assert.match(stdout, /^pod: web-/);
    }
    const kept = await user.exec('client/outside', 'curl', '-sS', '-m', '5', 'http://192.168.0.11:30080/');
    assert.match(kept.stdout, /client: 203\.0\.113\.10:/, 'policy Local keeps the client address');
    const refused = await user.exec('client/outside', 'curl', '-sS', '-m', '5', `http://${web.clusterIPs[0]}/`);
    assert.equal(refused.code, 7);
  });

  test('nc -u gets an answer through ClusterIP and NodePort', async (t) => {
    if (programUnavailable('nc')) return t.skip(programUnavailable('nc') ?? '');
    const api = await frontends(user, 'shop', 'api');
    const asks: [string, string, number][] = [
      [pod, api.clusterIPs[0] ?? '', 9091],
      [pod, api.clusterIPs[1] ?? '', 9091],
      ['node/node-1', '192.168.0.11', 30091],
      ['client/outside', 'fd00:192:168::11', 30091],
    ];
    for (const [source, address, port] of asks) {
      const { stdout } = await user.exec(source, 'sh', '-c', `echo hello | nc -u -w1 ${address} ${port}`);
      assert.match(stdout, /pod=shop\/api-\S+ node=node-\d client=\S+ local=\S+ said="hello"/, `${source} ${address}`);
    }
  });

  test('iperf3 runs through ClusterIP, NodePort and LoadBalancer', async (t) => {
    if (programUnavailable('iperf3')) return t.skip(programUnavailable('iperf3') ?? '');
    await user.must('apply', '-f', user.file('iperf.yaml', IPERF));
    await user.run(['get', 'pods']);
    const iperf = await eventually(async () => {
      const found = await frontends(user, 'default', 'iperf');
      const ready = await user.must('get', 'pod', 'iperf', '-o', 'jsonpath={.status.phase}');
      return ready === 'Running' && found.balancer.length === 2 ? found : null;
    });
    const runs: [string, string[]][] = [
      [pod, [iperf.clusterIPs[0] ?? '']],
      [pod, [iperf.clusterIPs[1] ?? '']],
      ['node/node-1', ['192.168.0.13', '-p', '30521']],
      ['client/outside', [iperf.balancer[0] ?? '']],
      ['client/outside', [iperf.balancer[1] ?? '', '-R']],
    ];
    for (const [source, words] of runs) {
      const { code, stdout } = await eventually(async () => {
        const result = await user.exec(source, 'iperf3', '-J', '-t', '1', '-c', ...words);
        return result.stdout.includes('server is busy') || result.stdout.includes('Connection refused') ? null : result;
      });
      assert.equal(code, 0, `${source} ${words.join(' ')}: ${stdout}`);
      const { end } = JSON.parse(stdout) as { end: { sum_received: { bits_per_second: number } } };
      assert.ok(end.sum_received.bits_per_second > 50e6, `${source}: ${end.sum_received.bits_per_second} bit/s`);
    }
  });

  test('check passes and says so in JSON, and a second lab of the same name is refused', async () => {
    const { code, stdout, stderr } = await user.run(['check', 'shop/web', 'shop/api', 'shop/database', '-o', 'json']);
    const { passed, rows } = JSON.parse(stdout) as { passed: boolean; rows: { ok: boolean; problem: string }[] };
    assert.deepEqual(
      rows.filter((row) => !row.ok),
      [],
      stderr,
    );
    assert.ok(passed && code === 0 && rows.length > 100);
    const second = await user.run(['up']);
    assert.equal(second.code, 1);
    assert.match(second.stderr, /a lab named "default" is running already\nStop it with "kubewire down"/);
  });

  test('exec gives back the exit code, and 127 for a program that is not there', async () => {
    assert.equal((await user.exec('node/node-1', 'sh', '-c', 'exit 42')).code, 42);
    const missing = await user.exec('client/outside', 'no-such-program');
    assert.equal(missing.code, 127);
    assert.match(missing.stderr, /error: no program "no-such-program"/);
    assert.equal((await user.exec('node/node-9', 'true')).code, 1);
    const elsewhere = await user.exec('service/web', 'true');
    assert.deepEqual([elsewhere.code, /There is shop\/web/.test(elsewhere.stderr)], [1, true], elsewhere.stderr);
    assert.equal((await user.run(['exec', '-n', 'shop', 'service/web', '--', 'sh', '-c', 'exit 43'])).code, 43);
  });
});
