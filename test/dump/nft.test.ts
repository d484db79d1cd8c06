// nft.test.ts - packets through rules of nft, as text and as JSON: sets, maps, verdict maps, draws, marks, unknown words.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ask, ends } from './dumps.js';

const local = ['192.168.0.11'];

const SERVICES = `table ip kube-proxy {
	comment "rules for kube-proxy"
	set cluster-ips {
		type ipv4_addr
		elements = { 10.96.0.20, 10.96.0.9,
			     10.96.0.21 }
	}

	map no-endpoint-services {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.9 . tcp . 80 comment "shop/empty:http" : goto reject-chain }
	}

	map service-ips {
		type ipv4_addr . inet_proto . inet_service : verdict
		elements = { 10.96.0.20 . tcp . 80 : goto service-AAAAAAAA-shop/web/tcp/http,
			     10.96.0.21 . tcp . 80 : goto service-AAAAAAAB-shop/sticky/tcp/http }
	}

	set affinity-1 {
		type ipv4_addr
		flags dynamic,timeout
		timeout 3h
		elements = { 10.244.1.9 expires 2h59m }
	}

	chain filter-forward {
		type filter hook forward priority filter; policy accept;
		ct state new ip daddr . meta l4proto . th dport vmap @no-endpoint-services
	}

	chain nat-prerouting { # handle 3
		type nat hook prerouting priority dstnat; policy accept;
		ip daddr @cluster-ips ip saddr != 10.244.0.0/16 meta mark set meta mark | 0x00004000 comment "masquerade" # handle 9
		ip daddr . meta l4proto . th dport vmap @service-ips
	}

	chain nat-postrouting {
		type nat hook postrouting priority srcnat; policy accept;
		meta mark & 0x00004000 != 0x00000000 meta mark set meta mark ^ 0x00004000 masquerade fully-random
	}

	chain reject-chain {
		reject
	}

	chain service-AAAAAAAA-shop/web/tcp/http {
		meta l4proto tcp dnat ip to numgen random mod 2 map { 0 : 10.244.1.3 . 8080, 1 : 10.244.1.4 . 8080 }
	}

	chain service-AAAAAAAB-shop/sticky/tcp/http {
		ip saddr @affinity-1 goto endpoint-1
		numgen random mod 2 vmap { 0 : goto endpoint-1, 1 : goto endpoint-2 }
	}

	chain endpoint-1 {
		update @affinity-1 { ip saddr }
		meta l4proto tcp dnat to 10.244.1.3:8080
	}

	chain endpoint-2 {
		meta l4proto tcp dnat to 10.244.1.4:8080
	}
}
`;

test('a map of endpoints is drawn from evenly, and marked packets are masqueraded', () => {
  const answer = ask(SERVICES, '203.0.113.9', '10.96.0.20:80', { local });
  assert.equal(answer.service, 'shop/web:http');
  assert.deepEqual(ends(answer), ['50 % dnat 10.244.1.3:8080 masqueraded', '50 % dnat 10.244.1.4:8080 masqueraded']);
});

test('a client that an affinity set holds goes back to its endpoint', () => {
  assert.deepEqual(ends(ask(SERVICES, '10.244.1.9', '10.96.0.21:80', { local })), ['100 % dnat 10.244.1.3:8080']);
  assert.equal(ask(SERVICES, '10.244.1.8', '10.96.0.21:80', { local }).branches.length, 2);
});

test('a verdict map rejects a Service without endpoints', () => {
  assert.equal(ask(SERVICES, '10.244.1.9', '10.96.0.9:80', { local }).verdict, 'reject');
});

/** One base chain at forward, or at the hook given. */
const chain = (rules: string, hook = 'forward', more = ''): string =>
  `table inet t {\n${more}\tchain c {\n\t\ttype filter hook ${hook} priority 0; policy accept;\n\t\t${rules}\n\t}\n}\n`;
const verdict = (rules: string, more = '', protocol = 'tcp'): string =>
  ask(chain(rules, 'forward', more), '10.0.0.1:40000', '10.0.0.2:80', { local, protocol }).verdict;

test('every way of writing a comparison is understood', () => {
  const hits = [
    'tcp dport 80 drop',
    'tcp dport { 22, 80-90 } drop',
    'tcp dport != 81 drop',
    'tcp dport < 81 drop',
    'th dport >= 80 counter packets 3 bytes 4 drop',
    'ip saddr 10.0.0.0/24 ip daddr 10.0.0.2-10.0.0.9 drop',
    'ip saddr . tcp dport { 10.0.0.1 . 80, 10.0.0.1 . 81 } drop',
    'meta l4proto { tcp, udp } th dport 80 drop',
    'ct state established,new drop',
    'ct state { new, untracked } drop',
    'ct state vmap { established : accept, new : drop }',
    'tcp flags & (fin | syn | rst | ack) == syn drop',
    'tcp flags syn drop',
    'tcp flags syn / fin,syn,rst,ack drop',
    'meta nfproto ipv4 ip protocol tcp drop',
    'tcp dport vmap { 80 : drop, * : accept }',
    'tcp dport @open drop',
    'meta mark set 0x10 meta mark & 0xf0 == 0x10 drop',
    'log prefix "a { b" level info limit rate 5/second counter drop',
  ];
  const set = '\tset open {\n\t\ttype inet_service\n\t\tflags interval\n\t\telements = { 22, 80-90 }\n\t}\n';
  const missed = hits.filter((rule) => !['drop', 'depends'].includes(verdict(rule, set)));
  assert.deepEqual(missed, []);
  const misses = [
    'udp dport 80 drop',
    'ip6 saddr != fd00::1 drop',
    'tcp dport != { 80 } drop',
    'icmp type echo-request drop',
    'ct status dnat drop',
  ];
  assert.deepEqual(
    misses.filter((rule) => verdict(rule, set) !== 'accept'),
    [],
  );
});

test('words that are not known stay a condition, and the rule goes on after them', () => {
  const answer = ask(chain('osf name "Linux" counter drop'), '10.0.0.1', '10.0.0.2:80', { local });
  assert.equal(answer.verdict, 'depends');
  assert.match(answer.branches[0]?.depends[0] ?? '', /^osf name Linux matches \(dump-1:4\)$/);
  assert.equal(verdict('tproxy to :1234'), 'depends');
});

test('an interface that nobody told makes a condition of each element of a verdict map', () => {
  const answer = ask(chain('iifname vmap { "lo" : accept, "eth*" : drop }'), '10.0.0.1', '10.0.0.2:80', { local });
  assert.equal(answer.verdict, 'depends');
  const eth = ask(chain('iifname vmap { "lo" : accept, "eth*" : drop }'), '10.0.0.1', '10.0.0.2:80', {
    local,
    inInterface: 'eth3',
  });
  assert.equal(eth.verdict, 'drop');
});

test('base chains run by priority, and an accept only ends its own', () => {
  const text =
    chain('accept') + chain('drop').replace('table inet t', 'table ip u').replace('priority 0', 'priority filter + 10');
  assert.equal(ask(text, '10.0.0.1', '10.0.0.2:80', { local }).verdict, 'drop');
  const first =
    chain('meta mark set 7') +
    chain('meta mark 7 drop').replace('table inet t', 'table ip u').replace('priority 0', 'priority -10');
  assert.equal(ask(first, '10.0.0.1', '10.0.0.2:80', { local }).verdict, 'accept');
});

test('JSON says the same as text', () => {
  const item = (kind: string, fields: object): object => ({ [kind]: { family: 'ip', table: 't', ...fields } });
  const map = (name: string, list: readonly unknown[]): object =>
    item('map', { name, type: ['ipv4_addr', 'inet_proto', 'inet_service'], map: 'verdict', elem: list });
  const key = {
    concat: [
      { payload: { protocol: 'ip', field: 'daddr' } },
      { meta: { key: 'l4proto' } },
      { payload: { protocol: 'th', field: 'dport' } },
    ],
  };
  const mark = { mangle: { key: { meta: { key: 'mark' } }, value: { '|': [{ meta: { key: 'mark' } }, 16384] } } };
  const choices = [3, 4].map((last, i) => [i, { concat: [`10.244.1.${last}`, 8080] }]);
  const drawn = { map: { key: { numgen: { mode: 'random', mod: 2, offset: 0 } }, data: { set: choices } } };
  const json = JSON.stringify({
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { table: { family: 'ip', name: 't', handle: 1 } },
      map('m', [[{ concat: ['10.96.0.20', 'tcp', 80] }, { goto: { target: 's' } }]]),
      item('chain', { name: 'p', type: 'nat', hook: 'prerouting', prio: -100, policy: 'accept' }),
      item('chain', { name: 's' }),
      item('rule', { chain: 'p', handle: 4, expr: [{ vmap: { key, data: '@m' } }] }),
      item('rule', { chain: 's', handle: 5, comment: 'c', expr: [mark, { dnat: { family: 'ip', addr: drawn } }] }),
    ],
  });
  const expected = ['50 % dnat 10.244.1.3:8080', '50 % dnat 10.244.1.4:8080'];
  assert.deepEqual(ends(ask(json, '10.0.0.1', '10.96.0.20:80', { local })), expected);
});

test('mistakes name their file, line and column', () => {
  const wrong = (text: string, place: RegExp): void => assert.throws(() => ask(text, '10.0.0.1', '10.0.0.2:80'), place);
  wrong('table ip t {\n\tchain c {\n\t\taccept\n', /^Fault: dump-1:3:\d+: chain c is never closed/);
  wrong(
    'table ip t {\n\tset s {\n\t\ttype ipv4_addr\n\t\telements = { what }\n\t}\n}\n',
    /^Fault: dump-1:4:16: "what" is no element of s/,
  );
  wrong('table ip t {\n}\nhello\n', /^Fault: dump-1:3:1: "hello" begins no table/);
  wrong('{"nftables": [{"table": {"family": "x", "name": "t"}}]}', /^Fault: dump-1:1:15: "x" is no family/);
});

const chainOf = (...rules: readonly string[]): string =>
  `table ip t {\n chain c {\n  type filter hook prerouting priority mangle; policy accept;\n${rules.map((rule) => `  ${rule}\n`).join('')} }\n}\n`;

test('marks of iptables as nft tells them, in words and without blanks', () => {
  const to = (...rules: readonly string[]): unknown =>
    ask(chainOf(...rules), '10.0.0.1', '10.0.0.2:80', { local }).verdict;
  assert.equal(
    to('meta mark set mark or 0x6', 'meta mark set mark and 0xfffffffd', 'mark and 0xff == 0x4 drop'),
    'drop',
  );
  assert.equal(to('meta mark set 0xff', 'meta mark set mark xor 0x1 and 0xf0', 'meta mark 0xf1 drop'), 'drop');
  assert.equal(to('tcp flags & (fin|syn|rst|ack) == syn drop'), 'drop');
  assert.equal(to('tcp flags & (fin|syn|rst|ack) != syn drop'), 'accept');
});

test('a port after the address of a DNAT counts, however it is written', () => {
  const nat = (to: string): readonly string[] =>
    ends(
      ask(
        `table ip t {\n chain c {\n  type nat hook prerouting priority dstnat;\n  tcp dport 80 dnat ${to} comment "a"\n }\n}\n`,
        '10.0.0.1',
        '192.168.0.11:80',
        { local },
      ),
    );
  for (const to of ['to 10.0.0.2:81', 'ip to 10.0.0.2:81', 'ip addr . port to 10.0.0.2 . 81'])
    assert.deepEqual(nat(to), ['100 % dnat 10.0.0.2:81'], to);
});
