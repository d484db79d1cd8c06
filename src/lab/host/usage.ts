// usage.ts - what the programs in network namespaces have used: time of processors, and memory, as the kernel counts them.
import { readdirSync, readFileSync, statSync } from 'node:fs';

export interface Usage {
  /** Since the programs began, in milliseconds. Of programs that have ended nothing is known any more. */
  readonly cpuMs: number;
  /** Resident memory, in bytes. */
  readonly memoryBytes: number;
}

/** A tick of /proc/PID/stat: USER_HZ is 100 on every machine that Linux runs on. */
const TICK_MS = 10;
/** Fields of /proc/PID/stat after the program's name, which may hold anything. */
const [UTIME, STIME] = [11, 12];

function usageOf(pid: string): Usage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const resident = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? '0';
  return {
    cpuMs: (Number(fields[UTIME]) + Number(fields[STIME])) * TICK_MS,
    memoryBytes: Number(resident) * 1024,
  };
}

/** By the inode of the namespace: those of `inodes` that programs run in. */
export function usageIn(inodes: ReadonlySet<number>): Map<number, Usage> {
  const found = new Map<number, Usage>();
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    try {
      const { ino } = statSync(`/proc/${pid}/ns/net`);
      if (!inodes.has(ino)) continue;
      const { cpuMs, memoryBytes } = usageOf(pid);
      const before = found.get(ino) ?? { cpuMs: 0, memoryBytes: 0 };
      found.set(ino, { cpuMs: before.cpuMs + cpuMs, memoryBytes: before.memoryBytes + memoryBytes });
    } catch {
      // It has ended, or belongs to someone else.
    }
  }
  return found;
}
