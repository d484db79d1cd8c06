// thread.ts - a worker thread that serves sockets of pods. When it crashes that is told, and another one begins.
import { Worker } from 'node:worker_threads';
import { after } from '../model/timer.js';

/** Before the next one begins, in milliseconds: one that crashes at once must not keep a processor busy. */
const PAUSE_MS = 200;

interface ThreadOptions<Reply> {
  readonly file: URL;
  /** What it serves: `pods`. */
  readonly serves: string;
  readonly hear: (reply: Reply) => void;
  /** It is gone, and its sockets are closed. */
  readonly crashed: () => void;
  /** Another one has begun, which serves nothing yet. */
  readonly again: () => void;
  /** Tells the user. */
  readonly report: (message: string) => void;
}

export class Thread<Request, Reply> {
  readonly #options: ThreadOptions<Reply>;
  #worker: Worker | null;
  #closed = false;
  #stopPause = (): void => undefined;

  constructor(options: ThreadOptions<Reply>) {
    this.#options = options;
    this.#worker = this.#begin();
  }

  /** False between a crash and the beginning of the next one. */
  get runs(): boolean {
    return this.#worker !== null;
  }

  /** Nobody hears it while none runs. */
  post(request: Request): void {
    this.#worker?.postMessage(request);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#stopPause();
    await this.#worker?.terminate();
  }

  #begin(): Worker {
    const worker = new Worker(this.#options.file);
    worker.on('message', this.#options.hear);
    worker.on('error', (error) => this.#crash(error));
    return worker;
  }

  #crash(error: Error): void {
    if (this.#closed) return;
    const { serves, crashed, again, report } = this.#options;
    this.#worker = null;
    report(
      `the thread that serves ${serves} crashed (${error.message}): their connections are cut, and it begins again`,
    );
    crashed();
    this.#stopPause = after(PAUSE_MS, () => {
      this.#worker = this.#begin();
      again();
    });
  }
}
