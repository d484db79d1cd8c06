// compare.test.ts - kubewire compare as a program: strategies, states and engines; text, JSON and exit codes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';
import { noKernelDataplane } from '../../support/sandbox.js';

const folder = ownFolder('compare');

const kubewire = (...args: string[]): Ran => runProgram(args, folder);

const web = (name: string, replicas: number): string => `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${replicas}
  selector: {matchLabels: {app: ${name}}}
  template:
    metadata: {labels: {app: ${name}}}
    spec: {containers: [{name: web, image: web}]}
---
apiVersion: v1
kind: Service
metadata: {name: ${name}}
spec: {selector: {app: ${name}}, ports: [{port: 80}]}
`;
writeFileSync(join(folder, 'one.yaml'), web('web', 1));
writeFileSync(join(folder, 'two.yaml'), web('web', 2));
writeFileSync(join(folder, 'more.yaml'), `${web('before-web', 1)}---\n${web('web', 1)}`);
writeFileSync(join(folder, 'bad.yaml'), web('web', 1).replace('port: 80', 'port: 80000'));

test('two strategies that do the same are equal for all packets', () => {
  const { code, out } = kubewire('compare', 'nftables', 'perfect', '-f', 'one.yaml', '--engine', 'reference');
  assert.match(out, /^nftables and perfect: equal for all packets \([\d,]+ classes on 3 nodes\)\n$/);
  assert.equal(code, 0);
});

test('--node takes names as every verb does, each node once, and says which there are', () => {
  const ask = ['compare', 'nftables', 'perfect', '-f', 'one.yaml', '--engine', 'reference', '--node'];
  const { code, out } = kubewire(...ask, 'Nodes/node-1', 'node-1');
  assert.match(out, /on 1 node\)/);
  assert.equal(code, 0);
  const wrong = kubewire(...ask, 'node-11');
  assert.equal(wrong.code, 2);
  assert.match(wrong.err, /^error: there is no node "node-11"\nNodes: node-1, node-2, node-3\./);
});

test('what differs is grouped by kind, with an example and both rules', () => {
  const { code, out, err } = kubewire('compare', 'nftables', 'iptables', '-f', 'one.yaml', '--node', 'node-1');
  assert.equal(code, 1);
  assert.equal(err, '');
  assert.match(out, /^nftables and iptables differ in \d+ ways: [\d,]+ of [\d,]+ classes of packets on 1 node\n/);
  assert.match(
    out,
    /\d+\. pods, the node itself: a port that the address of a Service does not have: \d+ classes of packets, the first of them:/,
  );
  assert.match(out, /nftables: rejected: the address has no such port\n +chain ip6? kube-proxy cluster-ips-check/);
  assert.match(out, /iptables: no Service rule; goes off the node\n +\(no rule\)/);
});

test('the real kernel is a side by its name', { skip: noKernelDataplane('nftables') }, () => {
  const { code, out } = kubewire('compare', 'nftables', 'kernel-nftables', '-f', 'one.yaml', '--node', 'node-1');
  assert.match(out, /^nftables and kernel-nftables: equal for all packets \([\d,]+ classes on 1 node\)\n$/);
  assert.equal(code, 0);
});

test('JSON has every class with --all', () => {
  const args = ['compare', 'nftables', 'iptables', '-f', 'one.yaml', '--node', 'node-1', '-o', 'json'];
  const brief = JSON.parse(kubewire(...args).out);
  const all = JSON.parse(kubewire(...args, '--all').out);
  assert.equal(brief.version, 1);
  assert.equal(brief.equal, false);
  assert.deepEqual([brief.a, brief.b], ['nftables', 'iptables']);
  for (const group of brief.groups) assert.equal(group.classes.length, 1);
  for (const group of all.groups) assert.equal(group.classes.length, group.count);
  const total = all.groups.reduce((sum: number, { count }: { count: number }) => sum + count, 0);
  assert.equal(total, all.differing);
});

test('the effect of a change is told, and no other: what stays keeps its address', () => {
  const none = kubewire('compare', '--before', 'one.yaml', '--after', 'one.yaml');
  assert.match(none.out, /^before and after: equal for all packets/);
  assert.equal(none.code, 0);
  const scaled = JSON.parse(kubewire('compare', '--before', 'one.yaml', '--after', 'two.yaml', '-o', 'json').out);
  assert.deepEqual(
    scaled.groups.map(({ kind }: { kind: string }) => kind),
    ['other endpoints'],
  );
  const told = kubewire('compare', '--before', 'one.yaml', '--after', 'two.yaml').out;
  assert.match(told, /after: to one of 2 endpoints, .*, here alone 10\.244\.\d+\.\d+:80\n/);
  const added = JSON.parse(
    kubewire('compare', '--before', 'one.yaml', '--after', 'more.yaml', '-o', 'json', '--all').out,
  );
  const services = added.groups.flatMap((group: { classes: { a: { service: string }; b: { service: string } }[] }) =>
    group.classes.map(({ a, b }) => a.service ?? b.service),
  );
  assert.deepEqual([...new Set(services.filter((name: string | null) => name !== null))], ['default/before-web']);
});

test('the engines do the same to the last bit', (t) => {
  const { code, out, err } = kubewire('compare', '--engines', 'native', 'reference', '-f', 'one.yaml');
  if (/addon/.test(err)) return t.skip('needs the native engine: npm run build:native');
  assert.match(out, /^native and reference: equal for all packets/);
  assert.equal(code, 0);
});

test('wrong use says what would be right', () => {
  const wrong = (...args: string[]): string => {
    const { code, err } = kubewire('compare', ...args);
    assert.equal(code, 2, args.join(' '));
    return err;
  };
  assert.match(wrong('nftables', '-f', 'one.yaml'), /two strategies are needed/);
  assert.match(wrong('nftables', 'fast', '-f', 'one.yaml'), /unknown strategy "fast"/);
  assert.match(wrong('--before', 'one.yaml'), /--before and --after go together/);
  assert.match(wrong('--before', 'one.yaml', '--after', 'two.yaml', '-f', 'one.yaml'), /instead of -f/);
  assert.match(wrong('nftables', 'ipvs', '--before', 'one.yaml', '--after', 'two.yaml'), /--strategy/);
  assert.match(wrong('--engines', 'native', '-f', 'one.yaml'), /--engines needs two/);
  assert.match(wrong('nftables', 'ipvs', '-f', 'one.yaml', '--node', 'nobody'), /there is no node "nobody"/);
});

test('bad manifests are refused with their place', () => {
  const { code, err } = kubewire('compare', '--before', 'one.yaml', '--after', 'bad.yaml');
  assert.equal(code, 2);
  assert.match(err, /bad\.yaml:\d+:\d+: error: spec\.ports\[0\]\.port/);
});

test('who sends is said, and what nobody sends on purpose comes after what clients meet', () => {
  const { out } = kubewire('compare', 'nftables', 'iptables', '-f', 'one.yaml', '-o', 'json');
  const { groups } = JSON.parse(out) as { groups: { kind: string; who: string[]; met: number; count: number }[] };
  assert.ok(groups.every(({ who, met, count }) => who.length > 0 && met <= count));
  const kinds = groups.flatMap(({ kind, met }) => (met > 0 ? [kind] : []));
  const stray = kinds.indexOf('a port that the address of a Service does not have');
  assert.ok(
    stray >= 0 && kinds.slice(stray).every((kind) => !/source address|policy Local/.test(kind)),
    kinds.join('; '),
  );
  const unmet = groups.findIndex(({ met }) => met === 0);
  assert.ok(unmet < 0 || groups.slice(unmet).every(({ met }) => met === 0));
});

test('a comparison is a page, or Markdown, with the command that was typed', () => {
  const html = kubewire('compare', 'nftables', 'iptables', '-f', 'one.yaml', '-o', 'html');
  assert.equal(html.code, 1);
  assert.match(
    html.out,
    /^<!doctype html>[\s\S]*<pre>(npx )?kubewire compare nftables iptables -f one\.yaml -o html<\/pre>/,
  );
  assert.match(
    kubewire('compare', 'nftables', 'perfect', '-f', 'one.yaml', '-o', 'md').out,
    /^## nftables and perfect/,
  );
});
