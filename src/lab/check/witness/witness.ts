// witness.ts - runs the two witnesses (probe.ts, capture.ts) inside a namespace and reads what they saw.
import { spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Fault } from '../../../model/fault.js';
import type { Namespace } from '../../host/host.js';
import { runInNamespace, spawnInNamespace } from '../../host/process.js';
import type { WitnessedFrame } from './capture.js';
import { loadFault, NOT_LOADED } from './compiled.js';
import type { ProbeReport } from './probe.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));

/** The compiled programs are next to this file. */
const program = (name: string): string => fileURLToPath(new URL(`./${name}.js`, import.meta.url));

/** Why `cap` cannot witness on this machine; null when it can. Tries it in a process of its own, once a call. */
export function captureUnavailable(): string | null {
  const { status, stderr } = spawnSync(process.execPath, ['-e', 'require("cap")'], { cwd: HERE, encoding: 'utf8' });
  if (status === 0) return null;
  return loadFault('cap', /Error: (.*)/s.exec(stderr)?.[1] ?? stderr, process.versions.node).message;
}

/**
 * Sends `count` ICMP echo requests from inside a namespace to an IPv4 address, all at once, and waits `timeoutMs` for
 * answers: echo replies or ICMP errors about them. Throws Fault TOOL_MISSING when raw-socket cannot be used, INTERNAL when the
 * probe itself fails.
 */
export async function probeIcmp(
  ns: Namespace | string,
  destination: string,
  options: { readonly count?: number; readonly timeoutMs?: number } = {},
): Promise<ProbeReport> {
  const { count = 3, timeoutMs = 1000 } = options;
  const argv = [process.execPath, program('probe'), destination, String(count), String(timeoutMs)];
  const { code, stdout, stderr } = await runInNamespace(ns, argv, { timeoutMs: timeoutMs + 10_000 });
  if (code === NOT_LOADED) throw new Fault('TOOL_MISSING', stderr.trim());
  if (code !== 0) throw new Fault('INTERNAL', `the ICMP probe of ${destination} ended with ${code}: ${stderr.trim()}`);
  return JSON.parse(stdout) as ProbeReport;
}

interface Witness {
  /** Resolves when the capture ends, after `count` frames or at the timeout. */
  readonly frames: Promise<WitnessedFrame[]>;
}

/**
 * Starts a capture on an interface inside a namespace; resolves when libpcap is listening. `filter` is a pcap filter.
 * Throws Fault TOOL_MISSING when cap is not installed.
 */
export async function startCapture(
  ns: Namespace | string,
  options: { readonly device?: string; readonly filter: string; readonly count: number; readonly timeoutMs: number },
): Promise<Witness> {
  const missing = captureUnavailable();
  if (missing) throw new Fault('TOOL_MISSING', missing);
  const { device = 'eth0', filter, count, timeoutMs } = options;
  const argv = [process.execPath, program('capture'), device, filter, String(count), String(timeoutMs)];
  const child = spawnInNamespace(ns, argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  if (!child.stdout) throw new Fault('INTERNAL', 'the capture has no output');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const first = await lines.next();
  if (first.done) throw new Fault('INTERNAL', `the capture on ${device} ended with ${await child.wait()}`);
  const collect = async (): Promise<WitnessedFrame[]> => {
    const frames: WitnessedFrame[] = [];
    for (let line = await lines.next(); !line.done; line = await lines.next()) {
      frames.push(JSON.parse(line.value) as WitnessedFrame);
    }
    return frames;
  };
  return { frames: collect() };
}
