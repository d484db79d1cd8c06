// eventually.ts - waits for a condition, for as long as a very busy machine may need.
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

/** Asks until the answer is there (not null); throws after `limitMs`. */
export async function eventually<T>(
  ask: () => Promise<T | null> | T | null,
  limitMs = 60_000,
  everyMs = 20,
): Promise<T> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null) return answer;
    if (performance.now() > deadline) throw new Error(`not within ${limitMs} ms`);
    await pause(everyMs);
  }
}

/** Resolves when a condition holds. */
export const until = async (holds: () => Promise<boolean> | boolean, limitMs?: number): Promise<void> => {
  await eventually(async () => ((await holds()) ? true : null), limitMs);
};

/** State of a listening socket in /proc/net/tcp. */
const LISTENS = '0A';

/** True if somebody listens on a TCP port of the namespace that a process is in. */
function listens(pid: number, port: number): boolean {
  const wanted = port.toString(16).toUpperCase().padStart(4, '0');
  return ['tcp', 'tcp6'].some((file) =>
    readFileSync(`/proc/${pid}/net/${file}`, 'latin1')
      .split('\n')
      .some((line) => {
        const [, local = '', , state] = line.trim().split(/\s+/);
        return local.endsWith(`:${wanted}`) && state === LISTENS;
      }),
  );
}

/** Resolves when the program listens on a TCP port, or another one of its namespace does. */
export const listening = (pid: number, port: number): Promise<void> => until(() => listens(pid, port));
