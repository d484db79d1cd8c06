// application.ts - the default pod application: opens a pod's ports in its namespace; one worker thread serves them all.

import { isDeepStrictEqual } from 'node:util';
import type { PodPort } from '../../topology/listening.js';
import { type Manners, PLAIN } from '../../topology/manners.js';
import { Thread } from '../thread.js';
import type { PodIdentity } from './answer.js';
import { PodLog } from './log.js';
import type { ServerReply, ServerRequest } from './server.js';
import { makeSockets, portKey, type ServedSocket, type SocketMaker } from './sockets.js';

/** The ports of one pod while they are open. */
export interface OpenPod {
  /** Opens and closes ports until exactly these are open. Returns what could not be opened, as sentences. */
  update(ports: readonly PodPort[]): string[];
  /** It is slow, flaky or busy from now on, or not any more. Servers of names are never. */
  readonly behave?: (manners: Manners) => void;
  /** Accepts pending clients, lets connections finish for at most `drainMs` milliseconds, then cuts them. */
  drain(drainMs: number): Promise<void>;
}

/** How a pod is served: where its sockets are made, and which are open. */
interface Served {
  readonly identity: PodIdentity;
  readonly addresses: readonly string[];
  readonly maker: SocketMaker;
  readonly open: Map<string, readonly ServedSocket[]>;
  /** The ports that it should have. */
  ports: readonly PodPort[];
  manners: Manners;
}

export class Application {
  readonly #thread: Thread<ServerRequest, ServerReply>;
  readonly #served = new Map<number, Served>();
  readonly #drained = new Map<number, () => void>();
  readonly #logs = new Map<number, PodLog>();
  readonly #report: (message: string) => void;
  #next = 1;

  /** @param report tells the user what is wrong with pods */
  constructor(report: (message: string) => void) {
    this.#report = report;
    this.#thread = new Thread<ServerRequest, ServerReply>({
      file: new URL('./server.js', import.meta.url),
      serves: 'pods',
      hear: (reply) => this.#hear(reply),
      crashed: () => this.#endDrains(),
      again: () => this.#openAgain(),
      report,
    });
  }

  /** Starts serving a pod. Nothing is open before the first `update`. Its access log goes to `log`. */
  open(
    identity: PodIdentity,
    addresses: readonly string[],
    maker: SocketMaker,
    { log = new PodLog(), manners = PLAIN }: { readonly log?: PodLog; readonly manners?: Manners } = {},
  ): OpenPod {
    const id = this.#next++;
    const served: Served = { identity, addresses, maker, open: new Map(), ports: [], manners };
    this.#logs.set(id, log);
    this.#served.set(id, served);
    return {
      update: (ports) => {
        served.ports = ports;
        return this.#update(id, served);
      },
      behave: (wanted) => {
        if (isDeepStrictEqual(wanted, served.manners)) return;
        served.manners = wanted;
        this.#thread.post({ type: 'behave', id, manners: wanted });
      },
      drain: (drainMs) => {
        this.#served.delete(id);
        if (!this.#thread.runs) return Promise.resolve();
        return new Promise((resolve) => {
          this.#drained.set(id, resolve);
          this.#thread.post({ type: 'drain', id, drainMs });
        });
      },
    };
  }

  async close(): Promise<void> {
    await this.#thread.close();
    this.#endDrains();
  }

  #update(id: number, { identity, addresses, maker, open, ports, manners }: Served): string[] {
    if (!this.#thread.runs) return [];
    const wanted = new Map(ports.map((port) => [portKey(port), port]));
    const gone = [...open].filter(([key]) => !wanted.has(key));
    for (const [key] of gone) open.delete(key);
    const keys = gone.flatMap(([, sockets]) => sockets.map((socket) => socket.key));
    if (keys.length > 0) this.#thread.post({ type: 'close', id, keys });
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
    if (sockets.length > 0) this.#thread.post({ type: 'open', id, identity, sockets, manners });
    return failures;
  }

  #hear(reply: ServerReply): void {
    if (reply.type === 'log') {
      this.#logs.get(reply.id)?.append(reply.time, Buffer.from(reply.text));
      return;
    }
    this.#logs.delete(reply.id);
    this.#drained.get(reply.id)?.();
    this.#drained.delete(reply.id);
  }

  /** Nobody is left whom a connection could be finished with. */
  #endDrains(): void {
    for (const resolve of this.#drained.values()) resolve();
    this.#drained.clear();
  }

  #openAgain(): void {
    for (const [id, served] of this.#served) {
      served.open.clear();
      const { namespace, pod } = served.identity;
      for (const failure of this.#update(id, served)) this.#report(`pod ${namespace}/${pod}: ${failure}`);
    }
  }
}
