// cache.test.ts - responses kept as bytes: what counts as the same question, and what every response has of its own.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as packet from 'dns-packet';
import fc from 'fast-check';
import { cacheKey, ResponseCache } from '../../src/dns/cache.js';

type Asked = Partial<packet.Packet> & { name?: string; recordType?: packet.RecordType };

const query = ({ name = 'web.shop.svc.cluster.local', recordType = 'A', ...rest }: Asked = {}): Buffer =>
  packet.encode({ type: 'query', id: 7, flags: 0x100, questions: [{ name, type: recordType }], ...rest });

const opt = (udpPayloadSize: number, data: number[] = []): packet.Answer =>
  ({
    type: 'OPT',
    name: '.',
    udpPayloadSize,
    flags: 0,
    options: data.length > 0 ? [{ code: 10, data: Buffer.from(data) }] : [],
  }) as unknown as packet.Answer;

const response = (addresses: readonly string[]): Buffer =>
  packet.encode({
    type: 'response',
    id: 1,
    questions: [{ name: 'web', type: 'A' }],
    answers: addresses.map((data) => ({ name: 'web', type: 'A', ttl: 5, data })),
  });

const addressesOf = (bytes: Buffer | undefined): unknown[] =>
  (packet.decode(bytes ?? Buffer.alloc(0)).answers ?? []).map((one) => (one as { data: unknown }).data);

test('the same question has the same key, whatever its number and its cookie', () => {
  const key = cacheKey(query(), false);
  assert.notEqual(key, null);
  assert.equal(cacheKey(query({ id: 8 }), false), key);
  const cookie = (data: number[]): string | null => cacheKey(query({ additionals: [opt(1232, data)] }), false);
  assert.notEqual(cookie([1, 2, 3, 4, 5, 6, 7, 8]), null);
  assert.equal(cookie([1, 2, 3, 4, 5, 6, 7, 8]), cookie([8, 7, 6, 5, 4, 3, 2, 1]));
});

test('what makes another response has another key: name, case, type, flags, way and size', () => {
  const queries = [
    query(),
    query({ name: 'api.shop.svc.cluster.local' }),
    query({ name: 'WEB.shop.svc.cluster.local' }),
    query({ recordType: 'AAAA' }),
    query({ flags: 0 }),
    query({ additionals: [opt(1232)] }),
    query({ additionals: [opt(4096)] }),
  ];
  const keys = [...queries.map((bytes) => cacheKey(bytes, false)), cacheKey(query(), true)];
  assert.equal(new Set(keys).size, queries.length + 1);
  assert.ok(!keys.includes(null));
});

test('what is no ordinary query has no key, and bytes of any kind break nothing', () => {
  const two = query({ questions: [{ name: 'a', type: 'A' }] as packet.Question[], additionals: [opt(1), opt(2)] });
  for (const bytes of [Buffer.alloc(0), query().subarray(0, -1), Buffer.concat([query(), Buffer.from([1])]), two])
    assert.equal(cacheKey(bytes, false), null);
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void cacheKey(Buffer.from(bytes), false)));
});

test('a kept response gets the number of the query, and its addresses begin with each of them in turn', () => {
  let draw = 0;
  const cache = new ResponseCache(() => draw);
  cache.keep('key', response(['10.0.0.1', '10.0.0.2', '10.0.0.3']), undefined);
  const seen = [0, 0.34, 0.67].map((one) => {
    draw = one;
    const found = cache.find('key', query({ id: 0x1234 }));
    assert.equal(found?.bytes.readUInt16BE(0), 0x1234);
    return addressesOf(found?.bytes).join(' ');
  });
  assert.deepEqual(seen, ['10.0.0.1 10.0.0.2 10.0.0.3', '10.0.0.2 10.0.0.3 10.0.0.1', '10.0.0.3 10.0.0.1 10.0.0.2']);
});

test('nothing is left after a change, and never more than there is room for', () => {
  const cache = new ResponseCache(() => 0, 1000);
  cache.keep('a', response(['10.0.0.1']), 'because');
  assert.equal(cache.find('a', query())?.why, 'because');
  cache.clear();
  assert.equal(cache.find('a', query()), undefined);
  for (let i = 0; i < 100; i++) cache.keep(`key ${i}`, response(['10.0.0.1']), undefined);
  const left = Array.from({ length: 100 }, (_, i) => cache.find(`key ${i}`, query())).filter((one) => one);
  assert.ok(left.length > 0 && left.length < 6, `${left.length} are left`);
});
