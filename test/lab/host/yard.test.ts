// yard.test.ts - the fast path with real cables: what BPF programs carry is what the engine would have carried.
// Takes turns: namespaces and real traffic.
import assert from 'node:assert/strict';
import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { COUNTERS } from '../../../src/abi/layout.js';
import { createPool, type Pool } from '../../../src/engine/pool.js';
import { connectTcp, listenTcp, type Namespace, socketUdp } from '../../../src/lab/host/host.js';
import { openYard, type Yard } from '../../../src/lab/host/yard.js';
import { eventually, until } from '../../support/eventually.js';
import { nodeImage } from '../../support/sandbox.js';
import { makeCabledPod, noFastPath } from '../../support/yard.js';

/** A TCP server that sends back what it gets. */
function echoTcp(ns: Namespace, family: 4 | 6): { close(): void } {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).pipe(socket);
  });
  server.listen({ fd: listenTcp(ns, { family, address: family === 4 ? '0.0.0.0' : '::', port: 8080 }) });
  return {
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function datagramClient(ns: Namespace): DatagramSocket {
  const socket = createSocket('udp4');
  socket.bind({ fd: socketUdp(ns, { family: 4, address: '0.0.0.0', port: 0 }) });
  return socket;
}

/** A silent UDP server that counts how often it heard a number. */
function datagramServer(ns: Namespace, port: number): { heard(number: number): number; close(): void } {
  const heard = new Map<number, number>();
  const socket = createSocket('udp4');
  socket.on('message', (message) => {
    const number = Number(message);
    heard.set(number, (heard.get(number) ?? 0) + 1);
  });
  socket.bind({ fd: socketUdp(ns, { family: 4, address: '0.0.0.0', port }) });
  return { heard: (number) => heard.get(number) ?? 0, close: () => socket.close() };
}

/** Port 8080 of the Service leads to this port of pod 6, and flows to others end. */
const swapImage = (generation: bigint, port: number): Uint8Array =>
  nodeImage(generation, [
    {
      frontends: [{ kind: 'CLUSTER_IP', address: '10.96.0.10', port: 8080, protocol: 'UDP' }],
      flags: ['HAS_ENDPOINTS', 'CLEAN_UDP'],
      cluster: [`10.244.1.6:${port}`],
      local: [`10.244.1.6:${port}`],
    },
  ]);

/** Sends bytes and waits until as many are back; the socket stays open. */
async function talk(socket: Socket, bytes: number): Promise<void> {
  let back = 0;
  const count = (chunk: Buffer): void => {
    back += chunk.length;
  };
  socket.on('data', count);
  socket.write(Buffer.alloc(bytes, 'x'));
  await until(() => back >= bytes, 10_000);
  socket.off('data', count);
}

describe('the fast path', { skip: noFastPath() }, () => {
  let yard: Yard;
  let pool: Pool;
  let client: Namespace;
  let server: Namespace;

  before(async () => {
    yard = openYard();
    pool = createPool({ shards: 1, lending: yard.maps });
    await pool.addNode(1);
    client = await makeCabledPod(yard, pool, 5);
    server = await makeCabledPod(yard, pool, 6);
    await pool.loadImage(1, nodeImage());
  });

  after(async () => {
    await pool?.close();
    yard?.close();
    for (const ns of [client, server]) ns?.close();
  });

  for (const [family, address] of [
    [4, '10.96.0.10'],
    [6, 'fd00:10:96::10'],
  ] as const) {
    test(`carries TCP over IPv${family} to a Service, with the flow and the counters that the engine would show`, async () => {
      const echo = echoTcp(server, family);
      const earlier = await pool.lent();
      const counted = pool.counters(1)[COUNTERS.receivedFrames] ?? 0n;
      const socket = connectTcp(client, { family, address, port: 8080 });
      await talk(socket, 1_000_000);
      await talk(socket, 100);
      const { connections, frames } = await pool.lent();
      assert.equal(connections, 1);
      assert.ok(frames - earlier.frames > 10, `${frames - earlier.frames} frames`);
      const [flow] = (await pool.flows(1)).filter(({ tcpState }) => tcpState === 3);
      assert.ok(flow && flow.bytes > 2_000_000n, `${flow?.bytes} bytes`);
      // All that crossed the node since is this connection and questions of neighbours.
      const received = (pool.counters(1)[COUNTERS.receivedFrames] ?? 0n) - counted;
      assert.ok(received >= flow.packets && received < flow.packets + 10n, `${received} of ${flow.packets}`);
      socket.destroy();
      echo.close();
      await until(async () => (await pool.lent()).connections === 0, 10_000);
    });
  }

  test('carries UDP both ways, and new tables take every connection back first', async () => {
    const answering = createSocket('udp4');
    answering.on('message', (message, { port, address }) => answering.send(message, port, address));
    answering.bind({ fd: socketUdp(server, { family: 4, address: '0.0.0.0', port: 8080 }) });
    const asking = datagramClient(client);
    let answers = 0;
    asking.on('message', () => answers++);
    const ask = async (): Promise<void> => {
      const sofar = answers;
      asking.send('question', 8080, '10.96.0.10');
      await until(() => answers > sofar, 10_000);
    };
    for (let i = 0; i < 20; i++) await ask();
    const { connections, frames } = await pool.lent();
    assert.equal(connections, 1);
    await ask();
    assert.equal((await pool.lent()).frames, frames + 2);
    await pool.loadImage(1, nodeImage(2n));
    assert.equal((await pool.lent()).connections, 0);
    await ask();
    assert.equal((await pool.lent()).frames, frames + 2);
    asking.close();
    answering.close();
  });

  test('never delivers to an endpoint that is gone, however often tables change under load', async () => {
    const ends = [8080, 8081].map((port) => datagramServer(server, port));
    const flood = datagramClient(client);
    const flooding = setInterval(() => {
      for (let i = 0; i < 20; i++) flood.send('-1', 8080, '10.96.0.10');
    }, 1);
    const asking = datagramClient(client);
    try {
      const before = (await pool.lent()).frames;
      for (let turn = 0; turn < 100; turn++) {
        await pool.loadImage(1, swapImage(BigInt(turn + 3), turn % 2 === 0 ? 8080 : 8081));
        // Whoever is asked from here on is the endpoint of these tables; the last questions may go by the fast path.
        for (let i = 0; i < 8; i++) {
          const [here, there] = turn % 2 === 0 ? ends : [...ends].reverse();
          const heard = here?.heard(turn) ?? 0;
          asking.send(String(turn), 8080, '10.96.0.10');
          await eventually(() => (here && here.heard(turn) > heard ? true : null), 10_000, 1);
          assert.equal(there?.heard(turn), 0, `turn ${turn}`);
        }
      }
      assert.ok((await pool.lent()).frames - before > 100, 'the fast path carried what it could');
    } finally {
      clearInterval(flooding);
      for (const one of [flood, asking, ...ends]) one.close();
    }
  });
});
