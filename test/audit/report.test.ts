// report.test.ts - the audits of several nodes as one report, and how nodes differ.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { createTar } from 'nanotar';
import { disagreements } from '../../src/audit/facts.js';
import { metricsOf } from '../../src/audit/metrics.js';
import { fleetReport, isWell } from '../../src/audit/report.js';
import { configurationIn, settingsOf } from '../../src/audit/settings.js';
import { changeLines, tellFleet } from '../../src/audit/story.js';
import { loadTexts } from '../../src/manifest/load.js';
import { planOf } from '../../src/observe/fleet.js';
import { worldFromObjects } from '../../src/observe/objects.js';
import type { World } from '../../src/observe/world.js';
import type { ProxyConfig } from '../../src/plan/plan.js';
import { iptablesSave } from '../../src/render/iptables-save.js';

const objects = (endpoint: string): string => `
apiVersion: v1
kind: Node
metadata: {name: n1}
spec: {podCIDR: 10.244.1.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.0.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
spec: {podCIDR: 10.244.2.0/24}
status: {addresses: [{type: InternalIP, address: 192.168.0.12}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: default}
spec: {clusterIP: 10.96.7.7, clusterIPs: [10.96.7.7], ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: default, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{port: 8080}]
endpoints: [{addresses: [${endpoint}], nodeName: n1}]
`;

async function worldOf(endpoint: string): Promise<World> {
  const { objects: loaded } = loadTexts([{ file: 'objects', text: objects(endpoint) }]);
  const taking = { how: 'recorded', why: 'a test says so' } as const;
  return worldFromObjects(
    loaded.map(({ object }) => object),
    { impliedNode: null, config: {}, taking },
  );
}

/** What kube-proxy of the node writes in that world, and a setting. */
function bundleOf(
  world: World,
  name: string,
  forward: string,
  change = (rules: string) => rules,
  more: { name: string; data: string }[] = [],
): Buffer {
  const node = world.topology.nodes.find((one) => one.name === name);
  assert.ok(node);
  const rules = change(iptablesSave(planOf(world, node, 'iptables'), 'IPv4', false));
  const files = [
    { name: './iptables-save.txt', data: rules },
    { name: './sysctl.txt', data: `net/ipv4/ip_forward = ${forward}\n` },
    { name: './uname.txt', data: `Linux ${name} 6.1.0-1 #1 SMP\n` },
    ...more,
  ];
  return Buffer.from(gzipSync(createTar(files)));
}

const reportOf = (
  worlds: readonly World[],
  bundles: Readonly<Record<string, Buffer>>,
  given: Partial<ProxyConfig> = {},
) =>
  fleetReport({
    context: 'prod',
    gathered: Object.entries(bundles).map(([node, bundle]) => ({ node, bundle })),
    passedOver: [],
    worlds,
    given,
  });

test('nodes that have what they should are well', async () => {
  const world = await worldOf('10.244.1.5');
  const report = reportOf([world, world], { n1: bundleOf(world, 'n1', '1'), n2: bundleOf(world, 'n2', '1') });
  assert.deepEqual([report.findings, report.disagreements, isWell(report)], [[], [], true]);
  assert.equal(tellFleet(report), '2 nodes audited: nothing is wrong\n');
});

test('a finding of two nodes is told once, with both; a setting that one of them has otherwise is told, too', async () => {
  const world = await worldOf('10.244.1.5');
  const stale = (rules: string): string => rules.replaceAll('10.244.1.5', '10.244.1.9');
  const bundles = { n1: bundleOf(world, 'n1', '1', stale), n2: bundleOf(world, 'n2', '0', stale) };
  const report = reportOf([world], bundles);
  const [first] = report.findings;
  assert.equal(first?.kind, 'stale-endpoint');
  assert.deepEqual(
    first?.nodes.map(({ node }) => node),
    ['n1', 'n2'],
  );
  assert.deepEqual(
    report.findings.map(({ kind }) => kind),
    ['stale-endpoint', 'setting'],
  );
  const metrics = await metricsOf(report);
  assert.match(metrics, /^kubewire_audit_findings\{node="n2",kind="stale-endpoint",severity="error"\} 1$/m);
  assert.match(metrics, /^kubewire_audit_heard\{node="n1"\} 1$/m);
  const text = tellFleet(report);
  assert.match(text, /nodes: {3}n1, n2 \(2 of 2\)\n {4}rule: .* n1:iptables-save\.txt:\d+\n/);
  assert.match(text, /How nodes differ\n {4}setting net\.ipv4\.ip_forward: 1 on n1; 0 on n2\n/);
});

test('rules that were late or early for one of two readings are not wrong', async () => {
  const [before, now] = [await worldOf('10.244.1.5'), await worldOf('10.244.1.6')];
  const bundles = { n1: bundleOf(before, 'n1', '1'), n2: bundleOf(now, 'n2', '1') };
  assert.equal(reportOf([now], bundles).findings.length, 1);
  assert.deepEqual(reportOf([before, now], bundles).findings, []);
});

test('what a kube-proxy says of its configuration counts for its node, and what the user says counts more', async () => {
  const world = await worldOf('10.244.1.5');
  const all = { ...world, config: { ...world.config, masqueradeAll: true } };
  const iptables = { masqueradeAll: true, localhostNodePorts: null };
  const files = [{ name: './configz.json', data: JSON.stringify({ kubeproxyconfig: { mode: 'iptables', iptables } }) }];
  const told = bundleOf(all, 'n1', '1', undefined, files);
  assert.notDeepEqual(reportOf([world], { n1: bundleOf(all, 'n1', '1') }).findings, []);
  assert.deepEqual(reportOf([world], { n1: told }).findings, []);
  assert.notDeepEqual(reportOf([world], { n1: told }, { masqueradeAll: false }).findings, []);
});

test('settings are read of the mode that they are for', () => {
  const both = { iptables: { masqueradeAll: true }, nftables: { masqueradeAll: false } };
  assert.deepEqual(settingsOf({ mode: 'nftables', ...both }), { masqueradeAll: false });
  assert.deepEqual(
    settingsOf({ clusterCIDR: '10.244.0.0/16,fd00::/48', detectLocalMode: 'BridgeInterface', nodePortAddresses: null }),
    {
      clusterCIDR: ['10.244.0.0/16', 'fd00::/48'],
    },
  );
  assert.deepEqual(settingsOf({ clusterCIDR: '' }), { clusterCIDR: [] });
  assert.equal(configurationIn('curl: (7) Failed'), null);
});

test('a node that was not heard makes the report bad, and what comes and goes is told', async () => {
  const world = await worldOf('10.244.1.5');
  const well = reportOf([world], { n1: bundleOf(world, 'n1', '1') });
  const broken = reportOf([world], { n1: Buffer.from('no file') });
  assert.equal(isWell(broken), false);
  assert.match(tellFleet(broken), /✗ n1 was not heard: n1 is no whole \.tgz/);
  assert.match(changeLines(well, broken).join('\n'), /^✗ new {3}n1 was not heard/);
  assert.match(changeLines(broken, well).join('\n'), /^✓ gone {2}n1 was not heard/);
});

test('nodes differ in what only some of them have, and the commonest value comes first', () => {
  const nodes = [
    { node: 'a', facts: new Map([['kernel', '6.1']]) },
    {
      node: 'b',
      facts: new Map([
        ['kernel', '6.2'],
        ['table ip docker', '3 rules'],
      ]),
    },
    { node: 'c', facts: new Map([['kernel', '6.2']]) },
  ];
  assert.deepEqual(disagreements(nodes), [
    {
      what: 'kernel',
      values: [
        { value: '6.2', nodes: ['b', 'c'] },
        { value: '6.1', nodes: ['a'] },
      ],
    },
    {
      what: 'table ip docker',
      values: [
        { value: 'none', nodes: ['a', 'c'] },
        { value: '3 rules', nodes: ['b'] },
      ],
    },
  ]);
});
