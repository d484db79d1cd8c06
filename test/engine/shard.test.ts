// shard.test.ts - the loop of one shard, over memory devices: nodes behind nodes, rings between shards, software offload.
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { ImageError, LAYOUT, type LossRow, Reason } from '../../src/abi/abi.gen.js';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon } from '../../src/engine/addon.js';
import { createGate, type NativeShard, type ShardAddon } from '../../src/engine/shard.js';
import { readRow } from '../../src/image/decode.js';
import { encodeImage } from '../../src/image/encode.js';
import { encodePatch, Writes } from '../../src/image/patch.js';
import { lossRecords } from '../../src/observe/losses.js';
import { type DecodedIp, decodeFrame } from '../support/decode.js';
import { type PacketBuilder, packet } from '../support/packet.js';
import { makeTables, type TablesSpec } from '../support/tables.js';

const addon = loadAddon() as unknown as ShardAddon;
const POD = 2;
const ALL_OFFLOADS = 0x67;

const opened: { shards: NativeShard[]; fds: number[] } = { shards: [], fds: [] };

afterEach(() => {
  for (const shard of opened.shards.splice(0)) shard.close();
  for (const fd of opened.fds.splice(0)) addon.closeFd(fd);
});

function makeShard(
  index = 0,
  shards = 1,
  busyPollUs = 0,
): { shard: NativeShard; ringFd: number; wakeFd: number; gate: Uint8Array } {
  const wakeFd = addon.createWake();
  const ringFd = addon.createWake();
  const gate = createGate();
  const shard = new addon.Shard(index, shards, wakeFd, ringFd, gate, busyPollUs);
  opened.shards.push(shard);
  opened.fds.push(wakeFd, ringFd);
  return { shard, ringFd, wakeFd, gate };
}

/** Adds a node with its tables; returns its counter cells. */
function addNode(shard: NativeShard, spec: TablesSpec, id: number): BigUint64Array {
  const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
  shard.addNode(id, id, 1024, cells);
  assert.equal(shard.loadImage(id, encodeImage(makeTables({ ...spec, nodeId: id }))), 0);
  return cells;
}

/** A node whose pod is 10.244.<id>.5 on port 2; everything else goes over the uplink to `via`. */
const nodeSpec = (id: number, via = 0): TablesSpec => ({
  address4: `192.168.0.1${id}`,
  ports: [{ kind: 'HOST' }, { kind: 'UPLINK', target: via }, { kind: 'POD' }],
  routes: [
    { prefix: `10.244.${id}.5/32`, port: POD },
    { prefix: '0.0.0.0/0', port: 1, nextHop: via },
  ],
});

/** The fabric: one uplink for each of the two nodes. */
const FABRIC: TablesSpec = {
  nodeFlags: ['ROUTER'],
  ports: [
    { kind: 'UPLINK', target: 1 },
    { kind: 'UPLINK', target: 2 },
  ],
  routes: [
    { prefix: '10.244.1.0/24', port: 0, nextHop: 1 },
    { prefix: '10.244.2.0/24', port: 1, nextHop: 2 },
  ],
};

/** From the pod of node 1 to the pod of node 2. */
const ping = (): PacketBuilder => packet().ip4('10.244.1.5', '10.244.2.5').udp(4000, 53);

/** The IP packet of a frame, with every length and checksum right. */
function packetOf(frame: Uint8Array): DecodedIp {
  const { ip } = decodeFrame(frame);
  assert.ok(ip);
  assert.deepEqual(ip.faults, []);
  return ip;
}

const take = (shard: NativeShard, id: number): DecodedIp[] => shard.take(id, POD).map(packetOf);

test('the last frame of each reason is kept as it came, whatever the packet path made of it', () => {
  const { shard } = makeShard();
  const cells = addNode(shard, nodeSpec(1), 1);
  shard.attachMemory(1, POD, 0);
  const wrong = ping().bytes();
  wrong[24] = (wrong[24] ?? 0) ^ 1;
  assert.equal(lossRecords('n', Array.from(cells), [], 0n, () => undefined).length, 0);
  const expired = packet().ip4('10.244.1.5', '10.244.2.5', { ttl: 1 }).udp(4000, 53).bytes();
  for (const frame of [new Uint8Array(9), wrong, expired]) shard.put(1, POD, frame);
  shard.run(0, 0);
  assert.equal(take(shard, 1)[0]?.protocol, 'icmp', 'the last one became its answer');
  const bytes = shard.losses(1);
  assert.equal(bytes.length, 3 * LAYOUT.LossRow.size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows = [0, 1, 2].map((i) => readRow(view, i * LAYOUT.LossRow.size, LAYOUT.LossRow) as unknown as LossRow);
  const records = lossRecords('n', Array.from(cells), rows, rows[1]?.atNs ?? 0n, (port) => `port-${port}`);
  assert.deepEqual(
    records.map(({ reason, count, example }) => [reason, count, example?.bytes, example?.from, example?.head]),
    [
      ['MALFORMED_ETHERNET', 1, 9, 'port-2', '00'.repeat(9)],
      ['BAD_IP_CHECKSUM', 1, wrong.length, 'port-2', Buffer.from(wrong.subarray(0, 80)).toString('hex')],
      ['TTL_EXPIRED', 1, expired.length, 'port-2', Buffer.from(expired.subarray(0, 80)).toString('hex')],
    ],
  );
});

test('a frame crosses node, fabric and node of one shard', () => {
  const { shard } = makeShard();
  const sender = addNode(shard, nodeSpec(1), 1);
  addNode(shard, FABRIC, 0);
  const receiver = addNode(shard, nodeSpec(2), 2);
  shard.attachMemory(1, POD, 0);
  shard.attachMemory(2, POD, 0);
  shard.put(1, POD, ping().bytes());
  assert.equal(shard.run(0, 0), 1);
  const [frame] = take(shard, 2);
  assert.equal(frame?.source, '10.244.1.5');
  assert.equal(frame?.ttl, 61, 'three nodes forwarded it');
  for (const cells of [sender, receiver]) {
    assert.equal(cells[COUNTERS.receivedFrames], 1n);
    assert.equal(cells[COUNTERS.sentFrames], 1n);
  }
});

test('an answer of a node goes back to the node that the frame came from', () => {
  const { shard } = makeShard();
  addNode(shard, nodeSpec(1), 1);
  addNode(shard, { ...FABRIC, routes: [{ prefix: '10.244.1.0/24', port: 0, nextHop: 1 }] }, 0);
  shard.attachMemory(1, POD, 0);
  shard.put(1, POD, ping().bytes());
  shard.run(0, 0);
  const [frame] = take(shard, 1);
  assert.equal(frame?.destination, '10.244.1.5', 'ICMP host unreachable');
});

test('a routing loop ends at the hop limit of the loop', () => {
  const { shard } = makeShard();
  const cells = [1, 2, 3].map((id) => {
    const [before, after] = [((id + 1) % 3) + 1, (id % 3) + 1];
    const ports = [
      { kind: 'HOST' },
      { kind: 'UPLINK', target: before },
      { kind: 'POD' },
      { kind: 'UPLINK', target: after },
    ] as const;
    return addNode(shard, { ports, routes: [{ prefix: '0.0.0.0/0', port: 3, nextHop: after }] }, id);
  });
  shard.attachMemory(1, POD, 0);
  shard.put(1, POD, ping().bytes());
  shard.run(0, 0);
  assert.deepEqual(
    cells.map((c) => Number(c[Reason.HOP_LIMIT_INTERNAL])),
    [0, 1, 0],
    'the seventeenth node of the way is node 2',
  );
});

test('a frame for a node that is not there is counted by the one that sent it', () => {
  const { shard } = makeShard();
  const cells = addNode(shard, nodeSpec(1), 1);
  shard.attachMemory(1, POD, 0);
  shard.put(1, POD, ping().bytes());
  shard.run(0, 0);
  assert.equal(cells[Reason.DEVICE_QUEUE_FULL], 1n);
});

test('a device may come before the image that knows its port', () => {
  const { shard } = makeShard();
  const cells = addNode(shard, nodeSpec(1), 1);
  shard.attachMemory(1, 3, 0);
  shard.put(1, 3, ping().bytes());
  shard.run(0, 0);
  assert.equal(cells[Reason.NO_TABLES], 1n);
});

test('a refused image changes nothing', () => {
  const { shard } = makeShard();
  addNode(shard, FABRIC, 0);
  addNode(shard, nodeSpec(1), 1);
  addNode(shard, nodeSpec(2), 2);
  shard.attachMemory(1, POD, 0);
  shard.attachMemory(2, POD, 0);
  const broken = encodeImage(makeTables(nodeSpec(1)));
  broken[0] = 0;
  assert.notEqual(shard.loadImage(1, broken), 0);
  shard.put(1, POD, ping().bytes());
  shard.run(0, 0);
  assert.equal(take(shard, 2).length, 1);
});

test('a node takes patches of its image alone', () => {
  const { shard } = makeShard();
  const cells = addNode(shard, nodeSpec(1), 1);
  const tables = makeTables({ ...nodeSpec(1), generation: 2n });
  const patch = encodePatch(tables, 1n, new Writes());
  assert.equal(shard.patchImage(1, patch), ImageError.OK);
  assert.equal(cells[COUNTERS.generation], 2n);
  assert.equal(shard.patchImage(1, patch), ImageError.BAD_BASE);
  assert.equal(shard.patchImage(1, patch.subarray(1)), ImageError.TOO_SHORT);
  assert.throws(() => shard.patchImage(2, patch), /no such node/);
  assert.throws(() => shard.patchImage(1, 'patch' as unknown as Uint8Array), TypeError);
});

test('through its gate a shard is reached while it sleeps alone', () => {
  const { shard, gate } = makeShard();
  addNode(shard, nodeSpec(1), 1);
  const patch = encodePatch(makeTables({ ...nodeSpec(1), generation: 2n }), 1n, new Writes());
  assert.equal(addon.patchAsleep(gate, 1, patch), null, 'it is awake: its own thread is here');
  shard.run(0, 1);
  assert.equal(addon.patchAsleep(gate, 1, patch), null, 'it slept, and woke');
  shard.close();
  assert.equal(addon.patchAsleep(gate, 1, patch), null, 'it is gone');
  assert.equal(addon.patchAsleep(createGate(), 1, patch), null, 'nobody has this gate');
  assert.throws(() => addon.patchAsleep(gate.subarray(0, 8), 1, patch), /gate is too small/);
  assert.throws(() => addon.patchAsleep(gate.subarray(1), 1, patch), /gate is too small/);
});

/** Node 1 in shard 1, node 2 in shard 0, a ring of the smallest size from the first to the second. */
function twoShards(): { one: NativeShard; zero: NativeShard; cells: BigUint64Array; wakeFd: number } {
  const { shard: one } = makeShard(1, 2);
  const { shard: zero, ringFd, wakeFd } = makeShard(0, 2);
  const memory = new Uint8Array(new SharedArrayBuffer(192 + (1 << 18)));
  one.connectRing('out', 0, memory, ringFd);
  zero.connectRing('in', 1, memory, ringFd);
  const cells = addNode(one, { ...nodeSpec(1), routes: [{ prefix: '0.0.0.0/0', port: 1, nextHop: 2 }] }, 1);
  addNode(zero, nodeSpec(2, 1), 2);
  one.attachMemory(1, POD, 0);
  zero.attachMemory(2, POD, 0);
  return { one, zero, cells, wakeFd };
}

test('frames cross a ring between shards in order, past its end many times, none lost while there is room', () => {
  const { one, zero } = twoShards();
  for (let round = 0; round < 60; round++) {
    for (let i = 0; i < 50; i++) {
      const size = ((round * 50 + i) * 37) % 1400;
      one.put(1, POD, ping().payload(size).bytes());
    }
    one.run(0, 0);
    zero.run(0, 0);
    const sizes = take(zero, 2).map((ip) => ip.payload.length);
    assert.deepEqual(
      sizes,
      Array.from({ length: 50 }, (_, i) => ((round * 50 + i) * 37) % 1400),
    );
  }
});

test('a full ring drops and counts, and gives everything that it took', () => {
  const { one, zero, cells } = twoShards();
  for (let i = 0; i < 300; i++) one.put(1, POD, ping().payload(1400).bytes());
  for (let i = 0; i < 5; i++) one.run(0, 0);
  const dropped = Number(cells[Reason.DEVICE_QUEUE_FULL]);
  assert.ok(dropped > 100 && dropped < 140, `${dropped} of 300 frames of 1.5 KB do not fit 256 KiB`);
  for (let i = 0; i < 5; i++) zero.run(0, 0);
  assert.equal(take(zero, 2).length, 300 - dropped);
});

test('a shard does not sleep when a message or a frame in a ring waits', () => {
  const { one, zero, wakeFd } = twoShards();
  const start = performance.now();
  addon.wake(wakeFd);
  zero.run(0, 5000);
  one.put(1, POD, ping().bytes());
  one.run(0, 0);
  zero.run(0, 5000);
  assert.equal(take(zero, 2).length, 1);
  assert.ok(performance.now() - start < 1000);
});

for (const [name, family] of [
  ['IPv4', 4],
  ['IPv6', 6],
] as const) {
  const spec: TablesSpec = {
    ports: [{ kind: 'HOST' }, { kind: 'UPLINK' }, { kind: 'POD' }, { kind: 'POD' }],
    routes: [
      { prefix: '10.244.1.6/32', port: 3 },
      { prefix: 'fd00::6/128', port: 3 },
    ],
  };
  const begin = (): PacketBuilder =>
    family === 4 ? packet().ip4('10.244.1.5', '10.244.1.6') : packet().ip6('fd00::5', 'fd00::6');

  const send = (frame: PacketBuilder, offloads: number): Uint8Array[] => {
    const { shard } = makeShard();
    addNode(shard, spec, 1);
    shard.attachMemory(1, 2, ALL_OFFLOADS);
    shard.attachMemory(1, 3, offloads);
    const o = frame.offload();
    const words = [o.needsChecksum ? 1 : 0, o.gsoType, o.gsoSize, o.headerLength, o.checksumStart, o.checksumOffset];
    shard.put(1, 2, frame.bytes(), Uint32Array.from(words));
    shard.run(0, 0);
    return shard.take(1, 3);
  };

  test(`a partial ${name} checksum is completed for a device without offload`, () => {
    const [frame] = send(begin().udp(1, 2).payload(33).partial(), 0);
    assert.ok(frame);
    assert.equal(packetOf(frame).payload.length, 33);
  });

  test(`an ${name} TCP frame of 56 KiB is cut into segments with sequence numbers and flags of their own`, () => {
    const size = 1400 * 40 + 7;
    const whole = begin().tcp(1, 2, { flags: 'SYN,FIN,PSH,CWR', seq: 0xfffffff0 }).payload(size);
    const gso = whole.gso(family === 4 ? 1 : 4, 1400);
    const parts = send(gso, 0).map(packetOf);
    assert.deepEqual([...parts.flatMap((part) => [...part.payload])], [...packetOf(whole.bytes()).payload]);
    const flags = parts.map((part) => part.flags);
    assert.deepEqual(new Set(flags.slice(1, -1)), new Set(['SYN']));
    assert.deepEqual([flags.length, flags[0], flags.at(-1)], [41, 'SYN,CWR', 'FIN,SYN,PSH']);
    const l4 = family === 4 ? 34 : 54;
    const sequence = send(gso, 0).map((bytes) => Buffer.from(bytes).readUInt32BE(l4 + 4));
    assert.deepEqual(
      sequence,
      parts.map((_, i) => (0xfffffff0 + i * 1400) % 2 ** 32),
    );
    assert.equal(send(gso, ALL_OFFLOADS).length, 1, 'a device with offload takes it whole');
  });

  test(`an ${name} UDP frame of many datagrams is cut where the device has no USO`, () => {
    const frames = send(begin().udp(1, 2).payload(5000).partial().gso(5, 1200), 0x07);
    assert.deepEqual(
      frames.map((bytes) => packetOf(bytes).payload.length),
      [1200, 1200, 1200, 1200, 200],
    );
  });
}

test('a shard that asks for frames before it sleeps spends little of a processor on it when none come', () => {
  const { shard, ringFd } = makeShard(0, 1, 1000);
  const start = performance.now();
  const before = process.cpuUsage();
  while (performance.now() - start < 400) {
    addon.wake(ringFd);
    // The first turn is over at once, the second finds nothing and sleeps.
    shard.run(5, 5);
  }
  const { user, system } = process.cpuUsage(before);
  assert.ok((user + system) / 1000 < 0.4 * (performance.now() - start), `${user + system} µs`);
});
