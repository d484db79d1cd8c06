// resolver.test.ts - answers by the Kubernetes DNS specification: what exists, what has records, and what is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, dataText, type QuestionType } from '../../src/dns/answer.js';
import { Directory, type DirectorySource } from '../../src/dns/directory.js';
import { addressInLabel, addressOfReverse, endpointLabel } from '../../src/dns/name.js';
import { Resolver, type ResolverOptions } from '../../src/dns/resolver.js';
import type { EndpointSlice, Pod, Service } from '../../src/model/objects.js';

const service = (name: string, spec: object): Service =>
  ({ apiVersion: 'v1', kind: 'Service', metadata: { name, namespace: 'shop' }, spec }) as Service;

const slice = (owner: string, endpoints: object[], ports: object[] = []): EndpointSlice =>
  ({
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
    metadata: { name: `${owner}-1`, namespace: 'shop', labels: { 'kubernetes.io/service-name': owner } },
    addressType: 'IPv4',
    endpoints,
    ports,
  }) as EndpointSlice;

const HTTP = { name: 'http', protocol: 'TCP', port: 80 };
const SOURCE: DirectorySource = {
  namespaces: ['default', 'shop'],
  services: [
    service('web', { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00::7'], ports: [HTTP, { port: 81 }] }),
    service('db', { clusterIP: 'None', clusterIPs: ['None'], ports: [] }),
    service('empty', { clusterIP: 'None', ports: [HTTP] }),
    service('out', { type: 'ExternalName', externalName: 'db.example.org' }),
    service('inside', { type: 'ExternalName', externalName: 'web.shop.svc.cluster.local' }),
    service('loop', { type: 'ExternalName', externalName: 'pool.shop.svc.cluster.local' }),
    service('pool', { type: 'ExternalName', externalName: 'loop.shop.svc.cluster.local' }),
    service('number', { type: 'ExternalName', externalName: '192.0.2.1' }),
  ],
  endpointSlices: [
    slice(
      'db',
      [
        { addresses: ['10.1.0.1'], hostname: 'db-0' },
        { addresses: ['10.1.0.2'] },
        { addresses: ['10.1.0.3'], conditions: { ready: false } },
      ],
      [{ name: 'sql', protocol: 'TCP', port: 5432 }],
    ),
  ],
  pods: [{ metadata: { name: 'p', namespace: 'shop' }, status: { podIPs: [{ ip: '10.1.0.1' }] } } as unknown as Pod],
};

const directory = new Directory(SOURCE);
const OPTIONS: ResolverOptions = {
  zones: ['cluster.local', 'in-addr.arpa', 'ip6.arpa'],
  ttl: 5,
  pods: 'insecure',
  serial: 1,
};

const ask = (name: string, type: QuestionType, options: Partial<ResolverOptions> = {}): Answer =>
  new Resolver(() => directory, { ...OPTIONS, ...options }).answer(name, type);

/** `NOERROR A 10.96.0.7`, with `+ …` for additional records and `SOA` where there is an authority. */
function brief({ rcode, answer, additional, authority }: Answer): string {
  const texts = answer.map((record) => `${record.type} ${dataText(record)}`).sort();
  const more = additional.map((record) => `+ ${record.name} ${dataText(record)}`).sort();
  return [rcode, ...texts, ...more, ...authority.map(({ type }) => type)].join(' | ');
}

const CASES: readonly (readonly [string, QuestionType, string])[] = [
  // 2.3.1: a Service with addresses has those of each family, and none of the other
  ['web.shop.svc.cluster.local', 'A', 'NOERROR | A 10.96.0.7'],
  ['web.shop.svc.cluster.local', 'AAAA', 'NOERROR | AAAA fd00::7'],
  ['WEB.Shop.SVC.cluster.local.', 'A', 'NOERROR | A 10.96.0.7'],
  ['web.shop.svc.cluster.local', 'TXT', 'NOERROR | SOA'],
  ['web.shop.svc.cluster.local', 'OTHER', 'NOERROR | SOA'],
  // 2.3.2: named ports
  [
    '_http._tcp.web.shop.svc.cluster.local',
    'SRV',
    'NOERROR | SRV 0 50 80 web.shop.svc.cluster.local. | + web.shop.svc.cluster.local. 10.96.0.7 | + web.shop.svc.cluster.local. fd00::7',
  ],
  ['_http._udp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN | SOA'],
  ['_nope._tcp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN | SOA'],
  // 2.4.1: headless
  ['db.shop.svc.cluster.local', 'A', 'NOERROR | A 10.1.0.1 | A 10.1.0.2'],
  ['db-0.db.shop.svc.cluster.local', 'A', 'NOERROR | A 10.1.0.1'],
  ['10-1-0-2.db.shop.svc.cluster.local', 'A', 'NOERROR | A 10.1.0.2'],
  ['10-1-0-3.db.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  ['empty.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  [
    '_sql._tcp.db.shop.svc.cluster.local',
    'SRV',
    'NOERROR | SRV 0 50 5432 10-1-0-2.db.shop.svc.cluster.local. | SRV 0 50 5432 db-0.db.shop.svc.cluster.local.' +
      ' | + 10-1-0-2.db.shop.svc.cluster.local. 10.1.0.2 | + db-0.db.shop.svc.cluster.local. 10.1.0.1',
  ],
  // 2.3.3 and 2.4.3: addresses read backwards
  ['7.0.96.10.in-addr.arpa', 'PTR', 'NOERROR | PTR web.shop.svc.cluster.local.'],
  ['1.0.1.10.in-addr.arpa', 'PTR', 'NOERROR | PTR db-0.db.shop.svc.cluster.local.'],
  ['9.0.1.10.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA'],
  ['0.1.10.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA'],
  ['7.0.96.10.in-addr.arpa', 'A', 'NXDOMAIN | SOA'],
  // 2.5: another name
  ['out.shop.svc.cluster.local', 'A', 'NOERROR | CNAME db.example.org.'],
  ['out.shop.svc.cluster.local', 'CNAME', 'NOERROR | CNAME db.example.org.'],
  ['inside.shop.svc.cluster.local', 'A', 'NOERROR | A 10.96.0.7 | CNAME web.shop.svc.cluster.local.'],
  ['loop.shop.svc.cluster.local', 'A', 'NOERROR | SOA'],
  ['number.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  ['x.out.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  // pods
  ['10-1-0-9.shop.pod.cluster.local', 'A', 'NOERROR | A 10.1.0.9'],
  ['words.shop.pod.cluster.local', 'A', 'NXDOMAIN | SOA'],
  // what exists without records, and what does not
  ['shop.svc.cluster.local', 'A', 'NOERROR | SOA'],
  ['svc.cluster.local', 'NS', 'NOERROR | SOA'],
  ['cluster.local', 'A', 'NOERROR | SOA'],
  ['nope.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  ['nope.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  ['*.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
  ['a.b._http._tcp.web.shop.svc.cluster.local', 'SRV', 'NXDOMAIN | SOA'],
  ['dns-version.cluster.local', 'TXT', 'NOERROR | TXT "1.1.0"'],
  ['cluster.local', 'NS', 'NOERROR | NS ns.dns.cluster.local.'],
  // elsewhere
  ['example.org', 'A', 'REFUSED'],
  ['cluster.local', 'AXFR', 'REFUSED'],
  ['constructor.shop.svc.cluster.local', 'A', 'NXDOMAIN | SOA'],
];

for (const [name, type, expected] of CASES) {
  test(`${type} ${name}: ${expected.slice(0, 60)}`, () => assert.equal(brief(ask(name, type)), expected));
}

test('names of pods are answered as the mode says', () => {
  const name = '10-1-0-1.shop.pod.cluster.local';
  assert.equal(brief(ask(name, 'A', { pods: 'disabled' })), 'NXDOMAIN | SOA');
  assert.equal(brief(ask(name, 'A', { pods: 'verified' })), 'NOERROR | A 10.1.0.1');
  assert.equal(brief(ask('10-1-0-9.shop.pod.cluster.local', 'A', { pods: 'verified' })), 'NXDOMAIN | SOA');
});

test('the case of the question is kept, and the TTL is what is set', () => {
  const [record] = ask('Web.SHOP.svc.cluster.LOCAL', 'A', { ttl: 30 }).answer;
  assert.deepEqual([record?.name, record?.ttl], ['Web.SHOP.svc.cluster.LOCAL.', 30]);
});

test('addresses and labels lead to each other', () => {
  for (const [address, label] of [
    ['10.1.0.2', '10-1-0-2'],
    ['5678:abcd::1', '5678-abcd--1'],
    ['fd00::', 'fd00--0'],
  ] as const) {
    assert.equal(endpointLabel(address, undefined), label);
    assert.equal(addressInLabel(label), address === 'fd00::' ? 'fd00::' : address);
  }
  assert.equal(addressInLabel('a-b'), null);
  const nibbles = '1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.d.c.b.a.8.7.6.5.ip6.arpa.';
  assert.equal(addressOfReverse(nibbles), '5678:abcd::1');
  assert.equal(addressOfReverse('x.0.1.10.in-addr.arpa.'), null);
});
