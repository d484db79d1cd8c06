// log.ts - the output of a pod's programs: keeps the latest part within a byte budget, and feeds its followers.
//
// Bytes are kept as they came, so that a program that prints much costs little; reading splits them into lines.

/** Bytes kept per pod. */
export const LOG_BYTES = 64 * 1024;
/** A line that is longer is read in pieces, as the kubelet's. */
const LINE_BYTES = 16 * 1024;
const NEWLINE = 10;
/** What a chunk costs beside its bytes. */
const CHUNK_BYTES = 128;

interface Chunk {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly bytes: Buffer;
}

export interface LogLine {
  readonly time: number;
  /** With its newline, if it has one. */
  readonly bytes: Buffer;
  /** Offset after it, counted from the first byte that was ever printed. */
  readonly next: number;
}

export class PodLog {
  readonly #budget: number;
  readonly #waiting = new Set<() => void>();
  #chunks: Chunk[] = [];
  #kept = 0;
  #end = 0;
  #closed = false;

  constructor(budget: number = LOG_BYTES) {
    this.#budget = budget;
  }

  /** Offset after the last byte. */
  get end(): number {
    return this.#end;
  }

  /** Nothing more will come. */
  get closed(): boolean {
    return this.#closed;
  }

  append(time: number, given: Buffer): void {
    if (given.length === 0 || this.#closed) return;
    const bytes = given.length > this.#budget ? given.subarray(-this.#budget) : given;
    this.#chunks.push({ time, bytes });
    this.#kept += bytes.length;
    this.#end += given.length;
    let gone = 0;
    while (gone + 1 < this.#chunks.length && this.#kept + CHUNK_BYTES * (this.#chunks.length - gone) > this.#budget)
      this.#kept -= this.#chunks[gone++]?.bytes.length ?? 0;
    if (gone > 0) this.#chunks.splice(0, gone);
    this.#wake();
  }

  /** Ends all followers. */
  close(): void {
    this.#closed = true;
    this.#wake();
  }

  /** Resolves when there is more after this offset, or when nothing more will come. */
  more(offset: number, signal: AbortSignal): Promise<void> {
    if (this.#closed || this.#end > offset || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }

  /**
   * The lines from an offset on; what was forgotten since then is left out, and the line that it cuts.
   * @param unfinished also a last line that has no newline yet
   */
  lines(offset: number, unfinished: boolean): LogLine[] {
    const start = this.#end - this.#kept;
    const from = Math.max(offset, start);
    const found: LogLine[] = [];
    let skip = offset < start;
    let [time, parts, length] = [0, [] as Buffer[], 0];
    let at = start;
    const take = (chunk: Chunk, bytes: Buffer, whole: boolean): void => {
      if (length === 0) time = chunk.time;
      parts.push(bytes);
      length += bytes.length;
      if (!whole && length < LINE_BYTES) return;
      if (!skip) found.push({ time, bytes: Buffer.concat(parts), next: at });
      if (whole) skip = false;
      [parts, length] = [[], 0];
    };
    for (const chunk of this.#chunks) {
      let first = Math.max(0, from - at);
      const base = at;
      while (first < chunk.bytes.length) {
        const newline = chunk.bytes.indexOf(NEWLINE, first);
        const last = newline < 0 ? chunk.bytes.length : newline + 1;
        at = base + last;
        take(chunk, chunk.bytes.subarray(first, last), newline >= 0);
        first = last;
      }
      at = base + chunk.bytes.length;
    }
    if (length > 0 && (unfinished || this.#closed) && !skip)
      found.push({ time, bytes: Buffer.concat(parts), next: at });
    return found;
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake();
  }
}
