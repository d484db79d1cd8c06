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

/** Bytes of records: a power of two. */
const RECORD_BYTES = 16 * 1024 * 1024;

export class TraceRing {
  /** What the shard writes to. */
  readonly memory: Uint8Array = new Uint8Array(new SharedArrayBuffer(HEADER.size + RECORD_BYTES));
  readonly #view = new DataView(this.memory.buffer);
  readonly #words = new BigUint64Array(this.memory.buffer);

  /** @param snap bytes of a frame that are kept; 0 = all */
  constructor(snap: number) {
    this.#view.setUint32(offsetOf('snap'), snap, true);
  }

  /** Frames left out so far because nobody read in time. */
  get lost(): number {
    return Number(this.#load('lost'));
  }

  /** Passes on at most `most` frames, oldest first; returns how many there were. */
  read(visit: (frame: TracedFrame) => void, most = Number.POSITIVE_INFINITY): number {
    const end = this.#load('produced');
    let position = this.#load('consumed');
    let count = 0;
    while (position < end && count < most) {
      const at = HEADER.size + (Number(position) & (RECORD_BYTES - 1));
      const bytes = this.#view.getUint32(at, true);
      if (this.#view.getUint32(at + 4, true) !== NONE) {
        visit(this.#frame(at));
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
