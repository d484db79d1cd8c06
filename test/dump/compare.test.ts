// compare.test.ts - two dumps are equal for every packet, or a packet shows where they are not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareDumps } from '../../src/dump/compare/compare.js';
import { readDumps } from '../../src/dump/read/dump.js';
import { KUBE_PROXY } from './dumps.js';

const compare = (a: string, b: string) =>
  compareDumps(
    { label: 'a', node: readDumps([{ file: 'a', text: a }]) },
    { label: 'b', node: readDumps([{ file: 'b', text: b }]) },
  );
const filter = (...rules: readonly string[]): string =>
  ['*filter', ':FORWARD ACCEPT [0:0]', ...rules, 'COMMIT', ''].join('\n');

test('a dump is equal to itself, and to rules that say the same in another way', () => {
  assert.equal(compare(KUBE_PROXY, KUBE_PROXY).equal, true);
  const iptables = filter('-A FORWARD -s 10.0.0.0/8 -p tcp -m multiport --dports 80,81 -j DROP');
  const nft =
    'table ip f {\n chain c {\n type filter hook forward priority 0; policy accept;\n ip saddr 10.0.0.0/8 tcp dport 80-81 drop\n }\n}\n';
  const { equal, exhaustive, packets } = compare(iptables, nft);
  assert.deepEqual([equal, exhaustive], [true, true]);
  assert.ok(packets > 20);
});

test('one address more is found, at its very edge', () => {
  const { equal, groups } = compare(
    filter('-A FORWARD -d 10.0.0.0/24 -j DROP'),
    filter('-A FORWARD -m iprange --dst-range 10.0.0.0-10.0.1.0 -j DROP'),
  );
  assert.equal(equal, false);
  assert.deepEqual(groups.map(({ packet, a, b }) => [packet.replace(/:\d+ /, ' '), a, b])[0], [
    'tcp 198.51.100.77 → 10.0.1.0 through eth0',
    '100 % accept',
    '100 % drop',
  ]);
});

test('a chance that differs is a difference', () => {
  const { groups } = compare(KUBE_PROXY, KUBE_PROXY.replace('0.33333333349', '0.50000000000'));
  assert.match(groups[0]?.a ?? '', /33 % dnat 10\.244\.1\.3:8080/);
  assert.match(groups[0]?.b ?? '', /50 % dnat 10\.244\.1\.3:8080/);
});
