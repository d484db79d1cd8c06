// explain.test.ts - kubewire explain as a program: files, flags, output, exit codes.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Answer } from '../../../src/dump/walk/answer.js';
import type { PlanServicePort } from '../../../src/plan/plan.js';
import { iptablesChain } from '../../../src/render/names.js';
import { KUBE_PROXY } from '../../dump/dumps.js';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';

const folder = ownFolder('explain');
writeFileSync(join(folder, 'rules.txt'), KUBE_PROXY);
const explain = (...args: string[]): Ran => runProgram(['explain', '--node-dump', 'rules.txt', ...args], folder);
const ASK = ['--from', '10.244.1.9', '--to', '10.96.0.20:80'];

test('one packet as JSON: verdict, branches and steps', () => {
  const { out, code } = explain(...ASK, '-o', 'json');
  const { version, verdict, branches, steps } = JSON.parse(out) as Record<string, unknown[]>;
  assert.equal(code, 0);
  assert.deepEqual([version, verdict, branches?.length], [1, 'dnat', 3]);
  assert.deepEqual(Object.keys(branches?.[0] ?? {}), [
    'probability',
    'verdict',
    'address',
    'port',
    'masquerade',
    'depends',
  ]);
  assert.ok((steps ?? []).length > 3);
});

test('many packets come in the order of the file', () => {
  const flows = [
    { from: '10.244.1.9', to: '10.96.0.9:80' },
    { from: '203.0.113.9', to: '192.168.0.11:30080', proto: 'tcp' },
    { from: '203.0.113.9', to: '192.168.0.11:30080', protocol: 'UDP' },
  ];
  writeFileSync(join(folder, 'flows.json'), JSON.stringify(flows));
  const { out } = explain('--flows', 'flows.json', '--local-address', '192.168.0.11', '-o', 'json');
  assert.deepEqual(
    (JSON.parse(out) as { verdict: string }[]).map(({ verdict }) => verdict),
    ['reject', 'dnat', 'accept'],
  );
});

test('the story names rules with their places, -v also those that did not match', () => {
  const { out } = explain(...ASK);
  assert.match(out, /KUBE-SERVICES → jump KUBE-SVC-AAAAAAAAAAAAAAAA {2}rules\.txt:\d+/);
  assert.match(out, /33\.3 % {2}goes to 10\.244\.1\.3:8080/);
  assert.doesNotMatch(out, /no match/);
  assert.match(explain(...ASK, '-v').out, /no match/);
  assert.match(explain(...ASK, '-o', 'html').out, /^<!doctype html>/);
});

test('wrong usage and bad dumps end with a sentence and a code', () => {
  writeFileSync(join(folder, 'bad.txt'), '*filter\n:INPUT ACCEPT [0:0]\nnonsense\n');
  const bad = runProgram(['explain', '--node-dump', 'bad.txt', ...ASK], folder);
  assert.equal(bad.code, 2);
  assert.match(bad.err, /^error: bad\.txt:3:1: /);
  assert.match(explain('--from', '10.0.0.1').err, /--from and --to are needed/);
  assert.match(explain('--from', 'somewhere', '--to', '10.0.0.1:80').err, /--from: "somewhere" is no address/);
  assert.match(explain('--from', '10.0.0.1', '--to', '[fd00::1]:80').err, /two families/);
  assert.match(runProgram(['explain', ...ASK], folder).err, /--node-dump FILE is needed/);
  assert.equal(runProgram(['explain', '--node-dump', 'absent.txt', ...ASK], folder).code, 1);
});

test('an audit tells its findings and ends with 1, or with 0 where nothing is wrong', () => {
  const clean = explain('--audit');
  assert.deepEqual([clean.code, clean.out], [0, 'rules of kube-proxy: iptables: nothing is wrong\n']);
  writeFileSync(join(folder, 'off.txt'), 'net.ipv4.ip_forward = 0\n');
  const off = explain('off.txt', '--audit', '-o', 'json');
  assert.equal(off.code, 1);
  const { version, findings } = JSON.parse(off.out) as { version: number; findings: { kind: string }[] };
  assert.deepEqual([version, findings.map(({ kind }) => kind)], [1, ['setting']]);
  assert.match(
    explain('off.txt', '--audit').out,
    /^✗ net\.ipv4\.ip_forward = 0: .*\n {4}affects: .*\n {4}remedy: {2}sysctl/,
  );
});

test('a trace of the kernel is told packet by packet, with the lines of the dump', () => {
  const line =
    'TRACE: nat:KUBE-SERVICES:rule:1 IN=eth0 OUT= SRC=10.0.0.9 DST=10.96.0.20 ID=9 PROTO=TCP SPT=4 DPT=80 SYN';
  writeFileSync(join(folder, 'log.txt'), `${line}\n`);
  const { out, code } = explain('--iptables-trace', 'log.txt');
  assert.equal(code, 0);
  assert.match(
    out,
    /^tcp 10\.0\.0\.9 port 4 → 10\.96\.0\.20 port 80 through eth0 \(shop\/web:http\)\n.*rules\.txt:\d+\n.*KUBE-SVC-A/,
  );
  writeFileSync(join(folder, 'no.txt'), 'hello\n');
  assert.match(explain('--nft-trace', 'no.txt').err, /^error: no\.txt:1:1: "hello" is no line of nft monitor trace/);
});

test('compare takes dumps: 0 where they are equal, 1 where not', () => {
  writeFileSync(join(folder, 'other.txt'), KUBE_PROXY.replace('10.244.2.5:8080', '10.244.2.6:8080'));
  const same = runProgram(['compare', 'rules.txt', 'rules.txt', '-o', 'json'], folder);
  assert.deepEqual([same.code, (JSON.parse(same.out) as { equal: boolean }).equal], [0, true]);
  const other = runProgram(['compare', 'rules.txt', 'other.txt'], folder);
  assert.equal(other.code, 1);
  assert.match(other.out, /33 % dnat 10\.244\.2\.6:8080/);
  assert.equal(runProgram(['compare', 'nftables', 'rules.txt'], folder).code, 2);
});

const OBJECTS = `apiVersion: v1
kind: Node
metadata: { name: worker-1 }
spec: { podCIDR: 10.244.1.0/24 }
status: { addresses: [{ type: InternalIP, address: 192.168.0.11 }] }
---
apiVersion: v1
kind: Pod
metadata: { name: web-1, namespace: shop, resourceVersion: "4" }
spec: { nodeName: worker-1, containers: [{ name: web, image: web }] }
status: { podIP: 10.244.1.3, podIPs: [{ ip: 10.244.1.3 }] }
---
apiVersion: v1
kind: Service
metadata: { name: web, namespace: shop, resourceVersion: "5" }
spec:
  clusterIP: 10.96.0.20
  clusterIPs: [10.96.0.20]
  type: NodePort
  ports:
    - { name: admin, port: 81, nodePort: 30081 }
    - { name: http, port: 80, targetPort: 8080, nodePort: 30080 }
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: { name: web-abc, namespace: shop, resourceVersion: "6", labels: { kubernetes.io/service-name: web } }
addressType: IPv4
ports: [{ name: http, port: 8080 }]
endpoints:
  - { addresses: [10.244.1.3], nodeName: worker-1, targetRef: { kind: Pod, name: web-1, namespace: shop } }
  - { addresses: [10.244.1.4], nodeName: worker-1 }
`;

test('with objects ends have names, and Services and endpoints the lines where they are written', () => {
  writeFileSync(join(folder, 'objects.yaml'), OBJECTS);
  const asked = explain('-f', 'objects.yaml', '--from', 'pod/shop/web-1', '--to', 'svc/web.shop:http', '-o', 'json');
  const answer = JSON.parse(asked.out) as Answer;
  assert.deepEqual(
    [answer.verdict, answer.service, answer.written],
    ['dnat', 'shop/web:http', { file: 'objects.yaml', line: 22 }],
  );
  assert.deepEqual(
    answer.branches.map(({ endpoint, masquerade }) => [endpoint, masquerade]),
    [
      [{ name: 'pod/shop/web-1', written: { file: 'objects.yaml', line: 9 } }, true],
      [{ name: 'endpointslice/shop/web-abc', written: { file: 'objects.yaml', line: 31 } }, false],
      [null, false],
    ],
  );
  assert.deepEqual(answer.notes, ['pod/shop/web-1 is 10.244.1.3', 'svc/web.shop:http is 10.96.0.20']);
  const { out } = explain('-f', 'objects.yaml', '--from', 'client/outside', '--to', 'node/worker-1:30080');
  assert.match(out, /^tcp client\/outside → node\/worker-1:30080 \(shop\/web:http, objects\.yaml:22\)\n/);
  assert.match(out, /33\.3 % {2}goes to 10\.244\.1\.3:8080 \(pod\/shop\/web-1, objects\.yaml:9\), masqueraded\n/);
});

test('a chain of kube-proxy without a comment is that of its Service', () => {
  const chain = iptablesChain('KUBE-SVC-', { name: 'shop/web:http', protocol: 'TCP' } as PlanServicePort);
  writeFileSync(
    join(folder, 'bare.txt'),
    `*nat\n:PREROUTING ACCEPT [0:0]\n:${chain} - [0:0]\n-A PREROUTING -d 10.96.0.20/32 -j ${chain}\n-A ${chain} -p tcp -j DNAT --to-destination 10.244.1.4:8080\nCOMMIT\n`,
  );
  const { out } = runProgram(['explain', '--node-dump', 'bare.txt', ...ASK, '-f', 'objects.yaml'], folder);
  assert.match(out, /^tcp 10\.244\.1\.9 → 10\.96\.0\.20:80 \(shop\/web:http, objects\.yaml:22\)\n/);
});
