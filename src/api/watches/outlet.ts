// outlet.ts - the bytes that wait for one client of a watch: within a budget, and in pieces that hold nobody up.

/** What may wait for a client that does not read. Bytes that several wait for are there once. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** What a client is given at a time. */
const PIECE_BYTES = 256 * 1024;

const NEWLINE = 0x0a;

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
  /** Of a line that the client has the beginning of, the rest. */
  #begun: Buffer | null = null;
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

  /** Forgets what waits, but for the end of a line that has begun. */
  clear(): void {
    const end = this.#begun ? this.#begun.indexOf(NEWLINE) + 1 : 0;
    this.#begun = this.#begun?.subarray(0, end) ?? null;
    this.#waiting = [];
    this.#bytes = end;
  }

  /** The next piece; null when nothing waits. */
  take(): Buffer | null {
    const piece = this.#begun ?? this.#join();
    if (!piece) return null;
    const end = piece.length > 2 * PIECE_BYTES ? PIECE_BYTES : piece.length;
    this.#begun = end < piece.length ? piece.subarray(end) : null;
    this.#bytes -= end;
    return piece.subarray(0, end);
  }

  #join(): Buffer | null {
    let [count, bytes] = [0, 0];
    for (; count < this.#waiting.length && bytes < PIECE_BYTES; count++) bytes += this.#waiting[count]?.length ?? 0;
    if (count === 0) return null;
    const parts = count === this.#waiting.length ? this.#waiting : this.#waiting.slice(0, count);
    this.#waiting = count === this.#waiting.length ? [] : this.#waiting.slice(count);
    return join(parts);
  }
}
