// live.test.ts - tables that change Service by Service say what tables compiled anew say, and a patch carries all of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrontendKind, type FrontendRow, ServiceFlag } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { STRATEGY_NAMES } from '../../src/compile/strategy.js';
import { decodeImage } from '../../src/image/decode.js';
import { frontendKey } from '../../src/image/hash.js';
import type { TableSet } from '../../src/image/table.js';
import { formatBytes } from '../../src/model/address.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import { portIdentity } from '../../src/plan/plan.js';
import { ATTACHMENT, CONFIG, NODE, on, service, slice } from '../plan/sample.js';
import { ChangingCluster } from '../support/changing-cluster.js';
import { LiveNode } from '../support/live-node.js';
import { findFrontend, isKnownAddress } from '../support/lookup.js';
import { Dice } from '../support/seed.js';

const VIEW = { ...NODE, name: 'node-1' };

const keyOf = (row: FrontendRow): Uint8Array => frontendKey(row.address, row.port_be, row.protocol);

/** What a frontend leads to, without the numbers of rows. */
function saysOf(tables: TableSet, frontend: FrontendRow): object {
  const service = tables.SERVICE[frontend.service];
  const list = (first = 0, count = 0): object[] =>
    tables.MEMBER.slice(first, first + count).map(({ index }) => {
      const { address, service: _, ...rest } = tables.BACKEND[index] ?? assert.fail('no such row of BACKEND');
      return { ...rest, address: formatBytes(address) };
    });
  const { kind, flags, id } = frontend;
  if (!service) return { kind, flags, id };
  return {
    ...{ kind, flags, id, service: service.id, name: tables.names.services[frontend.service] },
    serviceFlags: service.flags & ~ServiceFlag.CLEAN_UDP,
    affinity: service.affinitySeconds,
    scheduler: service.scheduler,
    cluster: list(service.clusterFirst, service.clusterCount),
    local: list(service.localFirst, service.localCount),
    serving: list(service.servingFirst, service.servingCount),
    ranges: tables.SOURCE_RANGE.slice(service.sourceRangeFirst, service.sourceRangeFirst + service.sourceRangeCount),
  };
}

/** Everything that tables say, by what a packet may have; every row is found by the strategy's own lookup. */
function everything(tables: TableSet): Map<string, object> {
  const says = new Map<string, object>();
  for (const [i, row] of tables.FRONTEND.entries()) {
    assert.equal(findFrontend(tables, keyOf(row)), i, 'a row that lookups do not find');
    says.set(Buffer.from(keyOf(row)).toString('hex'), saysOf(tables, row));
  }
  const addresses = new Set(tables.FRONTEND.map(({ address }) => formatBytes(address)));
  for (const text of addresses) {
    const row = tables.FRONTEND.find(({ address }) => formatBytes(address) === text);
    says.set(`known ${text}`, { known: isKnownAddress(tables, row?.address ?? new Uint8Array(16)) });
  }
  return says;
}

const start = (snapshot: ClusterSnapshot, strategy: string): LiveNode =>
  new LiveNode(snapshot, { view: VIEW, config: CONFIG, strategy, attachment: ATTACHMENT, hashSeed: 5 });

for (const strategy of STRATEGY_NAMES) {
  test(`${strategy}: step by step or anew, the tables say the same`, (t) => {
    let patched = 0;
    let steps = 0;
    for (let seed = 1; seed <= 25; seed++) {
      const cluster = new ChangingCluster(new Dice(seed));
      const node = start(cluster.snapshot, strategy);
      for (let step = 0; step < 25; step++) {
        patched += Number(node.follows(cluster.change()));
        steps++;
        const where = `seed ${seed}, step ${step}`;
        assert.deepEqual(
          decodeImage(node.image, node.tables.names),
          node.tables,
          `${where}: the patch is not the step`,
        );
        assert.deepEqual(everything(node.tables), everything(node.anew()), where);
      }
    }
    t.diagnostic(`${patched} of ${steps} steps by patches`);
    assert.ok(patched > steps / 10, 'hardly any step was a patch');
  });
}

const WEB = service('web', { clusterIP: '10.8.255.1' });
const many = (count: number): ClusterSnapshot => ({
  services: Array.from({ length: count }, (_, i) => service(`s${i}`, { clusterIP: `10.8.${i >> 8}.${i & 255}` })),
  endpointSlices: Array.from({ length: count }, (_, i) => slice(`s${i}`, [on('n1', `10.9.${i >> 8}.${i & 255}`)])),
  nodes: [],
});

for (const strategy of STRATEGY_NAMES) {
  test(`${strategy}: an added Service, a changed endpoint and a removed Service are patches of a few rows`, () => {
    const before = many(300);
    const node = start(before, strategy);
    const size = (snapshot: ClusterSnapshot): number => {
      const rows = node.tables.BACKEND.length;
      assert.ok(node.follows(snapshot));
      return node.tables.BACKEND.length - rows;
    };
    const endpoints = slice('web', [on('n1', '10.9.9.1'), on('n2', '10.9.9.2')]);
    const added = {
      ...before,
      services: [WEB, ...before.services],
      endpointSlices: [endpoints, ...before.endpointSlices],
    };
    assert.equal(size(added), 2);
    const moved = slice('web', [on('n1', '10.9.9.3')]);
    assert.equal(size({ ...added, endpointSlices: [moved, ...before.endpointSlices] }), 1);
    assert.equal(size(before), 0);
    assert.deepEqual(everything(node.tables), everything(node.anew()));
  });
}

test('when room runs out there is no patch, and the tables are made anew', () => {
  const before = many(20);
  const node = start(before, 'nftables');
  let patches = 0;
  for (let i = 0; i < 100; i++) {
    const changed = slice('s0', [on('n1', `10.9.50.${i}`)]);
    patches += Number(node.follows({ ...before, endpointSlices: [changed, ...before.endpointSlices.slice(1)] }));
  }
  assert.ok(patches > 60 && patches < 100, `${patches} patches`);
  assert.deepEqual(everything(node.tables), everything(node.anew()));
});

test('a Service whose address another one has, too, is no matter of its own', () => {
  const other = service('other', { clusterIP: '10.8.0.2', externalIPs: ['203.0.113.5'] });
  const rival = service('rival', { clusterIP: '10.8.0.3', externalIPs: ['203.0.113.5'] });
  const before = { services: [WEB, other], endpointSlices: [], nodes: [] };
  const node = start(before, 'perfect');
  assert.equal(node.follows({ ...before, services: [WEB, other, rival] }), false);
  assert.deepEqual(everything(node.tables), everything(node.anew()));
});

test('only ports whose endpoints changed ask for stale UDP flows to go', () => {
  const udp = [{ name: 'web', port: 53, protocol: 'UDP' as const }];
  const dns = service('dns', { clusterIP: '10.8.0.9' }, udp);
  const ports = [{ name: 'web', protocol: 'UDP' as const, port: 53 }];
  const at = (address: string) => slice('dns', [on('n1', address)], { ports });
  const node = start({ services: [dns], endpointSlices: [at('10.9.0.1')], nodes: [] }, 'nftables');
  const flags = (): number => node.tables.SERVICE[0]?.flags ?? 0;
  assert.ok(
    node.follows({
      services: [{ ...dns, spec: { ...dns.spec, sessionAffinity: 'ClientIP' } }],
      endpointSlices: [at('10.9.0.1')],
      nodes: [],
    }),
  );
  assert.equal(flags() & ServiceFlag.CLEAN_UDP, 0);
  assert.ok(node.follows({ services: [dns], endpointSlices: [at('10.9.0.2')], nodes: [] }));
  assert.equal(flags() & ServiceFlag.CLEAN_UDP, ServiceFlag.CLEAN_UDP);
  assert.equal(portIdentity({ name: 'shop/dns:web', protocol: 'UDP', family: 'IPv4' }), 'shop/dns:web/UDP/IPv4');
});

test('a frontend that is gone is found by no lookup', () => {
  for (const strategy of STRATEGY_NAMES) {
    const before = many(40);
    const node = start(before, strategy);
    const rows = node.tables.FRONTEND.filter(({ kind }) => kind === FrontendKind.CLUSTER_IP).map(keyOf);
    assert.ok(node.follows({ ...before, services: before.services.slice(0, 10) }));
    const found = rows.filter((key) => findFrontend(node.tables, key) !== NONE);
    assert.equal(found.length, 10, strategy);
  }
});
