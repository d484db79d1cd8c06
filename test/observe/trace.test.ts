// trace.test.ts - what becomes of a packet, in every mode: the answers that kube-proxy gives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../src/model/objects.js';
import { on, service, slice, withIngress } from '../plan/sample.js';
import { ask, brief, world } from './worlds.js';

const POD = '10.9.1.50';
const OUTSIDE = '203.0.113.10';
const HOST = '192.168.7.1';
const MODES = ['nftables', 'iptables', 'ipvs'] as const;

const WEB = withIngress(
  service('web', { type: 'LoadBalancer', clusterIP: '10.8.0.1', externalIPs: ['198.51.100.1'] }, [
    { name: 'web', port: 80, nodePort: 30_080 },
  ]),
  '203.0.113.201',
);
const HERE = on('n1', '10.9.1.1');
const THERE = on('n2', '10.9.2.1');
const BOTH = [slice('web', [HERE, THERE])];
const change = (spec: object): KubeObject => ({ ...WEB, spec: { ...WEB.spec, ...spec } }) as KubeObject;

/** Every mode gives the same answer. */
async function everywhere(objects: KubeObject[], from: string, to: string, answer: string): Promise<void> {
  const given = await world(objects);
  for (const mode of MODES) assert.equal(brief(ask(given, mode, from, to)), answer, `${mode}: ${from} to ${to}`);
}

test('a pod keeps its address towards a cluster IP, node and outside do not', async () => {
  const objects = [WEB, ...BOTH];
  await everywhere(objects, POD, '10.8.0.1:80', 'dnat 10.9.1.1:8080 10.9.2.1:8080');
  await everywhere(objects, HOST, '10.8.0.1:80', 'dnat 10.9.1.1:8080* 10.9.2.1:8080*');
  await everywhere(objects, OUTSIDE, '10.8.0.1:80', 'dnat 10.9.1.1:8080* 10.9.2.1:8080*');
});

test('policy Cluster masquerades everything on external addresses', async () => {
  for (const from of [POD, HOST, OUTSIDE]) {
    for (const to of ['198.51.100.1:80', '203.0.113.201:80', '192.168.7.1:30080']) {
      await everywhere([WEB, ...BOTH], from, to, 'dnat 10.9.1.1:8080* 10.9.2.1:8080*');
    }
  }
});

test('policy Local keeps the outside client’s address and short-circuits pods and the node, but not in ipvs', async () => {
  const objects = [change({ externalTrafficPolicy: 'Local' }), ...BOTH];
  for (const to of ['203.0.113.201:80', '192.168.7.1:30080']) {
    await everywhere(objects, OUTSIDE, to, 'dnat 10.9.1.1:8080');
    const given = await world(objects);
    const answers = (from: string): string[] => MODES.map((mode) => brief(ask(given, mode, from, to)));
    const all = 'dnat 10.9.1.1:8080 10.9.2.1:8080';
    assert.deepEqual(answers(POD), [all, all, 'dnat 10.9.1.1:8080']);
    const masqueraded = 'dnat 10.9.1.1:8080* 10.9.2.1:8080*';
    assert.deepEqual(answers(HOST), [masqueraded, masqueraded, 'dnat 10.9.1.1:8080']);
  }
});

test('policy Local without a local endpoint drops, except in ipvs, which falls back', async () => {
  const given = await world([change({ externalTrafficPolicy: 'Local' }), slice('web', [THERE])]);
  const answers = MODES.map((mode) => brief(ask(given, mode, OUTSIDE, '203.0.113.201:80')));
  assert.deepEqual(answers, ['drop NO_LOCAL_ENDPOINTS', 'drop NO_LOCAL_ENDPOINTS', 'dnat 10.9.2.1:8080']);
});

test('internalTrafficPolicy Local without a local endpoint drops, in ipvs rejects', async () => {
  const inside = service('in', { clusterIP: '10.8.0.2', internalTrafficPolicy: 'Local' });
  const given = await world([inside, slice('in', [THERE])]);
  const answers = MODES.map((mode) => brief(ask(given, mode, POD, '10.8.0.2:80')));
  assert.deepEqual(answers, ['drop NO_LOCAL_ENDPOINTS', 'drop NO_LOCAL_ENDPOINTS', 'reject NO_ENDPOINTS']);
});

test('a client that is its own endpoint is masqueraded for that endpoint alone', async () => {
  await everywhere([WEB, ...BOTH], '10.9.1.1', '10.8.0.1:80', 'dnat 10.9.1.1:8080* 10.9.2.1:8080');
  const given = await world([WEB, ...BOTH]);
  // The endpoint is on another node: iptables has the hairpin rule for every endpoint, the others for local ones.
  const answers = MODES.map((mode) => brief(ask(given, mode, '10.9.2.1', '10.8.0.1:80')));
  assert.deepEqual(answers, [
    'dnat 10.9.1.1:8080 10.9.2.1:8080',
    'dnat 10.9.1.1:8080 10.9.2.1:8080*',
    'dnat 10.9.1.1:8080 10.9.2.1:8080',
  ]);
});

test('without endpoints everything is rejected, but iptables lets the node’s own packets to foreign addresses go', async () => {
  await everywhere([WEB], POD, '10.8.0.1:80', 'reject NO_ENDPOINTS');
  await everywhere([WEB], OUTSIDE, '192.168.7.1:30080', 'reject NO_ENDPOINTS');
  const given = await world([WEB]);
  const answers = MODES.map((mode) => brief(ask(given, mode, HOST, '203.0.113.201:80')));
  assert.deepEqual(answers, ['reject NO_ENDPOINTS', 'none FORWARDED', 'reject NO_ENDPOINTS']);
});

test('a port that a cluster IP does not have', async () => {
  const given = await world([WEB, ...BOTH]);
  const tcp = MODES.map((mode) => ask(given, mode, POD, '10.8.0.1:81').verdict);
  assert.deepEqual(tcp, ['reject', 'none', 'reject']);
  const udp = MODES.map((mode) => ask(given, mode, POD, '10.8.0.1:81', 'n1', 'udp').verdict);
  assert.deepEqual(udp, ['reject', 'none', 'reject']);
  const external = MODES.map((mode) => ask(given, mode, POD, '203.0.113.201:81').verdict);
  assert.deepEqual(external, ['none', 'none', 'reject']);
});

test('what the network behind the asked node does is no answer', async () => {
  const given = await world([change({ externalTrafficPolicy: 'Local' })]);
  // No rule of the node touches the port; the load balancer outside has no healthy node to send it to.
  const answers = MODES.slice(0, 2).map((mode) => brief(ask(given, mode, HOST, '203.0.113.201:81')));
  assert.deepEqual(answers, ['none FORWARDED', 'none FORWARDED']);
  // Nobody's rules in particular are asked: then it is lost where it is lost.
  const lost = MODES.slice(0, 2).map((mode) => brief(ask(given, mode, HOST, '203.0.113.201:81', null)));
  assert.deepEqual(lost, ['drop NO_LOCAL_ENDPOINTS', 'drop NO_LOCAL_ENDPOINTS']);
});

test('an address of the Service range that no Service has is dropped in nftables', async () => {
  const given = await world([WEB]);
  const answers = MODES.map((mode) => ask(given, mode, POD, '10.8.9.9:80').verdict);
  assert.deepEqual(answers, ['drop', 'none', 'none']);
});

test('source ranges guard load-balancer addresses, not NodePorts, and pods are not exempt', async () => {
  const objects = [change({ loadBalancerSourceRanges: ['203.0.113.0/26'] }), ...BOTH];
  await everywhere(objects, OUTSIDE, '203.0.113.201:80', 'dnat 10.9.1.1:8080* 10.9.2.1:8080*');
  await everywhere(objects, '203.0.113.99', '203.0.113.201:80', 'drop SOURCE_RANGE');
  await everywhere(objects, POD, '203.0.113.201:80', 'drop SOURCE_RANGE');
  await everywhere(objects, '203.0.113.99', '192.168.7.1:30080', 'dnat 10.9.1.1:8080* 10.9.2.1:8080*');
});

test('source ranges without endpoints: nftables judges the source first', async () => {
  const given = await world([change({ loadBalancerSourceRanges: ['203.0.113.0/26'] })]);
  const answers = MODES.map((mode) => ask(given, mode, '203.0.113.99', '203.0.113.201:80').verdict);
  assert.deepEqual(answers, ['drop', 'reject', 'reject']);
});

test('NodePorts answer on the primary address in nftables, on every address in the others', async () => {
  const given = await world([WEB, ...BOTH]);
  const answers = MODES.map((mode) => ask(given, mode, OUTSIDE, '192.168.8.1:30080').verdict);
  assert.deepEqual(answers, ['none', 'dnat', 'dnat']);
});

test('NodePorts on 127.0.0.1 are iptables’ alone, and can be switched off', async () => {
  const given = await world([WEB, ...BOTH]);
  const answers = MODES.map((mode) => brief(ask(given, mode, '127.0.0.1', '127.0.0.1:30080')));
  assert.deepEqual(answers, ['none LOCAL_DELIVERY', 'dnat 10.9.1.1:8080* 10.9.2.1:8080*', 'none LOCAL_DELIVERY']);
  const off = await world([WEB, ...BOTH], { localhostNodePorts: false });
  assert.equal(ask(off, 'iptables', '127.0.0.1', '127.0.0.1:30080').verdict, 'none');
});

test('without a local detector cluster IPs are never masqueraded and pods count as outside', async () => {
  const given = await world([change({ externalTrafficPolicy: 'Local' }), ...BOTH], { clusterCIDR: [] });
  for (const mode of MODES) {
    assert.equal(brief(ask(given, mode, OUTSIDE, '10.8.0.1:80')), 'dnat 10.9.1.1:8080 10.9.2.1:8080');
    assert.equal(brief(ask(given, mode, POD, '203.0.113.201:80')), 'dnat 10.9.1.1:8080');
  }
});

test('--masquerade-all masquerades cluster IPs for pods, too', async () => {
  const given = await world([WEB, ...BOTH], { masqueradeAll: true });
  for (const mode of MODES) assert.ok(ask(given, mode, POD, '10.8.0.1:80').backends.every((one) => one.masquerade));
});

test('health-check ports are accepted by iptables and ipvs; nftables has no rule for them', async () => {
  const checked = change({ externalTrafficPolicy: 'Local', healthCheckNodePort: 31_000 });
  const given = await world([checked, ...BOTH]);
  const answers = MODES.map((mode) => ask(given, mode, OUTSIDE, '192.168.8.1:31000').verdict);
  assert.deepEqual(answers, ['none', 'accept', 'accept']);
});

test('every endpoint is as likely as the others', async () => {
  const many = Array.from({ length: 7 }, (_, i) => on('n1', `10.9.1.${i + 1}`));
  const { backends } = ask(await world([WEB, slice('web', many)]), 'nftables', POD, '10.8.0.1:80');
  assert.deepEqual(
    backends.map(({ probability }) => probability),
    many.map(() => 1 / 7),
  );
  assert.equal(new Set(backends.map(({ address }) => address)).size, 7);
});

test('session affinity does not make one trace remember another', async () => {
  const given = await world([change({ sessionAffinity: 'ClientIP' }), ...BOTH]);
  assert.equal(brief(ask(given, 'nftables', POD, '10.8.0.1:80')), 'dnat 10.9.1.1:8080 10.9.2.1:8080');
});

test('UDP, SCTP and IPv6', async () => {
  const spec = { clusterIPs: ['10.8.0.7', 'fd08::7'] };
  const ports = [
    { name: 'u', port: 53, protocol: 'UDP' as const },
    { name: 's', port: 99, protocol: 'SCTP' as const },
  ];
  const four = slice('multi', [HERE], {
    ports: [
      { name: 'u', protocol: 'UDP', port: 5353 },
      { name: 's', protocol: 'SCTP', port: 9999 },
    ],
  });
  const six = { ...four, addressType: 'IPv6' as const, metadata: { ...four.metadata, name: 'multi-6' } };
  const objects = [service('multi', spec, ports), four, { ...six, endpoints: [on('n1', 'fd09:0:0:1::1')] }];
  const given = await world(objects, { clusterCIDR: ['10.9.0.0/16', 'fd09::/48'] });
  assert.equal(brief(ask(given, 'iptables', POD, '10.8.0.7:53', 'n1', 'udp')), 'dnat 10.9.1.1:5353');
  assert.equal(brief(ask(given, 'iptables', POD, '10.8.0.7:99', 'n1', 'sctp')), 'dnat 10.9.1.1:9999');
  assert.equal(brief(ask(given, 'nftables', 'fd09:0:0:1::50', '[fd08::7]:53', 'n1', 'udp')), 'dnat fd09:0:0:1::1:5353');
  assert.equal(ask(given, 'nftables', POD, '10.8.0.7', 'n1', 'icmp').verdict, 'reject');
  assert.equal(ask(given, 'iptables', POD, '10.8.0.7', 'n1', 'icmp').verdict, 'none');
});

test('an address of a pod range that no pod has sends from where such a pod would be', async () => {
  const given = await world([WEB, slice('web', [THERE])]);
  const result = ask(given, 'nftables', '10.9.2.77', `${HOST}:30080`, null);
  assert.deepEqual(
    [result.verdict, result.steps[0]?.in, result.steps[0]?.reason],
    ['dnat', 'pod/10.9.2.77', 'FORWARDED'],
  );
});

test('a result names node, service, frontend and every stage', async () => {
  const given = await world([WEB, slice('web', [THERE])]);
  const result = ask(given, 'iptables', POD, '10.8.0.1:80', null);
  assert.deepEqual(
    [result.version, result.node, result.service, result.frontend, result.reason],
    [1, 'n1', 'shop/web:web', 'ClusterIP', 'SERVICE'],
  );
  assert.deepEqual(
    result.steps.map(({ node: name, next, reason }) => [name, next, reason]),
    [
      ['n1', 'n2', 'SERVICE'],
      ['n2', null, 'FORWARDED'],
    ],
  );
  assert.match(result.steps[0]?.rules.at(-1) ?? '', /-j DNAT --to-destination 10\.9\.2\.1:8080$/);
});

test('through the load balancer every node that may get the packet is a way', async () => {
  const given = await world([WEB, ...BOTH]);
  const result = ask(given, 'nftables', 'client/outside', '203.0.113.201:80', null);
  assert.equal(result.steps[0]?.node, 'fabric');
  const local = await world([change({ externalTrafficPolicy: 'Local' }), ...BOTH]);
  const { backends } = ask(local, 'nftables', 'client/outside', '203.0.113.201:80', null);
  assert.deepEqual(backends.map(({ address, probability, masquerade }) => [address, probability, masquerade]).sort(), [
    ['10.9.1.1', 0.5, false],
    ['10.9.2.1', 0.5, false],
  ]);
});

test('a Service that is an alias is told as that, with a port and without', async () => {
  const alias = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'ext', namespace: 'shop' } };
  const given = await world([{ ...alias, spec: { type: 'ExternalName', externalName: 'db.example.com' } } as never]);
  for (const to of ['svc/ext', 'svc/ext:80'])
    assert.throws(
      () => ask(given, 'nftables', OUTSIDE, to),
      /svc\/ext is an ExternalName: a DNS alias of db\.example\.com/,
    );
});
