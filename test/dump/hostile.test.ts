// hostile.test.ts - dumps that nobody wrote: broken, cut off, nested, enormous. They are read or refused, and never break anything.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDumps } from '../../src/dump/read/dump.js';
import { Fault } from '../../src/model/fault.js';
import { ask, KUBE_PROXY } from './dumps.js';

const NFT = `table inet t {
	set s {
		type ipv4_addr . inet_service
		elements = { 10.0.0.1 . 80, 10.0.0.2 . 81 }
	}

	chain c {
		type filter hook forward priority filter; policy accept;
		ip saddr . tcp dport @s counter packets 1 bytes 2 accept
		tcp flags & (fin | syn) == syn meta mark set meta mark | 0x4000 jump d
		ct state vmap { established : accept, new : jump d } comment "a # b"
	}

	chain d {
		meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.0.0.1 . 80, 1 : 10.0.0.2 . 81 }
	}
}
`;
const ODD = `*filter
:FORWARD ACCEPT [0:0]
-A FORWARD -m ttl --ttl-lt 12 -j DROP
-A FORWARD -p tcp -m length --length 1:2 -m statistic --mode nth --every 3 --packet 0 -j ACCEPT
COMMIT
`;
const NODE = `create a hash:ip,port family inet
add a 10.0.0.1,tcp:80
-A -t 10.96.0.20:80 -s rr -p 100
-A -f 5 -s rr
-a -t 10.96.0.20:80 -r 10.244.1.3:8080 -m -w 1
[{"ifname":"lo","addr_info":[{"local":"127.0.0.1"}]}]
[{"dst":"default","gateway":"192.168.0.1","dev":"eth0"}]
[{"priority":0,"src":"all","table":"local"}]
ipv4 2 tcp 6 86390 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 mark=0
net.ipv4.ip_forward = 1
`;
const JSON_DUMP = JSON.stringify({
  nftables: [
    { table: { family: 'ip', name: 't' } },
    { chain: { family: 'ip', table: 't', name: 'c', type: 'filter', hook: 'forward', prio: 0, policy: 'accept' } },
    {
      rule: {
        family: 'ip',
        table: 't',
        chain: 'c',
        expr: [
          {
            match: {
              op: '==',
              left: { payload: { protocol: 'tcp', field: 'dport' } },
              right: { set: [80, { range: [1, 9] }] },
            },
          },
          { drop: null },
        ],
      },
    },
  ],
});

/** Reads it and sends a packet through. A Fault is an answer, anything else is a bug. */
function survives(text: string): boolean {
  try {
    const { branches } = ask(text, '10.0.0.1:1234', '10.0.0.2:80', { local: ['192.168.0.11'] });
    return branches.length > 0;
  } catch (error) {
    return error instanceof Fault && /^dump-1:\d+:\d+: /.test(error.message);
  }
}

const PIECES = [
  '{',
  '}',
  '"',
  '!',
  ' -j ',
  ' -m ',
  '\n',
  ';',
  ' . ',
  ' : ',
  '@s',
  '*nat',
  'jump d',
  '[0:0]',
  '\\',
  '0x',
  '\u0000',
  'ff',
  '/',
  '-',
  'map',
  'vmap',
  '255.255.255.256',
  '99999999999999999999',
];

for (const [name, text] of Object.entries({
  'iptables-save': KUBE_PROXY,
  nft: NFT,
  'nft -j': JSON_DUMP,
  'odd matches': ODD,
  'a node': NODE,
})) {
  test(`a dump that is broken anywhere is read or refused with its place (${name})`, () => {
    const edit = fc.record({ at: fc.nat(text.length), length: fc.nat(12), put: fc.constantFrom('', ...PIECES) });
    fc.assert(
      fc.property(fc.array(edit, { minLength: 1, maxLength: 4 }), (edits) => {
        const broken = edits.reduce(
          (all, { at, length, put }) => all.slice(0, at) + put + all.slice(at + length),
          text,
        );
        return survives(broken);
      }),
      { numRuns: 300 },
    );
  });
}

test('chains that jump to each other without end are told as that', () => {
  const loop =
    '*filter\n:FORWARD ACCEPT [0:0]\n:A - [0:0]\n:B - [0:0]\n-A FORWARD -j A\n-A A -j B\n-A B -j A\nCOMMIT\n';
  const answer = ask(loop, '10.0.0.1', '10.0.0.2:80', { local: ['192.168.0.11'] });
  assert.deepEqual(answer.branches[0]?.depends, ['chains that jump to each other without end']);
  const gotos = loop.replaceAll('-j A', '-g A').replaceAll('-j B', '-g B');
  assert.equal(ask(gotos, '10.0.0.1', '10.0.0.2:80', { local: ['192.168.0.11'] }).verdict, 'depends');
});

test('conditions by the hundred are not told apart one by one', () => {
  const rules = Array.from(
    { length: 300 },
    (_, i) => `-A FORWARD -m what${i} --x -j MARK --set-xmark 0x${i.toString(16)}/0x0`,
  );
  const text = [
    '*filter',
    ':FORWARD ACCEPT [0:0]',
    ...rules,
    '-A FORWARD -m mark --mark 0x7 -j DROP',
    'COMMIT',
    '',
  ].join('\n');
  assert.equal(ask(text, '10.0.0.1', '10.0.0.2:80', { local: ['192.168.0.11'] }).verdict, 'depends');
});

test('what is nested deeply in JSON is no endless way', () => {
  const deep = `${'{"&":['.repeat(20_000)}1${']}'.repeat(20_000)}`;
  const text = `{"nftables":[{"table":{"family":"ip","name":"t"}},{"chain":{"family":"ip","table":"t","name":"c"}},{"rule":{"family":"ip","table":"t","chain":"c","expr":[${deep}]}}]}`;
  assert.ok(survives(text));
  assert.ok(survives(`table ip t {\n chain c {\n${'('.repeat(50_000)}\n}\n}\n`));
});

test('megabytes of rules are read in moments', () => {
  const line =
    '-A FORWARD -s 10.1.2.3/32 -d 10.4.5.6/32 -p tcp -m tcp --dport 80 -m comment --comment "some words" -j ACCEPT\n';
  const text = `*filter\n:FORWARD ACCEPT [0:0]\n${line.repeat(30_000)}COMMIT\n`;
  const begun = process.cpuUsage();
  const { ruleset } = readDumps([{ file: 'd', text }]);
  const { user } = process.cpuUsage(begun);
  assert.equal(ruleset.tables[0]?.chains.get('FORWARD')?.rules.length, 30_000);
  assert.ok(user < 4e6, `${user / 1e6} s`);
});
