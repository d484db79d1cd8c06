// documents.test.ts - whole documents of rules: closed in themselves, and saying what a trace says.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ciliumServices } from '../../src/render/cilium.js';
import { iptablesSave } from '../../src/render/iptables-save.js';
import { ipvsTables } from '../../src/render/ipvs-table.js';
import { ipvsadmSave } from '../../src/render/ipvsadm.js';
import { ipvsListing, planListing } from '../../src/render/listing.js';
import { nftTable } from '../../src/render/nft.js';
import { ask, world } from '../observe/worlds.js';
import { CONFIGS, featureObjects, featurePlan } from './features.js';

const matches = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map((match) => match[1] ?? '');

for (const [name, config] of Object.entries(CONFIGS)) {
  test(`every chain that a rule leads to exists, and every chain is led to: ${name}`, () => {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const nat = iptablesSave(featurePlan({ proxyMode: 'iptables', ...config }), family).split('*nat')[1] ?? '';
      const own = matches(nat, /^:(KUBE-(?!PROXY-CANARY)\S+)/gm);
      assert.deepEqual([...new Set(matches(nat, /-j (KUBE-\S+)$/gm))].sort(), own.sort());

      const nft = nftTable(featurePlan({ proxyMode: 'nftables', ...config }), family);
      const services = /^(service|local|external|firewall|endpoint)-(?!check|endpoints-check)/;
      const targets = new Set(matches(nft, /goto ([^\s,]+)/g).filter((target) => services.test(target)));
      const chains = matches(nft, /^\tchain (\S+) \{/gm).filter((chain) => /-[A-Z2-7]{8}-/.test(chain));
      assert.deepEqual([...targets].sort(), chains.sort());
      const sets = matches(nft, /^\tset (affinity-\S+) \{/gm);
      assert.deepEqual([...new Set(matches(nft, /@(affinity-\S+)/g))].sort(), sets.sort());
    }
  });
}

describe('a trace shows lines of the document', () => {
  const flows: [string, string, string][] = [
    ['10.9.1.50', '10.8.0.1:80', 'tcp'],
    ['203.0.113.99', '192.168.7.1:30002', 'udp'],
    ['10.9.1.50', '203.0.113.7:80', 'tcp'],
    ['192.168.7.1', '203.0.113.7:80', 'tcp'],
    ['10.9.1.50', '203.0.113.10:80', 'tcp'],
    ['203.0.113.99', '203.0.113.10:80', 'tcp'],
    ['203.0.113.99', '198.51.100.1:80', 'tcp'],
    ['203.0.113.99', '198.51.100.9:80', 'tcp'],
    ['203.0.113.99', '203.0.113.7:80', 'tcp'],
    ['10.9.1.9', '10.8.0.9:80', 'tcp'],
    ['10.9.1.9', '10.8.0.7:80', 'tcp'],
  ];
  const config = { clusterCIDR: ['10.9.0.0/16'], serviceClusterIPRange: ['10.8.0.0/16'] };

  test('iptables', async () => {
    const given = await world(featureObjects(), config);
    const document = iptablesSave(featurePlan({ proxyMode: 'iptables', ...config }), 'IPv4').split('\n');
    for (const [from, to, protocol] of flows) {
      const { steps } = ask(given, 'iptables', from, to, 'n1', protocol);
      const rules = steps.find(({ node }) => node === 'n1')?.rules ?? [];
      assert.ok(rules.length > 0, `${from} ${to}`);
      for (const rule of rules) assert.ok(document.includes(rule.replace(/^-t \w+ /, '')), `${from} ${to}: ${rule}`);
    }
  });

  test('nftables', async () => {
    const given = await world(featureObjects(), config);
    const document = nftTable(featurePlan({ proxyMode: 'nftables', ...config }), 'IPv4');
    for (const [from, to, protocol] of flows) {
      const { steps } = ask(given, 'nftables', from, to, 'n1', protocol);
      const rules = steps.find(({ node }) => node === 'n1')?.rules ?? [];
      assert.ok(rules.length > 0, `${from} ${to}`);
      for (const rule of rules) {
        assert.ok(document.includes(rule.replace(/^(chain|map) \S+ \S+ \S+ /, '')), `${from} ${to}: ${rule}`);
      }
    }
  });
});

test('counters: two kinds of rules count packets, and the document is otherwise the same', () => {
  const counters = /-m nfacct --nfacct-name {2}(\S+) /;
  for (const [name, config] of Object.entries(CONFIGS)) {
    for (const family of ['IPv4', 'IPv6'] as const) {
      const plan = featurePlan({ proxyMode: 'iptables', ...config });
      const plain = iptablesSave(plan, family).split('\n');
      const counting = iptablesSave(plan, family, true).split('\n');
      const own = counting.filter((line) => !plain.includes(line));
      const bare = own.map((line) => line.replace(counters, ''));
      const loopback = bare.filter((line) => line.includes('-d 127.0.0.0/8 -p'));
      assert.deepEqual(bare.slice(0, 1), ['-A KUBE-FORWARD -m conntrack --ctstate INVALID -j DROP'], name);
      assert.equal(bare.length, 1 + loopback.length);
      assert.equal(counting.length, plain.length + loopback.length);
      for (const line of loopback) assert.ok(plain.includes(line.replace('-d 127.0.0.0/8 ', '')), line);
      // IPv6 has no NodePorts on the loopback address, and IPv4 only if --nodeport-addresses does not leave it out.
      const guarded = plain.some((line) => line.includes('block incoming localnet connections'));
      assert.equal(loopback.length > 0, guarded, `${name} ${family}`);
    }
  }
});

test('more than a thousand endpoints: comments of their rules are left out, as kube-proxy does', () => {
  const plan = featurePlan({ proxyMode: 'iptables' });
  const many = plan.services.map((service) => ({
    ...service,
    allEndpoints: Array.from({ length: 100 }, () => service.allEndpoints).flat(),
  }));
  const few = iptablesSave(plan, 'IPv4');
  const large = iptablesSave({ ...plan, services: many }, 'IPv4');
  assert.match(few, /KUBE-SEP-\S+ -p tcp -m comment/);
  assert.doesNotMatch(large, /KUBE-SEP-\S+ -p tcp -m comment/);
  assert.match(large, /KUBE-SEP-\S+ -p tcp -m tcp -j DNAT/);
});

test('ipvs: policy Local falls back to all endpoints, and addresses of the node are not bound twice', () => {
  const { virtualServers, boundAddresses, ipsets } = ipvsTables(featurePlan({ proxyMode: 'ipvs' }), ['IPv4']);
  const at = (address: string, port: number) =>
    virtualServers.find((server) => server.address === address && server.port === port);
  assert.equal(at('203.0.113.7', 80)?.realServers.length, 2);
  assert.equal(at('203.0.113.8', 80)?.realServers.length, 1);
  assert.deepEqual(at('192.168.8.1', 30_004), {
    address: '192.168.8.1',
    port: 30_004,
    protocol: 'TCP',
    scheduler: 'rr',
    flags: 1,
    timeout: 10_800,
    persistent: true,
    mhPort: false,
    realServers: at('10.8.0.7', 80)?.realServers,
  });
  assert.equal(at('127.0.0.1', 30_004), undefined);
  assert.ok(!boundAddresses.includes('192.168.7.1'));
  assert.deepEqual(ipsets.get('KUBE-HEALTH-CHECK-NODE-PORT'), ['31000']);
  assert.deepEqual(ipsets.get('KUBE-NODE-PORT-LOCAL-SCTP-HASH'), ['192.168.7.1,sctp:30003', '192.168.8.1,sctp:30003']);
  assert.ok(ipsets.get('KUBE-LOAD-BALANCER-SOURCE-IP')?.includes('203.0.113.10,tcp:80,203.0.113.10'));
});

test('ipvs: scheduler mh hashes ports, too', () => {
  const plan = featurePlan({ proxyMode: 'ipvs', ipvsScheduler: 'mh' });
  assert.match(ipvsadmSave(plan), /^-A -t 10\.8\.0\.1:80 -s mh -b mh-port$/m);
  assert.ok(ipvsTables(plan).virtualServers.every(({ flags }) => (flags & 0x10) !== 0));
  assert.match(ipvsadmSave(plan), /^-a -t \[fd00:8::1\]:80 -r \[fd00:9:1::1:1\]:8080 -m -w 1$/m);
});

test('json: frontends and endpoints of every Service port; ipvs has the table of the kernel', () => {
  const plan = featurePlan({});
  const listing = planListing(plan, 'nftables', ['IPv6']);
  assert.equal(listing.version, 1);
  const health = listing.services.find(({ service }) => service === 'shop/health:main');
  assert.deepEqual(
    health?.frontends.map(({ kind, address, port }) => `${kind} ${address} ${port}`),
    ['ClusterIP fd00:8::c 80', 'ExternalIP 2001:db8::1 80', 'NodePort  30006'],
  );
  assert.equal(health?.clusterEndpoints.length, 3);
  assert.equal(health?.localEndpoints.length, 1);
  const ipvs = ipvsListing(featurePlan({ proxyMode: 'ipvs' }));
  assert.ok(ipvs.iptablesRules.some((rule) => rule.includes('--match-set KUBE-6-CLUSTER-IP')));
  assert.equal(
    Object.keys(ipvs.ipsets).some((name) => name.startsWith('KUBE-6-')),
    false,
  );
});

test('cilium: one row a frontend, one line a backend', () => {
  const text = ciliumServices(featurePlan({ nodePortAddresses: ['192.168.8.0/24'] }), ['IPv4']);
  assert.match(text, /^ID +Frontend +Service Type +Backend\n1 /);
  assert.match(text, /^\d+ +10\.8\.0\.1:80\/TCP +ClusterIP +1 => 10\.9\.1\.5:8080\/TCP \(active\)\n +2 => /m);
  assert.match(text, /192\.168\.8\.1:30002\/UDP +NodePort/);
  assert.match(text, /\(terminating\)/);
});
