// live.test.ts - the verbs that follow packets ask a live cluster by its kubeconfig, and say the same as for a file.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { stringify } from 'yaml';
import { kubeconfigOf } from '../../../src/api/secure/kubeconfig.js';
import { liveObjects } from '../../../src/live/objects.js';
import { loadManifests } from '../../../src/manifest/load.js';
import { KUBE_PROXY } from '../../dump/dumps.js';
import { type Served, serve } from '../../live/served.js';
import { DIFFERENCES } from '../../support/documented-differences.js';
import { Shell } from '../lab.js';

let served: Served;

before(async () => {
  served = await serve();
  const { objects } = loadManifests([DIFFERENCES]);
  assert.deepEqual(served.cluster.apply(objects.map(({ object }) => object)).refused, []);
  await served.cluster.settled();
});

after(() => served.close());

test('trace, matrix, compare, rules, validate and migrate say of a live cluster what they say of its dump', async (t) => {
  const shell = new Shell(t);
  const config = shell.file('config', stringify(kubeconfigOf(served.access, 'lab')));
  const { store } = served.cluster;
  const kinds = { services: 'Service', endpointSlices: 'EndpointSlice', nodes: 'Node', pods: 'Pod' } as const;
  const items = liveObjects({ list: (part) => [...store.list(kinds[part])] as never });
  const dump = shell.file('dump.json', JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
  const rules = shell.file('rules.txt', KUBE_PROXY);
  const questions = [
    ['trace', '--node', 'n1', '--from', '203.0.113.10', '--to', 'svc/far:80'],
    ['matrix', 'far'],
    ['compare', 'ipvs', 'nftables'],
    ['rules', '--node', 'n1'],
    ['migrate', '--from', 'ipvs'],
    ['validate'],
    ['explain', '--node-dump', rules, '--node', 'n1', '--from', '203.0.113.10', '--to', 'svc/far:80'],
    ['explain', '--node-dump', rules, '--node', 'n1', '--audit'],
  ];
  for (const words of questions) {
    const live = await shell.run([...words, '--kubeconfig', config, '--context', 'lab']);
    const file = await shell.run([...words, '-f', dump]);
    assert.equal(
      live.stdout,
      file.stdout.replaceAll(/ \(\S*dump\.json:\d+:\d+\)|, \S*dump\.json:\d+/g, ''),
      words.join(' '),
    );
    assert.equal(live.code, file.code);
    assert.notEqual(live.stdout, '');
  }
  assert.deepEqual([...new Set(served.verbs)], ['GET']);
});

test('a snapshot is the cluster in a file that -f reads', async (t) => {
  const shell = new Shell(t);
  const config = shell.file('config', stringify(kubeconfigOf(served.access, 'lab')));
  for (const name of ['now.yaml', 'now.json']) {
    const taken = await shell.run(['snapshot', '--kubeconfig', config, '--out', name]);
    assert.match(taken.stderr, /^11 Services, 11 EndpointSlices, 2 Nodes, 0 Pods of context lab are in now\./);
    const question = ['compare', 'ipvs', 'nftables', '-o', 'json'];
    const { stdout } = await shell.run([...question, '-f', name]);
    assert.equal(stdout, (await shell.run([...question, '--kubeconfig', config])).stdout);
  }
  const printed = await shell.run(['snapshot', '--kubeconfig', config]);
  assert.match(printed.stdout, /^apiVersion: v1\nkind: List\nitems:\n/);
  assert.match((await shell.run(['snapshot'])).stderr, /^error: --kubeconfig needs the path of a file/);
});

test('a kubeconfig that is not there, and one beside -f, are refused', async (t) => {
  const shell = new Shell(t);
  const absent = await shell.run(['trace', '--from', 'a', '--to', 'b', '--kubeconfig', 'absent']);
  assert.match(absent.stderr, /^error: absent does not exist\n/);
  const both = await shell.run(['rules', '--node', 'n1', '-f', 'a.yaml', '--kubeconfig', 'absent']);
  assert.match(both.stderr, /^error: -f and --kubeconfig exclude each other\n/);
  assert.equal(both.code, 2);
});
