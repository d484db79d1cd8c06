// native.test.ts - the addon as JavaScript meets it: loading, refusals, threads, shared memory, arguments.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { LAYOUT_HASH, Reason, Verdict } from '../../src/abi/abi.gen.js';
import { ABI_VERSION, COUNTERS } from '../../src/abi/layout.js';
import { checkAddon, loadAddon } from '../../src/engine/addon.js';
import { createNativeEngine } from '../../src/engine/native.js';
import { encodeImage } from '../../src/image/encode.js';
import { Fault } from '../../src/model/fault.js';
import { ip } from '../support/packet.js';
import { makeTables, NODE_1 } from '../support/tables.js';

const why = ((): string | false => {
  try {
    loadAddon();
    return false;
  } catch (error) {
    return `the addon is not there: ${error instanceof Error ? error.message : error}`;
  }
})();

const faultOf = (work: () => unknown): Fault => {
  try {
    work();
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
  throw new Error('it did not throw');
};

const image = (): Uint8Array => encodeImage(makeTables(NODE_1));
const frame = (): Uint8Array => ip('10.244.1.5', '203.0.113.10').udp(1, 2).payload('hello').bytes();

test('a missing addon is a Fault that says how to build it', () => {
  const fault = faultOf(() => loadAddon('/nowhere/kubewire.node'));
  assert.equal(fault.code, 'ADDON_MISSING');
  assert.match(fault.remedy ?? '', /npm run build:native/);
});

test('a file that is no addon is a Fault with the reason', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubewire-'));
  const path = join(folder, 'kubewire.node');
  writeFileSync(path, 'not a shared object');
  const fault = faultOf(() => loadAddon(path));
  rmSync(folder, { recursive: true });
  assert.equal(fault.code, 'ADDON_MISSING');
  assert.match(fault.message, /cannot be loaded/);
});

test('an addon of another layout is refused by both hashes', () => {
  const old = { abi: () => ({ version: ABI_VERSION, layoutHash: 0x1234n }) };
  const fault = faultOf(() => checkAddon(old, 'old.node'));
  assert.equal(fault.code, 'ADDON_MISMATCH');
  assert.match(fault.message, /0x0000000000001234/);
  assert.match(fault.message, new RegExp(LAYOUT_HASH.toString(16)));
});

test('a refused image leaves the engine as it was', { skip: why }, () => {
  const engine = createNativeEngine({ seed: 1 });
  const bytes = image();
  engine.load(bytes, 0n);
  const damaged = bytes.slice();
  damaged[0] = 0;
  const fault = faultOf(() => engine.load(damaged, 0n));
  assert.equal(fault.code, 'IMAGE_REFUSED');
  assert.match(fault.message, /BAD_MAGIC/);
  assert.equal(faultOf(() => engine.load(new Uint8Array(0), 0n)).code, 'IMAGE_REFUSED');
  assert.equal(engine.process({ port: 2, bytes: frame() }, 1n).decision.reason, Reason.FORWARDED);
  engine.close();
});

test('a known connection takes the routes of the tables in force, not those that it began with', { skip: why }, () => {
  const engine = createNativeEngine({ seed: 1 });
  const tables = makeTables(NODE_1);
  const longer = makeTables({
    ...NODE_1,
    routes: [...NODE_1.routes, { prefix: '203.0.113.10/31', kind: 'BLACKHOLE' }],
  });
  const reasons = [tables, tables, longer, tables].map((inForce, i) => {
    engine.load(encodeImage(inForce), BigInt(i));
    return [1, 2].map(() => engine.process({ port: 2, bytes: frame() }, BigInt(i)).decision.reason);
  });
  engine.close();
  const { FORWARDED, ESTABLISHED, NO_ROUTE } = Reason;
  const known = [ESTABLISHED, ESTABLISHED];
  assert.deepEqual(reasons, [[FORWARDED, ESTABLISHED], known, [NO_ROUTE, NO_ROUTE], known]);
});

test('what happens to the image after loading does not matter', { skip: why }, () => {
  const engine = createNativeEngine({ seed: 1 });
  const bytes = image();
  engine.load(bytes, 0n);
  bytes.fill(0xff);
  assert.equal(engine.process({ port: 2, bytes: frame() }, 1n).decision.reason, Reason.FORWARDED);
  engine.close();
});

test('the frame that is given is not changed, and one longer than 64 KiB is nothing special', { skip: why }, () => {
  const engine = createNativeEngine({ seed: 1 });
  engine.load(image(), 0n);
  const bytes = frame();
  const before = bytes.slice();
  const outcome = engine.process({ port: 2, bytes }, 1n);
  assert.deepEqual(bytes, before);
  assert.notDeepEqual(outcome.out?.bytes, before);
  const long = new Uint8Array(200_000);
  long.set(before);
  assert.equal(engine.process({ port: 2, bytes: long }, 2n).decision.verdict, Verdict.FORWARD);
  assert.equal(engine.process({ port: 2, bytes: new Uint8Array(0) }, 3n).decision.reason, Reason.MALFORMED_ETHERNET);
  engine.close();
});

test('counters are views on shared memory', { skip: why }, () => {
  const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
  const node = new (loadAddon().NodeEngine)(1, 64, cells);
  assert.equal(node.load(image(), 0n), 0);
  const shared = new Uint8Array(new SharedArrayBuffer(2048));
  const bytes = frame();
  shared.set(bytes);
  const out = new Uint8Array(new SharedArrayBuffer(2048));
  const length = node.process(shared, bytes.length, 2, new Uint32Array(6), 1n, new Uint8Array(64), out);
  assert.equal(length, bytes.length);
  assert.equal(cells[Reason.FORWARDED], 1n);
  assert.equal(cells[COUNTERS.flows], 1n);
  node.close();
});

test('wrong arguments are TypeErrors, a closed engine is an Error, nothing crashes', { skip: why }, () => {
  const { NodeEngine } = loadAddon();
  const cells = new BigUint64Array(COUNTERS.cells);
  const make = NodeEngine as unknown as new (...args: unknown[]) => unknown;
  for (const args of [[], [1], [1, 64], [1, 64, new Uint8Array(8)], [1, 64, new BigUint64Array(3)], [-1, 64, cells]]) {
    assert.throws(() => new make(...args), TypeError);
  }
  const node = new NodeEngine(1, 64, cells);
  const loose = node as unknown as Record<string, (...args: unknown[]) => unknown>;
  const good = [new Uint8Array(64), 60, 0, new Uint32Array(6), 1n, new Uint8Array(64), new Uint8Array(2048)];
  for (const [at, wrong] of [
    [0, 'x'],
    [1, 65],
    [1, 1.5],
    [2, -1],
    [3, new Uint32Array(5)],
    [4, 1],
    [4, -1n],
    [5, new Uint8Array(63)],
    [6, new Uint8Array(100)],
    [6, undefined],
  ] as const) {
    assert.throws(() => loose.process?.(...good.map((value, i) => (i === at ? wrong : value))), TypeError);
  }
  assert.throws(() => loose.load?.(new SharedArrayBuffer(64), 1n), TypeError);
  assert.throws(() => loose.flows?.(new Uint8Array(new ArrayBuffer(257), 1), 1n), TypeError);
  assert.throws(
    () => loose.processBatch?.(new Uint8Array(10), new Uint32Array([11]), new Uint32Array(1), 1, 1n),
    TypeError,
  );
  node.close();
  node.close();
  assert.throws(() => node.flowCount(), /closed/);
});

test('two workers and the main thread run engines at the same time', { skip: why }, async () => {
  const root = fileURLToPath(import.meta.url).split(/\/(?:dist\/)?test\//)[0] ?? '';
  const program = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { NodeEngine } = require(workerData.addon);
    const node = new NodeEngine(1, 64, workerData.cells);
    const error = node.load(workerData.image, 0n);
    const out = new Uint8Array(2048);
    let length = 0;
    for (let i = 0; i < 1000; i++) {
      length = node.process(workerData.frame, workerData.frame.length, 2, new Uint32Array(6), 1n, new Uint8Array(64), out);
    }
    node.close();
    parentPort.postMessage({ error, length });
  `;
  const run = (): Promise<{ error: number; length: number; frames: bigint | undefined }> => {
    const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
    const workerData = { addon: join(root, 'build/Release/kubewire.node'), cells, image: image(), frame: frame() };
    return new Promise((resolve, reject) => {
      const worker = new Worker(program, { eval: true, workerData });
      worker.on('message', (message) => resolve({ ...message, frames: cells[COUNTERS.receivedFrames] }));
      worker.on('error', reject);
    });
  };
  const engine = createNativeEngine({ seed: 1 });
  engine.load(image(), 0n);
  const results = await Promise.all([run(), run()]);
  for (const result of results) assert.deepEqual(result, { error: 0, length: frame().length, frames: 1000n });
  engine.close();
});
