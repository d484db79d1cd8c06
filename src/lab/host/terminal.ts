// terminal.ts - a pseudo-terminal: its inner end becomes stdio of a program, its outer end is a stream of ours.
import { closeSync, write } from 'node:fs';
import { Duplex } from 'node:stream';
import { ReadStream } from 'node:tty';
import { after } from '../../model/timer.js';
import { withKernel } from './host.js';

/** A program that does not read its terminal is asked again after this. */
const RETRY_MS = 10;

/** What the program prints is read from it; what is written to it, the program reads as typed. */
export class Terminal extends Duplex {
  /** For the program; `release` closes it here when the program has it. */
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
    // When the last program has closed it, Linux says EIO instead of an end.
    const end = (): void => void this.push(null);
    this.#reader.once('error', end).once('end', end);
    this.#reader.pause();
  }

  release(): void {
    closeSync(this.inner);
  }

  /** Programs are told by SIGWINCH. Sizes are characters. */
  resize(columns: number, rows: number): void {
    if (!this.destroyed) withKernel((addon) => addon.resizeTerminal(this.#outer, columns, rows));
  }

  override _read(): void {
    this.#reader.resume();
  }

  /** The end of the input is typed: Ctrl-D, as everybody would. */
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
      // A program that is gone reads no more; that is its affair.
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
