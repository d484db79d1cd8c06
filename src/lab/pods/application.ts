// application.ts - the default pod application: opens a pod's ports in its namespace; one worker thread serves them all.

import { Worker } from 'node:worker_threads';
import type { PodPort } from '../../topology/listening.js';
import type { PodIdentity } from './answer.js';
import { PodLog } from './log.js';
import type { ServerReply, ServerRequest } from './server.js';
import { makeSockets, portKey, type ServedSocket, type SocketMaker } from './sockets.js';

/** The ports of one pod while they are open. */
export interface OpenPod {
  /** Opens and closes ports until exactly these are open. Returns what could not be opened, as sentences. */
  update(ports: readonly PodPort[]): string[];
  /** Accepts pending clients, lets connections finish for at most `drainMs` milliseconds, then cuts them. */
  drain(drainMs: number): Promise<void>;
}

export class Application {
  readonly #worker = new Worker(new URL('./server.js', import.meta.url));
  readonly #drained = new Map<number, () => void>();
  readonly #logs = new Map<number, PodLog>();
  #next = 1;

  constructor() {
    this.#worker.on('message', (reply: ServerReply) => {
      if (reply.type === 'log') return this.#logs.get(reply.id)?.append(reply.time, Buffer.from(reply.text));
      this.#logs.delete(reply.id);
      this.#drained.get(reply.id)?.();
      this.#drained.delete(reply.id);
    });
  }

  /** Starts serving a pod. Nothing is open before the first `update`. Its access log goes to `log`. */
  open(identity: PodIdentity, addresses: readonly string[], maker: SocketMaker, log = new PodLog()): OpenPod {
    const id = this.#next++;
    this.#logs.set(id, log);
    const open = new Map<string, ServedSocket[]>();
    return {
      update: (ports) => {
        const wanted = new Map(ports.map((port) => [portKey(port), port]));
        const gone = [...open].filter(([key]) => !wanted.has(key));
        for (const [key] of gone) open.delete(key);
        const keys = gone.flatMap(([, sockets]) => sockets.map((socket) => socket.key));
        if (keys.length > 0) this.#post({ type: 'close', id, keys });
        const failures: string[] = [];
        const sockets: ServedSocket[] = [];
        for (const [key, port] of wanted) {
          if (open.has(key)) continue;
          try {
            const made = makeSockets(port, addresses, maker);
            open.set(key, made);
            sockets.push(...made);
          } catch (error) {
            failures.push(`${portKey(port)}: ${(error as Error).message}`);
          }
        }
        if (sockets.length > 0) this.#post({ type: 'open', id, identity, sockets });
        return failures;
      },
      drain: (drainMs) =>
        new Promise((resolve) => {
          this.#drained.set(id, resolve);
          this.#post({ type: 'drain', id, drainMs });
        }),
    };
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
    for (const resolve of this.#drained.values()) resolve();
    this.#drained.clear();
  }

  #post(request: ServerRequest): void {
    this.#worker.postMessage(request);
  }
}
