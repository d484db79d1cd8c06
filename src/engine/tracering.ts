// tracering.ts - the reader's end of a trace: what a shard tells about every frame (native/io/trace.h).
import { LAYOUT, type TraceRow } from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { readRow } from '../image/decode.js';

/** A frame at one node. The bytes are copies. */
export interface TracedFrame {
  readonly row: TraceRow;
  /** As it came, and what left; either may be cut off. The latter is null if nothing left. */
  readonly before: Uint8Array;
  readonly after: Uint8Array | null;
}

const HEADER = LAYOUT.TraceRing;
const ROW = LAYOUT.TraceRow;

const offsetOf = (name: string): number => HEADER.fields.find((field) => field.name === name)?.offset ?? 0;
const padded = (bytes: number): number => (bytes + 7) & ~7;

/** Bytes of records, if nobody says otherwise. */
const RECORD_BYTES = 16 * 1024 * 1024;

export class TraceRing {
  /** What the shard writes to. */
  readonly memory: Uint8Array;
  readonly #bytes: number;
  readonly #view: DataView;
  readonly #words: BigUint64Array;

  /**
   * @param snap bytes of a frame that are kept; 0 = all
   * @param whole everything else that decides about frames is told, too
   * @param bytes of records: a power of two
   */
  constructor(snap: number, whole = false, bytes = RECORD_BYTES) {
    this.memory = new Uint8Array(new SharedArrayBuffer(HEADER.size + bytes));
    this.#bytes = bytes;
    this.#view = new DataView(this.memory.buffer);
    this.#words = new BigUint64Array(this.memory.buffer);
    this.#view.setUint32(offsetOf('snap'), snap, true);
    this.#view.setUint32(offsetOf('whole'), whole ? 1 : 0, true);
  }

  /** Frames left out so far because nobody read in time. */
  get lost(): number {
    return Number(this.#load('lost'));
  }

  /** Passes on at most `most` frames, oldest first; returns how many there were. */
  read(visit: (frame: TracedFrame) => void, most = Number.POSITIVE_INFINITY): number {
    return this.#each((at) => visit(this.#frame(at)), most);
  }

  /** The same with whole records: copies of a TraceRow and what follows it. */
  readRecords(visit: (record: Uint8Array) => void, most: number): number {
    return this.#each((at, bytes) => visit(this.memory.slice(at, at + bytes)), most);
  }

  #each(visit: (at: number, bytes: number) => void, most: number): number {
    const end = this.#load('produced');
    let position = this.#load('consumed');
    let count = 0;
    while (position < end && count < most) {
      const at = HEADER.size + (Number(position) & (this.#bytes - 1));
      const bytes = this.#view.getUint32(at, true);
      if (this.#view.getUint32(at + 4, true) !== NONE) {
        visit(at, bytes);
        count++;
      }
      position += BigInt(bytes);
    }
    Atomics.store(this.#words, offsetOf('consumed') / 8, position);
    return count;
  }

  #load(name: string): bigint {
    return Atomics.load(this.#words, offsetOf(name) / 8);
  }

  #frame(at: number): TracedFrame {
    const row = readRow(this.#view, at, ROW) as unknown as TraceRow;
    const start = at + ROW.size;
    const before = this.memory.slice(start, start + row.inKept);
    const next = start + padded(row.inKept);
    return { row, before, after: row.outPort === NONE ? null : this.memory.slice(next, next + row.outKept) };
  }
}
