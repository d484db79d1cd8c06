// migration.test.ts - what a migration names: the documented differences, their impact, and what no packet shows.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import type { LoadResult } from '../../src/manifest/load.js';
import { loadManifests, loadTexts } from '../../src/manifest/load.js';
import type { Impact } from '../../src/migrate/impact.js';
import { lessonOf } from '../../src/migrate/lessons.js';
import { type Migration, migrationOf } from '../../src/migrate/migration.js';
import type { Mode, Release } from '../../src/migrate/releases.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { DIFFERENCES, DOCUMENTED, NAMED, PAIRS } from '../support/documented-differences.js';

const RANGE: Partial<ProxyConfig> = { serviceClusterIPRange: ['10.96.0.0/16'] };

async function migrate(
  loaded: LoadResult,
  from: Mode,
  to: Mode,
  { release = null, config = {} }: { release?: Release | null; config?: Partial<ProxyConfig> } = {},
): Promise<Migration> {
  const { objects } = loaded;
  const world = await worldFromObjects(
    objects.map(({ object }) => object),
    { impliedNode: null, config },
  );
  return migrationOf({ world, objects, from, to, release, createEngine: createReferenceEngine });
}

const files = (...names: string[]): LoadResult => loadManifests(names.map((name) => join(DIFFERENCES, name)));
const text = (yaml: string): LoadResult => loadTexts([{ file: 'a.yaml', text: yaml }]);
const impactsOf = ({ differences }: Migration): Record<string, Impact> =>
  Object.fromEntries(differences.map(({ group, impact }) => [group.kind, impact]));
const told = ({ findings }: Migration, topic: string): string[] =>
  findings.filter((finding) => finding.topic === topic).map(({ severity, text: words }) => `${severity}: ${words}`);

for (const [file, kinds] of DOCUMENTED) {
  test(`the way between modes names for ${file} what its README does, and nothing else`, async () => {
    for (const [i, [from, to]] of PAIRS.entries()) {
      const { differences } = await migrate(files('nodes.yaml', file), from, to, { config: RANGE });
      const named = [...new Set(differences.map(({ group }) => group.kind))].sort();
      assert.deepEqual(named, kinds[i], `${from} to ${to}`);
    }
  });
}

test('every documented kind has a reason and a remedy of its own', () => {
  assert.equal(NAMED.length, 13);
  const other = lessonOf('');
  for (const kind of NAMED) assert.notEqual(lessonOf(kind), other, kind);
});

test('what was reached and no longer is breaks, and the other way round it opens', async () => {
  const loopback = 'NodePorts on a loopback address';
  const there = await migrate(files('nodes.yaml', 'nodeport-addresses.yaml'), 'iptables', 'nftables');
  assert.equal(impactsOf(there)[loopback], 'breaks');
  assert.deepEqual(there.concerned, ['default/doors']);
  assert.ok(there.noticed);
  assert.match(there.first[0] ?? '', /^NodePorts on .*address/);
  const back = await migrate(files('nodes.yaml', 'nodeport-addresses.yaml'), 'nftables', 'iptables');
  assert.equal(impactsOf(back)[loopback], 'opens');
});

test('wrong ports and unused addresses fail in another way, which nobody has to notice', async () => {
  const changed = await migrate(files('nodes.yaml', 'unknown-port.yaml'), 'ipvs', 'nftables', { config: RANGE });
  assert.deepEqual(new Set(Object.values(impactsOf(changed))), new Set(['fails otherwise']));
  assert.equal(changed.noticed, false);
});

const WEB = `apiVersion: v1
kind: Service
metadata: {name: web, annotations: {kubewire.dev/scheduler: sh}}
spec: {selector: {app: web}, sessionAffinity: ClientIP, externalIPs: [198.51.100.1], ports: [{port: 80}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: web}, annotations: {kubewire.dev/weight: "3"}}
spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: old}
subsets: []
`;

test('schedulers, weights, affinity and open connections are told although no packet shows them', async () => {
  const away = await migrate(text(WEB), 'ipvs', 'nftables');
  assert.deepEqual(told(away, 'schedulers'), [
    'should: the scheduler sh ends: each connection goes to a random endpoint',
    'know: the scheduler rr of all other Services ends: connections go to random endpoints, with even shares, no longer in turn',
  ]);
  assert.deepEqual(told(away, 'weights'), ['should: weights have no effect']);
  assert.equal(told(away, 'session affinity').length, 1);
  assert.match(told(away, 'open connections')[0] ?? '', /^should: .* end on a node when its kube-proxy changes/);
  const stays = await migrate(text(WEB), 'iptables', 'nftables');
  assert.deepEqual(told(stays, 'schedulers'), []);
  assert.match(told(stays, 'open connections')[0] ?? '', /^know: open connections go on/);
  const back = await migrate(text(WEB), 'nftables', 'iptables');
  assert.match(told(back, 'session affinity')[0] ?? '', /^should: iptables mode remembers the last 100 clients/);
});

test('a release says which mode is off and which fields go, with the place of their objects', async () => {
  const topics = async (to: Mode, release: Release): Promise<string[]> =>
    (await migrate(text(WEB), to, to, { release })).findings.map(({ severity, topic }) => `${severity} ${topic}`);
  assert.deepEqual(await topics('nftables', 30), ['must Kubernetes 1.30']);
  assert.deepEqual(await topics('iptables', 30), []);
  assert.deepEqual(await topics('ipvs', 36), [
    'should Kubernetes 1.36',
    'should spec.externalIPs',
    'should Endpoints objects (v1)',
  ]);
  assert.deepEqual(await topics('ipvs', 40), [
    'must Kubernetes 1.40 (as announced)',
    'must spec.externalIPs',
    'should Endpoints objects (v1)',
  ]);
  const { findings } = await migrate(text(WEB), 'iptables', 'iptables', { release: 36 });
  assert.equal(findings[0]?.objects[0]?.place('metadata.name').line, 3);
});

test('what the API server of the release refuses must be mended first', async () => {
  const zeros = text(`apiVersion: v1
kind: Service
metadata: {name: old, resourceVersion: "1"}
spec: {clusterIP: 10.96.0.9, externalIPs: [198.51.100.001], ports: [{port: 80}]}
`);
  const refused = async (release: Release): Promise<boolean> =>
    (await migrate(zeros, 'iptables', 'iptables', { release })).findings.some(({ text: words }) =>
      /refuses/.test(words),
    );
  assert.equal(await refused(35), false);
  assert.equal(await refused(36), true);
});
