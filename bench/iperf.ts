// iperf.ts - one iperf3 TCP measurement between two namespaces.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Namespace } from '../src/lab/host/host.js';
import { runInNamespace, spawnInNamespace } from '../src/lab/host/process.js';

export interface IperfPath {
  readonly server: Namespace | string;
  readonly client: Namespace | string;
  /** The address that the client connects to. */
  readonly target: string;
}

interface IperfReport {
  readonly error?: string;
  readonly end?: { readonly sum_received?: { readonly bits_per_second: number } };
}

/** Waits until something listens on TCP port 5201 in the server's namespace. */
async function listening(server: Namespace | string): Promise<void> {
  for (let i = 0; i < 100; i++) {
    const { stdout } = await runInNamespace(server, ['cat', '/proc/self/net/tcp', '/proc/self/net/tcp6']);
    if (/:1451 [0-9A-F:]+ 0A/.test(stdout)) return;
    await sleep(20);
  }
  throw new Error('iperf3 -s does not listen');
}

/** Gbit/s that the server received in one TCP stream of `seconds`. */
export async function iperfGbit(path: IperfPath, seconds: number): Promise<number> {
  const server = spawnInNamespace(path.server, ['iperf3', '-s', '-1']);
  try {
    await listening(path.server);
    const argv = ['iperf3', '-c', path.target, '-t', String(seconds), '-J'];
    const { stdout, stderr } = await runInNamespace(path.client, argv, { timeoutMs: (seconds + 15) * 1000 });
    const report = JSON.parse(stdout) as IperfReport;
    const bits = report.end?.sum_received?.bits_per_second;
    if (bits === undefined) throw new Error(`iperf3 to ${path.target}: ${report.error ?? stderr}`);
    return bits / 1e9;
  } finally {
    server.kill('SIGKILL');
    await server.wait();
  }
}
