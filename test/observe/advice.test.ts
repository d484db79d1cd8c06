// advice.test.ts - what a trace says to somebody who asked a port that a Service does not have, or a Service with nobody behind.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { KubeObject } from '../../src/model/objects.js';
import { advise } from '../../src/observe/advice.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import { because } from '../../src/observe/story.js';
import { Tracer } from '../../src/observe/trace.js';

const POD: KubeObject = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'w', namespace: 'default', labels: { app: 'web' } },
  spec: { nodeName: 'node-1', containers: [{ name: 'c', image: 'x', ports: [{ name: 'http', containerPort: 8080 }] }] },
};

const service = (name: string, spec: Record<string, unknown>, status = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: 'default' },
  spec: { selector: { app: 'web' }, ...spec },
  status,
});

const WEB = service('web', {
  type: 'NodePort',
  clusterIP: '10.96.0.9',
  ports: [
    { name: 'http', port: 80, targetPort: 'http', nodePort: 30008 },
    { name: 'https', port: 443, targetPort: 8443, nodePort: 30009 },
    { name: 'dns', port: 53, protocol: 'UDP', targetPort: 5353, nodePort: 30053 },
  ],
});

async function told(objects: readonly KubeObject[], to: string, from = 'pod/w'): Promise<string[]> {
  const world = await worldFromObjects(objects, { impliedNode: null, config: {} });
  const followed = new Tracer(world, 'nftables', createReferenceEngine).follow({ from, to });
  return [because(followed.result), ...advise(world, followed)];
}

test('who asks a wrong port hears the real ones', async () => {
  assert.equal((await told([POD, WEB], '10.96.0.9:81'))[1], 'Service default/web has ports 80 (http) and 443 (https).');
  assert.match((await told([POD, WEB], 'svc/web:53')).at(-1) ?? '', /^Port 53 is there for UDP only\.$/);
});

test('a nodePort or a targetPort at the ClusterIP is told as that', async () => {
  assert.match(
    (await told([POD, WEB], '10.96.0.9:30008')).at(-1) ?? '',
    /^30008 is its nodePort: .*192\.168\.0\.11:30008\.$/,
  );
  assert.match(
    (await told([POD, WEB], '10.96.0.9:8443')).at(-1) ?? '',
    /^8443 is its targetPort, .* clients ask port 443\.$/,
  );
});

test('a port of a node that no Service has is a refused connection, and the nodePort that was meant is named', async () => {
  const [last, hint] = await told([POD, WEB], '192.168.0.11:80');
  assert.match(last ?? '', /^No Service has port 80 here: node-1 .* the connection is refused unless/);
  assert.equal(hint, 'On nodes, port 80 of default/web is nodePort 30008: 192.168.0.11:30008.');
  assert.doesNotMatch((last ?? '') + hint, /LOCAL_DELIVERY/);
});

test('a Service without endpoints says why, and one whose pods do not listen says so', async () => {
  const named = service('named', { clusterIP: '10.96.0.10', ports: [{ port: 80, targetPort: 'https' }] });
  assert.match((await told([POD, named], 'svc/named')).at(-1) ?? '', /^Why: no pod that .* a port named "https"/);
  const numbered = service('numbered', { clusterIP: '10.96.0.11', ports: [{ port: 80, targetPort: 8081 }] });
  assert.match(
    (await told([POD, numbered], 'svc/numbered')).at(-1) ?? '',
    /^The connection is refused there: nobody listens on 10\.244\.1\.2:8081; pod w listens on 8080\/TCP\.$/,
  );
});

test('addresses that the outside cannot reach are told as what they are', async () => {
  assert.match(
    (await told([POD, WEB], 'svc/web:80', 'client/outside')).at(-1) ?? '',
    /^10\.96\.0\.9 is the ClusterIP of/,
  );
  const external = service('ext', { externalIPs: ['198.51.100.7'], ports: [{ port: 80, targetPort: 8080 }] });
  assert.match((await told([POD, external], '198.51.100.7:80', 'client/outside')).at(-1) ?? '', /is an external IP of/);
});

test('what a pod sends to itself never leaves it', async () => {
  assert.match(
    (await told([POD, WEB], '10.244.1.2:8080')).at(-1) ?? '',
    /^What pod\/default\/w sends to its own address/,
  );
});
