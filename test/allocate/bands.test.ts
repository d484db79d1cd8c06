// bands.test.ts - ClusterIPs, NodePorts and pool addresses: bands, limits, wording, and giving everything back.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Bands } from '../../src/allocate/bands.js';
import { ClusterIPAllocator, staticBand } from '../../src/allocate/clusterip.js';
import { Journal } from '../../src/allocate/journal.js';
import { NodePortAllocator, parsePortRange, staticPorts } from '../../src/allocate/nodeport.js';
import { PodAddresses } from '../../src/allocate/podaddress.js';
import { AddressPool, isPoolRange } from '../../src/allocate/pool.js';
import { createRandom, randomUid } from '../../src/allocate/random.js';

const random = createRandom(7);

test('the static band of a Service range has the size that Kubernetes gives it', () => {
  for (const [bits, band] of [
    [4, 0],
    [5, 16],
    [8, 16],
    [12, 256],
    [16, 256],
    [20, 256],
    [64, 256],
  ] as const)
    assert.equal(staticBand(1n << BigInt(bits)), band, `2^${bits}`);
});

test('the static band of the default NodePort range has 86 ports', () => {
  assert.equal(staticPorts(2768), 86);
  assert.equal(staticPorts(16), 0);
  assert.equal(staticPorts(17), 16);
  assert.equal(staticPorts(65535), 128);
});

test('numbers are picked from the upper band until it is full, then from the lower one', () => {
  const bands = new Bands({ size: 40, offset: 10, random, journal: new Journal() });
  const upper = Array.from({ length: 30 }, () => bands.next() ?? -1);
  assert.ok(upper.every((number) => number >= 10));
  assert.equal(new Set(upper).size, 30);
  const lower = Array.from({ length: 10 }, () => bands.next() ?? -1);
  assert.deepEqual(
    lower.toSorted((a, b) => a - b),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
  );
  assert.equal(bands.next(), undefined);
});

test('whatever is taken and given back, no number is handed out twice and none is lost', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 30 }), { maxLength: 200 }), fc.integer(), (steps, seed) => {
      const bands = new Bands({ size: 20, offset: 5, random: createRandom(seed), journal: new Journal() });
      const held = new Set<number>();
      for (const step of steps) {
        if (step < 20 && held.has(step)) {
          bands.release(step);
          held.delete(step);
        } else if (step < 10) {
          assert.equal(bands.take(step), true);
          held.add(step);
        } else {
          const number = bands.next();
          assert.equal(number === undefined, held.size === 20);
          if (number === undefined) continue;
          assert.equal(held.has(number), false);
          held.add(number);
        }
      }
      assert.equal(bands.free, 20 - held.size);
    }),
  );
});

test('a piece of work that fails gives back what it took, and takes again what it gave back', () => {
  const journal = new Journal();
  const bands = new Bands({ size: 10, offset: 0, random, journal });
  bands.take(1);
  assert.throws(() =>
    journal.run(() => {
      bands.take(2);
      bands.release(1);
      journal.run(() => bands.take(3));
      throw new Error('no');
    }),
  );
  assert.deepEqual(
    [1, 2, 3].map((number) => bands.has(number)),
    [true, false, false],
  );
  journal.rehearse(() => bands.take(4));
  assert.equal(bands.has(4), false);
});

test('an IPv4 range leaves out its first and its last address, an IPv6 range only its first', () => {
  const allocator = new ClusterIPAllocator({ cidr: '10.0.0.0/30', random, journal: new Journal() });
  assert.deepEqual([allocator.next(), allocator.next()].sort(), ['10.0.0.1', '10.0.0.2']);
  assert.throws(() => allocator.next(), { message: 'range is full' });
  const six = new ClusterIPAllocator({ cidr: '2000::/126', random, journal: new Journal() });
  assert.deepEqual([six.next(), six.next(), six.next()].sort(), ['2000::1', '2000::2', '2000::3']);
});

test('an address that is asked for is refused in the words of the API server', () => {
  const allocator = new ClusterIPAllocator({ cidr: '10.0.0.0/16', random, journal: new Journal() });
  allocator.take('10.0.0.1');
  assert.throws(() => allocator.take('10.0.0.1'), { message: 'provided IP is already allocated' });
  for (const address of ['10.0.0.0', '10.0.255.255', '10.1.0.1'])
    assert.throws(() => allocator.take(address), {
      message: `the provided IP (${address}) is not in the valid range. The range of valid IPs is 10.0.0.0/16`,
    });
  allocator.release('10.0.0.1');
  allocator.take('10.0.0.1');
});

test('any address of a huge range may be asked for, and given back', () => {
  const allocator = new ClusterIPAllocator({ cidr: 'fd00::/64', random, journal: new Journal() });
  allocator.take('fd00::ffff:ffff:ffff:fffe');
  assert.throws(() => allocator.take('fd00::ffff:ffff:ffff:fffe'), { message: 'provided IP is already allocated' });
  allocator.take('fd00::ffff:ffff:ffff:ffff');
  allocator.release('fd00::ffff:ffff:ffff:fffe');
  allocator.take('fd00::ffff:ffff:ffff:fffe');
  assert.match(allocator.next(), /^fd00::/);
});

test('ports outside the range and taken ports are refused in the words of the API server', () => {
  const range = parsePortRange('30000-32767');
  assert.ok(range);
  const allocator = new NodePortAllocator({ range, random, journal: new Journal() });
  allocator.take(30080);
  assert.throws(() => allocator.take(30080), { message: 'provided port is already allocated' });
  assert.throws(() => allocator.take(80), {
    message: 'provided port is not in the valid range. The range of valid ports is 30000-32767',
  });
  assert.ok(allocator.next() > 30085);
  assert.equal(parsePortRange('32767-30000'), null);
  assert.equal(parsePortRange('0-10'), null);
});

test('a pool gives its lowest free address, of either family, until it is empty', () => {
  const pool = new AddressPool(['192.0.2.8-192.0.2.9', 'fd00::f0/127'], new Journal());
  assert.equal(pool.next('IPv4'), '192.0.2.8');
  assert.equal(pool.take('192.0.2.9'), true);
  assert.equal(pool.take('192.0.2.9'), false);
  assert.equal(pool.take('192.0.2.10'), false);
  assert.equal(pool.next('IPv4'), undefined);
  pool.release('192.0.2.8');
  assert.equal(pool.next('IPv4'), '192.0.2.8');
  assert.equal(pool.next('IPv6'), 'fd00::f0');
  assert.equal(isPoolRange('192.0.2.9-192.0.2.8'), false);
  assert.equal(isPoolRange('fd00::1-192.0.2.8'), false);
});

test('a pod that comes back gets another address, as long as there is another one', () => {
  const addresses = new PodAddresses(['10.244.1.0/29', 'fd00:1::/64']);
  const first = addresses.take();
  assert.deepEqual(first, ['10.244.1.2', 'fd00:1::2']);
  addresses.release(first ?? []);
  assert.deepEqual(addresses.take(), ['10.244.1.3', 'fd00:1::3']);
  addresses.reserve(['10.244.1.4']);
  assert.deepEqual(addresses.take()?.[0], '10.244.1.5');
  assert.deepEqual(addresses.take()?.[0], '10.244.1.6');
  assert.deepEqual(addresses.take()?.[0], '10.244.1.2');
  assert.equal(addresses.take(), undefined);
});

test('the same seed draws the same identifiers', () => {
  assert.equal(randomUid(createRandom(3)), randomUid(createRandom(3)));
  assert.match(randomUid(createRandom(4)), /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
