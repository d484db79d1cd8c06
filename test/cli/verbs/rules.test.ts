// rules.test.ts - kubewire rules as a program: formats, strategies, families, nodes, exit codes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';

const folder = ownFolder('rules');

const kubewire = (...args: string[]): Ran => runProgram(['rules', ...args], folder);

writeFileSync(
  join(folder, 'recorded.yaml'),
  `apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec:
  type: NodePort
  clusterIP: 10.8.0.1
  ports: [{name: http, port: 80, nodePort: 3001}]
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: web-1, namespace: shop, labels: {kubernetes.io/service-name: web}}
addressType: IPv4
ports: [{name: http, protocol: TCP, port: 8080}]
endpoints:
- {addresses: [10.9.1.1], nodeName: n1}
`,
);
const FILE = ['-f', 'recorded.yaml'];
const NODE = ['--node', 'n1', '--node-ip', '192.168.7.1'];

test('a format stands for its strategy, a strategy for its format', () => {
  assert.match(kubewire(...FILE, ...NODE).out, /^table ip kube-proxy \{\n[\s\S]*^table ip6 kube-proxy \{/m);
  assert.equal(kubewire(...FILE, ...NODE, '-o', 'nft').out, kubewire(...FILE, ...NODE, '--strategy', 'nftables').out);
  assert.match(kubewire(...FILE, ...NODE, '-o', 'iptables-save').out, /^-A KUBE-NODEPORTS .*--dport 3001/m);
  assert.equal(
    kubewire(...FILE, ...NODE, '--proxy-mode', 'ipvs').out,
    '-A -t 10.8.0.1:80 -s rr\n-a -t 10.8.0.1:80 -r 10.9.1.1:8080 -m -w 1\n' +
      '-A -t 192.168.7.1:3001 -s rr\n-a -t 192.168.7.1:3001 -r 10.9.1.1:8080 -m -w 1\n',
  );
  assert.match(
    kubewire(...FILE, ...NODE, '-o', 'cilium').out,
    /^2 +192\.168\.7\.1:3001\/TCP +NodePort +1 => 10\.9\.1\.1:8080/m,
  );
  const { code, err } = kubewire(...FILE, '--strategy', 'ipvs', '-o', 'nft');
  assert.equal(code, 2);
  assert.match(err, /-o nft is the notation of strategy nftables; for ipvs use -o ipvsadm or json/);
});

test('json: the table of IPVS, or frontends and endpoints', () => {
  const table = JSON.parse(kubewire(...FILE, ...NODE, '--strategy', 'ipvs', '-o', 'json').out);
  assert.equal(table.version, 1);
  assert.deepEqual(table.ipsets['KUBE-NODE-PORT-TCP'], ['3001']);
  assert.deepEqual(table.boundAddresses, ['10.8.0.1']);
  const listing = JSON.parse(kubewire(...FILE, ...NODE, '-o', 'json').out);
  assert.equal(listing.strategy, 'nftables');
  assert.equal(listing.services[0].clusterEndpoints[0].endpoint, '10.9.1.1:8080');
});

test('a node of a recorded cluster needs no addresses; in the lab of manifests it must exist', () => {
  const { code, out } = kubewire(...FILE, '--node', 'n1', '--strategy', 'ipvs');
  assert.equal(code, 0);
  assert.doesNotMatch(out, /3001/);
  writeFileSync(
    join(folder, 'open.yaml'),
    'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 80}]}\n',
  );
  const lab = kubewire('-f', 'open.yaml', '--node', 'node-9');
  assert.equal(lab.code, 2);
  assert.match(lab.err, /there is no node "node-9"/);
  assert.match(kubewire('-f', 'open.yaml', '--node', 'node-2', '-o', 'nft').out, /192\.168\.0\.12/);
});

test('one family, and words that mean nothing', () => {
  const six = kubewire(...FILE, ...NODE, '-o', 'nft', '--family', 'ipv6').out;
  assert.match(six, /^table ip6/);
  assert.doesNotMatch(six, /^table ip /m);
  assert.match(kubewire(...FILE, ...NODE, '-o', 'iptables-save', '--family', 'IPv6').out, /! -d ::1\/128/);
  for (const words of [
    ['--family', 'IPX'],
    ['-o', 'xml'],
    ['--strategy', 'userspace'],
  ]) {
    assert.equal(kubewire(...FILE, ...words).code, 2, words.join(' '));
  }
});
