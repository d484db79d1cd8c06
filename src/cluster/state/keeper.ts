// keeper.ts - persists commits: records are written in groups, and the file is rewritten once it has grown.
import type { KubeObject } from '../../model/objects.js';
import { type Commit, encodeCommit, FORMAT } from './codec.js';
import type { StateFile, StateFiles } from './files.js';

/** Everything at one moment. */
export interface Moment {
  readonly version: number;
  readonly objects: readonly KubeObject[];
}

interface KeeperOptions {
  readonly files: StateFiles;
  readonly file: StateFile;
  /** Bytes in the file. */
  readonly length: number;
  /** What there is now, to write the file anew. */
  readonly moment: () => Moment;
  /** Bytes of records after which the file is written anew, beside as many as the snapshot has. */
  readonly slack?: number;
}

const SLACK_BYTES = 16 * 1024 * 1024;
/** Objects in one record of a snapshot: few enough that writing them holds nobody up. */
const SNAPSHOT_OBJECTS = 64;

interface Waiter {
  readonly version: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class Keeper {
  readonly #files: StateFiles;
  readonly #moment: () => Moment;
  readonly #slack: number;
  #file: StateFile;
  #length: number;
  /** Bytes from which the file is written anew. */
  #limit: number;
  #queue: Buffer[] = [];
  #waiters: Waiter[] = [];
  #version = 0;
  #kept = 0;
  #running: Promise<void> | null = null;
  #failure: Error | null = null;
  /** Commits made since the current snapshot was started. */
  #since: Buffer[] | null = null;
  #next: { readonly file: StateFile; length: number } | null = null;
  #compaction: Promise<void> | null = null;

  constructor({ files, file, length, moment, slack = SLACK_BYTES }: KeeperOptions) {
    this.#files = files;
    this.#file = file;
    this.#length = length;
    this.#moment = moment;
    this.#slack = slack;
    this.#limit = length + slack;
    if (length === 0) this.#queue.push(Buffer.from(FORMAT));
  }

  /** Takes a commit; it is on disk when `kept` says so. */
  add(commit: Commit): void {
    const record = encodeCommit(commit);
    this.#version = commit.version;
    this.#queue.push(record);
    this.#since?.push(record);
    this.#start();
  }

  /** Resolves when everything that was added is on disk. Rejects, from then on always, when the disk refuses. */
  kept(): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure);
    if (this.#kept >= this.#version) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiters.push({ version: this.#version, resolve, reject }));
  }

  /** Writes what is left, and lets the file go. */
  async close(): Promise<void> {
    await this.#compaction;
    await this.#running;
    await this.#file.close();
  }

  #start(): void {
    if (this.#running || this.#failure) return;
    this.#running = this.#run()
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        this.#running = null;
        if (this.#queue.length > 0) this.#start();
      });
  }

  /** Writes one group after another. Whatever arrives during a write forms the next group. */
  async #run(): Promise<void> {
    while (this.#queue.length > 0 || this.#next) {
      if (this.#next) {
        await this.#exchange();
        continue;
      }
      const records = this.#queue;
      const version = this.#version;
      this.#queue = [];
      const bytes = records.length === 1 && records[0] ? records[0] : Buffer.concat(records);
      await this.#file.append(bytes);
      await this.#file.sync();
      this.#length += bytes.length;
      this.#tell(version);
      if (this.#length > this.#limit && !this.#compaction) this.#compact();
    }
  }

  #tell(version: number): void {
    this.#kept = version;
    const waiters = this.#waiters;
    this.#waiters = waiters.filter((waiter) => waiter.version > version);
    for (const waiter of waiters) if (waiter.version <= version) waiter.resolve();
  }

  #fail(error: Error): void {
    this.#failure = error;
    for (const { reject } of this.#waiters.splice(0)) reject(error);
  }

  #compact(): void {
    this.#compaction = this.#snapshot()
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        this.#compaction = null;
      });
  }

  /** Writes all objects to the new file, while commits go on. */
  async #snapshot(): Promise<void> {
    const { version, objects } = this.#moment();
    this.#since = [];
    const file = await this.#files.prepare();
    await file.append(Buffer.from(FORMAT));
    let length = FORMAT.length;
    for (let at = 0; at < objects.length; at += SNAPSHOT_OBJECTS) {
      const changes = objects.slice(at, at + SNAPSHOT_OBJECTS).map((put) => ({ put }));
      const record = encodeCommit({ version, changes });
      await file.append(record);
      length += record.length;
    }
    await file.sync();
    this.#next = { file, length };
    this.#start();
    await this.#running;
  }

  /** Between two groups: completes the new file with what arrived meanwhile, and switches to it. */
  async #exchange(): Promise<void> {
    const next = this.#next;
    if (!next) return;
    const since = Buffer.concat(this.#since ?? []);
    const version = this.#version;
    this.#queue = [];
    this.#since = null;
    this.#next = null;
    await next.file.append(since);
    await next.file.sync();
    await this.#files.install();
    await this.#file.close();
    this.#file = next.file;
    this.#length = next.length + since.length;
    this.#limit = this.#length + next.length + this.#slack;
    this.#tell(version);
  }
}
