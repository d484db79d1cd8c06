// hits.test.ts - connections are counted for the rule that began them, in the notation of each strategy.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hitsOf } from '../../src/dash/rules/hits.js';
import type { FlowView } from '../../src/observe/flows.js';

const flow = (rule: string | null, packets: number): FlowView => ({ rule, packets }) as FlowView;

test('a rule of nftables is found in its own chain, and the same words in another chain are not it', () => {
  const lines = [
    'table ip kube-proxy {',
    '\tchain service-A {',
    '\t\tmeta l4proto tcp dnat to 10.244.1.2:8080',
    '\t}',
    '\tchain service-B {',
    '\t\tmeta l4proto tcp dnat to 10.244.1.2:8080',
    '\t}',
    '}',
  ];
  const rule = 'chain ip kube-proxy service-B: meta l4proto tcp dnat to 10.244.1.2:8080';
  const gone = 'chain ip kube-proxy service-C: meta l4proto tcp dnat to 10.244.1.2:8080';
  const hits = hitsOf(lines, [flow(rule, 3), flow(rule, 4), flow(gone, 1), flow(null, 9)]);
  assert.deepEqual([...hits], [[5, { connections: 2, packets: 7 }]]);
});

test('a rule of iptables is found in its own table', () => {
  const lines = ['*filter', '-A KUBE-SEP-X -j DNAT', 'COMMIT', '*nat', '-A KUBE-SEP-X -j DNAT', 'COMMIT'];
  assert.deepEqual(
    [...hitsOf(lines, [flow('-t nat -A KUBE-SEP-X -j DNAT', 5)])],
    [[4, { connections: 1, packets: 5 }]],
  );
});

test('a destination of ipvs is found by its line', () => {
  const lines = ['-A -t 10.96.0.1:80 -s rr', '-a -t 10.96.0.1:80 -r 10.244.1.2:8080 -m -w 1'];
  const hits = hitsOf(lines, [flow('-a -t 10.96.0.1:80 -r 10.244.1.2:8080 -m -w 1', 2)]);
  assert.deepEqual([...hits], [[1, { connections: 1, packets: 2 }]]);
});
