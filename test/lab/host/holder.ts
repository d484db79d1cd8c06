// holder.ts - a process for host.test.ts: makes a running piece of lab, says where it is, and waits to be killed.
import { createPool } from '../../../src/engine/pool.js';
import { spawnInNamespace } from '../../../src/lab/host/host.js';
import { makePod, nodeImage } from '../../support/sandbox.js';

const [client, server] = [makePod(5), makePod(6)];
const pool = createPool({ shards: 1 });
await pool.addNode(1);
await pool.loadImage(1, nodeImage());
await pool.attachTap(1, 2, client.tap);
await pool.attachTap(1, 3, server.tap);
const listener = spawnInNamespace(server.ns, ['iperf3', '-s']);
// Traffic without end.
const sender = spawnInNamespace(client.ns, ['iperf3', '-c', '10.96.0.10', '-u', '-b', '10M', '-t', '600']);
process.stdout.write(`${JSON.stringify({ path: client.ns.path, pids: [listener.pid, sender.pid] })}\n`);
