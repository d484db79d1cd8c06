// limits.test.ts - what happens at the edges of every table: affinity, source ports, flows, fragment records. On both engines.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COUNTERS } from '../../../src/abi/layout.js';
import type { Engine, EngineOptions, Outcome } from '../../../src/engine/engine.js';
import { encodeImage } from '../../../src/image/encode.js';
import { hashKey } from '../../../src/image/hash.js';
import { mustAddress } from '../../../src/model/address.js';
import { nativeEngine, REFERENCE } from '../../support/engines.js';
import { check, dropped, flags, forwarded, from, masqueraded, to } from '../../support/expect.js';
import { ip, packet } from '../../support/packet.js';
import { makeTables, NODE_1, type TablesSpec } from '../../support/tables.js';

const SECOND = 1_000_000_000n;
const ENDPOINTS = ['10.244.2.7:8080', '10.244.2.8:8080', '10.244.2.9:8080', '10.244.3.7:8080'];

const web = (more: Partial<TablesSpec> = {}, affinitySeconds = 0): Uint8Array =>
  encodeImage(
    makeTables({
      ...NODE_1,
      services: [
        {
          id: 77,
          frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 }],
          cluster: ENDPOINTS,
          affinitySeconds,
        },
      ],
      ...more,
    }),
  );

/** Clients whose affinity falls into one set of four places, where a client has one endpoint. */
function clientsOfOneSet(count: number): string[] {
  const found = new Map<number, string[]>();
  for (let i = 0; ; i++) {
    const client = `10.${(i >> 16) & 0xff}.${(i >> 8) & 0xff}.${i & 0xff}`;
    const key = new Uint8Array(24);
    new DataView(key.buffer).setUint32(0, 77, true);
    key.set(mustAddress(client).bytes, 4);
    const set = hashKey(key, 0) % 16_384;
    const clients = [...(found.get(set) ?? []), client];
    found.set(set, clients);
    if (clients.length === count) return clients;
  }
}

for (const kind of [REFERENCE, await nativeEngine()]) {
  const skip = kind.skip;
  const start = (image: Uint8Array, options: Partial<EngineOptions> = {}): Engine => {
    const engine = kind.make({ seed: 5, ...options });
    engine.load(image, 0n);
    return engine;
  };
  const syn = (client: string, port: number) => ip(client, '10.96.0.10').tcp(port, 80).frame(1);

  test(`a full affinity set forgets the client that was served longest ago (${kind.name})`, { skip }, () => {
    const engine = start(web({ mode: [], strategy: 'EBPF' }, 10_800));
    const clients = clientsOfOneSet(5);
    const last = 0xffffffff;
    for (const [i, client] of clients.entries()) {
      engine.scriptRandom([last]);
      check(engine.process(syn(client, 1000), BigInt(i) * SECOND), forwarded('SERVICE'), to('10.244.3.7', 8080));
    }
    // The first was replaced by the fifth and draws anew; the second is still known and draws nothing.
    engine.scriptRandom([0]);
    const again = engine.process(syn(clients[1] ?? '', 1001), 10n * SECOND);
    check(again, to('10.244.3.7'), flags('AFFINITY', 'DNAT', 'FLOW_CREATED'));
    check(engine.process(syn(clients[0] ?? '', 1001), 11n * SECOND), to('10.244.2.7'), flags('DNAT', 'FLOW_CREATED'));
    engine.close();
  });

  test(`clients of an endpoint that is gone make room in their set, the others stay (${kind.name})`, { skip }, () => {
    const lists = (...cluster: string[]): Uint8Array =>
      web({
        mode: [],
        strategy: 'EBPF',
        services: [
          {
            id: 77,
            frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 }],
            cluster,
            affinitySeconds: 10_800,
          },
        ],
      });
    const [gone = '', stays = ''] = ENDPOINTS;
    const engine = start(lists(gone, stays));
    const connect = (client: number, port: number, nowNs: bigint, draw = 0): Outcome => {
      engine.scriptRandom([draw]);
      return engine.process(syn(clients[client] ?? '', port), nowNs);
    };
    const clients = clientsOfOneSet(6);
    for (const i of [0, 1, 2, 3]) connect(i, 1000, BigInt(i), i % 2 === 0 ? 0 : 0xffffffff);
    engine.load(lists(stays), 10n);
    connect(4, 1000, 11n);
    connect(5, 1000, 12n);
    engine.load(lists(gone, stays), 20n);
    for (const i of [1, 3, 4, 5])
      check(connect(i, 1001, 30n), to('10.244.2.8'), flags('AFFINITY', 'DNAT', 'FLOW_CREATED'));
    check(connect(0, 1001, 31n), to('10.244.2.7'), flags('DNAT', 'FLOW_CREATED'));
    engine.close();
  });

  test(`an endpoint of the local list alone keeps its clients (${kind.name})`, { skip }, () => {
    const [other = '', mine = ''] = ENDPOINTS;
    const image = (local: readonly string[]): Uint8Array =>
      web({
        mode: [],
        services: [
          {
            id: 77,
            frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 }],
            flags: ['HAS_ENDPOINTS', 'INTERNAL_LOCAL'],
            cluster: [other],
            local,
            affinitySeconds: 10_800,
          },
        ],
      });
    const engine = start(image([mine]));
    engine.process(syn('10.244.1.5', 1000), 0n);
    engine.load(image([ENDPOINTS[2] ?? '', mine]), 1n);
    check(engine.process(syn('10.244.1.5', 1001), 1n), to('10.244.2.8'), flags('AFFINITY', 'DNAT', 'FLOW_CREATED'));
    engine.close();
  });

  test(`one endpoint still costs a draw, a remembered one does not (${kind.name})`, { skip }, () => {
    const engine = start(
      web({
        services: [
          { frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 80 }], cluster: ENDPOINTS.slice(0, 1) },
        ],
      }),
    );
    engine.scriptRandom([0x80000000, 0]);
    // Off-cluster client: the first draw is the choice, the second the source port.
    check(engine.process(syn('203.0.113.10', 1000), 0n), from('192.168.0.11', 32_768), masqueraded('OFF_CLUSTER'));
    engine.close();
  });

  test(`masquerading tries 128 ports from its draw on, not more (${kind.name})`, { skip }, () => {
    const engine = start(web({ snatPorts: [40_000, 40_999] }));
    const connect = (i: number, draw: number) => {
      engine.scriptRandom([0, draw]);
      return engine.process(syn('203.0.113.10', 1 + i), BigInt(i));
    };
    for (let i = 0; i < 128; i++) check(connect(i, 0), from('192.168.0.11', 40_000 + i));
    check(connect(200, 0), dropped('NAT_PORTS_EXHAUSTED'), flags());
    const middle = Math.ceil((64 / 1000) * 2 ** 32);
    check(connect(201, middle), from('192.168.0.11', 40_128));
    engine.close();
  });

  test(`a range of source ports that is used up is exhausted, and wraps before that (${kind.name})`, { skip }, () => {
    const engine = start(web({ snatPorts: [40_000, 40_001] }));
    const connect = (port: number) => {
      engine.scriptRandom([0, 0xffffffff]);
      return engine.process(syn('203.0.113.10', port), 0n);
    };
    check(connect(1), from('192.168.0.11', 40_001));
    check(connect(2), from('192.168.0.11', 40_000));
    check(connect(3), dropped('NAT_PORTS_EXHAUSTED'));
    engine.close();
  });

  test(`masquerading without an address of the family is exhausted at once (${kind.name})`, { skip }, () => {
    const engine = start(web({ address4: null }));
    check(engine.process(syn('203.0.113.10', 1), 0n), dropped('NAT_PORTS_EXHAUSTED'));
    engine.close();
  });

  test(`a protocol without ports is masqueraded once a pair of addresses (${kind.name})`, { skip }, () => {
    const engine = start(web({ nodeFlags: ['EGRESS_MASQUERADE'] }));
    const gre = (source: string, port: number) =>
      engine.process(ip(source, '203.0.113.10').other(47, 20).frame(port), 0n);
    check(gre('10.244.1.5', 2), from('192.168.0.11'), masqueraded('EGRESS'));
    check(gre('10.244.1.6', 3), dropped('NAT_PORTS_EXHAUSTED'));
    engine.close();
  });

  test(`capacity is rounded up to a power of two and has a least value (${kind.name})`, { skip }, () => {
    for (const [wanted, capacity] of [
      [1, 8],
      [9, 16],
    ] as const) {
      const engine = start(web(), { flowCapacity: wanted });
      for (let i = 0; i < 40; i++)
        engine.process(
          ip('10.244.1.5', '10.244.2.7')
            .udp(1000 + i, 9)
            .frame(2),
          BigInt(i),
        );
      assert.equal(engine.flows(40n).length, capacity);
      assert.equal(engine.counters()[COUNTERS.flows], BigInt(capacity));
      assert.deepEqual(Math.min(...engine.flows(40n).map((flow) => flow.originalSourcePort)), 1040 - capacity);
      engine.close();
    }
  });

  test(`an expired flow counts until somebody meets it (${kind.name})`, { skip }, () => {
    const engine = start(web());
    const frame = ip('10.244.1.5', '10.244.2.7').udp(1000, 9).frame(2);
    engine.process(frame, 0n);
    const late = 30n * SECOND;
    assert.equal(engine.flows(late).length, 0);
    engine.process(
      packet()
        .arp({ operation: 2, sender: ['02:00:00:00:00:c1', '10.244.1.5'], target: ['00:00:00:00:00:00', '10.244.1.1'] })
        .frame(2),
      late,
    );
    assert.equal(engine.counters()[COUNTERS.flows], 1n);
    check(engine.process(frame, late), flags('FLOW_CREATED', 'SOURCE_IS_POD'));
    assert.equal(engine.counters()[COUNTERS.flows], 1n);
    engine.close();
  });

  test(`a refused image leaves the old tables in force (${kind.name})`, { skip }, () => {
    const engine = start(web());
    const broken = web().slice();
    broken[0] = 0;
    const pointing = encodeImage({ ...makeTables(NODE_1), MEMBER: [{ index: 5 }] });
    for (const image of [broken, pointing, web().slice(0, 100), new Uint8Array(0)]) {
      assert.throws(() => engine.load(image, 0n), { code: 'IMAGE_REFUSED' });
    }
    check(engine.process(syn('10.244.2.99', 1000), 0n), forwarded('SERVICE'));
    engine.close();
  });
}
