// terminal.ts - a pseudo-terminal. Its inner end is a program's stdio, its outer end is our stream.
import { closeSync, write } from 'node:fs';
import { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import { after } from '../../model/timer.js';
import { withKernel } from './host.js';

/** Delay before a program that does not read its terminal is tried again. */
const RETRY_MS = 10;

/** Reading gives what the program prints; writing is what the program reads as typed input. */
export class Terminal extends Duplex {
  /** For the program. `release` closes our copy once the program has it. */
  readonly inner: number;
  readonly #outer: number;
  readonly #reader: ReadStream;
  #stopRetry: () => void = () => undefined;

  constructor() {
    super({ allowHalfOpen: true });
    [this.#outer, this.inner] = withKernel((addon) => addon.createTerminal());
    this.#reader = new ReadStream(this.#outer);
    this.#reader.on('data', (bytes) => {
      if (!this.push(bytes)) this.#reader.pause();
    });
    // Once the last program has closed it, Linux reports EIO instead of end of file.
    const end = (): void => void this.push(null);
    this.#reader.once('error', end).once('end', end);
    this.#reader.pause();
  }

  release(): void {
    closeSync(this.inner);
  }

  /** Notifies programs with SIGWINCH. Sizes are in characters. */
  resize(columns: number, rows: number): void {
    if (!this.destroyed) withKernel((addon) => addon.resizeTerminal(this.#outer, columns, rows));
  }

  override _read(): void {
    this.#reader.resume();
  }

  /** Ends the input as a user would, by typing Ctrl-D. */
  override _final(done: (error?: Error | null) => void): void {
    this._write(Buffer.from([4]), 'buffer', done);
  }

  override _write(bytes: Buffer, encoding: string, done: (error?: Error | null) => void): void {
    if (this.destroyed) return void done();
    write(this.#outer, bytes, (error, written) => {
      if (error?.code === 'EAGAIN') {
        this.#stopRetry = after(RETRY_MS, () => this._write(bytes, encoding, done));
        return;
      }
      // A program that has ended reads no more; that is not an error.
      if (error || written === bytes.length) done();
      else this._write(bytes.subarray(written), encoding, done);
    });
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#stopRetry();
    this.#reader.destroy();
    done(error);
  }
}
