// capturefile.ts - the packets of a capture file as Ethernet frames, and what of it cannot be carried.
import { closeSync, openSync, readSync } from 'node:fs';
import { CaptureFileError, capturedPackets } from '../../wire/capturefile.js';
import { ethernetOf, linkTypeName } from '../../wire/linktypes.js';
import { Exit } from '../failure.js';

interface ReadFrame {
  /** Nanoseconds since 1970; null if the file does not say. */
  readonly atNs: bigint | null;
  readonly bytes: Uint8Array;
}

const CHUNK = 1024 * 1024;

/** Bytes of a file from its beginning on; `-` is standard input. */
class FileBytes {
  readonly #fd: number;
  #kept: Buffer = Buffer.alloc(0);

  constructor(fd: number) {
    this.#fd = fd;
  }

  readonly read = (bytes: number): Uint8Array => {
    while (this.#kept.length < bytes) {
      const more = Buffer.allocUnsafe(Math.max(CHUNK, bytes));
      const count = readSync(this.#fd, more, 0, more.length, null);
      if (count === 0) break;
      this.#kept = Buffer.concat([this.#kept, more.subarray(0, count)]);
    }
    const taken = this.#kept.subarray(0, bytes);
    this.#kept = this.#kept.subarray(taken.length);
    return taken;
  };
}

export class CaptureFile {
  readonly #path: string;
  packets = 0;
  /** Packets that were cut off when they were captured, which nobody can send as they were. */
  cut = 0;
  /** Link types that cannot be carried → how many packets had them. */
  readonly strange = new Map<string, number>();
  /** Why the file ends early; null: it does not. */
  broken: string | null = null;

  constructor(path: string) {
    this.#path = path;
  }

  /** Throws Exit if the file cannot be read, or is no capture. */
  *frames(): Generator<ReadFrame> {
    let fd: number;
    try {
      fd = this.#path === '-' ? 0 : openSync(this.#path, 'r');
    } catch (error) {
      throw new Exit(1, `error: ${this.#path} cannot be read: ${(error as Error).message}`);
    }
    try {
      for (const { atNs, linkType, bytes, length } of capturedPackets(new FileBytes(fd).read)) {
        this.packets++;
        const frame = ethernetOf(linkType, bytes);
        if (length > bytes.length) this.cut++;
        if (frame) yield { atNs, bytes: frame };
        else this.strange.set(linkTypeName(linkType), (this.strange.get(linkTypeName(linkType)) ?? 0) + 1);
      }
    } catch (error) {
      if (!(error instanceof CaptureFileError)) throw error;
      if (this.packets === 0) throw new Exit(1, `error: ${this.#path}: ${error.message}`);
      this.broken = error.message;
    } finally {
      if (fd !== 0) closeSync(fd);
    }
  }

  /** What somebody who replays it should know. */
  warnings(): string[] {
    return [
      ...[...this.strange].map(
        ([name, count]) => `${count} packets of link type ${name} were left out: they carry no IP`,
      ),
      ...(this.cut > 0 ? [`${this.cut} packets were cut off when they were captured; they were sent as they are`] : []),
      ...(this.broken === null ? [] : [`${this.#path} is damaged after ${this.packets} packets: ${this.broken}`]),
    ];
  }
}
