// server.ts - the API server that a kubeconfig names. It is only read: every request is a GET.
import type { IncomingMessage } from 'node:http';
import { Connection, connectionFault } from './connection.js';
import type { Target } from './kubeconfig.js';
import { eventsIn, type Query, type Reader, type WatchEvent } from './reader.js';

/** One API server as one user. */
export class LiveServer implements Reader {
  readonly target: Target;
  protected readonly connection: Connection;
  /** Answers that are being read. */
  readonly #open = new Set<IncomingMessage>();

  /** @param name by which the server knows this program */
  constructor(
    target: Target,
    environment: Readonly<Record<string, string | undefined>>,
    clock: () => number,
    name = 'kubewire (read-only)',
  ) {
    this.target = target;
    this.connection = new Connection(target, environment, clock, name);
  }

  get<T>(path: string, query: Query = {}): Promise<T> {
    return this.connection.json<T>({ method: 'GET', path, query });
  }

  async *watch(path: string, query: Query = {}): AsyncGenerator<WatchEvent> {
    yield* eventsIn(this.text(path, { ...query, watch: 'true' }));
  }

  /** The body of an answer, piece by piece, until the server ends it or the caller leaves the loop. */
  async *text(path: string, query: Query = {}): AsyncGenerator<string> {
    const message = await this.connection.accepted({ method: 'GET', path, query });
    message.setEncoding('utf8');
    this.#open.add(message);
    try {
      for await (const part of message) yield part as string;
    } catch (error) {
      throw connectionFault(error as Error, this.target);
    } finally {
      this.#open.delete(message);
      message.destroy();
    }
  }

  /** Ends the watches that are open. */
  close(): void {
    for (const message of this.#open) message.destroy();
  }
}
