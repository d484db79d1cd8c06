// recorder.ts - Recorder: everything that decides about frames, from the rings of the shards to records.
//
// The shards never wait for it. What they had to leave out is a gap, after which the states of all nodes are taken anew, so
// that what follows is exact again.
import { TraceKind } from '../../abi/abi.gen.js';
import type { NodeBirth, RecordingStart } from '../pool.js';
import type { TraceRing } from '../tracering.js';
import { RecordedEvent } from './event.js';
import { jsonRecord, nodeRecord, opening, RECORD, type RecordingEnd, recordBytes, tablesRecord } from './format.js';

/** Part of engine/pool.ts. */
export interface RecordingPool {
  record(): Promise<RecordingStart>;
  unrecord(): Promise<unknown>;
  birth(node: number): NodeBirth;
}

/** What a node is given: an image or a patch, and what it was made of (as far as the recording keeps it). */
export interface GivenTables {
  readonly kind: 'image' | 'patch';
  readonly bytes: Uint8Array;
  readonly generation: bigint;
  /** For a rerun under another strategy. */
  readonly plan: object;
}

interface RecorderOptions {
  readonly pool: RecordingPool;
  readonly version: string;
  readonly started: string;
  readonly epochNs: bigint;
  readonly nodes: Readonly<Record<number, string>>;
  /** The plan of the tables that a node has. */
  readonly planOf: (node: number) => object | undefined;
  /** Bytes after which it ends. */
  readonly budget: number;
  /** Takes bytes; false: the reader is too slow, and these were not taken. */
  readonly write: (bytes: Uint8Array) => boolean;
}

/** Records of a ring between two looks at the clock, and the most time that one look may take, in milliseconds. */
const PORTION = 256;
const MOST_MS = 12;

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #given = new Map<string, GivenTables>();
  /** Ring → the number of the record that comes next. */
  #rings = new Map<TraceRing, bigint>();
  /** What waits to be written: whole records, and how many of them are frames. */
  #waiting: Buffer[] = [];
  #waitingFrames = 0;
  /** Records that are missing since the states were taken; what comes after them is not exact. */
  #lost = 0;
  #isBroken = false;
  #bytes = 0;
  #frames = 0;
  #gaps = 0;
  #missing = 0;
  #hasEnded = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  /** Its budget is used up. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Resolves when the shards tell everything. */
  async start(): Promise<void> {
    const { version, started, epochNs, nodes } = this.#options;
    this.#put(opening({ version, started, epochNs: String(epochNs), nodes }));
    await this.#begin();
    this.#flush();
  }

  /** A node is about to be given tables. To be called before they can be in force. */
  tables(node: number, given: GivenTables): void {
    this.#given.set(`${node} ${given.generation}`, given);
  }

  /** Writes what the shards have told since the last look. */
  async look(): Promise<void> {
    this.#drain(performance.now() + MOST_MS);
    this.#flush();
    if (!this.#isBroken || this.#hasEnded) return;
    this.#tellGap();
    await this.#begin();
    this.#flush();
  }

  /** Writes what is left, and the end. */
  async end(): Promise<RecordingEnd> {
    await this.#options.pool.unrecord();
    this.#drain(Number.POSITIVE_INFINITY);
    this.#flush();
    if (this.#isBroken) this.#tellGap();
    const why = this.#hasEnded ? 'budget' : 'asked';
    const summary: RecordingEnd = { frames: this.#frames, gaps: this.#gaps, missing: this.#missing, why };
    this.#waiting.push(jsonRecord(RECORD.end, summary));
    this.#options.write(Buffer.concat(this.#waiting));
    return summary;
  }

  /** States of all nodes: from here on everything follows from what is recorded. */
  async #begin(): Promise<void> {
    const { pool, planOf } = this.#options;
    const { rings, states } = await pool.record();
    this.#isBroken = false;
    this.#rings = new Map(rings.map((ring) => [ring, 0n]));
    const atNs = process.hrtime.bigint();
    for (const [node, state] of states) {
      const plan = planOf(node);
      if (plan) this.#put(jsonRecord(RECORD.plan, { node, ...plan }));
      this.#put(nodeRecord({ node, ...pool.birth(node), atNs, state }));
    }
  }

  #drain(end: number): void {
    for (let most = PORTION; most >= PORTION && performance.now() < end; ) {
      most = 0;
      for (const ring of this.#rings.keys()) {
        most = Math.max(
          most,
          ring.readRecords((record) => this.#take(ring, new RecordedEvent(record), record), PORTION),
        );
      }
    }
    const lost = [...this.#rings.keys()].reduce((sum, ring) => sum + ring.lost, 0);
    if (lost > 0) this.#isBroken = true;
  }

  #take(ring: TraceRing, event: RecordedEvent, record: Uint8Array): void {
    const expected = this.#rings.get(ring) ?? 0n;
    if (event.sequence !== expected) this.#isBroken = true;
    if (this.#isBroken || this.#hasEnded) {
      this.#lost++;
      return;
    }
    this.#rings.set(ring, expected + 1n);
    if (event.kind === TraceKind.TABLES) this.#takeTables(event);
    else if (this.#put(recordBytes(RECORD.event, record)) && event.kind === TraceKind.FRAME) this.#waitingFrames++;
    if (event.kind === TraceKind.ADDED) {
      const { node, clockNs: atNs } = event;
      this.#put(nodeRecord({ node, ...this.#options.pool.birth(node), atNs, state: new Uint8Array() }));
    }
  }

  #takeTables({ node, generation, clockNs: atNs }: RecordedEvent): void {
    const key = `${node} ${generation}`;
    const given = this.#given.get(key);
    this.#given.delete(key);
    // Nobody told of them: only new states are exact.
    if (!given) this.#isBroken = true;
    else {
      this.#put(jsonRecord(RECORD.plan, { node, ...given.plan }));
      this.#put(tablesRecord({ node, kind: given.kind, atNs, bytes: given.bytes }));
    }
  }

  #tellGap(): void {
    const missing = this.#lost + [...this.#rings.keys()].reduce((sum, ring) => sum + ring.lost, 0);
    this.#lost = 0;
    this.#gaps++;
    this.#missing += missing;
    this.#put(jsonRecord(RECORD.gap, { missing }));
  }

  /** False if the budget does not allow it. */
  #put(record: Buffer): boolean {
    this.#hasEnded ||= this.#bytes + record.length > this.#options.budget;
    if (this.#hasEnded) return false;
    this.#bytes += record.length;
    this.#waiting.push(record);
    return true;
  }

  /** What a slow reader does not take is a gap. */
  #flush(): void {
    if (this.#waiting.length === 0) return;
    if (this.#options.write(Buffer.concat(this.#waiting))) this.#frames += this.#waitingFrames;
    else {
      this.#lost += this.#waitingFrames;
      this.#isBroken = true;
    }
    this.#waiting = [];
    this.#waitingFrames = 0;
  }
}
