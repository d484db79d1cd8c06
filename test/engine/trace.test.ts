// trace.test.ts - what a shard tells about frames: bytes before and after, the decision, what was lost for want of room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LAYOUT, Reason, Verdict } from '../../src/abi/abi.gen.js';
import { NONE } from '../../src/abi/layout.js';
import { TRACE_READER } from '../../src/engine/shard.js';
import { type TracedFrame, TraceRing } from '../../src/engine/tracering.js';
import { HOST, memoryNode, POD } from '../support/memory-node.js';
import { packet } from '../support/packet.js';

/** One node with its host and a pod 10.244.1.5. */
function world(t: { after(end: () => void): void }) {
  const { shard, tables } = memoryNode(t);
  const frames = (ring: TraceRing): TracedFrame[] => {
    const found: TracedFrame[] = [];
    ring.read((frame) => found.push(frame));
    return found;
  };
  return { shard, frames, tables };
}

const udp = (destination: string, payload = 'hello'): Uint8Array =>
  packet().ip4('192.168.0.11', destination).udp(5000, 53).payload(payload).frame(HOST).bytes;

test('a traced frame has its bytes before and after, the decision and the generation of tables', (t) => {
  const { shard, frames, tables } = world(t);
  const ring = new TraceRing(0);
  shard.trace(TRACE_READER.capture, ring.memory);
  const sent = udp('10.244.1.5');
  shard.put(1, HOST, sent);
  shard.put(1, HOST, udp('10.99.0.1'));
  shard.run(5, 0);
  const [forwarded, refused, ...more] = frames(ring);
  assert.deepEqual(more, []);
  assert.deepEqual(forwarded?.before, sent);
  assert.deepEqual(forwarded?.after, shard.take(1, POD)[0]);
  assert.deepEqual(
    [forwarded?.row.verdict, forwarded?.row.inPort, forwarded?.row.outPort, forwarded?.row.generation],
    [Verdict.FORWARD, HOST, POD, tables.generation],
  );
  assert.equal(refused?.row.reason, Reason.HOST_UNREACHABLE);
  assert.deepEqual(frames(ring), [], 'each is told once');
});

test('a dropped frame has no bytes after it, and a snapshot is cut', (t) => {
  const { shard, frames } = world(t);
  const ring = new TraceRing(20);
  shard.trace(TRACE_READER.capture, ring.memory);
  shard.put(1, HOST, new Uint8Array(5));
  shard.put(1, HOST, udp('10.244.1.5'));
  shard.run(5, 0);
  const [dropped, cut] = frames(ring);
  assert.deepEqual([dropped?.row.verdict, dropped?.row.outPort, dropped?.after], [Verdict.DROP, NONE, null]);
  assert.equal(cut?.before.length, 20);
  assert.equal(cut?.row.inLength, udp('10.244.1.5').length);
});

test('a ring that nobody reads loses frames, counts them, and goes on when it is read', (t) => {
  const { shard, frames } = world(t);
  const ring = new TraceRing(0);
  shard.trace(TRACE_READER.capture, ring.memory);
  const large = udp('10.244.1.5', 'x'.repeat(1400));
  let sent = 0;
  while (ring.lost === 0 && sent < 50_000) {
    for (let i = 0; i < 64; i++, sent++) shard.put(1, HOST, large);
    shard.run(5, 0);
    shard.take(1, POD);
  }
  assert.ok(ring.lost > 0, 'it was filled');
  const found = frames(ring);
  assert.equal(found.length + ring.lost, sent);
  assert.ok(found.every(({ after }) => after !== null && after.length === large.length));
  for (let round = 0; round < 3; round++) {
    shard.put(1, HOST, large);
    shard.run(5, 0);
    assert.equal(frames(ring).length, 1);
  }
});

test('nothing is told when nobody listens, and memory that is too small is refused', (t) => {
  const { shard, frames } = world(t);
  const ring = new TraceRing(0);
  shard.trace(TRACE_READER.capture, ring.memory);
  shard.trace(TRACE_READER.capture, null);
  shard.put(1, HOST, udp('10.244.1.5'));
  shard.run(5, 0);
  assert.deepEqual(frames(ring), []);
  assert.throws(
    () => shard.trace(TRACE_READER.capture, new Uint8Array(new SharedArrayBuffer(LAYOUT.TraceRing.size + 4096))),
    /too small/,
  );
});
