// yard.long.test.ts - the same traffic with the fast path and without: the same packets at both pods, byte by byte.
// Takes turns: namespaces and real traffic.
import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { createPool } from '../../../src/engine/pool.js';
import { type Namespace, socketUdp } from '../../../src/lab/host/host.js';
import { spawnInNamespace } from '../../../src/lab/host/process.js';
import { openYard } from '../../../src/lab/host/yard.js';
import { programUnavailable } from '../../e2e/harness.js';
import { until } from '../../support/eventually.js';
import { nodeImage } from '../../support/sandbox.js';
import { makeCabledPod, noFastPath } from '../../support/yard.js';

const QUESTIONS = 30;
const CLIENT_PORT = 40_000;

interface Seen {
  readonly client: readonly string[];
  readonly server: readonly string[];
  readonly carried: number;
}

/** Frames of a pcap file as text, without the IP header's number and checksum and without UDP's checksum. */
function framesOf(file: string): string[] {
  const bytes = readFileSync(file);
  const frames: string[] = [];
  for (let at = 24; at < bytes.length; ) {
    const length = bytes.readUInt32LE(at + 8);
    const frame = bytes.subarray(at + 16, at + 16 + length);
    const v4 = frame.readUInt16BE(12) === 0x0800;
    if (v4)
      for (const [from, to] of [
        [18, 20],
        [24, 26],
      ] as const)
        frame.fill(0, from, to);
    frame.fill(0, v4 ? 40 : 60, v4 ? 42 : 62);
    frames.push(frame.toString('hex'));
    at += 16 + length;
  }
  return frames;
}

/** Watches a pod until `count` datagrams have passed; then resolves with their frames. */
function watch(ns: Namespace, file: string, count: number): { ready: Promise<void>; done: Promise<string[]> } {
  const filter = ['udp', 'and', 'port', '8080'];
  const child = spawnInNamespace(ns, ['tcpdump', '-i', 'eth0', '-U', '-c', String(count), '-w', file, ...filter], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ready = new Promise<void>((resolve) => {
    child.stderr?.on('data', (said: Buffer) => String(said).includes('listening') && resolve());
  });
  return { ready, done: child.wait().then(() => framesOf(file)) };
}

async function converse(client: Namespace, server: Namespace, family: 4 | 6): Promise<void> {
  const any = family === 4 ? '0.0.0.0' : '::';
  const answering = createSocket(`udp${family}` as 'udp4');
  answering.on('message', (message, { port, address }) => answering.send(`re: ${message}`, port, address));
  answering.bind({ fd: socketUdp(server, { family, address: any, port: 8080 }) });
  const asking = createSocket(`udp${family}` as 'udp4');
  asking.bind({ fd: socketUdp(client, { family, address: any, port: CLIENT_PORT }) });
  let answers = 0;
  asking.on('message', () => answers++);
  for (let i = 1; i <= QUESTIONS; i++) {
    asking.send(`question ${i} `.repeat(i), 8080, family === 4 ? '10.96.0.10' : 'fd00:10:96::10');
    await until(() => answers === i, 10_000);
  }
  asking.close();
  answering.close();
}

async function observe(lends: boolean, family: 4 | 6): Promise<Seen> {
  const folder = mkdtempSync(join(tmpdir(), 'kwt-'));
  const yard = openYard();
  const pool = createPool({ shards: 1, lending: lends ? yard.maps : null });
  const pods: Namespace[] = [];
  try {
    await pool.addNode(1);
    for (const host of [5, 6] as const) pods.push(await makeCabledPod(yard, pool, host));
    await pool.loadImage(1, nodeImage());
    const [client, server] = pods as [Namespace, Namespace];
    const watches = pods.map((ns, i) => watch(ns, join(folder, `${i}.pcap`), 2 * QUESTIONS));
    await Promise.all(watches.map(({ ready }) => ready));
    await converse(client, server, family);
    const [atClient = [], atServer = []] = await Promise.all(watches.map(({ done }) => done));
    return { client: atClient, server: atServer, carried: (await pool.lent()).frames };
  } finally {
    await pool.close();
    yard.close();
    for (const ns of pods) ns.close();
    rmSync(folder, { recursive: true });
  }
}

describe('the fast path', { skip: noFastPath() || (programUnavailable('tcpdump') ?? false) }, () => {
  for (const family of [4, 6] as const) {
    let plain: Seen;
    let fast: Seen;
    before(async () => {
      plain = await observe(false, family);
      fast = await observe(true, family);
    });

    test(`delivers the same UDP packets over IPv${family} to both pods as the engine does`, () => {
      assert.equal(plain.carried, 0);
      assert.ok(fast.carried >= 2 * QUESTIONS - 6, `${fast.carried} frames`);
      assert.equal(plain.server.length, 2 * QUESTIONS);
      assert.deepEqual(fast.server, plain.server);
      assert.deepEqual(fast.client, plain.client);
    });
  }
});
