// worker.ts - a processor of its own for the application of a busy pod: a thread that works off what is asked of it, and loads itself.
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

/** A slice of the load that is always there. */
const SLICE_MS = 50;

function burn(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Loads itself in slices, so that requests come in between. */
function load(busy: number): void {
  burn(SLICE_MS * busy);
  setTimeout(load, Math.max(0, SLICE_MS * (1 - busy)), busy);
}

/** What one busy pod works with. Requests wait for each other. */
export class Processor {
  readonly #worker: Worker;
  readonly #waiting: (() => void)[] = [];

  /** @param busy part of a processor that is always busy, 0 to 1 */
  constructor(busy: number) {
    this.#worker = new Worker(new URL(import.meta.url), { workerData: { busy } });
    this.#worker.on('message', () => this.#waiting.shift()?.());
  }

  /** Resolves when so much time of it went into this request, after all earlier ones. */
  work(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#worker.postMessage(ms);
    });
  }

  /** Nobody waits any more. */
  stop(): void {
    void this.#worker.terminate();
    for (const done of this.#waiting.splice(0)) done();
  }
}

const { busy } = (workerData ?? {}) as { readonly busy?: number };
if (!isMainThread && busy !== undefined) {
  parentPort?.on('message', (ms: number) => {
    burn(ms);
    parentPort?.postMessage(null);
  });
  if (busy > 0) load(busy);
}
