// migrate.test.ts - kubewire migrate as a program: its formats, its defaults and its exit codes.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { DIFFERENCES } from '../../support/documented-differences.js';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';

const kubewire = (...args: string[]): Ran => runProgram(args, ownFolder('migrate'));
const files = ['-f', join(DIFFERENCES, 'nodes.yaml'), join(DIFFERENCES, 'local-without-endpoint.yaml')];

test('text tells the impact, the packet that proves it, and what to do first', () => {
  const { code, out } = kubewire('migrate', '--from', 'ipvs', '--to', 'nftables', ...files);
  assert.match(
    out,
    /^From ipvs to nftables: 2 differences break connections, .* default\/far\.\n\nBefore the change\n {2}1\. /,
  );
  assert.match(out, /\nWhat breaks: .*\n {2}NodePorts on another address of the node \(clients from outside/);
  assert.match(
    out,
    /n1, from outside the node: TCP 203\.0\.113\.10 → 192\.168\.0\.11:30005\n.*ipvs: {5}to 10\.244\.2\.1 port 8080.*\n.*nftables: dropped/,
  );
  assert.equal(code, 1);
});

test('JSON has the same with the rules of both sides', () => {
  const { code, out } = kubewire('migrate', '--from', 'ipvs', ...files, '-o', 'json');
  const { version, from, to, noticed, differences, first } = JSON.parse(out);
  assert.deepEqual([version, from, to, noticed, code], [1, 'ipvs', 'nftables', true, 1]);
  assert.ok(first.length > 0);
  for (const { proof } of differences) assert.ok(proof.before.rules.length + proof.after.rules.length > 0);
});

test('the page loads nothing, and Markdown says the same', () => {
  const page = kubewire('migrate', ...files, '-o', 'html').out;
  assert.match(page, /<h1>kube-proxy: from iptables to nftables<\/h1>/);
  assert.doesNotMatch(page, /<script|<link|<img|@import|url\(/);
  assert.match(kubewire('migrate', ...files, '-o', 'md').out, /^## kube-proxy: from iptables to nftables\n/);
});

test('a release brings its default mode and what it takes away', () => {
  const ask = (...words: string[]): Ran => kubewire('migrate', ...words, ...files);
  assert.match(
    ask('--kubernetes-version', '1.40-preview').out,
    /^From iptables to nftables, Kubernetes 1\.40 \(as announced\): /,
  );
  const still = ask('--kubernetes-version', 'v1.36.2');
  assert.match(still.out, /^iptables stays, Kubernetes 1\.36: every packet is treated alike\.\n/);
  assert.equal(still.code, 0);
});

test('wrong usage is told with what there is', () => {
  const told = (...words: string[]): string => {
    const { code, err } = kubewire('migrate', ...words, ...files);
    assert.equal(code, 2);
    return err;
  };
  assert.match(
    told('--from', 'userspace'),
    /^error: --from: unknown mode "userspace", use iptables, ipvs, nftables\n/m,
  );
  assert.match(told('--from', 'nftables'), /^error: from nftables to nftables nothing changes/m);
  assert.match(
    told('--kubernetes-version', '1.5'),
    /^error: --kubernetes-version: "1\.5" is not a release from 1\.29 to 1\.46\n/m,
  );
});
