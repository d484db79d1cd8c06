// outlet.ts - the bytes that wait for one client of a watch: within a budget, and in pieces that hold nobody up.

/** What may wait for a client that does not read. Bytes that several wait for are there once. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** What a client is given at a time. */
const PIECE_BYTES = 256 * 1024;

/** Pieces that were put together last: clients that watch the same wait for the same. */
let last: { readonly parts: readonly Buffer[]; readonly joined: Buffer } = { parts: [], joined: Buffer.alloc(0) };

const equal = (a: readonly Buffer[], b: readonly Buffer[]): boolean =>
  a.length === b.length && a.every((part, i) => part === b[i]);

function join(parts: readonly Buffer[]): Buffer {
  if (parts.length === 1) return parts[0] as Buffer;
  if (!equal(parts, last.parts)) last = { parts, joined: Buffer.concat(parts) };
  return last.joined;
}

export class Outlet {
  #waiting: Buffer[] = [];
  #bytes = 0;
  readonly #budget: number;

  constructor(budget = BUDGET_BYTES) {
    this.#budget = budget;
  }

  /** False when the client is too far behind: nothing was added then. */
  add(line: Buffer): boolean {
    // One line alone may be larger than any budget.
    if (this.#bytes > 0 && this.#bytes + line.length > this.#budget) return false;
    this.#waiting.push(line);
    this.#bytes += line.length;
    return true;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    this.#bytes = 0;
  }

  /** The next piece; null when nothing waits. */
  take(): Buffer | null {
    let [count, bytes] = [0, 0];
    for (; count < this.#waiting.length && bytes < PIECE_BYTES; count++) bytes += this.#waiting[count]?.length ?? 0;
    if (count === 0) return null;
    const parts = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    this.#bytes -= bytes;
    return this.#cut(join(parts));
  }

  /** The beginning of a piece that is large by itself; the rest goes back to the front. */
  #cut(piece: Buffer): Buffer {
    if (piece.length <= 2 * PIECE_BYTES) return piece;
    const rest = piece.subarray(PIECE_BYTES);
    this.#waiting.unshift(rest);
    this.#bytes += rest.length;
    return piece.subarray(0, PIECE_BYTES);
  }
}
