// written.ts - a stream of the lab's API into a file.
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { Exit } from '../failure.js';

export async function put(to: Writable, bytes: Buffer | string): Promise<void> {
  if (!to.write(bytes)) await once(to, 'drain');
}

/** The file that is written, open; throws Exit when it cannot be. */
export async function opened(path: string | undefined): Promise<Writable> {
  if (path === undefined || path === '-') return process.stdout;
  const file = createWriteStream(path);
  await once(file, 'open').catch((error: Error) => {
    throw new Exit(1, `error: ${path} cannot be written: ${error.message}`);
  });
  return file;
}

export async function closed(file: Writable): Promise<void> {
  if (file !== process.stdout) await new Promise((resolve) => file.end(resolve));
}
