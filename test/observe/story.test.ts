// story.test.ts - the text of a trace, the matrix, and worlds that a cluster has to complete.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { MatrixBuilder, selectServices } from '../../src/observe/matrix.js';
import { RefusedObjects, worldFromObjects } from '../../src/observe/objects.js';
import { tellStory } from '../../src/observe/story.js';
import { Tracer } from '../../src/observe/trace.js';
import { on, service, slice } from '../plan/sample.js';
import { ask, world } from './worlds.js';

const WEB = service('web', { type: 'NodePort', clusterIP: '10.8.0.1', externalTrafficPolicy: 'Local' }, [
  { name: 'web', port: 80, nodePort: 30_080 },
]);
const THERE = slice('web', [on('n2', '10.9.2.1')]);

test('a story tells every stage with its rules and ends with why', async () => {
  const text = tellStory(ask(await world([WEB, THERE]), 'iptables', '10.9.1.50', 'svc/web:80'));
  const lines = text.split('\n');
  assert.equal(lines[0], '10.9.1.50 → svc/web:80 over TCP, as iptables does it');
  for (const part of [
    '1. n1, from ',
    '    10.9.1.50:40000 → 10.8.0.1:80',
    '    ClusterIP of shop/web:web',
    '2. n2, from n1',
  ]) {
    assert.ok(
      lines.some((line) => line.startsWith(part)),
      part,
    );
  }
  assert.equal(
    lines.at(-2),
    'The packet reaches the ClusterIP of shop/web:web and goes to its only endpoint, and keeps its source address.',
  );
});

test('every verdict has a sentence of its own', async () => {
  const given = await world([WEB, THERE]);
  const last = (from: string, to: string): string =>
    tellStory(ask(given, 'nftables', from, to))
      .trimEnd()
      .split('\n\n')
      .at(-1) ?? '';
  assert.match(
    last('203.0.113.10', '192.168.7.1:30080'),
    /^Timeout: the traffic policy of the Service is Local, .* sent to the NodePort of shop\/web:web\.\nWhat to do: Use a node/,
  );
  assert.match(
    last('10.9.1.50', '10.8.0.1:81'),
    /^Connection refused: the address is that of a Service, .*\nWhat to do: Connect to a port of the Service/,
  );
  assert.match(
    last('10.9.1.50', '10.8.0.7:80'),
    /^Timeout: the address lies in the Service range, but no Service has it/,
  );
  assert.match(last('10.9.1.50', '203.0.113.77:80'), /No Service rule touches the packet/);
});

test('the matrix has a row for every source and frontend, and marks where strategies differ', async () => {
  const given = await world([WEB, THERE]);
  const builder = new MatrixBuilder(given, ['nftables', 'ipvs'], createReferenceEngine);
  const [web] = selectServices(given, ['web'], 'shop');
  assert.ok(web);
  const rows = builder.rows([web]);
  const cell = (frontend: string, address: string, role: string) =>
    rows.find((row) => row.frontend === frontend && row.address === address && row.role === role);
  assert.deepEqual(new Set(rows.map((row) => row.role)).size, 5);
  assert.equal(cell('ClusterIP', '10.8.0.1', 'pod, other node')?.results.nftables?.source, 'kept');
  const outside = cell('NodePort', '192.168.7.1', 'outside');
  assert.deepEqual(
    [outside?.results.nftables?.verdict, outside?.results.ipvs?.verdict, outside?.differs],
    ['drop', 'dnat', true],
  );
  assert.throws(() => selectServices(given, ['nothing'], 'shop'), /no Service "shop\/nothing"/);
});

test('a matrix of many Services makes the tables of each node once', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `s${i}`);
  const services = names.map((name, i) => service(name, { clusterIP: `10.8.1.${i}` }, [{ port: 80 }]));
  const given = await world([...services, ...names.map((name, i) => slice(name, [on('n1', `10.9.1.${i + 10}`)]))]);
  let engines = 0;
  const builder = new MatrixBuilder(given, ['nftables', 'ipvs'], (options) => {
    engines++;
    return createReferenceEngine(options);
  });
  const rows = builder.rows(given.snapshot.services);
  assert.ok(rows.length >= 60, `${rows.length} rows`);
  const planes = given.topology.nodes.length + 1;
  assert.ok(engines <= 2 * planes, `${engines} engines for ${planes} dataplanes`);
});

const DEPLOYMENT = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'shop' },
  spec: {
    replicas: 2,
    selector: { matchLabels: { app: 'web' } },
    template: {
      metadata: { labels: { app: 'web' } },
      spec: { containers: [{ name: 'web', image: 'x', ports: [{ containerPort: 8080 }] }] },
    },
  },
};

test('plain manifests get addresses, pods and slices from a cluster of their own, the same every time', async () => {
  const web = service('web', { selector: { app: 'web' } }, [{ name: 'web', port: 80, targetPort: 8080 }]);
  const objects = [DEPLOYMENT, web];
  const once = async (): Promise<string> => {
    const given = await worldFromObjects(objects, { impliedNode: null, config: {} });
    const tracer = new Tracer(given, 'nftables', createReferenceEngine);
    const { verdict, backends } = tracer.trace({ from: 'client/outside', to: 'svc/web:80', node: 'node-1' }, 'shop');
    assert.deepEqual([verdict, backends.length], ['dnat', 2]);
    return JSON.stringify(backends);
  };
  assert.equal(await once(), await once());
});

test('what the cluster refuses is refused with its object', async () => {
  const bad = service('web', { clusterIP: '10.8.0.1', selector: { app: 'web' } }, [{ name: 'web', port: 0 }]);
  await assert.rejects(
    worldFromObjects([DEPLOYMENT, bad], { impliedNode: null, config: {} }),
    (error) => error instanceof RefusedObjects && error.refused[0]?.object.metadata.name === 'web',
  );
});

test('a node that no manifest describes is made of the command line', async () => {
  const implied = { name: 'solo', addresses: ['192.168.7.9', '192.168.8.9'], labels: {}, podCIDRs: [] };
  const given = await worldFromObjects([WEB, THERE], { impliedNode: implied, config: {} });
  assert.deepEqual(given.topology.nodes[0]?.addresses, ['192.168.7.9']);
  assert.deepEqual(given.extraAddresses.get('solo'), ['192.168.8.9']);
  assert.deepEqual(given.config.clusterCIDR, []);
  const stranger = { ...implied, name: 'nobody', addresses: [] };
  await assert.rejects(worldFromObjects([WEB, THERE], { impliedNode: stranger, config: {} }), /no node "nobody"/);
});
