// planner.test.ts - objects → the plan of a node.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { on, plan, service, slice, texts, withIngress } from './sample.js';

const WEB = service('web', { clusterIP: '10.8.0.1' });

test('a Service port is named as kube-proxy names it and gets its endpoints by port name and protocol', () => {
  const dns = service('dns', { clusterIP: '10.8.0.2' }, [
    { name: 'udp', port: 53, protocol: 'UDP' },
    { name: 'tcp', port: 53 },
  ]);
  const ports = [
    { name: 'udp', protocol: 'UDP' as const, port: 5353 },
    { name: 'tcp', protocol: 'UDP' as const, port: 9 },
  ];
  const { services } = plan([dns], [slice('dns', [on('n1', '10.9.1.1')], { ports })]);
  assert.deepEqual(
    services.map((port) => [port.name, texts(port.clusterEndpoints), port.hasAnyEndpoints]),
    [
      ['shop/dns:udp', ['10.9.1.1:5353'], true],
      ['shop/dns:tcp', [], false],
    ],
  );
});

test('an unnamed port matches an unnamed slice port and has no colon in its name', () => {
  const one = service('one', { clusterIP: '10.8.0.3' }, [{ port: 80 }]);
  const { services } = plan([one], [slice('one', [on('n1', '10.9.1.1')], { ports: [{ port: 8080 }] })]);
  assert.deepEqual([services[0]?.name, texts(services[0]?.clusterEndpoints)], ['shop/one', ['10.9.1.1:8080']]);
});

test('slices: first address only, missing conditions are good ones, ports without number do not exist', () => {
  const endpoints = [
    { addresses: ['10.9.1.2', '10.9.1.3'] },
    { addresses: ['10.9.1.4'], conditions: { ready: false } },
  ];
  const [port] = plan([WEB], [slice('web', endpoints)]).services;
  assert.deepEqual(texts(port?.clusterEndpoints), ['10.9.1.2:8080']);
  assert.deepEqual(texts(port?.servingEndpoints), ['10.9.1.2:8080', '10.9.1.4:8080']);
  for (const bad of [null, 0]) {
    const without = slice('web', endpoints, { ports: [{ name: 'web', port: bad }] });
    assert.equal(plan([WEB], [without]).services[0]?.hasAnyEndpoints, false);
  }
});

test('endpoints are sorted as text, and of duplicates the living one wins', () => {
  const dying = { ready: false, serving: true, terminating: true };
  const first = slice('web', [on('n1', '10.9.1.9', dying), on('n1', '10.9.1.10')]);
  const second = slice('web', [on('n1', '10.9.1.9')], { metadata: { ...first.metadata, name: 'web-2' } });
  for (const order of [
    [first, second],
    [second, first],
  ]) {
    assert.deepEqual(texts(plan([WEB], order).services[0]?.clusterEndpoints), ['10.9.1.10:8080', '10.9.1.9:8080']);
  }
});

test('of living duplicates the last one counts: one that is ready after one that is not, and the other way round', () => {
  const unready = { ready: false, serving: false, terminating: false };
  const endpoints = (...list: ReturnType<typeof on>[]): readonly string[] =>
    texts(plan([WEB], [slice('web', list)]).services[0]?.clusterEndpoints);
  assert.deepEqual(endpoints(on('n1', '10.9.1.9', unready), on('n1', '10.9.1.9')), ['10.9.1.9:8080']);
  assert.deepEqual(endpoints(on('n1', '10.9.1.9'), on('n1', '10.9.1.9', unready)), []);
  const dying = { ready: false, serving: true, terminating: true };
  assert.deepEqual(endpoints(on('n1', '10.9.1.9'), on('n1', '10.9.1.9', dying)), ['10.9.1.9:8080']);
});

test('slices without the name label, of headless Services, of FQDNs and of another family are ignored', () => {
  const good = slice('web', [on('n1', '10.9.1.1')]);
  const wrong = [
    { ...good, metadata: { ...good.metadata, labels: {} } },
    {
      ...good,
      metadata: { ...good.metadata, labels: { ...good.metadata.labels, 'service.kubernetes.io/headless': '' } },
    },
    { ...good, addressType: 'FQDN' as const },
    { ...good, addressType: 'IPv6' as const },
    { ...good, metadata: { ...good.metadata, namespace: 'other' } },
  ];
  for (const other of wrong) assert.equal(plan([WEB], [other]).services[0]?.hasAnyEndpoints, false);
});

test('headless, ExternalName and other proxies’ Services are skipped', () => {
  const others = [
    service('a', { clusterIP: 'None' }),
    service('b', { type: 'ExternalName', externalName: 'x.example', clusterIP: '10.8.0.9' }),
    { ...WEB, metadata: { ...WEB.metadata, labels: { 'service.kubernetes.io/service-proxy-name': 'mine' } } },
    service('c', {}),
  ];
  assert.deepEqual(plan(others, []).services, []);
});

test('every kind of address becomes a frontend, each family for itself', () => {
  const dual = withIngress(
    service('dual', { type: 'LoadBalancer', clusterIPs: ['10.8.0.4', 'fd08::4'], externalIPs: ['198.51.100.4'] }, [
      { name: 'web', port: 80, nodePort: 30_080 },
    ]),
    '203.0.113.4',
    'fd0a::4',
  );
  const { frontends } = plan([dual], []);
  assert.deepEqual(
    frontends.map(({ kind, family, address, port }) => `${kind} ${family} ${address}:${port}`),
    [
      'ClusterIP IPv4 10.8.0.4:80',
      'ExternalIP IPv4 198.51.100.4:80',
      'LoadBalancer IPv4 203.0.113.4:80',
      'NodePort IPv4 :30080',
      'ClusterIP IPv6 fd08::4:80',
      'LoadBalancer IPv6 fd0a::4:80',
      'NodePort IPv6 :30080',
    ],
  );
});

test('a family without a cluster IP has nothing, not even NodePorts', () => {
  const four = service('four', { type: 'NodePort', clusterIP: '10.8.0.5', externalIPs: ['fd0a::5'] }, [
    { port: 80, nodePort: 30_081 },
  ]);
  assert.ok(plan([four], []).frontends.every(({ family }) => family === 'IPv4'));
});

test('ingress of ipMode Proxy and host names are not captured', () => {
  const proxied = service('p', { type: 'LoadBalancer', clusterIP: '10.8.0.6' });
  proxied.status = {
    loadBalancer: { ingress: [{ ip: '203.0.113.6', ipMode: 'Proxy' }, { hostname: 'x' }, { ip: '203.0.113.7' }] },
  };
  const balancers = plan([proxied], []).frontends.filter(({ kind }) => kind === 'LoadBalancer');
  assert.deepEqual(
    balancers.map(({ address }) => address),
    ['203.0.113.7'],
  );
});

test('source ranges: those of the family, spaces allowed, a range of everything switches the filter off', () => {
  const ranged = (...ranges: string[]) =>
    plan([service('r', { type: 'LoadBalancer', clusterIP: '10.8.0.7', loadBalancerSourceRanges: ranges })], []);
  assert.deepEqual(ranged(' 203.0.113.9/25 ', 'fd0b::/64').services[0]?.sourceRanges, ['203.0.113.0/25']);
  assert.deepEqual(ranged('203.0.113.0/25', '0.0.0.0/0').services[0]?.sourceRanges, []);
  assert.deepEqual(ranged('fd0b::/64').services[0]?.sourceRanges, []);
});

test('session affinity lasts three hours unless it says otherwise', () => {
  const sticky = (more: object) =>
    plan([service('s', { clusterIP: '10.8.0.8', sessionAffinity: 'ClientIP', ...more })], []).services[0];
  assert.equal(sticky({})?.affinitySeconds, 10_800);
  assert.equal(sticky({ sessionAffinityConfig: { clientIP: { timeoutSeconds: 7 } } })?.affinitySeconds, 7);
  assert.equal(plan([WEB], []).services[0]?.affinitySeconds, 0);
});

test('NodePorts answer on the primary address in nftables, on all but loopback in the others', () => {
  const open = (config: Parameters<typeof plan>[2]): string[] =>
    plan([], [], config)
      .localAddresses.filter(({ nodePort }) => nodePort)
      .map(({ address }) => address);
  assert.deepEqual(open({}), ['192.168.7.1', 'fd07::1']);
  assert.deepEqual(open({ proxyMode: 'ipvs' }), ['192.168.7.1', '192.168.8.1', 'fd07::1']);
  assert.deepEqual(open({ proxyMode: 'iptables' }), ['192.168.7.1', '192.168.8.1', '127.0.0.1', 'fd07::1']);
  assert.deepEqual(open({ proxyMode: 'iptables', localhostNodePorts: false }), [
    '192.168.7.1',
    '192.168.8.1',
    'fd07::1',
  ]);
  // Without an IPv6 range every IPv6 address answers; without a loopback range 127.0.0.1 does not.
  assert.deepEqual(open({ proxyMode: 'iptables', nodePortAddresses: ['192.168.8.0/24'] }), ['192.168.8.1', 'fd07::1']);
  assert.deepEqual(open({ nodePortAddresses: ['127.0.0.0/8', 'fd07::/16'] }), ['fd07::1']);
  assert.deepEqual(open({ proxyMode: 'iptables', nodePortAddresses: ['primary'] }), ['192.168.7.1', 'fd07::1']);
});

test('only the first CIDR of each family detects pods, and NodeCIDR uses the node’s own', () => {
  const detector = (config: Parameters<typeof plan>[2]) => plan([], [], config).localDetector;
  assert.deepEqual(detector({ clusterCIDR: ['10.9.0.0/16', '10.7.0.0/16'] }), ['10.9.0.0/16']);
  assert.deepEqual(detector({ detectLocalMode: 'NodeCIDR' }), ['10.9.1.0/24']);
  assert.deepEqual(detector({ detectLocalMode: 'none' }), []);
});

test('health-check ports belong to load balancers of policy Local', () => {
  const spec = { clusterIP: '10.8.0.10', healthCheckNodePort: 31_000, externalTrafficPolicy: 'Local' as const };
  const checks = (type: 'LoadBalancer' | 'NodePort') =>
    plan([service('h', { ...spec, type })], []).frontends.filter(({ kind }) => kind === 'HealthCheck');
  assert.deepEqual(
    checks('LoadBalancer').map(({ port, owner }) => [port, owner]),
    [[31_000, 'shop/h']],
  );
  assert.deepEqual(checks('NodePort'), []);
});

test('the order of objects does not matter', () => {
  const other = service('api', { clusterIP: '10.8.0.11' });
  const slices = [slice('web', [on('n1', '10.9.1.1')]), slice('api', [on('n2', '10.9.2.1')])];
  assert.deepEqual(plan([WEB, other], slices), plan([other, WEB], [...slices].reverse()));
});

test('a change of UDP endpoints is noticed against the plan before', () => {
  const ports = [{ name: 'web', protocol: 'UDP' as const, port: 53 }];
  const dns = service('dns', { clusterIP: '10.8.0.10' }, ports);
  const at = (endpoints: ReturnType<typeof on>[]) => [slice('dns', endpoints, { ports })];
  const before = plan([WEB, dns], [...at([on('n1', '10.9.1.1')]), slice('web', [on('n1', '10.9.1.1')])]);
  const changed = (endpoints: ReturnType<typeof on>[]): boolean =>
    plan([WEB, dns], at(endpoints), {}, before).changedPorts.size > 0;
  assert.equal(changed([on('n1', '10.9.1.1')]), false);
  assert.equal(changed([on('n1', '10.9.1.2')]), true);
  assert.equal(changed([on('n1', '10.9.1.1', { serving: false })]), true);
  assert.deepEqual([...before.changedPorts], ['shop/dns:web/UDP/IPv4']);
});
