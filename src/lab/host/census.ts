// census.ts - tracks a lab's network namespaces by inode number, and the programs left running in them.
import { readdirSync, statSync } from 'node:fs';
import type { Sandbox } from './sandbox.js';

/** A namespace was added or removed. Its number may then be reused, so a list must drop it. */
interface CensusEvent {
  readonly type: 'ADDED' | 'REMOVED';
  readonly inode: number;
}

/** Inode that `/proc/PID/ns/net` shows for a process in the sandbox (nsfs). */
const inodeOf = (sandbox: Sandbox): number => statSync(sandbox.path).ino;

/** Processes in a network namespace. Those of other users cannot be inspected, and are not ours. */
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

  constructor(sandboxes: Iterable<Sandbox> = []) {
    for (const sandbox of sandboxes) this.add(sandbox);
  }

  add(sandbox: Sandbox): void {
    const inode = inodeOf(sandbox);
    this.#inodes.set(sandbox, inode);
    this.#tell({ type: 'ADDED', inode });
  }

  /**
   * Called before the sandbox is closed: ends all programs still running in it, as when a container ends.
   * The descriptor is still open, so the number still belongs to it.
   */
  remove(sandbox: Sandbox): void {
    const inode = this.#inodes.get(sandbox);
    if (inode === undefined) return;
    this.kill(sandbox);
    this.#inodes.delete(sandbox);
    this.#tell({ type: 'REMOVED', inode });
  }

  /** Ends all programs that run in a namespace. */
  kill(sandbox: Sandbox): void {
    const inode = this.#inodes.get(sandbox);
    if (inode === undefined) return;
    for (const pid of processesIn(inode)) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It has already ended.
      }
    }
  }

  /** Reports every existing namespace, and from then on every change. */
  watch(listener: (event: CensusEvent) => void): void {
    for (const inode of this.#inodes.values()) listener({ type: 'ADDED', inode });
    this.#listeners.add(listener);
  }

  #tell(event: CensusEvent): void {
    for (const listener of this.#listeners) listener(event);
  }
}
