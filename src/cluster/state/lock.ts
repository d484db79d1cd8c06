// lock.ts - allows one process per state, by a kernel socket that disappears with the process, however it ends.
import { stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { Fault } from '../../model/fault.js';

/** Throws Fault USAGE when another process has the directory. Returns the way to give it back. */
export async function lockDirectory(directory: string): Promise<() => Promise<void>> {
  const { dev, ino } = await stat(directory);
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      const taken = error.code === 'EADDRINUSE';
      const what = taken ? `${directory} is in use by another kubewire` : `cannot lock ${directory}: ${error.message}`;
      reject(new Fault('USAGE', what, 'End that one, or name another directory with --state.'));
    });
    server.listen({ path: `\0kubewire-state-${dev}-${ino}` }, resolve);
  });
  server.unref();
  return () => new Promise((resolve) => server.close(() => resolve()));
}
