// capture-files.ts - captures as other programs write them: pcap of every kind, pcapng with several interfaces.

export interface Recorded {
  readonly atNs: bigint;
  readonly bytes: Uint8Array;
  /** Of the whole packet, if it was cut off. */
  readonly length?: number;
}

interface PcapKind {
  readonly little: boolean;
  readonly nanoseconds: boolean;
  readonly linkType: number;
}

class Writer {
  readonly #parts: Buffer[] = [];
  readonly #little: boolean;

  constructor(little: boolean) {
    this.#little = little;
  }

  words(...values: readonly number[]): this {
    for (const value of values) {
      const word = Buffer.alloc(4);
      if (this.#little) word.writeUInt32LE(value);
      else word.writeUInt32BE(value);
      this.#parts.push(word);
    }
    return this;
  }

  halves(first: number, second: number): this {
    return this.words(this.#little ? first + second * 65_536 : first * 65_536 + second);
  }

  bytes(bytes: Uint8Array, multiple = 1): this {
    this.#parts.push(Buffer.from(bytes), Buffer.alloc((multiple - (bytes.length % multiple)) % multiple));
    return this;
  }

  done(): Buffer {
    return Buffer.concat(this.#parts);
  }
}

export function pcap({ little, nanoseconds, linkType }: PcapKind, packets: readonly Recorded[]): Buffer {
  const file = new Writer(little);
  file
    .words(nanoseconds ? 0xa1b23c4d : 0xa1b2c3d4)
    .halves(2, 4)
    .words(0, 0, 65_535, linkType);
  for (const { atNs, bytes, length = bytes.length } of packets) {
    const fraction = Number(atNs % 1_000_000_000n);
    const units = nanoseconds ? fraction : Math.floor(fraction / 1000);
    file.words(Number(atNs / 1_000_000_000n), units, bytes.length, length).bytes(bytes);
  }
  return file.done();
}

/** @param interfaces link type and if_tsresol; the packets go over them in turn */
export function pcapng(
  little: boolean,
  interfaces: readonly { readonly linkType: number; readonly resolution: number }[],
  packets: readonly Recorded[],
): Buffer {
  const file = new Writer(little);
  const block = (type: number, body: Buffer): void => {
    file
      .words(type, body.length + 12)
      .bytes(body)
      .words(body.length + 12);
  };
  const part = (): Writer => new Writer(little);
  block(0x0a0d0d0a, part().words(0x1a2b3c4d).halves(1, 0).words(0xffffffff, 0xffffffff).done());
  for (const { linkType, resolution } of interfaces) {
    const body = part().halves(linkType, 0).words(0).halves(9, 1).bytes(Uint8Array.of(resolution), 4).halves(0, 0);
    block(1, body.done());
  }
  // A block that nobody needs to know.
  block(0x0bad, part().words(1, 2, 3).done());
  for (const [i, { atNs, bytes, length = bytes.length }] of packets.entries()) {
    const of = i % interfaces.length;
    const power = interfaces[of]?.resolution ?? 6;
    const units = power >= 0x80 ? (atNs << BigInt(power & 0x7f)) / 1_000_000_000n : atNs / 10n ** BigInt(9 - power);
    const body = part().words(of, Number(units >> 32n), Number(units & 0xffffffffn), bytes.length, length);
    block(6, body.bytes(bytes, 4).done());
  }
  return file.done();
}

/** Reads a file that is in memory. */
export function readerOf(file: Uint8Array): (bytes: number) => Uint8Array {
  let at = 0;
  return (bytes) => {
    const taken = file.subarray(at, at + bytes);
    at += taken.length;
    return taken;
  };
}
