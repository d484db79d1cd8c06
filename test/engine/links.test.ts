// links.test.ts - links that misbehave, over memory devices: which frames they match, and what becomes of those.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYOUT, Reason } from '../../src/abi/abi.gen.js';
import { assertNear, datagram, linkedNode } from '../support/linked-node.js';
import { HOST, POD } from '../support/memory-node.js';
import { packet } from '../support/packet.js';

const MAX_CHANCE = 2 ** 32;

test('a link loses its share of frames, the same ones for the same seed, others for another', (t) => {
  const lost = (seed: number): number[] => {
    const { link, send, counters } = linkedNode(t);
    const cell = link({ from: 'node/node-1', to: 'pod/default/web', loss: '20%', seed });
    const numbers = new Set(Array.from({ length: 40 }, (_, i) => send(50, 1, i * 50)).flat());
    assert.equal(cell('matched'), 2000);
    assert.equal(cell('lost'), 2000 - numbers.size);
    assert.equal(Number(counters[Reason.LINK_LOST]), 2000 - numbers.size);
    return Array.from({ length: 2000 }, (_, i) => i).filter((i) => !numbers.has(i));
  };
  const [first, again, other] = [lost(7), lost(7), lost(8)];
  assertNear(first.length, 2000, 0.2);
  assert.deepEqual(again, first);
  assert.notDeepEqual(other, first);
});

test('losses in bursts have the share and the length that their chances say', (t) => {
  const { link, send } = linkedNode(t);
  link({ loss: 'gemodel 2% 20% 100% 0%' });
  const came = new Set(Array.from({ length: 200 }, (_, i) => send(50, 1, i * 50)).flat());
  const runs =
    Array.from({ length: 10_000 }, (_, i) => (came.has(i) ? ' ' : 'x'))
      .join('')
      .match(/x+/g) ?? [];
  const length = runs.reduce((sum, run) => sum + run.length, 0);
  assert.ok(length > 600 && length < 1250, `${length} of 10000 where 909 are meant`);
  assert.ok(length / runs.length > 3.5 && length / runs.length < 6.5, 'five in a row on average');
});

test('only frames between its ends are matched, and only in their direction', (t) => {
  const { shard, link, send } = linkedNode(t);
  const back = link(
    { from: 'pod/default/web-1', to: 'node/node-1', down: true },
    { from: 'pod/default/nobody', down: true },
  );
  assert.equal(send(3).length, 3);
  shard.put(1, POD, packet().ip4('10.244.1.5', '192.168.0.11').udp(53, 5000).payload(8).frame(POD).bytes);
  shard.run(5, 0);
  assert.deepEqual(shard.take(1, HOST), []);
  assert.deepEqual([back('matched'), back('down'), back('matched', 1)], [1, 1, 0]);
});

test('a delayed frame comes when its time is over, not before, in order', (t) => {
  const { link, send, came } = linkedNode(t);
  const cell = link({ delay: '60ms' });
  assert.deepEqual(send(3, 1), []);
  assert.equal(cell('waiting'), 3);
  const start = performance.now();
  const numbers: number[] = [];
  while (numbers.length < 3 && performance.now() - start < 5000) numbers.push(...send(0, 10), ...came());
  assert.deepEqual(numbers, [0, 1, 2]);
  assert.equal(cell('waiting'), 0);
});

test('a slow link lets through what its rate says, and loses what its queue has no room for', (t) => {
  const { link, send } = linkedNode(t);
  // 242 bytes a frame: at 193600 bit/s one each 10 ms.
  const cell = link({ rate: '193600bit', limit: 10 });
  const start = performance.now();
  const numbers = send(30, 1);
  while (numbers.length < 10 && performance.now() - start < 5000) numbers.push(...send(0, 10));
  const ms = performance.now() - start;
  assert.deepEqual(numbers, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assert.ok(ms >= 98, `ten frames took ${ms} ms`);
  assert.equal(cell('overflowed'), 20);
});

test('frames come twice, overtake each other, or damaged so that their checksums tell', (t) => {
  const { shard, link, send } = linkedNode(t);
  const twice = link({ duplicate: '100%' });
  assert.deepEqual(send(2).sort(), [0, 0, 1, 1]);
  assert.equal(twice('duplicated'), 2);
  link({ delay: '40ms', reorder: '50%' });
  const at = new Set(send(40, 2));
  assert.ok(at.size > 5 && at.size < 35, `${at.size} of 40 overtook the others`);
  const damaged = link({ corrupt: '100%' });
  shard.run(60, 60);
  shard.take(1, POD);
  shard.put(1, HOST, datagram(1));
  shard.run(5, 0);
  const [frame] = shard.take(1, POD);
  const flipped = [...(frame ?? [])].filter((byte, i) => i >= 14 + 20 && byte !== datagram(1)[i]);
  assert.equal(flipped.length, 1);
  assert.equal(damaged('corrupted'), 1);
});

test('a smaller MTU is a black hole, and rows that are wrong are refused', (t) => {
  const { shard, link, came } = linkedNode(t);
  const cell = link({ mtu: 500 });
  shard.put(1, HOST, datagram(1, 472));
  shard.put(1, HOST, datagram(2, 473));
  shard.run(5, 0);
  assert.deepEqual(came(), [1]);
  assert.equal(cell('tooLong'), 1);
  const rows = new Uint8Array(LAYOUT.LinkRow.size);
  new DataView(rows.buffer).setUint32(12, MAX_CHANCE - 1, true);
  assert.throws(() => shard.link(rows, new Uint8Array(), new Uint8Array(), new BigUint64Array(16)), /links/);
  assert.throws(() => shard.link(rows, new Uint8Array(), new Uint8Array(), new BigUint64Array(1)), /too short/);
});
