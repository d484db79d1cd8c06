// keeper.ts - persists commits: records are written in groups, and the file is rewritten once it has grown.
//
// A disk that refuses (it is full) is asked again: the file is cut to what is whole, and everything since is written once more.
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

/** A file that is to replace the current one. */
interface Next {
  readonly file: StateFile;
  readonly length: number;
  /** Called when it has, or has been given up. */
  readonly done: () => void;
}

export class Keeper {
  readonly #files: StateFiles;
  readonly #moment: () => Moment;
  readonly #slack: number;
  #file: StateFile;
  /** Bytes of the file that are whole, and on disk. */
  #length: number;
  /** Bytes from which the file is written anew. */
  #limit: number;
  /** What is not on disk yet. */
  #queue: Buffer[] = [];
  #waiters: Waiter[] = [];
  #version = 0;
  #kept = 0;
  #running: Promise<void> | null = null;
  #failure: Error | null = null;
  /** Commits made since the current snapshot was started. */
  #since: Buffer[] | null = null;
  #next: Next | null = null;
  /** Version of the file that has taken the place of another, but not yet for good. */
  #unsettled: number | null = null;
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

  /** Why the last group could not be written; null when it was. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** Takes a commit; it is on disk when `kept` says so. */
  add(commit: Commit): void {
    const record = encodeCommit(commit);
    this.#version = commit.version;
    this.#queue.push(record);
    this.#since?.push(record);
    // While the disk refuses, it is asked again only for those who wait.
    if (!this.#failure) this.#start();
  }

  /** Resolves when everything that was added is on disk. Rejects when the disk refuses; it is asked again each time. */
  kept(): Promise<void> {
    if (this.#kept >= this.#version && !this.#failure) return Promise.resolve();
    const kept = new Promise<void>((resolve, reject) =>
      this.#waiters.push({ version: this.#version, resolve, reject }),
    );
    this.#start();
    return kept;
  }

  /** Writes what is left, and lets the file go. */
  async close(): Promise<void> {
    await this.kept().catch(() => undefined);
    if (!this.#failure) await this.#compaction;
    await this.#running;
    await this.#file.close();
  }

  #start(): void {
    this.#running ??= this.#run()
      .catch((error: Error) => this.#fail(error))
      .finally(() => {
        this.#running = null;
        if (this.#failure ? this.#waiters.length > 0 : this.#queue.length > 0) this.#start();
      });
  }

  /** Writes one group after another. Whatever arrives during a write forms the next group. */
  async #run(): Promise<void> {
    if (this.#failure) await this.#file.cut(this.#length);
    while (this.#queue.length > 0 || this.#next || this.#unsettled !== null) {
      if (this.#unsettled !== null) await this.#settle(this.#unsettled);
      else if (this.#next) await this.#exchange(this.#next);
      else await this.#append();
      this.#failure = null;
      if (this.#length > this.#limit && !this.#compaction) this.#compact();
    }
  }

  async #append(): Promise<void> {
    const count = this.#queue.length;
    const version = this.#version;
    const [first] = this.#queue;
    const bytes = count === 1 && first ? first : Buffer.concat(this.#queue);
    await this.#file.append(bytes);
    await this.#file.sync();
    this.#queue.splice(0, count);
    this.#length += bytes.length;
    this.#tell(version);
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
      // The file that there is stays good. It is tried again when that has grown by as much again.
      .catch(() => this.#drop())
      .finally(() => {
        this.#compaction = null;
      });
  }

  async #drop(): Promise<void> {
    this.#since = null;
    this.#next = null;
    this.#limit = this.#length + this.#slack;
    await this.#files.discard().catch(() => undefined);
  }

  /** Writes all objects to the new file, while commits go on. */
  async #snapshot(): Promise<void> {
    const { version, objects } = this.#moment();
    this.#since = [];
    const file = await this.#files.prepare();
    let length = FORMAT.length;
    try {
      await file.append(Buffer.from(FORMAT));
      for (let at = 0; at < objects.length; at += SNAPSHOT_OBJECTS) {
        const changes = objects.slice(at, at + SNAPSHOT_OBJECTS).map((put) => ({ put }));
        const record = encodeCommit({ version, changes });
        await file.append(record);
        length += record.length;
      }
      await file.sync();
    } catch (error) {
      await file.close();
      throw error;
    }
    await new Promise<void>((done) => {
      this.#next = { file, length, done };
      this.#start();
    });
  }

  /** Between two groups: completes the new file with what arrived meanwhile, and switches to it. */
  async #exchange(next: Next): Promise<void> {
    const count = this.#queue.length;
    const version = this.#version;
    const since = Buffer.concat(this.#since ?? []);
    this.#since = null;
    this.#next = null;
    try {
      await next.file.append(since);
      await next.file.sync();
      await this.#files.install();
    } catch {
      // The file that there is takes what is queued.
      await next.file.close();
      await this.#drop();
      next.done();
      return;
    }
    const before = this.#file;
    this.#file = next.file;
    this.#queue.splice(0, count);
    this.#length = next.length + since.length;
    this.#limit = this.#length + next.length + this.#slack;
    this.#unsettled = version;
    next.done();
    await before.close();
  }

  async #settle(version: number): Promise<void> {
    await this.#files.settle();
    this.#unsettled = null;
    this.#tell(version);
  }
}
