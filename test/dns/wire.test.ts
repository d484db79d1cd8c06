// wire.test.ts - queries as bytes: answers within the size that a client takes, and nothing on whatever is no query.
import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { test } from 'node:test';
import * as packet from 'dns-packet';
import fc from 'fast-check';
import { Directory } from '../../src/dns/directory.js';
import { Resolver } from '../../src/dns/resolver.js';
import { serveDns } from '../../src/dns/server.js';
import { respond } from '../../src/dns/wire.js';
import type { EndpointSlice, Service } from '../../src/model/objects.js';

const metadata = { name: 'db', namespace: 'shop' };
const addresses = Array.from({ length: 20 }, (_, i) => `10.1.0.${i + 1}`);
const directory = new Directory({
  namespaces: ['shop'],
  services: [{ apiVersion: 'v1', kind: 'Service', metadata, spec: { clusterIP: 'None' } } as Service],
  endpointSlices: [
    {
      apiVersion: 'discovery.k8s.io/v1',
      kind: 'EndpointSlice',
      metadata: { name: 'db-1', namespace: 'shop', labels: { 'kubernetes.io/service-name': 'db' } },
      addressType: 'IPv4',
      endpoints: addresses.map((address) => ({ addresses: [address] })),
      ports: [{ name: 'sql', port: 5432 }],
    } as EndpointSlice,
  ],
  pods: [],
});
const resolver = new Resolver(() => directory, { zones: ['cluster.local'], ttl: 5, pods: 'disabled', serial: 1 });
const NAME = 'db.shop.svc.cluster.local';

type Given = Partial<packet.Packet> & { name?: string; recordType?: packet.RecordType };

function query({ name = NAME, recordType = 'A', ...rest }: Given = {}): Buffer {
  return packet.encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type: recordType }], ...rest });
}

const OPT = { type: 'OPT', name: '.', udpPayloadSize: 4096, flags: 0, options: [] } as unknown as packet.Answer;

function ask(bytes: Uint8Array, overTcp = false): packet.DecodedPacket {
  const response = respond(resolver, bytes, overTcp, () => 0);
  assert.ok(response);
  return packet.decode(response);
}

test('an answer that is too long is cut, and whole over TCP or with EDNS as far as it fits', () => {
  const plain = ask(query());
  assert.deepEqual([plain.flag_tc, plain.answers?.length], [true, 0]);
  const edns = ask(query({ additionals: [OPT] }));
  assert.deepEqual([edns.flag_tc, edns.answers?.length, edns.additionals?.[0]?.type], [false, 20, 'OPT']);
  const tcp = ask(query(), true);
  assert.deepEqual([tcp.flag_tc, tcp.answers?.length, tcp.flag_aa], [false, 20, true]);
});

test('the order of the answers is drawn', () => {
  const first = (random: () => number): unknown => {
    const response = respond(resolver, query(), true, random);
    return packet.decode(response as Buffer).answers?.map((record) => (record as { data: string }).data)[0];
  };
  assert.notEqual(
    first(() => 0),
    first(() => 0.99),
  );
});

test('what is asked otherwise is told by its code, and what is no query gets no answer', () => {
  const header = (flags: number): Buffer => {
    const bytes = Buffer.from(query());
    bytes.writeUInt16BE(flags, 2);
    return bytes;
  };
  const code = (bytes: Uint8Array): number =>
    (respond(resolver, bytes, false, Math.random)?.readUInt16BE(2) ?? 0) & 0xf;
  assert.equal(code(header(0x2800)), 4, 'an update is not implemented');
  assert.equal(code(query().subarray(0, 20)), 1, 'a format error');
  assert.equal(code(query({ name: 'example.org' })), 5, 'refused');
  assert.equal(code(query({ name: 'nope.shop.svc.cluster.local' })), 3, 'no such name');
  assert.equal(respond(resolver, header(0x8000), false, Math.random), null, 'an answer is not answered');
  assert.equal(respond(resolver, Buffer.alloc(11), false, Math.random), null);
});

test('no bytes break the server', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(80), (noise, at) => {
      respond(resolver, noise, false, Math.random);
      const bytes = Buffer.from(query({ additionals: [OPT] }));
      bytes.set(noise.subarray(0, Math.max(0, bytes.length - at)), Math.min(at, bytes.length));
      respond(resolver, bytes, true, Math.random);
    }),
    { numRuns: 3000 },
  );
});

test('several queries in one TCP connection are answered in their order', async () => {
  const server = await serveDns(resolver, { host: '127.0.0.1', port: 0 }, Math.random);
  try {
    const socket = connect(Number(server.address.split(':')[1]), '127.0.0.1');
    const framed = [1, 2, 3].map((id) => {
      const bytes = query({ id });
      return Buffer.concat([Buffer.from([0, bytes.length]), bytes]);
    });
    // In pieces that end anywhere.
    const all = Buffer.concat(framed);
    socket.write(all.subarray(0, 5));
    socket.write(all.subarray(5));
    const ids: number[] = [];
    let pending = Buffer.alloc(0);
    for await (const part of socket) {
      pending = Buffer.concat([pending, part as Buffer]);
      while (pending.length >= 2 && pending.length >= 2 + pending.readUInt16BE(0)) {
        const length = pending.readUInt16BE(0);
        ids.push(packet.decode(pending.subarray(2, 2 + length)).id ?? 0);
        pending = pending.subarray(2 + length);
      }
      if (ids.length === 3) break;
    }
    assert.deepEqual(ids, [1, 2, 3]);
  } finally {
    await server.close();
  }
});
