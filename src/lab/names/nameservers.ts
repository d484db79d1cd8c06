// nameservers.ts - pods that serve the cluster's DNS: their sockets, and the answers that their worker thread does not have.
import type { Resolver } from '../../dns/resolver.js';
import { respond } from '../../dns/wire.js';
import type { PodPort } from '../../topology/listening.js';
import type { OpenPod } from '../pods/application.js';
import type { PodLog } from '../pods/log.js';
import { makeSockets, portKey, type ServedSocket, type SocketMaker } from '../pods/sockets.js';
import { Thread } from '../thread.js';
import type { NamesReply, NamesRequest } from './protocol.js';

interface NameServersOptions {
  readonly resolver: Resolver;
  readonly clock: () => Date;
  /** 0 to 1, for the order of answers. */
  readonly random: () => number;
  /** Tells the user what is wrong with the pods. */
  readonly report: (message: string) => void;
}

export class NameServers {
  readonly #options: NameServersOptions;
  readonly #logs = new Map<number, PodLog>();
  /** By id: makes the sockets of a pod and has them served. Returns what failed. */
  readonly #openers = new Map<number, () => string[]>();
  #thread: Thread<NamesRequest, NamesReply> | null = null;
  #next = 1;
  /** The worker may know something that a change makes wrong. */
  #told = false;

  constructor(options: NameServersOptions) {
    this.#options = options;
  }

  /** Starts serving a pod. Nothing is open before the first `update`. What is refused goes to `log`. */
  open(addresses: readonly string[], maker: SocketMaker, log: PodLog): OpenPod {
    const id = this.#next++;
    this.#logs.set(id, log);
    return {
      update: (ports) => {
        if (this.#openers.has(id)) return [];
        const opener = (): string[] => {
          const { sockets, failures } = socketsOf(ports, addresses, maker);
          this.#post({ type: 'open', id, sockets });
          return failures;
        };
        this.#openers.set(id, opener);
        return this.#thread?.runs === false ? [] : opener();
      },
      drain: () => {
        this.#logs.delete(id);
        this.#openers.delete(id);
        this.#post({ type: 'close', id });
        return Promise.resolve();
      },
    };
  }

  /** Names or addresses of the cluster have changed. */
  changed(): void {
    if (!this.#told) return;
    this.#told = false;
    this.#post({ type: 'forget' });
  }

  async close(): Promise<void> {
    await this.#thread?.close();
  }

  /** There is no thread before there is a pod to serve. */
  #post(request: NamesRequest): void {
    this.#thread ??= new Thread<NamesRequest, NamesReply>({
      file: new URL('./worker.js', import.meta.url),
      serves: 'names',
      hear: (reply) => this.#hear(reply),
      crashed: () => undefined,
      again: () => {
        for (const opener of this.#openers.values())
          for (const failure of opener()) this.#options.report(`DNS: ${failure}`);
      },
      report: this.#options.report,
    });
    this.#thread.post(request);
  }

  #hear(reply: NamesReply): void {
    const { resolver, clock, random } = this.#options;
    if (reply.type === 'log') {
      this.#logs.get(reply.id)?.append(clock().getTime(), Buffer.from(reply.text));
      return;
    }
    let why: string | undefined;
    const bytes = respond(resolver, reply.query, reply.overTcp, random, (reason) => {
      why = reason;
    });
    this.#told = true;
    this.#post({ type: 'answer', ask: reply.ask, bytes, ...(why === undefined ? {} : { why }) });
  }
}

function socketsOf(ports: readonly PodPort[], addresses: readonly string[], maker: SocketMaker) {
  const failures: string[] = [];
  const sockets: ServedSocket[] = [];
  for (const port of ports) {
    try {
      sockets.push(...makeSockets(port, addresses, maker));
    } catch (error) {
      failures.push(`${portKey(port)}: ${(error as Error).message}`);
    }
  }
  return { sockets, failures };
}
