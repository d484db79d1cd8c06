// trace.test.ts - kubewire trace and kubewire matrix as programs: flags in all their spellings, output, exit codes.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { fits, stepsOf } from '../../../src/story/session.js';
import { ownFolder, type Ran, runProgram } from '../../support/program.js';
import { noKernelDataplane } from '../../support/sandbox.js';
import { sources } from '../../support/sources.js';

const folder = ownFolder('trace');

const kubewire = (...args: string[]): Ran => runProgram(args, folder);

writeFileSync(
  join(folder, 'shop.yaml'),
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
- {addresses: [10.9.2.1], nodeName: n2}
`,
);
const FLOWS = [
  { node: 'n1', from: '10.9.1.50', to: '10.8.0.1:80', proto: 'tcp' },
  { node: 'n1', from: '127.0.0.1', to: '127.0.0.1:3001', proto: 'TCP' },
  { node: 'n1', from: '203.0.113.9', to: '192.168.8.1:3001', proto: 'tcp' },
];
writeFileSync(join(folder, 'flows.json'), JSON.stringify(FLOWS));

const ASK = ['trace', '-f', 'shop.yaml', '--engine', 'reference', '--flows', 'flows.json', '-o', 'json'];
const NODE = ['--node', 'n1', '--node-ip', '192.168.7.1', '--node-ip', '192.168.8.1'];

function verdicts(...args: string[]): string[] {
  const { out, err } = kubewire(...ASK, ...args);
  assert.equal(err, '');
  return (JSON.parse(out) as { verdict: string }[]).map(({ verdict }) => verdict);
}

test('annotations that cannot be read are told on stderr, with what is used instead', () => {
  const annotated = 'metadata: {name: web, namespace: shop, annotations: {kubewire.dev/scheduler: quickest}}';
  const text = readFileSync(join(folder, 'shop.yaml'), 'utf8').replace(
    'metadata: {name: web, namespace: shop}',
    annotated,
  );
  writeFileSync(join(folder, 'quickest.yaml'), text);
  const flags = ['-f', 'quickest.yaml', ...NODE, '--ipvs-scheduler', 'wlc'];
  const warning =
    /\nquickest\.yaml:3:78: warning: metadata\.annotations\[kubewire\.dev\/scheduler\]: .*, wlc is used instead/;
  const traced = kubewire('trace', ...flags, '--from', '10.9.1.50', '--to', '10.8.0.1:80', '--engine', 'reference');
  assert.equal(traced.code, 0);
  assert.match(traced.err, warning);
  const rules = kubewire('rules', ...flags, '--strategy', 'ipvs');
  assert.match(rules.err, warning);
  assert.match(rules.out, /^-A -t 10\.8\.0\.1:80 -s wlc$/m);
});

test('flows come back in their order, and the mode decides', () => {
  assert.deepEqual(verdicts(...NODE, '--proxy-mode', 'nftables'), ['dnat', 'none', 'none']);
  assert.deepEqual(verdicts(...NODE, '--proxy-mode', 'iptables'), ['dnat', 'dnat', 'dnat']);
});

test('lists may be repeated, written with commas, or go on', () => {
  const restricted = ['dnat', 'none', 'dnat'];
  const mode = ['--proxy-mode=iptables'];
  const addresses = (...words: string[]) => [...mode, '--node', 'n1', ...words];
  assert.deepEqual(
    verdicts(...addresses('--node-ip=192.168.7.1,192.168.8.1', '--nodeport-addresses', '192.168.8.0/24,10.0.0.0/8')),
    restricted,
  );
  assert.deepEqual(
    verdicts(...addresses('--node-ip', '192.168.7.1', '192.168.8.1', '--nodeport-addresses', '192.168.8.0/24')),
    restricted,
  );
});

test('flags that are true or false may be written in every way', () => {
  for (const off of [['--localhost-nodeports=false'], ['--localhost-nodeports', 'false']]) {
    assert.deepEqual(verdicts(...NODE, '--proxy-mode', 'iptables', ...off), ['dnat', 'none', 'dnat']);
  }
  for (const on of [['--masquerade-all'], ['--masquerade-all=true']]) {
    const { out } = kubewire(...ASK, ...NODE, ...on);
    assert.equal((JSON.parse(out) as { masquerade: boolean }[])[0]?.masquerade, true);
  }
});

test('one flow is one object, with everything that was promised', () => {
  const { code, out } = kubewire(
    ...['trace', '-f', 'shop.yaml', ...NODE, '--from', '10.9.1.50', '--to', 'svc/web:http', '-n', 'shop'],
    ...['--engine', 'reference', '--cluster-cidr', '10.9.0.0/16', '-o', 'json'],
  );
  const { steps, ...result } = JSON.parse(out);
  assert.equal(code, 0);
  assert.equal(steps.length, 1);
  assert.deepEqual(result, {
    version: 1,
    node: 'n1',
    strategy: 'nftables',
    from: '10.9.1.50',
    to: 'svc/web:http',
    protocol: 'TCP',
    verdict: 'dnat',
    reason: 'SERVICE',
    service: 'shop/web:http',
    frontend: 'ClusterIP',
    backends: [
      { address: '10.9.1.1', port: 8080, probability: 0.5, masquerade: false },
      { address: '10.9.2.1', port: 8080, probability: 0.5, masquerade: false },
    ],
    masquerade: false,
    advice: [],
  });
});

test('wrong use says what to do', () => {
  const wrong: [string[], number, RegExp][] = [
    [['trace', '-f', 'shop.yaml', '--to', '10.8.0.1:80'], 2, /--from and --to are needed/],
    [['trace', '-f', 'shop.yaml', '--from', 'pod/x', '--to', '10.8.0.1:80'], 1, /no pod "x"/],
    [['trace', '-f', 'shop.yaml', '--flows', 'nowhere.json'], 1, /cannot read nowhere\.json/],
    [['trace', '-f', 'shop.yaml', '--flows', 'shop.yaml'], 2, /shop\.yaml is not JSON/],
    [['trace', '-f', 'nowhere.yaml', '--from', 'node/n1', '--to', '10.8.0.1:80'], 1, /nowhere\.yaml/],
    [[...ASK, ...NODE, '--proxy-mode', 'userspace'], 2, /unknown strategy "userspace"/],
    [[...ASK, ...NODE, '--nodeport-addresses', 'primary,10.0.0.0/8'], 2, /can't use both 'primary' and CIDRs/],
    [[...ASK, '--node', 'n1', '--node-ip', 'x'], 2, /"x" is not an IP address/],
    [[...ASK, ...NODE, '--engine', 'magic'], 2, /unknown engine "magic"/],
  ];
  for (const [args, exit, message] of wrong) {
    const { code, out, err } = kubewire(...args);
    assert.deepEqual([code, out], [exit, ''], `${args.join(' ')}: ${err}`);
    assert.match(err, message);
  }
});

test('the matrix shows every source and frontend under each strategy', () => {
  const { code, out } = kubewire('matrix', '-f', 'shop.yaml', ...NODE, '--engine', 'reference', 'shop/web');
  assert.equal(code, 0);
  assert.match(out, /^FRONTEND +ADDRESS +SOURCE +NFTABLES +IPTABLES +IPVS +EBPF +PERFECT$/m);
  assert.match(out, /^ClusterIP +10\.8\.0\.1:80\/TCP +endpoint itself +2 endpoints, some masq/m);
  assert.match(out, /\d+ of \d+ rows differ between strategies\.\n$/);
  const one = kubewire('matrix', '-f', 'shop.yaml', ...NODE, '--engine', 'reference', '--strategy', 'ebpf', 'shop/web');
  assert.match(one.out, /\nUnder ebpf alone\.\n$/);
});

test('--dataplane asks the real kernel: its verdict and endpoints, and whether the tables agree', {
  skip: noKernelDataplane('iptables'),
}, () => {
  const flow = ['--node', 'n1', '--node-ip', '192.168.7.1', '--from', '203.0.113.10', '--to', '192.168.7.1:3001'];
  const { code, out } = kubewire('trace', '-f', 'shop.yaml', ...flow, '--dataplane', 'kernel-iptables', '-o', 'json');
  assert.equal(code, 0);
  const result = JSON.parse(out);
  assert.equal(result.verdict, 'dnat');
  assert.equal(result.strategy, 'iptables');
  assert.equal(result.dataplane, 'kernel-iptables');
  assert.equal(result.agrees, true);
  assert.deepEqual(
    result.backends.map(({ address, masquerade }: { address: string; masquerade: boolean }) => [address, masquerade]),
    [
      ['10.9.1.1', true],
      ['10.9.2.1', true],
    ],
  );
});

test('a dataplane of the kernel has the rules of its mode alone', () => {
  const flow = ['--from', '203.0.113.10', '--to', '10.8.0.1:80'];
  const both = kubewire('trace', '-f', 'shop.yaml', ...flow, '--dataplane', 'kernel-iptables', '--strategy', 'ipvs');
  assert.equal(both.code, 2);
  assert.match(both.err, /--dataplane kernel-iptables has the rules of strategy iptables, not of ipvs/);
  const unknown = kubewire('trace', '-f', 'shop.yaml', ...flow, '--dataplane', 'kernel-ipvs');
  assert.equal(unknown.code, 2);
  assert.match(unknown.err, /unknown --dataplane "kernel-ipvs", use kubewire, kernel-nftables, kernel-iptables/);
});

test('a page shows the header of the packet before and after each stage, with what was changed marked', () => {
  const asked = ['trace', '-f', 'shop.yaml', ...NODE, '--from', '10.9.1.50', '--to', '10.8.0.1:80'];
  const { code, out } = kubewire(...asked, '--engine', 'reference', '-o', 'html');
  assert.equal(code, 0);
  const cells = (line: string): string[] => [...line.matchAll(/<td[^>]*>([^<]*)<\/td>/g)].map(([, text = '']) => text);
  const fields = out
    .split('\n')
    .filter((line) => line.includes('<td'))
    .map(cells);
  const told = (name: string) =>
    fields.filter(([, , field]) => field === name).map(([mark, , , ...ends]) => [mark, ...ends]);
  assert.deepEqual(told('destination port'), [['*', '80', '8080']]);
  assert.deepEqual(told('source port'), [['', '40000', '40000']]);
  assert.deepEqual(told('TTL'), [['*', '64', '63']]);
});

test('what README shows of a trace is what is printed', () => {
  const [readme] = sources(['README.md'], /./);
  const [, block = ''] = /^```\n(\$ kubewire trace [\s\S]*?)^```$/m.exec(readme?.text ?? '') ?? [];
  const [step] = stepsOf(block);
  assert.ok(step);
  const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/dist\/?$/, '');
  const { code, out } = runProgram(step.command.split(' ').slice(1), root);
  assert.ok(fits(step, { text: out, exit: code ?? 1 }), out);
});
