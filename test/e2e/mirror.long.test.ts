// mirror.long.test.ts - up --kubeconfig: the Services of a live cluster in a lab, whose stand-ins answer at the same addresses.
// Takes turns: a whole lab.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { until } from '../support/eventually.js';
import { labUnavailable, programUnavailable, root, User } from './harness.js';

describe('a lab that mirrors a cluster', { skip: labUnavailable() ?? programUnavailable('curl') ?? false }, () => {
  const user = new User();
  const api = ['--name', 'cluster'];
  let server: ChildProcess | undefined;

  before(async () => {
    const words = [...api, 'api', '--secure-port', '0', '--service-cluster-ip-range', '10.43.0.0/16'];
    server = user.start(words);
    await new Promise<void>((resolve) => server?.stderr?.once('data', () => resolve()));
    await user.must(...api, 'apply', '-f', join(root, 'examples/differences/nodes.yaml'));
    const file = user.file('svc.yaml', SERVICE);
    await user.must(...api, 'apply', '-f', file);
    const config = user.file('config', await user.must(...api, 'kubeconfig'));
    await user.up('--kubeconfig', config);
  });

  after(async () => {
    server?.kill();
    await user.leave();
  });

  test('has its Services at their addresses, and a stand-in for each endpoint answers', async () => {
    assert.match(await user.must('get', 'svc', 'web'), /^web +ClusterIP +10\.43\.7\.7 /m);
    assert.match(await user.must('get', 'pods', '-o', 'name'), /^pod\/web-1\npod\/web-2\n$/);
    const { stdout } = await user.exec('node/n1', 'curl', '-s', '-m', '3', 'http://10.43.7.7/');
    assert.match(stdout, /^pod: web-[12]\n/);
  });

  test('follows the cluster: an endpoint that goes and a Service that comes are so in the lab', async () => {
    const more = SERVICE.replaceAll('web', 'api')
      .replaceAll('10.43.7.7', '10.43.7.8')
      .replaceAll('10.244.1.1', '10.244.1.9');
    await user.must(...api, 'apply', '-f', user.file('api.yaml', more));
    await user.must(...api, 'apply', '-f', user.file('one.yaml', SERVICE.replace(/^- .*web-2.*\n/m, '')));
    await until(async () => (await user.must('get', 'pods', '-o', 'name')) === 'pod/api-1\npod/api-2\npod/web-1\n');
    await until(async () =>
      /^pod: api-/.test((await user.exec('node/n1', 'curl', '-s', '-m', '3', 'http://10.43.7.8/')).stdout),
    );
    const { stdout } = await user.exec('node/n1', 'curl', '-s', '-m', '3', 'http://10.43.7.7/');
    assert.match(stdout, /^pod: web-1\n/);
  });
});

const SERVICE = `
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {clusterIP: 10.43.7.7, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints:
- {addresses: [10.244.1.1], nodeName: n1, targetRef: {kind: Pod, name: web-1}}
- {addresses: [10.244.2.1], nodeName: n2, targetRef: {kind: Pod, name: web-2}}
`;
