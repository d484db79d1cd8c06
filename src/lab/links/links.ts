// links.ts - Links: keeps the dataplane's links in step with objects of kind Link, their schedules, and who their ends are.
import { LINK_CELLS } from '../../abi/loop.js';
import type { KubeObject } from '../../model/objects.js';
import { type Ends, type LinkBytes, linkBytes } from './rows.js';
import { scheduleOf, specOf } from './spec.js';

/** What a link has done to frames so far. */
export interface LinkCounts {
  readonly name: string;
  /** False before its time, after it, and while it has not been told to the dataplane. */
  readonly active: boolean;
  readonly matched: number;
  readonly bytes: number;
  readonly lost: number;
  readonly down: number;
  readonly overflowed: number;
  readonly tooLong: number;
  readonly duplicated: number;
  readonly reordered: number;
  readonly corrupted: number;
  /** On their way now. */
  readonly waiting: number;
}

interface LinksOptions extends Ends {
  readonly clock: () => Date;
  /** Puts links in force on every shard; returns their cells, one array for each shard. */
  readonly link: (bytes: LinkBytes) => Promise<readonly BigUint64Array[]>;
}

/** The most that the dataplane takes (native/io/links.h). */
const MOST_LINKS = 64;
/** Changes within this many milliseconds are told together. */
const DEBOUNCE_MS = 5;
/** A timer cannot be set further ahead. */
const LONGEST_MS = 2 ** 31 - 1;

type Counts = Omit<LinkCounts, 'name' | 'active'>;
type Cell = keyof Counts;
const CELLS = Object.keys(LINK_CELLS).filter((cell): cell is Cell => cell !== 'cells');

const nothing = (): Record<Cell, number> => Object.fromEntries(CELLS.map((cell) => [cell, 0])) as Record<Cell, number>;

export class Links {
  readonly #options: LinksOptions;
  readonly #ids = new Map<string, number>();
  /** What links counted in places that they have left, by the uid of their object, as all here. */
  readonly #past = new Map<string, Record<Cell, number>>();
  #active: readonly string[] = [];
  #cells: readonly BigUint64Array[] = [];
  #told = '';
  #timer: NodeJS.Timeout | null = null;
  #running: Promise<void> = Promise.resolve();

  constructor(options: LinksOptions) {
    this.#options = options;
  }

  /** Something that links depend on has changed. */
  changed(): void {
    if (this.#active.length === 0 && this.#objects().length === 0) return;
    this.#wakeIn(DEBOUNCE_MS);
  }

  /** Resolves when the links of this moment are in force. */
  sync(): Promise<void> {
    this.#running = this.#running.then(() => this.#run());
    return this.#running;
  }

  counts(): LinkCounts[] {
    return this.#objects().map(({ metadata: { name, uid = '' } }) => {
      const sum = { ...nothing(), ...this.#past.get(uid) };
      const place = this.#active.indexOf(uid);
      if (place >= 0) this.#add(sum, place);
      return { name, active: place >= 0, ...sum };
    });
  }

  async close(): Promise<void> {
    if (this.#timer) clearTimeout(this.#timer);
    await this.#running;
  }

  #objects(): readonly KubeObject[] {
    return this.#options.list<KubeObject>('Link');
  }

  #wakeIn(ms: number): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.sync(), Math.min(ms, LONGEST_MS));
    this.#timer.unref();
  }

  #add(sum: Record<Cell, number>, place: number): void {
    for (const cells of this.#cells) {
      for (const cell of CELLS) sum[cell] += Number(cells[place * LINK_CELLS.cells + LINK_CELLS[cell]] ?? 0n);
    }
  }

  async #run(): Promise<void> {
    const now = this.#options.clock().getTime();
    const { active, next } = this.#due(now);
    if (Number.isFinite(next)) this.#wakeIn(next - now);
    const bytes = linkBytes(active, this.#options, (uid) => this.#idOf(uid));
    const told = `${Buffer.from(bytes.rows).toString('base64')} ${Buffer.from(bytes.ends).toString('base64')}`;
    if (told === this.#told) return;
    const cells = await this.#options.link(bytes);
    for (const [place, uid] of this.#active.entries()) {
      const sum = this.#past.get(uid) ?? nothing();
      this.#add(sum, place);
      this.#past.set(uid, { ...sum, waiting: 0 });
    }
    this.#told = told;
    this.#cells = cells;
    this.#active = active.map(({ metadata }) => metadata.uid ?? '');
    const known = new Set(this.#objects().map(({ metadata }) => metadata.uid ?? ''));
    for (const uid of this.#past.keys()) if (!known.has(uid)) this.#past.delete(uid);
  }

  /** The links of now, and when that changes by itself. */
  #due(now: number): { active: KubeObject[]; next: number } {
    let next = Number.POSITIVE_INFINITY;
    const active = this.#objects().filter((link) => {
      const made = Date.parse(link.metadata.creationTimestamp ?? '') || now;
      const { begin, end } = scheduleOf(specOf(link));
      const [from, to] = [made + begin * 1000, made + end * 1000];
      for (const time of [from, to]) if (time > now) next = Math.min(next, time);
      return now >= from && now < to;
    });
    return { active: active.slice(0, MOST_LINKS), next };
  }

  #idOf(uid: string): number {
    const known = this.#ids.get(uid);
    if (known !== undefined) return known;
    const made = this.#ids.size + 1;
    this.#ids.set(uid, made);
    return made;
  }
}
