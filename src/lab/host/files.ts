// files.ts - files that only programs of the lab see: a store in memory, and views of this machine with parts of it.
import { closeSync } from 'node:fs';
import { withKernel } from './host.js';

/** A file system in memory. It ends with this process, even by kill -9, and with the last view of it. */
export interface FileStore {
  readonly namespace: number;
  readonly root: number;
  /** Its root folder as a path of this process. */
  readonly path: string;
  close(): void;
}

/** A mount namespace: this machine's files, with parts of a store mounted over them. */
export interface FileView {
  readonly fd: number;
  /** For other processes: /proc/<pid>/fd/<n>. */
  readonly path: string;
  close(): void;
}

export interface StoreMount {
  /** Relative to the root of the store; a file or a folder that is there. */
  readonly source: string;
  /** An absolute path of the view. What is not there is made, in the view only. */
  readonly target: string;
  readonly readOnly: boolean;
}

export function createStore(): FileStore {
  const [namespace, root] = withKernel((addon) => addon.createStore());
  return {
    namespace,
    root,
    path: `/proc/self/fd/${root}`,
    close() {
      closeSync(root);
      closeSync(namespace);
    },
  };
}

/** Throws what the kernel says: a folder is to be mounted on a file … */
export function createView({ namespace, root }: FileStore, mounts: readonly StoreMount[]): FileView {
  const inOrder = mounts.toSorted((a, b) => a.target.split('/').length - b.target.split('/').length);
  const runs = inOrder.flatMap(({ source, target, readOnly }) => [source, target, readOnly ? 'ro' : '']);
  const fd = withKernel((addon) => addon.createView(namespace, root, runs));
  return { fd, path: `/proc/${process.pid}/fd/${fd}`, close: () => closeSync(fd) };
}
