// node.test.ts - what a node says besides its rules: IPVS, IP sets, addresses, routes, connections, settings, in any mixture.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readDumps } from '../../src/dump/read/dump.js';
import { ask, ends, KUBE_PROXY } from './dumps.js';

const ADDR = `[{"ifindex":1,"ifname":"lo","addr_info":[{"family":"inet","local":"127.0.0.1","prefixlen":8}]},
{"ifindex":2,"ifname":"eth0","addr_info":[{"family":"inet","local":"192.168.0.11","prefixlen":24}]},
{"ifindex":3,"ifname":"kube-ipvs0","addr_info":[{"family":"inet","local":"10.96.0.20","prefixlen":32},{"family":"inet","local":"10.96.0.9","prefixlen":32}]}]
`;
const ROUTE = `[{"dst":"default","gateway":"192.168.0.1","dev":"eth0"},{"dst":"10.244.1.0/24","dev":"cni0"},{"dst":"10.244.0.0/16","dev":"flannel.1","metric":10}]
`;
const IPVS = `-A -t 10.96.0.20:80 -s rr
-a -t 10.96.0.20:80 -r 10.244.1.3:8080 -m -w 1
-a -t 10.96.0.20:80 -r 10.244.2.5:8080 -m -w 1
-a -t 10.96.0.20:80 -r 10.244.2.6:8080 -m -w 0
-A -t 10.96.0.9:80 -s rr
-A -u [fd00::1]:53 -s wrr -p 10800
`;
const IPSET = `create KUBE-LOOP-BACK hash:ip,port,ip family inet hashsize 1024 maxelem 65536
add KUBE-LOOP-BACK 10.244.1.3,tcp:8080,10.244.1.3
create KUBE-CLUSTER-IP hash:ip,port family inet hashsize 1024 maxelem 65536
add KUBE-CLUSTER-IP 10.96.0.20,tcp:80
`;
const RULES = `*nat
:PREROUTING ACCEPT [0:0]
:POSTROUTING ACCEPT [0:0]
:KUBE-SERVICES - [0:0]
:KUBE-POSTROUTING - [0:0]
:KUBE-MARK-MASQ - [0:0]
-A PREROUTING -m comment --comment "kubernetes service portals" -j KUBE-SERVICES
-A POSTROUTING -m comment --comment "kubernetes postrouting rules" -j KUBE-POSTROUTING
-A KUBE-MARK-MASQ -j MARK --set-xmark 0x4000/0x4000
-A KUBE-SERVICES ! -s 10.244.0.0/16 -m comment --comment "Kubernetes service cluster ip + port for masquerade purpose" -m set --match-set KUBE-CLUSTER-IP dst,dst -j KUBE-MARK-MASQ
-A KUBE-SERVICES -m set --match-set KUBE-CLUSTER-IP dst,dst -j ACCEPT
-A KUBE-POSTROUTING -m comment --comment "Kubernetes endpoints dst ip:port, source ip for solving hairpin purpose" -m set --match-set KUBE-LOOP-BACK dst,dst,src -j MASQUERADE
-A KUBE-POSTROUTING -m mark ! --mark 0x4000/0x4000 -j RETURN
-A KUBE-POSTROUTING -j MASQUERADE --random-fully
COMMIT
`;
const NODE = [RULES, IPVS, IPSET, ADDR, ROUTE];

test('IPVS chooses among real servers that have a weight, after the marks of iptables', () => {
  assert.deepEqual(ends(ask(NODE, '203.0.113.9', '10.96.0.20:80')), [
    '50 % dnat 10.244.1.3:8080 masqueraded',
    '50 % dnat 10.244.2.5:8080 masqueraded',
  ]);
  assert.deepEqual(ends(ask(NODE, '10.244.1.3', '10.96.0.20:80')), [
    '50 % dnat 10.244.1.3:8080 masqueraded',
    '50 % dnat 10.244.2.5:8080',
  ]);
  assert.equal(ask(NODE, '203.0.113.9', '10.96.0.9:80').verdict, 'reject');
});

test('one file may hold everything, with the prompts of a shell between', () => {
  const pasted = [
    'root@node-1:~# iptables-save -t nat',
    RULES,
    '$ ipvsadm -Sn',
    IPVS,
    '==> ipset <==',
    IPSET,
    ADDR,
    '```',
    ROUTE,
  ].join('\n');
  assert.deepEqual(ends(ask(pasted, '203.0.113.9', '10.96.0.20:80')), ends(ask(NODE, '203.0.113.9', '10.96.0.20:80')));
});

test('an IP set that no dump holds is a condition, and says how to get it', () => {
  const answer = ask(
    [RULES.replaceAll('KUBE-CLUSTER-IP', 'OTHER'), IPVS, IPSET, ADDR, ROUTE],
    '203.0.113.9',
    '10.96.0.20:80',
  );
  assert.match(answer.branches[0]?.depends[0] ?? '', /IP set OTHER, which is not in the dumps \(ipset save\)/);
});

test('routes say where a packet leaves: the narrowest of a table', () => {
  const rules =
    '*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD -o cni+ -j DROP\n-A FORWARD -o flannel.1 -j REJECT\nCOMMIT\n';
  const verdict = (to: string): string => ask([rules, ADDR, ROUTE], '203.0.113.9', to).verdict;
  assert.deepEqual(
    [verdict('10.244.1.3:80'), verdict('10.244.2.3:80'), verdict('1.1.1.1:80')],
    ['drop', 'reject', 'accept'],
  );
  assert.equal(ask([rules, ADDR], '203.0.113.9', '10.244.1.3:80').verdict, 'depends');
});

test('a packet of a known connection goes where the connection goes', () => {
  const CONNTRACK = `ipv4     2 tcp      6 86390 ESTABLISHED src=10.244.1.9 dst=10.96.0.20 sport=40000 dport=80 src=10.244.2.5 dst=10.244.1.9 sport=8080 dport=40000 [ASSURED] mark=0 use=1
conntrack v1.4.7 (conntrack-tools): 1 flow entries have been shown.
`;
  const answer = ask([KUBE_PROXY, CONNTRACK], '10.244.1.9:40000', '10.96.0.20:80', {
    local: ['192.168.0.11'],
    state: 'established',
  });
  assert.deepEqual(ends(answer), ['100 % dnat 10.244.2.5:8080']);
});

test('settings and the addresses that ip prints for people are read, too', () => {
  const text =
    '2: eth0@if3: <UP> mtu 1500\n    inet 192.168.0.11/24 brd 192.168.0.255 scope global eth0\n    inet6 fe80::1/64 scope link\nnet.ipv4.ip_forward = 1\n';
  const node = readDumps([{ file: 'a', text }]);
  assert.deepEqual(node.addresses, [
    { address: '192.168.0.11', device: 'eth0' },
    { address: 'fe80::1', device: 'eth0' },
  ]);
  assert.equal(node.sysctls.get('net.ipv4.ip_forward'), '1');
});

test('mistakes name their file, line and column', () => {
  const wrong = (text: string, place: RegExp): void => assert.throws(() => readDumps([{ file: 'd', text }]), place);
  wrong('create a hash:ip family inet\nadd a what\n', /^Fault: d:2:7: "what" is no element of a/);
  wrong('create a hash:ip family inet\nadd b 10.0.0.1\n', /^Fault: d:2:1: set b was not created/);
  wrong(
    '-A -t 10.0.0.1:80 -s rr\n-a -t 10.0.0.2:80 -r 10.0.0.3:80 -m\n',
    /^Fault: d:2:1: virtual server -t 10.0.0.2:80 was not added/,
  );
  wrong('[{"ifname":\n', /^Fault: d:1:1: this is no JSON/);
});
