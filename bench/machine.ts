// machine.ts - describes the machine of a measurement. Every result shows it, since numbers depend on it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, loadavg, release, totalmem } from 'node:os';

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly commit: string;
  /** One-minute load average before the run: what else the machine was doing. */
  readonly load: number;
}

/** Processor time that was used and that was available, in ticks (/proc/stat). */
function ticks(): { busy: number; all: number } {
  const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, soft = 0] = line
    .split(/\s+/)
    .slice(1)
    .map(Number);
  const busy = user + nice + system + irq + soft;
  return { busy, all: busy + idle + wait };
}

/** The share of all processors that other programs use. The caller does nothing while this measures. */
export async function busyShare(ms: number): Promise<number> {
  const before = ticks();
  await new Promise((resolve) => setTimeout(resolve, ms));
  const after = ticks();
  return (after.busy - before.busy) / Math.max(1, after.all - before.all);
}

/** The commit of the working tree, with `+` if it has changes; `unknown` outside a checkout. */
function commit(root: string): string {
  try {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
    return git('rev-parse', '--short', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

export function describeMachine(root: string): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    commit: commit(root),
    load: loadavg()[0] ?? 0,
  };
}

export const machineLine = (m: Machine): string =>
  `${m.processor}, ${m.cores} cores, ${m.memoryGiB} GiB, Linux ${m.kernel}, Node ${m.node}, commit ${m.commit}`;
