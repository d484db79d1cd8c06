// iptables.test.ts - packets through rules of iptables-save: verdicts, chances, conditions, places.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDumps } from '../../src/dump/read/dump.js';
import { ask, ends, KUBE_PROXY } from './dumps.js';

const NODE = ['192.168.0.11'];
/** A filter table with these rules; chains of its own are declared by `chains`. */
const filter = (rules: readonly string[], chains: readonly string[] = []): string =>
  [
    '*filter',
    ':INPUT ACCEPT [0:0]',
    ':FORWARD ACCEPT [0:0]',
    ':OUTPUT ACCEPT [0:0]',
    ...chains.map((name) => `:${name} - [0:0]`),
    ...rules,
    'COMMIT',
    '',
  ].join('\n');

test('a cascade of 1/3, 1/2 and 1 is a third each, and pods of the cluster keep their address', () => {
  const answer = ask(KUBE_PROXY, '10.244.1.9', '10.96.0.20:80', { local: NODE });
  assert.equal(answer.verdict, 'dnat');
  assert.equal(answer.service, 'shop/web:http');
  assert.deepEqual(ends(answer), [
    '33 % dnat 10.244.1.3:8080',
    '33 % dnat 10.244.1.4:8080',
    '33 % dnat 10.244.2.5:8080',
  ]);
});

test('a client that is its own endpoint is masqueraded, on that branch alone', () => {
  const answer = ask(KUBE_PROXY, '10.244.1.4', '10.96.0.20:80', { local: NODE });
  assert.deepEqual(
    answer.branches.map(({ masquerade }) => masquerade),
    [false, true, false],
  );
});

test('a NodePort is taken on an address of the node, and masqueraded', () => {
  const answer = ask(KUBE_PROXY, '203.0.113.9', '192.168.0.11:30080', { local: NODE });
  assert.equal(answer.verdict, 'dnat');
  assert.ok(answer.branches.every(({ masquerade }) => masquerade));
  assert.equal(ask(KUBE_PROXY, '203.0.113.9', '192.168.0.12:30080', { local: NODE }).verdict, 'accept');
});

test('whether an address is the node’s own is a condition where nobody said it', () => {
  const answer = ask(KUBE_PROXY, '203.0.113.9', '192.168.0.11:30080');
  assert.equal(answer.verdict, 'depends');
  assert.match(answer.branches[0]?.depends.join() ?? '', /an address of this node/);
});

test('a Service without endpoints rejects, and the step names the line', () => {
  const answer = ask(KUBE_PROXY, '10.244.1.9', '10.96.0.9:80', { local: NODE });
  assert.equal(answer.verdict, 'reject');
  const last = answer.steps.at(-1);
  assert.deepEqual(
    [last?.chain, last?.file, last?.line, last?.service],
    ['KUBE-SERVICES', 'dump-1', 13, 'shop/empty:http'],
  );
});

test('packets of an established connection are not asked about NAT', () => {
  assert.equal(ask(KUBE_PROXY, '10.244.1.9', '10.96.0.20:80', { local: NODE, state: 'established' }).verdict, 'accept');
});

test('an unknown match is a condition, and one that makes no difference is none', () => {
  const decided = filter(['-A FORWARD -m geoip --source-country XX -j DROP']);
  const answer = ask(decided, '10.0.0.1', '10.0.0.2:80', { local: NODE });
  assert.equal(answer.verdict, 'depends');
  assert.deepEqual(ends(answer), [
    '100 % drop if -m geoip --source-country XX matches (dump-1:5)',
    '100 % accept 10.0.0.2:80 if not: -m geoip --source-country XX matches (dump-1:5)',
  ]);
  const logged = filter([
    '-A FORWARD -m geoip --source-country XX -j LOG --log-prefix "a \\"b\\" -j DROP"',
    '-A FORWARD -m geoip ! --source-country XX -j ACCEPT',
  ]);
  assert.deepEqual(ends(ask(logged, '10.0.0.1', '10.0.0.2:80', { local: NODE })), ['100 % accept 10.0.0.2:80']);
});

test('an unknown target is never passed over', () => {
  const answer = ask(
    filter(['-A FORWARD -p tcp -j FANCY --level 3', '-A FORWARD -j DROP']),
    '10.0.0.1',
    '10.0.0.2:80',
    { local: NODE },
  );
  assert.deepEqual(ends(answer), ['100 % depends if -j FANCY --level 3 (dump-1:5)']);
});

test('goto leaves a chain for good, return comes back, and the policy has the last word', () => {
  const text = filter(
    [
      '-A FORWARD -j A',
      '-A FORWARD -j DROP',
      '-A A -p udp -j RETURN',
      '-A A -g B',
      '-A A -j ACCEPT',
      '-A B -p sctp -j ACCEPT',
    ],
    ['A', 'B'],
  );
  const verdict = (protocol: string): string => ask(text, '10.0.0.1', '10.0.0.2:80', { local: NODE, protocol }).verdict;
  assert.deepEqual([verdict('tcp'), verdict('udp'), verdict('sctp')], ['drop', 'drop', 'accept']);
  const policy = text.replace(':FORWARD ACCEPT', ':FORWARD DROP').replace('-A FORWARD -j DROP\n', '');
  assert.equal(ask(policy, '10.0.0.1', '10.0.0.2:80', { local: NODE }).verdict, 'drop');
});

test('mistakes name their file, line and column', () => {
  const wrong = (text: string, place: RegExp): void => assert.throws(() => ask(text, '10.0.0.1', '10.0.0.2:80'), place);
  wrong('*filter\n:INPUT ACCEPT [0:0]\nhello\nCOMMIT\n', /^Fault: dump-1:3:1: "hello" is no line of iptables-save/);
  wrong(filter(['-A FORWARD -m comment --comment "open -j DROP']), /^Fault: dump-1:5:33: a quote is never closed/);
  wrong(filter(['-A FORWARD 10.0.0.1 -j DROP']), /^Fault: dump-1:5:12: "10.0.0.1" belongs to no option/);
  wrong('*filter\nCOMMIT\n-A INPUT -j DROP\n', /^Fault: dump-1:3:1: .* outside of a table/);
  wrong('# Generated by iptables-save\nCOMMIT\n*nat\n:A\n', /^Fault: dump-1:4:1: ":A" is no chain/);
  wrong('what is this\n', /^Fault: dump-1:1:1: this is no dump/);
});

test('a range of ports for masquerading changes where nothing goes', () => {
  const text =
    '# Generated by xtables-save v1.8.2 on Thu Apr 15 10:50:41 2021\n*nat\n:POSTROUTING ACCEPT [0:0]\n-A POSTROUTING -p tcp -j MASQUERADE --to-ports 1024-65535\nCOMMIT\n';
  assert.deepEqual(ends(ask(text, '10.0.0.1', '10.0.0.2:80', { local: ['192.168.0.11'] })), [
    '100 % accept 10.0.0.2:80 masqueraded',
  ]);
  assert.equal(readDumps([{ file: 'd', text }]).ruleset.tables[0]?.backend, 'iptables-nft');
});

test('types of addresses of IPv6 must all hold', () => {
  const to = (types: string): string =>
    ask(
      `# Generated by ip6tables-save v1.8.9\n*filter\n:INPUT ACCEPT [0:0]\n-A INPUT -m addrtype ${types} -j DROP\nCOMMIT\n`,
      'fd00::1',
      '[fd00::b]:80',
      { local: ['fd00::b'] },
    ).verdict;
  assert.deepEqual(
    ['--dst-type LOCAL', '--dst-type UNICAST', '--dst-type LOCAL,MULTICAST', '! --dst-type LOCAL'].map(to),
    ['drop', 'drop', 'accept', 'accept'],
  );
});
