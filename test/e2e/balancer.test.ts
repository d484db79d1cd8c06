// balancer.test.ts - policy Local behind a load balancer: health check ports answer, only healthy nodes get traffic.
// Takes turns: whole labs and real clients.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { eventually } from '../support/eventually.js';
import { labUnavailable, programUnavailable, User } from './harness.js';

const LOCAL = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: local }
spec:
  replicas: 1
  selector: { matchLabels: { app: local } }
  template:
    metadata: { labels: { app: local } }
    spec: { containers: [{ name: c, image: x, ports: [{ containerPort: 8080 }, { containerPort: 8080, protocol: UDP }] }] }
---
apiVersion: v1
kind: Service
metadata: { name: local }
spec:
  type: LoadBalancer
  externalTrafficPolicy: Local
  healthCheckNodePort: 32100
  selector: { app: local }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: limited }
spec:
  type: LoadBalancer
  loadBalancerSourceRanges: [198.51.100.0/24]
  selector: { app: local }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: sticky }
spec:
  sessionAffinity: ClientIP
  selector: { app: local }
  ports: [{ port: 80, targetPort: 8080 }]
---
apiVersion: v1
kind: Service
metadata: { name: proxied, annotations: { kubewire.dev/ip-mode: Proxy, kubewire.dev/external-route: all } }
spec:
  type: LoadBalancer
  selector: { app: local }
  externalIPs: [198.51.100.7]
  ports: [{ name: t, port: 80, targetPort: 8080 }, { name: u, port: 81, targetPort: 8080, protocol: UDP }]
---
apiVersion: v1
kind: Service
metadata: { name: empty }
spec: { type: NodePort, selector: { app: nobody }, ports: [{ name: t, port: 80 }, { name: u, port: 81, protocol: UDP }] }
`;

describe('policy Local', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  const user = new User();
  const home = async (): Promise<string> =>
    (await user.must('get', 'pods', '-l', 'app=local', '-o', 'jsonpath={.items[0].spec.nodeName}')).trim();
  const health = async (node: string): Promise<string> => {
    const number = Number(node.slice(-1));
    return (await user.exec('client/outside', 'curl', '-si', '-m', '3', `http://192.168.0.1${number}:32100/any`))
      .stdout;
  };

  before(() => user.up('-f', user.file('local.yaml', LOCAL)));
  after(() => user.leave());

  test('the health check port answers 200 where an endpoint is and 503 elsewhere, with kube-proxy’s headers and body', async () => {
    const node = await home();
    for (const name of ['node-1', 'node-2', 'node-3']) {
      const count = name === node ? 1 : 0;
      const [head = '', body = ''] = (await health(name)).split('\r\n\r\n');
      assert.match(head, count > 0 ? /^HTTP\/1\.1 200 OK/ : /^HTTP\/1\.1 503 Service Unavailable/);
      assert.match(head, /\r\nContent-Type: application\/json\r\n/);
      assert.match(head, /\r\nX-Content-Type-Options: nosniff\r\n/);
      assert.match(head, new RegExp(`\r\nX-Load-Balancing-Endpoint-Weight: ${count}\r\n`));
      const service = '\t"service": {\n\t\t"namespace": "default",\n\t\t"name": "local"\n\t}';
      assert.equal(body, `{\n${service},\n\t"localEndpoints": ${count},\n\t"serviceProxyHealthy": true\n}`);
    }
  });

  test('the load balancer address reaches the pod with the client address kept, also after it has moved', async () => {
    const ask = (): Promise<{ stdout: string }> =>
      user.exec('client/outside', 'curl', '-s', '-m', '3', 'http://192.168.0.240/');
    assert.match((await ask()).stdout, /client: 203\.0\.113\.10:/);
    const before = await home();
    await user.must('scale', 'deployment', 'local', '--replicas', '3');
    await eventually(async () => ((await health('node-3')).startsWith('HTTP/1.1 200') ? true : null));
    for (const node of ['node-1', 'node-2', 'node-3']) assert.match(await health(node), /^HTTP\/1\.1 200/);
    await user.must('scale', 'deployment', 'local', '--replicas', '1');
    await eventually(async () => {
      const states = await Promise.all(['node-1', 'node-2', 'node-3'].map(health));
      return states.filter((state) => state.startsWith('HTTP/1.1 200')).length === 1 ? true : null;
    });
    for (let i = 0; i < 5; i++) assert.match((await ask()).stdout, /client: 203\.0\.113\.10:/, `was on ${before}`);
  });

  test('check passes with source ranges, session affinity and a Service that selects nothing', async () => {
    const { code, stdout } = await user.run(['check', '--requests', '6', '-o', 'json']);
    const { rows } = JSON.parse(stdout) as {
      rows: {
        ok: boolean;
        problem: string;
        expected: string;
        role: string;
        frontend: { service: string; kind: string };
      }[];
    };
    assert.deepEqual(
      rows.filter((row) => !row.ok),
      [],
    );
    assert.equal(code, 0);
    const outcome = (service: string, kind: string, role: string): string[] => [
      ...new Set(
        rows
          .filter((row) => row.frontend.service === service && row.frontend.kind === kind && row.role === role)
          .map((row) => row.expected),
      ),
    ];
    assert.deepEqual(outcome('default/limited', 'LoadBalancer', 'outside'), ['dropped']);
    assert.deepEqual(outcome('default/limited', 'NodePort', 'outside'), ['reached']);
    for (const kind of ['LoadBalancer', 'ExternalIP'])
      assert.deepEqual(outcome('default/proxied', kind, 'outside'), ['reached']);
    assert.deepEqual(outcome('default/empty', 'NodePort', 'outside'), ['refused']);
    assert.deepEqual(outcome('default/sticky', 'ClusterIP', 'node'), ['reached']);
  });
});
