// recorded-run.ts - a shard in memory under random frames and changing tables, recorded from the middle of its life on.
import assert from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon } from '../../src/engine/addon.js';
import type { FrameIn, Offload } from '../../src/engine/engine.js';
import type { RecordingEnd } from '../../src/engine/recording/format.js';
import { Recorder } from '../../src/engine/recording/recorder.js';
import { createGate, type ShardAddon, TRACE_READER } from '../../src/engine/shard.js';
import { TraceRing } from '../../src/engine/tracering.js';
import { ChangingCluster } from './changing-cluster.js';
import { ATTACHMENT, frontendSpec, randomConfig, VIEW } from './cluster-run.js';
import { LiveNode } from './live-node.js';
import { FrameSource } from './random-frames.js';
import { Dice } from './seed.js';

const NODE = VIEW.id;
const PORTS = 8;
const BATCH = 50;
const MOST_PAST = 500;
const BIRTH = { seed: 9, flowCapacity: 1024 };

interface RecordedRun {
  readonly path: string;
  readonly end: RecordingEnd;
  readonly forget: () => void;
}

interface RunOptions {
  readonly seed: number;
  readonly strategy: string;
  readonly frames: number;
  readonly budget?: number;
  /** Batches between two looks. */
  readonly patience?: number;
  readonly ringBytes?: number;
  /** Frames of before that come again after each new one. */
  readonly echoes?: number;
}

const wordsOf = (offload: Offload): Uint32Array =>
  Uint32Array.from([
    ...[offload.needsChecksum ? 1 : 0, offload.gsoType, offload.gsoSize],
    ...[offload.headerLength, offload.checksumStart, offload.checksumOffset],
  ]);

function memoryShard(ringBytes: number) {
  const addon = loadAddon() as unknown as ShardAddon;
  const fds = [addon.createWake(), addon.createWake()] as const;
  const shard = new addon.Shard(0, 1, ...fds, createGate());
  shard.addNode(NODE, BIRTH.seed, BIRTH.flowCapacity, new BigUint64Array(new SharedArrayBuffer(8 * COUNTERS.cells)));
  for (let port = 0; port < PORTS; port++) shard.attachMemory(NODE, port, 0);
  const pool = {
    async record() {
      const ring = new TraceRing(0, true, ringBytes);
      shard.trace(TRACE_READER.recording, ring.memory);
      return { rings: [ring], states: new Map([[NODE, shard.save(NODE)]]) };
    },
    unrecord: async () => shard.trace(TRACE_READER.recording, null),
    birth: () => BIRTH,
  };
  const close = (): void => {
    shard.close();
    for (const fd of fds) addon.closeFd(fd);
  };
  return { shard, pool, close };
}

/** Frames before the recording make flows, affinity and virtual servers that it must take over. */
export async function recordRun(options: RunOptions): Promise<RecordedRun> {
  const { seed, strategy, frames, budget = 2 ** 40, patience = 1, ringBytes = 2 ** 24, echoes = 0 } = options;
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-recording-'));
  const path = join(folder, 'recording.bin');
  const fd = openSync(path, 'w');
  const dice = new Dice(seed);
  const { shard, pool, close } = memoryShard(ringBytes);
  const cluster = new ChangingCluster(dice);
  const around = { view: VIEW, config: randomConfig(dice, strategy), strategy, attachment: ATTACHMENT };
  const node = new LiveNode(cluster.snapshot, { ...around, hashSeed: dice.bits() });
  const source = new FrameSource(dice);
  const planNow = (): object => {
    const { tables, plan } = node;
    const { generation, hashSeed } = tables;
    return { strategy, generation: String(generation), hashSeed, plan, attachment: ATTACHMENT };
  };
  const recorder = new Recorder({
    ...{ pool, budget, version: 'test', started: '', epochNs: 0n, nodes: { [NODE]: VIEW.name }, planOf: planNow },
    write: (bytes) => writeSync(fd, bytes) === bytes.length,
  });
  const give = (): void => {
    const { patch, image, tables } = node;
    const bytes = patch ?? image;
    const { generation } = tables;
    recorder.tables(NODE, { kind: patch ? 'patch' : 'image', bytes, generation, plan: planNow() });
    assert.equal(patch ? shard.patchImage(NODE, patch) : shard.loadImage(NODE, image), 0);
    source.aimAt(tables.FRONTEND.map(frontendSpec));
  };
  const past: FrameIn[] = [];
  const send = ({ port, bytes, offload }: FrameIn): void => {
    if (port < PORTS) shard.put(NODE, port, bytes, offload && wordsOf(offload));
  };
  const batch = (): void => {
    for (let i = 0; i < BATCH; i += echoes + 1) {
      past.push(source.next());
      if (past.length > MOST_PAST) past.shift();
      send(past.at(-1) as FrameIn);
      for (let j = 0; j < echoes; j++) send(dice.pick(past));
    }
    shard.run(0, 0);
    for (let port = 0; port < PORTS; port++) {
      for (const bytes of shard.take(NODE, port)) source.left(port, bytes);
    }
  };
  give();
  for (let i = 0; i < 10; i++) batch();
  await recorder.start();
  for (let i = 0; i * BATCH < frames; i++) {
    batch();
    if (i % (4 * (echoes + 1)) === 3) {
      node.follows(cluster.change());
      give();
    }
    if (i % patience === patience - 1) await recorder.look();
  }
  const end = await recorder.end();
  close();
  closeSync(fd);
  return { path, end, forget: () => rmSync(folder, { recursive: true }) };
}
