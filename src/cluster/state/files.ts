// files.ts - the state in a directory: one file that grows, and the one that replaces it.
import { type FileHandle, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** A file that is written at its end. */
export interface StateFile {
  /** Resolves when the bytes are with the system; `sync` says when they are on disk. */
  append(bytes: Buffer): Promise<void>;
  sync(): Promise<void>;
  /** Cuts it to a length, after an append or a sync that failed. */
  cut(length: number): Promise<void>;
  close(): Promise<void>;
}

export interface StateFiles {
  /** For messages. */
  readonly path: string;
  /** Undefined when there is none. */
  read(): Promise<Buffer | undefined>;
  /** The file, cut to a length. */
  open(length: number): Promise<StateFile>;
  /** An empty file that is to replace it. */
  prepare(): Promise<StateFile>;
  /** The prepared file takes its place, as one step. */
  install(): Promise<void>;
  /** Resolves when that is so on disk. */
  settle(): Promise<void>;
  /** There is no prepared file any more. */
  discard(): Promise<void>;
}

function stateFile(handle: FileHandle): StateFile {
  return {
    async append(bytes) {
      for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten;
    },
    sync: () => handle.datasync(),
    cut: (length) => handle.truncate(length),
    close: () => handle.close(),
  };
}

/** The directory is made if it is missing; only its owner reads it, because Secrets are in there. */
export async function openDirectory(directory: string): Promise<StateFiles> {
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const path = join(directory, 'state');
  const next = join(directory, 'state.next');
  const syncDirectory = async (): Promise<void> => {
    const handle = await open(directory, 'r');
    await handle.sync().finally(() => handle.close());
  };
  return {
    path,
    async read() {
      try {
        return await readFile(path);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async open(length) {
      await rm(next, { force: true });
      const handle = await open(path, 'a', 0o600);
      await handle.truncate(length);
      await handle.sync();
      await syncDirectory();
      return stateFile(handle);
    },
    // It goes on at its end, wherever it is cut.
    prepare: async () => {
      await rm(next, { force: true });
      return stateFile(await open(next, 'a', 0o600));
    },
    discard: () => rm(next, { force: true }),
    install: () => rename(next, path),
    settle: syncDirectory,
  };
}
