// channels.ts - several byte streams over one WebSocket; each message begins with its channel number.
//
// channel.k8s.io as k8s.io/apimachinery/pkg/util/httpstream/wsstream has it: binary, or base64 with the number as a digit.
import { Writable } from 'node:stream';
import type { RawData, WebSocket } from 'ws';

export interface ChannelProtocol {
  readonly name: string;
  readonly base64: boolean;
  /** 1: errors are plain text. 4: they are Status objects. 5: the client says which channel it closes. */
  readonly version: 1 | 4 | 5;
}

const protocol = (name: string, version: ChannelProtocol['version'], base64 = false): ChannelProtocol => ({
  name,
  version,
  base64,
});

/** In the order in which the server likes them. */
export const CHANNEL_PROTOCOLS: readonly ChannelProtocol[] = [
  protocol('v5.channel.k8s.io', 5),
  protocol('v4.channel.k8s.io', 4),
  protocol('v4.base64.channel.k8s.io', 4, true),
  protocol('channel.k8s.io', 1),
  protocol('base64.channel.k8s.io', 1, true),
  protocol('', 1),
];

const CLOSE_CHANNEL = 255;
const DIGIT_ZERO = 48;

const bytesOf = (data: RawData): Buffer =>
  Buffer.isBuffer(data) ? data : Array.isArray(data) ? Buffer.concat(data) : Buffer.from(data);

/** What comes in, by channel. */
interface ChannelListener {
  data(channel: number, bytes: Buffer): void;
  /** The client has closed a channel (v5). */
  end(channel: number): void;
}

export class Channels {
  readonly socket: WebSocket;
  readonly protocol: ChannelProtocol;

  constructor(socket: WebSocket, protocol: ChannelProtocol) {
    this.socket = socket;
    this.protocol = protocol;
  }

  listen(listener: ChannelListener): void {
    this.socket.on('message', (data) => {
      const message = bytesOf(data);
      const [first = 0] = message;
      if (message.length === 0) return;
      if (this.protocol.base64)
        return listener.data(first - DIGIT_ZERO, Buffer.from(message.toString('latin1', 1), 'base64'));
      if (first === CLOSE_CHANNEL && this.protocol.version === 5) return listener.end(message[1] ?? CLOSE_CHANNEL);
      listener.data(first, message.subarray(1));
    });
  }

  send(channel: number, bytes: Buffer, done: (error?: Error | null) => void = () => undefined): void {
    if (this.socket.readyState !== this.socket.OPEN) return void done();
    const whenSent = (): void => done();
    if (this.protocol.base64) this.socket.send(`${channel}${bytes.toString('base64')}`, { binary: false }, whenSent);
    else this.socket.send(Buffer.concat([Buffer.from([channel]), bytes]), { binary: true }, whenSent);
  }

  /** Takes as fast as the client reads. */
  writable(channel: number): Writable {
    return new Writable({ write: (bytes: Buffer, _, done) => this.send(channel, bytes, done) });
  }

  close(): void {
    this.socket.close(1000);
  }
}
