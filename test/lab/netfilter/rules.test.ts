// rules.test.ts - the transactions with which rules of the kernel change, and the lines that make its cables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyTable } from '../../../src/lab/netfilter/balancer.js';
import { noSpreadRoute, spreadRoute } from '../../../src/lab/netfilter/links.js';
import { nftScript, nodeTables } from '../../../src/lab/netfilter/rules.js';

const document = (...blocks: string[]): string => `table ip kube-proxy {\n${blocks.join('\n')}}\n`;
const block = (head: string): string => `\t${head} {\n\t\tsomething\n\t}\n`;

test('a first document is loaded as it is', () => {
  const first = document(block('map service-ips'), block('chain services'));
  assert.equal(nftScript('', first), `${first}\n`);
});

test('a second empties what the first had, except for the clients that are remembered, and deletes what is gone', () => {
  const before = document(
    ...[block('set cluster-ips'), block('set affinity-A'), block('set affinity-B')],
    ...[block('map service-ips'), block('chain services'), block('chain endpoint-B')],
  );
  const after = document(
    block('set cluster-ips'),
    block('set affinity-A'),
    block('map service-ips'),
    block('chain services'),
  );
  assert.deepEqual(nftScript(before, after).split(after), [
    'flush table ip kube-proxy\nflush set ip kube-proxy cluster-ips\nflush map ip kube-proxy service-ips\n',
    '\ndelete set ip kube-proxy affinity-B\ndelete chain ip kube-proxy endpoint-B\n',
  ]);
});

test('pods keep their address towards pods and Services alone', () => {
  const text = nodeTables(['10.244.1.0/24'], ['10.244.0.0/16', '10.96.0.0/16', 'fd00::/64']);
  assert.match(
    text,
    /ip saddr \{ 10\.244\.1\.0\/24 \} ip daddr != \{ 10\.244\.0\.0\/16, 10\.96\.0\.0\/16 \} masquerade/,
  );
  assert.doesNotMatch(text, /ip6 saddr/);
});

test('a load balancer address has one next hop a node, or none', () => {
  const hops = [
    { via: 'fd00::11', name: 'node1' },
    { via: 'fd00::12', name: 'node2' },
  ];
  assert.equal(
    spreadRoute('fd00::f0', hops),
    'route add fd00::f0/128 nexthop via fd00::11 dev node1 onlink nexthop via fd00::12 dev node2 onlink',
  );
  assert.equal(spreadRoute('192.168.0.240', []), 'route add unreachable 192.168.0.240/32');
  assert.equal(noSpreadRoute('192.168.0.240'), 'route del 192.168.0.240/32');
});

test('a load balancer that ends connections is NAT before the nodes, asks who may come, and refuses its other ports', () => {
  const port = { address: '192.168.0.240', port: 80, protocol: 'TCP' as const, id: 1, nodePort: 30080 };
  const nodes = ['192.168.0.11', '192.168.0.12'];
  const text = proxyTable('IPv4', [{ ...port, nodes, sourceRanges: ['203.0.113.0/24'] }], '192.168.0.1');
  assert.match(text, /ip daddr 192\.168\.0\.240 tcp dport 80 ip saddr != \{ 203\.0\.113\.0\/24 \} drop/);
  assert.match(text, /numgen random mod 2 map \{ 0 : 192\.168\.0\.11 \. 30080, 1 : 192\.168\.0\.12 \. 30080 \}/);
  assert.match(text, /ip daddr \{ 192\.168\.0\.240 \} reject with icmp port-unreachable/);
  assert.match(text, /ct status dnat snat to 192\.168\.0\.1\n/);
  assert.doesNotMatch(proxyTable('IPv6', [{ ...port, nodes, sourceRanges: [] }], 'fd00::1'), /chain/);
});
