// pool.test.ts - the pool with real TAPs: traffic of real programs through a node, tables swapped under it, devices that go.
// Takes turns: namespaces and real traffic.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { readdirSync, readlinkSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reason } from '../../src/abi/abi.gen.js';
import { COUNTERS } from '../../src/abi/layout.js';
import { createPool, type Pool } from '../../src/engine/pool.js';
import { decodeImage } from '../../src/image/decode.js';
import { encodeImage } from '../../src/image/encode.js';
import { encodePatch, Writes } from '../../src/image/patch.js';
import { connectTcp, listenTcp, socketIcmp, socketUdp } from '../../src/lab/host/host.js';
import { runInNamespace, spawnInNamespace } from '../../src/lab/host/process.js';
import { Fault } from '../../src/model/fault.js';
import { listening, until } from '../support/eventually.js';
import { makePod, nodeImage, noLab, type TestPod } from '../support/sandbox.js';
import { makeTables, NODE_1 } from '../support/tables.js';

const skip = noLab();

interface Setting {
  readonly pool: Pool;
  readonly client: TestPod;
  readonly server: TestPod;
}

/** Node 1 with pods 5 (client) and 6 (server); everything is closed at the end. */
async function withNode(
  offloads: readonly [boolean, boolean],
  work: (setting: Setting) => Promise<void>,
): Promise<void> {
  const client = await makePod(5, offloads[0]);
  const server = await makePod(6, offloads[1]);
  const pool = createPool({ shards: 1 });
  try {
    await pool.addNode(1);
    await pool.attachTap(1, 2, client.tap);
    await pool.attachTap(1, 3, server.tap);
    await pool.loadImage(1, nodeImage());
    await work({ pool, client, server });
  } finally {
    await pool.close();
    client.ns.close();
    server.ns.close();
  }
}

/** A UDP echo server in a pod; `close` ends it. */
function echoServer(pod: TestPod, family: 4 | 6): { close(): void } {
  const socket = createSocket(`udp${family}` as 'udp4');
  socket.on('message', (message, from) => socket.send(message, from.port, from.address));
  socket.bind({ fd: socketUdp(pod.ns, { family, address: family === 4 ? '0.0.0.0' : '::', port: 8080 }) });
  return { close: () => socket.close() };
}

/** What was not answered after so long is lost. */
const PATIENCE_MS = 10_000;

/** Sends datagrams one after the other; returns how many were answered. */
async function exchange(pod: TestPod, family: 4 | 6, to: string, count: number, pauseMs: number): Promise<number> {
  const socket = createSocket(`udp${family}` as 'udp4');
  socket.bind({ fd: socketUdp(pod.ns, { family, address: family === 4 ? '0.0.0.0' : '::', port: 0 }) });
  let answered = 0;
  socket.on('message', () => answered++);
  for (let i = 0; i < count; i++) {
    socket.send(`datagram ${i}`, 8080, to);
    await sleep(pauseMs);
  }
  await until(() => answered >= count, PATIENCE_MS).catch(() => undefined);
  socket.close();
  return answered;
}

/** ICMP echo by a ping socket, as ping(8) does without rights. */
async function ping(pod: TestPod, to: string): Promise<boolean> {
  const socket = createSocket('udp4');
  socket.bind({ fd: socketIcmp(pod.ns, 4) });
  const reply = new Promise<boolean>((resolve) => {
    socket.on('message', (message) => resolve(message[0] === 0));
    setTimeout(() => resolve(false), PATIENCE_MS).unref();
  });
  // Type 8, code 0; the kernel fills in checksum and identifier. The port means nothing.
  socket.send(Uint8Array.of(8, 0, 0, 0, 0, 0, 0, 1, 1, 2, 3), 1, to);
  const answered = await reply;
  socket.close();
  return answered;
}

/** Reads a whole HTTP-less answer of `size` bytes through the Service; resolves with the bytes that came. */
async function download(setting: Setting, family: 4 | 6, to: string, size: number): Promise<number> {
  const accepted: Socket[] = [];
  const server = createServer((socket) => {
    accepted.push(socket);
    socket.end(Buffer.alloc(size, 'x'));
  });
  server.listen({ fd: listenTcp(setting.server.ns, { family, address: family === 4 ? '0.0.0.0' : '::', port: 8080 }) });
  let received = 0;
  for await (const chunk of connectTcp(setting.client.ns, { family, address: to, port: 8080 })) {
    received += (chunk as Buffer).length;
  }
  server.close();
  // The last acknowledgement may be under way when the network goes: nobody waits for it.
  for (const socket of accepted) socket.destroy();
  return received;
}

for (const offloads of [
  [true, true],
  [false, false],
  [true, false],
  [false, true],
] as const) {
  const name = `offloads ${offloads.map((on) => (on ? 'on' : 'off')).join(' → ')}`;
  test(`TCP, UDP and ping reach a Service and a pod, IPv4 and IPv6, with ${name}`, { skip }, async () => {
    await withNode(offloads, async (setting) => {
      assert.ok(await ping(setting.client, '10.244.1.6'));
      for (const [family, to] of [
        [4, '10.96.0.10'],
        [6, 'fd00:10:96::10'],
      ] as const) {
        assert.equal(await download(setting, family, to, 3_000_000), 3_000_000);
        const echo = echoServer(setting.server, family);
        assert.equal(await exchange(setting.client, family, to, 20, 1), 20);
        echo.close();
      }
      const counters = setting.pool.counters(1);
      assert.equal(counters[Reason.SERVICE], 4n);
      assert.equal(counters[Reason.DEVICE_QUEUE_FULL], 0n);
      const flows = await setting.pool.flows(1);
      assert.equal(flows.filter((flow) => flow.serviceId !== 0xffffffff).length, 4);
    });
  });
}

test('a hundred table swaps under TCP and UDP traffic lose nothing', { skip }, async () => {
  await withNode([true, true], async ({ pool, client, server }) => {
    const iperf = spawnInNamespace(server.ns, ['iperf3', '-s', '-1']);
    const echo = echoServer(server, 4);
    await listening(iperf.pid, 5201);
    const bulk = runInNamespace(client.ns, ['iperf3', '-c', '10.96.0.10', '-t', '2', '-J']);
    const datagrams = exchange(client, 4, '10.96.0.10', 500, 3);
    const times: number[] = [];
    for (let i = 2; i < 102; i++) {
      const start = performance.now();
      await pool.loadImage(1, nodeImage(BigInt(i)));
      times.push(performance.now() - start);
      await sleep(10);
    }
    assert.equal(await datagrams, 500);
    const result = JSON.parse((await bulk).stdout);
    assert.equal(result.error, undefined);
    assert.ok(result.end.sum_received.bits_per_second > 1e8);
    assert.equal(pool.counters(1)[COUNTERS.generation], 101n);
    times.sort((a, b) => a - b);
    assert.ok((times[25] ?? 0) < 50, `a quarter of the swaps took more than ${times[25]} ms`);
    echo.close();
    await iperf.wait();
  });
});

test('patches of the Service under traffic lose nothing, whether they find the shard asleep or not', {
  skip,
}, async () => {
  await withNode([true, true], async ({ pool, client, server }) => {
    const iperf = spawnInNamespace(server.ns, ['iperf3', '-s', '-1']);
    const echo = echoServer(server, 4);
    await listening(iperf.pid, 5201);
    const tables = decodeImage(nodeImage());
    const rewrite = (generation: bigint): Promise<void> => {
      const writes = new Writes();
      // The same endpoints in new rows.
      for (const [row, service] of tables.SERVICE.entries()) {
        const [member] = tables.MEMBER.slice(service.clusterFirst);
        const backend = tables.BACKEND[member?.index ?? 0] ?? assert.fail('it has no endpoint');
        const clusterFirst = tables.MEMBER.push({ index: tables.BACKEND.push(backend) - 1 }) - 1;
        tables.SERVICE[row] = { ...service, clusterFirst };
        writes.note('BACKEND', tables.BACKEND.length - 1);
        writes.note('MEMBER', clusterFirst);
        writes.note('SERVICE', row);
      }
      return pool.patchImage(1, encodePatch({ ...tables, generation }, generation - 1n, writes));
    };
    const datagrams = exchange(client, 4, '10.96.0.10', 500, 3);
    let generation = 1n;
    for (; generation < 9n; await sleep(20)) await rewrite(++generation);
    const bulk = runInNamespace(client.ns, ['iperf3', '-c', '10.96.0.10', '-t', '1', '-J']);
    for (; generation < 17n; await sleep(50)) await rewrite(++generation);
    assert.equal(await datagrams, 500);
    const result = JSON.parse((await bulk).stdout);
    assert.equal(result.error, undefined);
    assert.ok(result.end.sum_received.bits_per_second > 1e8);
    assert.equal(pool.counters(1)[COUNTERS.generation], 17n);
    echo.close();
    await iperf.wait();
  });
});

test('an idle node takes a table within milliseconds, or a patch of it, and a refused one leaves the old in force', {
  skip,
}, async () => {
  await withNode([true, true], async (setting) => {
    // Somebody else may have the processor once, but not every time.
    const times: number[] = [];
    for (let generation = 2n; generation <= 7n; generation++) {
      await sleep(50);
      const start = performance.now();
      await setting.pool.loadImage(1, nodeImage(generation));
      times.push(performance.now() - start);
    }
    assert.ok(Math.min(...times) < 100, `${times} ms`);
    const broken = nodeImage(8n);
    broken[0] = 0;
    await assert.rejects(
      setting.pool.loadImage(1, broken),
      (error) => error instanceof Fault && error.code === 'IMAGE_REFUSED' && /BAD_MAGIC/.test(error.message),
    );
    assert.equal(setting.pool.counters(1)[COUNTERS.generation], 7n);
    const patch = encodePatch(makeTables({ ...NODE_1, generation: 9n }), 7n, new Writes());
    await setting.pool.patchImage(1, patch);
    await assert.rejects(
      setting.pool.patchImage(1, patch),
      (error) => error instanceof Fault && error.code === 'IMAGE_REFUSED' && /BAD_BASE/.test(error.message),
    );
    assert.equal(setting.pool.counters(1)[COUNTERS.generation], 9n);
    assert.equal(await download(setting, 4, '10.96.0.10', 1000), 1000);
  });
});

test('a detached TAP has no carrier, and its port can be used again', { skip }, async () => {
  await withNode([true, true], async ({ pool, client, server }) => {
    await pool.detach(1, 3);
    const { stdout } = await runInNamespace(server.ns, ['ip', '-o', 'link', 'show', 'eth0']);
    assert.match(stdout, /NO-CARRIER/);
    await assert.rejects(pool.detach(1, 3), /no device/);
    const again = await makePod(6);
    await pool.attachTap(1, 3, again.tap);
    assert.ok(await ping(client, '10.244.1.6'));
    again.ns.close();
  });
});

/** Milliseconds that it takes to end a pool of 50 TAPs. */
async function closingMs(): Promise<number> {
  const pool = createPool({ shards: 1 });
  await pool.addNode(1);
  const pods = await Promise.all(Array.from({ length: 50 }, () => makePod(5)));
  for (const [i, { tap }] of pods.entries()) await pool.attachTap(1, i, tap);
  const start = performance.now();
  await pool.close();
  const ms = performance.now() - start;
  for (const { ns } of pods) ns.close();
  return ms;
}

test('closing many TAPs holds no frame up, and their interfaces go with their namespaces', { skip }, async () => {
  // One by one the kernel takes them away in 20 ms and more each. Somebody else may have the processor once.
  const times = [await closingMs(), await closingMs(), await closingMs()];
  assert.ok(Math.min(...times) < 500, `${times} ms`);
});

test('nodes of two shards exchange frames over their rings', { skip }, async () => {
  const pool = createPool({ shards: 2 });
  const [client, server] = [await makePod(5), await makePod(6)];
  await Promise.all([pool.addNode(1), pool.addNode(2)]);
  for (const [id, own, other] of [
    [1, 5, 6],
    [2, 6, 5],
  ] as const) {
    const image = makeTables({
      nodeId: id,
      ports: [{ kind: 'HOST' }, { kind: 'UPLINK', target: 3 - id }, { kind: 'POD', mac: `02:00:00:00:01:0${own - 3}` }],
      routes: [
        { prefix: `10.244.1.${own}/32`, port: 2 },
        { prefix: `10.244.1.${other}/32`, port: 1, nextHop: 3 - id },
      ],
    });
    await pool.loadImage(id, encodeImage(image));
  }
  await pool.attachTap(1, 2, client.tap);
  await pool.attachTap(2, 2, server.tap);
  const setting = { pool, client, server };
  for (let i = 0; i < 5; i++) assert.ok(await ping(client, '10.244.1.6'), `ping ${i}`);
  assert.equal(await download(setting, 4, '10.244.1.6', 5_000_000), 5_000_000);
  await pool.close();
  client.ns.close();
  server.ns.close();
});

/** TAPs, namespaces, eventfds and epolls of this process. */
function kernelObjects(): number {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor of the listing itself.
      return '';
    }
  });
  return links.filter((link) => /net\/tun|^net:|eventfd|eventpoll/.test(link)).length;
}

test('a closed pool leaves no device, namespace or event open', { skip }, async () => {
  await withNode([true, true], async () => {});
  const before = kernelObjects();
  for (let i = 0; i < 3; i++) await withNode([true, true], async () => {});
  assert.equal(kernelObjects(), before);
});

test('a node that is taken away is known to be gone until it is added again', { skip }, async () => {
  const pool = createPool({ shards: 1 });
  try {
    await pool.addNode(1);
    assert.equal(pool.hasNode(1), true);
    await pool.removeNode(1);
    assert.deepEqual([pool.hasNode(1), pool.hasNode(2)], [false, false]);
    await pool.addNode(1);
    assert.equal(pool.hasNode(1), true);
  } finally {
    await pool.close();
  }
});

test('a node tracks as many connections as the pool is told, rounded up to a power of two', async () => {
  const pool = createPool({ shards: 1, flowCapacity: 100_000, busyPollUs: 0 });
  try {
    await pool.addNode(1);
    assert.equal(pool.counters(1)[COUNTERS.flowCapacity], 131_072n);
  } finally {
    await pool.close();
  }
});
