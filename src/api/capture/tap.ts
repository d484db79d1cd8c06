// tap.ts - Tap: reads what the shards tell about frames, and hands it to everybody who captures. With nobody, they tell nothing.
import type { TracedFrame, TraceRing } from '../../engine/tracering.js';
import type { TracedPlane } from '../../observe/capture/hop.js';

/** What tells about frames: part of engine/pool.ts. */
interface Tracer {
  trace(snap: number): Promise<TraceRing[]>;
  untrace(): Promise<unknown>;
}

/** What can be captured: the frames, and what is in force where they are. */
export interface CaptureSource {
  readonly tracer: Tracer;
  /** By node id; 0 is the fabric. */
  planeOf(node: number): TracedPlane | undefined;
}

type Listener = (frame: TracedFrame) => void;

/** Pause between two looks, and the most time that one may take, in milliseconds: the API has other things to do. */
const LOOK_MS = 20;
const MOST_MS = 12;
/** Frames between two looks at the clock. */
const PORTION = 64;

export class Tap {
  readonly #tracer: Tracer;
  readonly #listeners = new Set<Listener>();
  #rings: readonly TraceRing[] = [];
  #lost = 0;
  #timer: NodeJS.Timeout | null = null;
  #turn: Promise<void> = Promise.resolve();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  /** Frames that no listener could have got since the tap was made, because they came faster than they were read. */
  get lost(): number {
    return this.#lost + this.#rings.reduce((sum, ring) => sum + ring.lost, 0);
  }

  /** Hands frames to the listener once this has resolved. */
  listen(listener: Listener): Promise<void> {
    return this.#inTurn(async () => {
      this.#listeners.add(listener);
      if (this.#timer) return;
      this.#rings = await this.#tracer.trace(0);
      this.#timer = setInterval(() => this.#look(), LOOK_MS);
    });
  }

  /** The listener gets what was told until now, and then nothing more. */
  leave(listener: Listener): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#listeners.has(listener)) return;
      if (this.#listeners.size > 1) {
        this.#look();
        this.#listeners.delete(listener);
        return;
      }
      if (this.#timer) clearInterval(this.#timer);
      this.#timer = null;
      await this.#tracer.untrace();
      this.#look(Number.POSITIVE_INFINITY);
      this.#listeners.delete(listener);
      this.#lost = this.lost;
      this.#rings = [];
    });
  }

  #inTurn(step: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  #look(most = MOST_MS): void {
    const end = performance.now() + most;
    let frames = 0;
    do {
      frames = this.#portion();
    } while (frames > 0 && performance.now() < end);
  }

  /** Some frames of every ring, in the order in which they came. */
  #portion(): number {
    const frames: TracedFrame[] = [];
    for (const ring of this.#rings) ring.read((frame) => frames.push(frame), PORTION);
    if (this.#rings.length > 1) frames.sort((a, b) => (a.row.atNs < b.row.atNs ? -1 : a.row.atNs > b.row.atNs ? 1 : 0));
    for (const frame of frames) for (const listener of this.#listeners) listener(frame);
    return frames.length;
  }
}
