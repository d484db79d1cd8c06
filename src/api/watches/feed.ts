// feed.ts - the lines of all that happens to what several clients watch alike: made once, with a place in it for each client.
//
// A line costs the same for one client as for two hundred. Lines are kept until every client has taken them, within a budget:
// a client that is further behind is told so and let go.
import { inNextRound } from './flush.js';

/** What clients may be behind. */
const BUDGET_BYTES = 8 * 1024 * 1024;
/** What a client is given at a time: few enough to hold nobody up. */
const PIECE_BYTES = 256 * 1024;

const NEWLINE = 0x0a;

/** Takes what waits. `lost` is called when it is too far behind. */
export interface FeedClient {
  give(): void;
  lost(): void;
}

interface Piece {
  readonly from: number;
  /** Place of the first line that is not in it. */
  readonly to: number;
  readonly bytes: Buffer;
}

export class Feed {
  readonly #budget: number;
  readonly #readers = new Set<Reader>();
  /** Called when nobody is left. */
  readonly #empty: () => void;
  #lines: Buffer[] = [];
  /** Bytes of all lines up to the end of each; places and bytes count from the feed's beginning. */
  #ends: number[] = [];
  #dropped = 0;
  #droppedBytes = 0;
  #bytes = 0;
  /** Pieces that were put together last: clients at the same place take the same. */
  #piece: Piece = { from: -1, to: -1, bytes: Buffer.alloc(0) };
  readonly #round = (): number => {
    for (const { client } of this.#readers) client.give();
    this.#drop();
    return this.#readers.size;
  };

  constructor(empty: () => void = () => undefined, budget = BUDGET_BYTES) {
    this.#empty = empty;
    this.#budget = budget;
  }

  /** Bytes that are kept for clients. */
  get bytes(): number {
    return this.#bytes - this.#droppedBytes;
  }

  /** Place of the next line. */
  get end(): number {
    return this.#dropped + this.#lines.length;
  }

  /** A client that wants all lines from now on. */
  join(client: FeedClient): Reader {
    const reader = new Reader(this, client);
    this.#readers.add(reader);
    return reader;
  }

  leave(reader: Reader): void {
    this.#readers.delete(reader);
    if (this.#readers.size === 0) this.#empty();
  }

  add(line: Buffer): void {
    if (this.#readers.size === 0) return;
    this.#lines.push(line);
    this.#bytes += line.length;
    this.#ends.push(this.#bytes);
    if (this.bytes > this.#budget) this.#shed();
    inNextRound(this.#round);
  }

  /** The lines from a place on. */
  lines(from: number): Buffer[] {
    return this.#lines.slice(from - this.#dropped);
  }

  /** As many lines from a place on as one takes at a time; null when there are none. */
  piece(from: number): Piece | null {
    if (from >= this.end) return null;
    if (this.#piece.from !== from) {
      const [start, before] = [from - this.#dropped, this.#before(from)];
      let stop = start + 1;
      while (stop < this.#lines.length && (this.#ends[stop - 1] as number) - before < PIECE_BYTES) stop++;
      const taken = this.#lines.slice(start, stop);
      const bytes = taken.length === 1 ? (taken[0] as Buffer) : Buffer.concat(taken);
      this.#piece = { from, to: stop + this.#dropped, bytes };
    }
    return this.#piece;
  }

  /** Bytes of all lines before a place. */
  #before(place: number): number {
    return place === this.#dropped ? this.#droppedBytes : (this.#ends[place - this.#dropped - 1] as number);
  }

  /** Lets those go that are too far behind. One line alone may be larger than any budget. */
  #shed(): void {
    for (const reader of [...this.#readers])
      if (this.end - reader.place > 1 && this.#bytes - this.#before(reader.place) > this.#budget) reader.client.lost();
    this.#drop();
  }

  /** Drops the lines that every client has taken. */
  #drop(): void {
    let first = this.end;
    for (const { place } of this.#readers) first = Math.min(first, place);
    const count = first - this.#dropped;
    if (count === 0) return;
    this.#droppedBytes = this.#before(first);
    this.#lines.splice(0, count);
    this.#ends.splice(0, count);
    this.#dropped = first;
  }
}

/** The place of one client in a feed, and how it is left. */
export class Reader {
  readonly client: FeedClient;
  #feed: Feed | null;
  #place: number;
  /** Of a piece that the client has the beginning of, the rest. */
  #begun: Buffer | null = null;
  /** What it is still to be told after it has left. */
  #last: Buffer[] = [];

  constructor(feed: Feed, client: FeedClient) {
    this.client = client;
    this.#feed = feed;
    this.#place = feed.end;
  }

  /** The next line that it has not taken. */
  get place(): number {
    return this.#place;
  }

  /** The next piece; null when nothing waits. */
  take(): Buffer | null {
    const bytes = this.#begun ?? this.#next();
    if (!bytes) return null;
    const end = bytes.length > 2 * PIECE_BYTES ? PIECE_BYTES : bytes.length;
    this.#begun = end < bytes.length ? bytes.subarray(end) : null;
    return bytes.subarray(0, end);
  }

  /** Leaves the feed. What waits is still taken. */
  finish(): void {
    if (!this.#feed) return;
    this.#last = this.#feed.lines(this.#place);
    this.#feed.leave(this);
    this.#feed = null;
  }

  /** Leaves the feed. Takes `line` instead of all that waits, but for the end of a line that has begun. */
  abandon(line: Buffer): void {
    this.finish();
    const end = this.#begun ? this.#begun.indexOf(NEWLINE) + 1 : 0;
    this.#begun = end > 0 ? (this.#begun?.subarray(0, end) ?? null) : null;
    this.#last = [line];
  }

  #next(): Buffer | null {
    const piece = this.#feed?.piece(this.#place);
    if (piece) {
      this.#place = piece.to;
      return piece.bytes;
    }
    return this.#last.shift() ?? null;
  }
}
