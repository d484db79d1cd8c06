// connection.ts - SPDY/3 as used by Kubernetes: client-opened streams over one connection, without flow control.
//
// http://www.chromium.org/spdy/spdy-protocol/spdy-protocol-draft3, and what github.com/moby/spdystream uses of it.
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { HeaderBlocks } from './headers.js';

const CONTROL = 0x8000_0000;
const VERSION = 3;
const FIN = 0x01;
enum Type {
  SynStream = 1,
  SynReply = 2,
  RstStream = 3,
  Ping = 6,
  GoAway = 7,
}

const HEAD_BYTES = 8;
/** Larger frames are refused; clients send 32 KiB at a time. */
const MOST_FRAME_BYTES = 1024 * 1024;

/** Two directions that end for themselves. */
export class SpdyStream extends Duplex {
  readonly id: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly #send: (flags: number, bytes: Buffer, done: (error?: Error | null) => void) => void;
  readonly #drop: () => void;

  constructor(
    id: number,
    headers: ReadonlyMap<string, string>,
    send: (flags: number, bytes: Buffer, done: (error?: Error | null) => void) => void,
    drop: () => void,
  ) {
    super({ allowHalfOpen: true });
    this.id = id;
    this.headers = headers;
    this.#send = send;
    this.#drop = drop;
  }

  override _read(): void {
    this.emit('wanted');
  }

  override _write(bytes: Buffer, _: string, done: (error?: Error | null) => void): void {
    this.#send(0, bytes, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#send(FIN, Buffer.alloc(0), done);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#drop();
    this.emit('wanted');
    done(error);
  }
}

const frame = (first: number, flags: number, payload: Buffer): Buffer => {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(first >>> 0);
  head.writeUInt32BE(flags * 2 ** 24 + payload.length, 4);
  return Buffer.concat([head, payload]);
};

const control = (type: Type, payload: Buffer): Buffer => frame((CONTROL | (VERSION << 16) | type) >>> 0, 0, payload);

const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

/** Serves the streams that come over a connection. */
export class SpdyConnection {
  readonly #transport: Duplex;
  readonly #blocks = new HeaderBlocks();
  readonly #streams = new Map<number, SpdyStream>();
  readonly #onStream: (stream: SpdyStream) => void;

  constructor(transport: Duplex, onStream: (stream: SpdyStream) => void) {
    this.#transport = transport;
    this.#onStream = onStream;
  }

  /** Resolves when the connection has ended; its streams have ended then. Rejects for what is no SPDY. */
  async run(): Promise<void> {
    let pending: Buffer = Buffer.alloc(0);
    try {
      for await (const chunk of this.#transport) {
        pending = pending.length === 0 ? (chunk as Buffer) : Buffer.concat([pending, chunk as Buffer]);
        let at = 0;
        while (pending.length - at >= HEAD_BYTES) {
          const length = pending.readUInt32BE(at + 4) & 0xff_ffff;
          if (length > MOST_FRAME_BYTES) throw new Error(`a SPDY frame of ${length} bytes is too large`);
          const end = at + HEAD_BYTES + length;
          if (pending.length < end) break;
          await this.#take(pending.readUInt32BE(at), pending[at + 4] ?? 0, pending.subarray(at + HEAD_BYTES, end));
          at = end;
        }
        pending = pending.subarray(at);
      }
    } finally {
      for (const stream of [...this.#streams.values()]) stream.destroy();
      this.#blocks.close();
      this.#transport.destroy();
    }
  }

  async #take(first: number, flags: number, payload: Buffer): Promise<void> {
    if (first < CONTROL) return this.#takeData(first, flags, payload);
    const type = first & 0xffff;
    if (type === Type.SynStream) return this.#open(flags, payload);
    if (type === Type.Ping) this.#transport.write(control(Type.Ping, payload));
    if (type === Type.RstStream) this.#streams.get(payload.readUInt32BE(0) & 0x7fff_ffff)?.destroy();
    if (type === Type.GoAway) this.#transport.end();
  }

  /** A stream that cannot take more stops the whole connection: there is no other way to slow the client down. */
  async #takeData(id: number, flags: number, payload: Buffer): Promise<void> {
    const stream = this.#streams.get(id);
    if (!stream || stream.destroyed) return;
    if (payload.length > 0 && !stream.push(Buffer.from(payload)) && !stream.destroyed) await once(stream, 'wanted');
    if (flags & FIN && !stream.destroyed) stream.push(null);
  }

  async #open(flags: number, payload: Buffer): Promise<void> {
    if (payload.length < 10) throw new Error('a SYN_STREAM frame is too short');
    const id = payload.readUInt32BE(0) & 0x7fff_ffff;
    const headers = await this.#blocks.read(payload.subarray(10));
    const stream = new SpdyStream(
      id,
      headers,
      (more, bytes, done) => {
        if (this.#transport.destroyed || this.#transport.writableEnded) return done();
        this.#transport.write(frame(id, more, bytes), done);
      },
      () => this.#streams.delete(id),
    );
    this.#streams.set(id, stream);
    // A broken connection ends its streams; nobody needs an error of each.
    stream.on('error', () => undefined);
    const reply = await this.#blocks.write(new Map());
    this.#transport.write(control(Type.SynReply, Buffer.concat([number(id), reply])));
    if (flags & FIN) stream.push(null);
    this.#onStream(stream);
  }
}
