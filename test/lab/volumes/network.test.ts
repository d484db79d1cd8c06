// network.test.ts - what a pod's programs read of names, by dnsPolicy, dnsConfig, hostname, subdomain and hostAliases.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostnameOf, hostsFile, type NamePlace, resolvFile } from '../../../src/lab/volumes/network.js';
import type { Pod } from '../../../src/model/objects.js';

const place: NamePlace = {
  node: 'node-1',
  addresses: ['10.244.1.2', 'fd00:10:244:1::2'],
  nameservers: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  machine: { resolv: 'search lan\nnameserver 192.0.2.1\noptions edns0\n', hosts: '127.0.0.1\tmachine\n' },
};

const pod = (spec: object): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'web-0', namespace: 'shop' },
  spec: { containers: [{ name: 'web' }], ...spec },
});

const CLUSTER =
  'search shop.svc.cluster.local svc.cluster.local cluster.local\nnameserver 10.96.0.10\noptions ndots:5\n';
const MACHINE = 'search lan\nnameserver 192.0.2.1\noptions edns0\n';

test('each dnsPolicy leads to its nameserver', () => {
  assert.equal(resolvFile(pod({}), place), CLUSTER);
  assert.equal(resolvFile(pod({ dnsPolicy: 'ClusterFirst', hostNetwork: true }), place), MACHINE);
  assert.equal(resolvFile(pod({ dnsPolicy: 'ClusterFirstWithHostNet', hostNetwork: true }), place), CLUSTER);
  assert.equal(resolvFile(pod({ dnsPolicy: 'Default' }), place), MACHINE);
  assert.equal(resolvFile(pod({ dnsPolicy: 'None' }), place), '');
  assert.equal(resolvFile(pod({}), { ...place, nameservers: [] }), MACHINE);
});

test('dnsConfig adds to the policy, and its options win', () => {
  const dnsConfig = {
    nameservers: ['192.0.2.7', '10.96.0.10', '192.0.2.8', '192.0.2.9'],
    searches: ['example.com', 'cluster.local'],
    options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
  };
  assert.equal(
    resolvFile(pod({ dnsConfig }), place),
    'search shop.svc.cluster.local svc.cluster.local cluster.local example.com\n' +
      'nameserver 10.96.0.10\nnameserver 192.0.2.7\nnameserver 192.0.2.8\noptions ndots:2 edns0\n',
  );
  assert.equal(
    resolvFile(pod({ dnsPolicy: 'None', dnsConfig: { nameservers: ['192.0.2.7'] } }), place),
    'nameserver 192.0.2.7\n',
  );
});

test('a pod knows itself by its name, and with a subdomain by its full name', () => {
  assert.match(hostsFile(pod({}), place), /\n10\.244\.1\.2\tweb-0\nfd00:10:244:1::2\tweb-0\n$/);
  assert.match(
    hostsFile(pod({ hostname: 'alpha', subdomain: 'db' }), place),
    /\n10\.244\.1\.2\talpha\.db\.shop\.svc\.cluster\.local\talpha\n/,
  );
  assert.equal(
    hostsFile(pod({ hostNetwork: true, hostAliases: [{ ip: '192.0.2.3', hostnames: ['a', 'b'] }] }), place),
    '# Kubernetes-managed hosts file (host network).\n127.0.0.1\tmachine\n\n# Entries added by HostAliases.\n192.0.2.3\ta\tb\n',
  );
});

test('the host name is a label, the whole name where that is asked for, and the node on its network', () => {
  assert.equal(hostnameOf(pod({}), place), 'web-0');
  assert.equal(hostnameOf(pod({ hostname: 'alpha' }), place), 'alpha');
  assert.equal(hostnameOf(pod({ subdomain: 'db', setHostnameAsFQDN: true }), place), 'web-0.db.shop.svc.cluster.local');
  assert.equal(hostnameOf(pod({ hostNetwork: true }), place), 'node-1');
  const long = pod({});
  long.metadata.name = `${'a'.repeat(62)}-bcd`;
  assert.equal(hostnameOf(long, place), 'a'.repeat(62));
});
