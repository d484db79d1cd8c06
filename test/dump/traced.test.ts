// traced.test.ts - what nft and iptables trace, joined to the dumps: the story of each packet.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDumps } from '../../src/dump/read/dump.js';
import { readIptablesTrace } from '../../src/dump/traced/iptables.js';
import { readNftTrace } from '../../src/dump/traced/nft.js';
import { joinTraces, tellTraces } from '../../src/dump/traced/packets.js';
import { KUBE_PROXY } from './dumps.js';

const DUMP = `table ip kube-proxy {
	chain nat-prerouting { # handle 1
		type nat hook prerouting priority dstnat; policy accept;
		jump service-AAAAAAAA-shop/web/tcp/http # handle 7
	}

	chain service-AAAAAAAA-shop/web/tcp/http { # handle 2
		meta l4proto tcp dnat to 10.244.1.3:8080 # handle 8
	}

	chain filter-forward { # handle 3
		type filter hook forward priority filter; policy accept;
		ip daddr 10.244.1.9 drop # handle 9
	}
}
`;
const packet = (chain: string, to: string, port: number): string =>
  `ip kube-proxy ${chain} packet: iif "eth0" ip saddr 203.0.113.9 ip daddr ${to} ip ttl 64 ip id 7 ip protocol tcp ip length 40 tcp sport 40000 tcp dport ${port} tcp flags == syn `;
const TRACE = `trace id aa ${packet('nat-prerouting', '10.96.0.20', 80)}
trace id bb ${packet('filter-forward', '10.244.1.9', 80)}
trace id aa ip kube-proxy nat-prerouting rule jump service-AAAAAAAA-shop/web/tcp/http # handle 7 (verdict jump service-AAAAAAAA-shop/web/tcp/http)
trace id bb ip kube-proxy filter-forward rule ip daddr 10.244.1.9 drop # handle 9 (verdict drop)
trace id aa ip kube-proxy service-AAAAAAAA-shop/web/tcp/http rule meta l4proto tcp dnat to 10.244.1.3:8080 # handle 8 (verdict accept)
trace id aa ${packet('filter-forward', '10.244.1.3', 8080)}
trace id aa ip kube-proxy filter-forward policy accept
`;

test('packets of nft monitor trace are told apart, and joined to the dump by handle', () => {
  const node = readDumps([{ file: 'nft.txt', text: DUMP }]);
  const { packets } = joinTraces(node, readNftTrace(TRACE, 'trace'));
  const [web, other] = packets;
  assert.equal(packets.length, 2);
  assert.deepEqual(
    [web?.packet, web?.became, web?.verdict, web?.service],
    [
      'tcp 203.0.113.9 port 40000 → 10.96.0.20 port 80 through eth0',
      'tcp 203.0.113.9 port 40000 → 10.244.1.3 port 8080',
      'accept',
      'shop/web:http',
    ],
  );
  assert.deepEqual(
    web?.steps.map(({ chain, line, effect }) => `${chain.slice(0, 8)} ${line} ${effect.slice(0, 13)}`),
    ['nat-prer 4 jump service-', 'service- 8 accept', 'filter-f null policy accept'],
  );
  assert.deepEqual([other?.verdict, other?.steps[0]?.line], ['drop', 13]);
  assert.match(
    tellTraces({ version: 1, packets }),
    /filter-forward → drop {2}nft\.txt:13\n {8}ip daddr 10\.244\.1\.9 drop\n {2}drop\n/,
  );
});

test('TRACE lines of the kernel are joined by the number of the rule', () => {
  const line = (where: string, to: string, port: number): string =>
    `[ 12.3] TRACE: ${where} IN=eth0 OUT= MAC=aa SRC=203.0.113.9 DST=${to} LEN=40 TOS=0x00 TTL=64 ID=99 PROTO=TCP SPT=40000 DPT=${port} WINDOW=1 SYN`;
  const text = [
    'something else in the log',
    line('nat:PREROUTING:rule:1', '10.96.0.20', 80),
    line('nat:KUBE-SERVICES:rule:1', '10.96.0.20', 80),
    line('filter:KUBE-FORWARD:return:3', '10.244.1.3', 8080),
    line('filter:FORWARD:policy:3', '10.244.1.3', 8080),
  ].join('\n');
  const { packets } = joinTraces(readDumps([{ file: 'save', text: KUBE_PROXY }]), readIptablesTrace(text, 'log'));
  assert.equal(packets.length, 1);
  assert.deepEqual([packets[0]?.service, packets[0]?.verdict], ['shop/web:http', 'accept']);
  assert.match(packets[0]?.steps[1]?.rule ?? '', /^-d 10\.96\.0\.20\/32 .* -j KUBE-SVC-AAAAAAAAAAAAAAAA$/);
  assert.match(packets[0]?.became ?? '', /10\.244\.1\.3 port 8080$/);
});

test('what is no trace is refused with its place', () => {
  assert.throws(
    () => readNftTrace('trace id aa\nhello\n', 'trace'),
    /^Fault: trace:1:1: "trace id aa" is no line of nft monitor trace/,
  );
});
