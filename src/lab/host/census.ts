// census.ts - the network namespaces of a lab by their inode numbers, and the programs that were left in them.
import { readdirSync, statSync } from 'node:fs';
import type { Sandbox } from './sandbox.js';

/** A namespace has come or gone. Its number may then be another's, so that a list must forget it. */
interface CensusEvent {
  readonly type: 'ADDED' | 'REMOVED';
  readonly inode: number;
}

/** What `/proc/PID/ns/net` of a process in the sandbox leads to (nsfs). */
const inodeOf = (sandbox: Sandbox): number => statSync(sandbox.path).ino;

/** Processes in a network namespace; those of other users, which cannot be looked at, are not ours. */
function processesIn(inode: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return statSync(`/proc/${pid}/ns/net`).ino === inode;
      } catch {
        return false;
      }
    })
    .map(Number);
}

export class Census {
  readonly #inodes = new Map<Sandbox, number>();
  readonly #listeners = new Set<(event: CensusEvent) => void>();

  add(sandbox: Sandbox): void {
    const inode = inodeOf(sandbox);
    this.#inodes.set(sandbox, inode);
    this.#tell({ type: 'ADDED', inode });
  }

  /**
   * The sandbox is about to be closed: ends whatever programs have left running in it, as the end of a container does.
   * The descriptor is still open, so that the number is still its own.
   */
  remove(sandbox: Sandbox): void {
    const inode = this.#inodes.get(sandbox);
    if (inode === undefined) return;
    for (const pid of processesIn(inode)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
    this.#inodes.delete(sandbox);
    this.#tell({ type: 'REMOVED', inode });
  }

  /** Tells of every namespace that there is, and from then on of every change. */
  watch(listener: (event: CensusEvent) => void): void {
    for (const inode of this.#inodes.values()) listener({ type: 'ADDED', inode });
    this.#listeners.add(listener);
  }

  #tell(event: CensusEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
