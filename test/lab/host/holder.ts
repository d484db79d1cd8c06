// holder.ts - a process for host.test.ts: makes a running piece of lab, says where it is, and waits to be killed.
import assert from 'node:assert/strict';
import { createPool } from '../../../src/engine/pool.js';
import type { Namespace } from '../../../src/lab/host/host.js';
import { type Spawned, spawnInNamespace } from '../../../src/lab/host/process.js';
import { makePod, nodeImage } from '../../support/sandbox.js';

const [client, server] = [await makePod(5), await makePod(6)];
const pool = createPool({ shards: 1 });
await pool.addNode(1);
await pool.loadImage(1, nodeImage());
await pool.attachTap(1, 2, client.tap);
await pool.attachTap(1, 3, server.tap);

/** Starts iperf3 and waits until it says something like `words`. What it says later is thrown away. */
async function iperf(ns: Namespace, words: RegExp, ...options: string[]): Promise<Spawned> {
  const child = spawnInNamespace(ns, ['iperf3', '--forceflush', ...options], { stdio: ['ignore', 'pipe', 'inherit'] });
  assert.ok(child.stdout);
  let text = '';
  for await (const part of child.stdout.iterator({ destroyOnReturn: false })) {
    text += part;
    if (words.test(text)) break;
  }
  assert.match(text, words, 'iperf3 ended');
  child.stdout.resume();
  return child;
}

const listener = await iperf(server.ns, /Server listening/, '-s');
// Traffic without end: a line of figures says that it has begun.
const options = ['-c', '10.96.0.10', '-u', '-b', '10M', '-t', '600', '-i', '0.1'];
const sender = await iperf(client.ns, /bits\/sec/, ...options);
process.stdout.write(`${JSON.stringify({ path: client.ns.path, pids: [listener.pid, sender.pid] })}\n`);
