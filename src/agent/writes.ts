// writes.ts - what is to be written to an API: in order for each object, again while the API is away, and never by whom it does not concern any more.
import { isStatusFailure } from '../live/status.js';

interface WriteOptions {
  /** Tells the user what the API refused. */
  readonly report: (message: string) => void;
  readonly pause: (ms: number) => Promise<void>;
  /** 0 to 1. */
  readonly random: () => number;
}

const FIRST_MS = 200;
const LONGEST_MS = 10_000;

/** The API is away, or asks for patience. */
const passes = (error: unknown): boolean =>
  !isStatusFailure(error) || error.status.code === 429 || (error.status.code ?? 0) >= 500;

/** What others did meanwhile is no news: the object is gone, or there. */
const expected = (error: unknown): boolean => isStatusFailure(error) && [404, 409].includes(error.status.code ?? 0);

export class Writes {
  readonly #options: WriteOptions;
  readonly #chains = new Map<string, Promise<void>>();
  #closed = false;

  constructor(options: WriteOptions) {
    this.#options = options;
  }

  /**
   * @param key of the object
   * @param may is asked before each attempt: false drops it
   */
  add(key: string, may: () => boolean, write: () => Promise<unknown>): void {
    const before = this.#chains.get(key) ?? Promise.resolve();
    const mine = before.then(() => this.#do(key, may, write));
    this.#chains.set(key, mine);
    void mine.then(() => {
      if (this.#chains.get(key) === mine) this.#chains.delete(key);
    });
  }

  /** Something is to be written yet. */
  waits = (key: string): boolean => this.#chains.has(key);

  /** Resolves when everything is written or dropped. */
  async settled(): Promise<void> {
    await Promise.all(this.#chains.values());
  }

  close(): void {
    this.#closed = true;
  }

  async #do(key: string, may: () => boolean, write: () => Promise<unknown>): Promise<void> {
    const { pause, random, report } = this.#options;
    for (let ms = FIRST_MS; !this.#closed && may(); ms = Math.min(LONGEST_MS, 2 * ms)) {
      try {
        await write();
        return;
      } catch (error) {
        if (!passes(error)) {
          if (!expected(error)) report(`${key} could not be written: ${(error as Error).message}`);
          return;
        }
      }
      await pause(ms * (0.5 + random()));
    }
  }
}
