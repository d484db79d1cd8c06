// portforward.ts - connections from a client's machine to ports of a pod: streams in pairs (SPDY), or channels in pairs.
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { RunningPod } from '../../lab/pods/runtime.js';
import type { Channels } from './channels.js';
import { SpdyConnection, type SpdyStream } from './spdy/connection.js';

/** Two streams that belong together, by the client's number of the request. */
interface Pair {
  data?: SpdyStream;
  error?: SpdyStream;
}

const why = (error: unknown): string => {
  const { code, message } = error as NodeJS.ErrnoException;
  return code === 'ECONNREFUSED' ? 'connection refused' : message;
};

const complaint = (port: number, pod: string, uid: string, error: unknown): string =>
  `error forwarding port ${port} to pod ${pod}, uid ${uid}: failed to connect to localhost:${port} inside the pod: ${why(error)}`;

interface ForwardedPod {
  readonly name: string;
  readonly uid: string;
  readonly running: RunningPod;
}

const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;

/** One connection: both directions until both have ended. */
async function carry({ name, uid, running }: ForwardedPod, port: number, data: Duplex, tell: (text: string) => void) {
  let socket: Duplex;
  try {
    socket = await running.connect(port);
  } catch (error) {
    tell(complaint(port, name, uid, error));
    return;
  }
  data.once('close', () => socket.destroy());
  // Either side may hang up whenever it likes.
  await Promise.allSettled([pipeline(data, socket), pipeline(socket, data)]);
}

function forwardPair(pod: ForwardedPod, { data, error }: Required<Pair>): void {
  const port = Number(data.headers.get('port'));
  const tell = (text: string): void => void error.write(text);
  if (!isPort(port)) tell(`error forwarding port: ${JSON.stringify(data.headers.get('port') ?? '')} is no port`);
  const work = isPort(port) ? carry(pod, port, data, tell) : Promise.resolve();
  void work.then(() => {
    data.end();
    data.resume();
    error.end();
    error.resume();
  });
}

/** SPDY inside of a WebSocket (v2.portforward.k8s.io), as kubectl from 1.31 on. */
export function forwardStreams(transport: Duplex, pod: ForwardedPod): Promise<void> {
  const pairs = new Map<string, Pair>();
  const connection = new SpdyConnection(transport, (stream) => {
    const { headers } = stream;
    const type = headers.get('streamtype');
    if (type !== 'data' && type !== 'error') return void stream.destroy();
    const id = headers.get('requestid') ?? headers.get('port') ?? '';
    const pair = pairs.get(id) ?? {};
    pair[type] = stream;
    pairs.set(id, pair);
    stream.once('close', () => pairs.delete(id));
    if (pair.data && pair.error) forwardPair(pod, pair as Required<Pair>);
  });
  return connection.run();
}

/** Two channels a port, data and errors: each begins with the number of the port, two bytes, low byte first. */
export async function forwardChannels(channels: Channels, pod: ForwardedPod, ports: readonly number[]): Promise<void> {
  const sockets = new Map<number, Duplex>();
  const opened = ports.map(async (port, i) => {
    const [data, error] = [2 * i, 2 * i + 1];
    const greeting = Buffer.from([port & 0xff, port >> 8]);
    channels.send(data, greeting);
    channels.send(error, greeting);
    try {
      const socket = await pod.running.connect(port);
      sockets.set(data, socket);
      socket.on('error', () => socket.destroy());
      socket.pipe(channels.writable(data));
    } catch (cause) {
      channels.send(error, Buffer.from(complaint(port, pod.name, pod.uid, cause)));
    }
  });
  // What the client says before the connections stand waits in the socket.
  channels.socket.pause();
  channels.listen({
    data(channel, bytes) {
      const socket = sockets.get(channel);
      if (!socket?.writable || socket.write(bytes)) return;
      channels.socket.pause();
      const goOn = (): void => channels.socket.resume();
      socket.once('drain', goOn).once('close', goOn);
    },
    end: (channel) => void sockets.get(channel)?.end(),
  });
  channels.socket.once('close', () => {
    for (const socket of sockets.values()) socket.destroy();
  });
  await Promise.all(opened);
  channels.socket.resume();
}
