// rules.test.ts - the rules that a trace shows, in each mode's notation, with kube-proxy's names.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../src/model/objects.js';
import { iptablesChain, iptablesEndpointChain, nftablesChain } from '../../src/render/names.js';
import { ask, world } from '../observe/worlds.js';
import { on, plan, service, slice, withIngress } from '../plan/sample.js';

const WEB = withIngress(
  service('web', { type: 'LoadBalancer', clusterIP: '10.8.0.1' }, [{ name: 'web', port: 80, nodePort: 30_080 }]),
  '203.0.113.201',
);
const BOTH = slice('web', [on('n1', '10.9.1.1'), on('n2', '10.9.2.1')]);
const change = (spec: object): KubeObject => ({ ...WEB, spec: { ...WEB.spec, ...spec } }) as KubeObject;

async function rules(objects: KubeObject[], mode: string, from: string, to: string): Promise<readonly string[]> {
  return ask(await world(objects), mode, from, to).steps[0]?.rules ?? [];
}

test('chains are named as kube-proxy names them', () => {
  const [port] = plan(
    [
      {
        ...WEB,
        metadata: { name: 'svc1', namespace: 'ns1' },
        spec: { ...WEB.spec, ports: [{ name: 'p80', port: 80 }] },
      },
    ],
    [],
  ).services;
  assert.ok(port);
  assert.equal(iptablesChain('KUBE-SVC-', port), 'KUBE-SVC-XPGD46QRK7WJZT7O');
  const endpoint = { ...on('n1', ''), name: '10.180.0.1:80', address: '10.180.0.1', port: 80 };
  assert.equal(iptablesEndpointChain(port, endpoint as never), 'KUBE-SEP-SXIVWICOYRO3J4NJ');
  assert.equal(nftablesChain('external-', port), 'external-ULMVA6XW-ns1/svc1/tcp/p80');
});

test('iptables: a cluster IP with its cascade', async () => {
  assert.deepEqual(await rules([WEB, BOTH], 'iptables', '203.0.113.10', '10.8.0.1:80'), [
    '-t nat -A KUBE-SERVICES -d 10.8.0.1/32 -p tcp -m comment --comment "shop/web:web cluster IP" -m tcp --dport 80 -j KUBE-SVC-FRGD7B3S3X42L3FU',
    '-t nat -A KUBE-SVC-FRGD7B3S3X42L3FU ! -s 10.9.0.0/16 -d 10.8.0.1/32 -p tcp -m comment --comment "shop/web:web cluster IP" -m tcp --dport 80 -j KUBE-MARK-MASQ',
    '-t nat -A KUBE-SVC-FRGD7B3S3X42L3FU -m comment --comment "shop/web:web -> 10.9.1.1:8080" -m statistic --mode random --probability 0.50000000000 -j KUBE-SEP-XPJXWD5U7R3VPIAT',
    '-t nat -A KUBE-SEP-XPJXWD5U7R3VPIAT -p tcp -m comment --comment "shop/web:web" -m tcp -j DNAT --to-destination 10.9.1.1:8080',
    '-t nat -A KUBE-POSTROUTING -m comment --comment "kubernetes service traffic requiring SNAT" -j MASQUERADE --random-fully',
  ]);
});

test('iptables: NodePorts, short circuits, firewalls and refusals', async () => {
  const local = change({ externalTrafficPolicy: 'Local', loadBalancerSourceRanges: ['192.168.7.0/24', '10.9.0.0/16'] });
  const through = async (objects: KubeObject[], from: string, to: string): Promise<string> =>
    (await rules(objects, 'iptables', from, to)).join('\n');
  assert.match(
    await through([WEB, BOTH], '203.0.113.10', '192.168.7.1:30080'),
    /-A KUBE-NODEPORTS -p tcp .*--dport 30080 -j KUBE-EXT-/,
  );
  assert.match(
    await through([local, BOTH], '10.9.1.50', '203.0.113.201:80'),
    /-j KUBE-FW-.*\n.*-s 10\.9\.0\.0\/16 .*\n.*pod traffic for/,
  );
  assert.match(await through([local, BOTH], '192.168.7.1', '203.0.113.201:80'), /--src-type LOCAL -j KUBE-MARK-MASQ/);
  assert.match(await through([local, BOTH], '203.0.113.10', '203.0.113.201:80'), /-A KUBE-PROXY-FIREWALL .* -j DROP$/);
  assert.match(
    await through([WEB], '203.0.113.10', '192.168.7.1:30080'),
    /-A KUBE-EXTERNAL-SERVICES .*no endpoints.* -j REJECT --reject-with icmp-port-unreachable$/,
  );
  assert.equal(await through([WEB], '192.168.7.1', '203.0.113.201:80'), '');
});

test('nftables: map elements, chains and sets', async () => {
  const through = async (objects: KubeObject[], from: string, to: string): Promise<string> =>
    (await rules(objects, 'nftables', from, to)).join('\n');
  const cluster = await through([WEB, BOTH], '10.9.1.1', '10.8.0.1:80');
  assert.match(
    cluster,
    /^map ip kube-proxy service-ips: 10\.8\.0\.1 \. tcp \. 80 : goto service-\w{8}-shop\/web\/tcp\/web$/m,
  );
  assert.match(cluster, /numgen random mod 2 map \{ 0 : 10\.9\.1\.1 \. 8080, 1 : 10\.9\.2\.1 \. 8080 \}$/m);
  assert.match(cluster, /@hairpin-connections masquerade fully-random$/);
  assert.match(
    await through([WEB, BOTH], '203.0.113.10', '192.168.7.1:30080'),
    /service-nodeports: tcp \. 30080 : goto external-/,
  );
  assert.match(await through([WEB], '10.9.1.1', '10.8.0.1:80'), /no-endpoint-services: .* : goto reject-chain$/);
  assert.match(await through([WEB], '10.9.1.1', '10.8.0.1:81'), /daddr @cluster-ips reject/);
  assert.match(await through([WEB], '10.9.1.1', '10.8.0.9:80'), /daddr 10\.8\.0\.0\/16 drop/);
  assert.match(
    await through([change({ sessionAffinity: 'ClientIP' }), BOTH], '10.9.1.9', '10.8.0.1:80'),
    /vmap \{ 0 : goto endpoint-.*\n.*update @affinity-/,
  );
});

test('ipvs: the virtual server, the real server and the sets that masquerade', async () => {
  assert.deepEqual(await rules([WEB, BOTH], 'ipvs', '10.9.1.50', '10.8.0.1:80'), [
    '-A -t 10.8.0.1:80 -s rr',
    '-a -t 10.8.0.1:80 -r 10.9.1.1:8080 -m -w 1',
  ]);
  const [first] = await rules([WEB, BOTH], 'ipvs', '203.0.113.10', '192.168.7.1:30080');
  assert.match(first ?? '', /KUBE-NODE-PORT .*-j KUBE-MARK-MASQ$/);
});
