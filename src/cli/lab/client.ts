// client.ts - the Kubernetes API of a running lab, spoken as HTTP over its Unix socket.
import { lstatSync } from 'node:fs';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import { eventsIn, type Query, type Reader, type WatchEvent } from '../../live/reader.js';
import { refusal } from '../../live/status.js';
import { Fault } from '../../model/fault.js';
import { directoryFault, socketPlace } from './socket.js';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface RequestOptions {
  readonly query?: Query;
  readonly body?: unknown;
  /** Media type of the body; JSON by default. */
  readonly contentType?: string;
}

interface Answer {
  readonly body: unknown;
}

const MERGE_PATCH = 'application/merge-patch+json';
export const PATCH_TYPES = {
  strategic: 'application/strategic-merge-patch+json',
  merge: MERGE_PATCH,
  json: 'application/json-patch+json',
} as const;

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED', 'ENXIO']);

function absent(name: string): Fault {
  const which = name === 'default' ? 'no lab is running' : `no lab named "${name}" is running`;
  const flag = name === 'default' ? '' : ` --name ${name}`;
  return new Fault('LAB_ABSENT', which, `Start one with: kubewire up${flag} -f FILE`);
}

const foreign = (path: string): Fault =>
  new Fault(
    'NO_PERMISSION',
    `the socket ${path} belongs to another user`,
    'Only the user who started the lab may use it.',
  );

/**
 * Another user's socket is not asked, even if the kernel allows it: anybody can put one into /tmp at this place, and
 * could then tell our programs where to run.
 */
function checkOwner(path: string): void {
  let owner: number;
  try {
    owner = lstatSync(path).uid;
  } catch {
    // There is no socket, or we may not see it; connecting tells which.
    return;
  }
  if (owner !== process.getuid?.()) throw foreign(path);
}

function connectionFault(error: NodeJS.ErrnoException, name: string, path: string): Error {
  if (error.code === 'ENOTDIR') return directoryFault(error, socketPlace(name)) ?? error;
  if (ABSENT.has(error.code ?? '')) return absent(name);
  if (error.code === 'EACCES' || error.code === 'EPERM') return foreign(path);
  if (error.code === 'ECONNRESET' || error.code === 'EPIPE') {
    return new Fault(
      'LAB_ABSENT',
      'the lab went away in the middle of the answer',
      'See with "kubewire status" whether it still runs.',
    );
  }
  return error;
}

/** Texts of `Warning: 299 - "…"` headers (RFC 7234 §5.5) in UTF-8, as the API server sends them. */
const warningTexts = (message: IncomingMessage): string[] =>
  [...(message.headers.warning ?? '').matchAll(/299 \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    Buffer.from((match[1] ?? '').replace(/\\(.)/g, '$1'), 'latin1').toString(),
  );

/** The API of one lab. It keeps no connection open between requests. */
export class Client implements Reader {
  readonly labName: string;
  readonly #path: string;
  readonly #warned = new Set<string>();

  constructor(name = 'default', path: string = socketPlace(name).path) {
    this.labName = name;
    this.#path = path;
  }

  /** One request and its JSON answer. Throws StatusFailure for a refusal, Fault LAB_ABSENT when nobody answers. */
  async exchange(method: Method, path: string, options: RequestOptions = {}): Promise<Answer> {
    const message = await this.#send(method, path, options);
    const text = await readAll(message).catch((error) => {
      throw connectionFault(error, this.labName, this.#path);
    });
    const code = message.statusCode ?? 0;
    if (code >= 400) throw refusal(code, text);
    this.#warn(warningTexts(message));
    return { body: text === '' ? undefined : JSON.parse(text) };
  }

  async get<T>(path: string, query?: Query): Promise<T> {
    return (await this.exchange('GET', path, query ? { query } : {})).body as T;
  }

  /** The body of an answer, piece by piece, until the server ends it or the caller leaves the loop. */
  async *stream(path: string, query: RequestOptions['query'] = {}): AsyncGenerator<Buffer> {
    const message = await this.#send('GET', path, { query });
    if ((message.statusCode ?? 0) >= 400) throw refusal(message.statusCode ?? 0, await readAll(message));
    try {
      for await (const part of message) yield part as Buffer;
    } catch (error) {
      throw connectionFault(error as NodeJS.ErrnoException, this.labName, this.#path);
    } finally {
      message.destroy();
    }
  }

  /** Events until the server ends the stream, or the caller leaves the loop. */
  async *watch(path: string, query: Query = {}): AsyncGenerator<WatchEvent> {
    const message = await this.#send('GET', path, { query: { ...query, watch: 'true' } });
    if ((message.statusCode ?? 0) >= 400) throw refusal(message.statusCode ?? 0, await readAll(message));
    message.setEncoding('utf8');
    try {
      yield* eventsIn(message);
    } catch (error) {
      throw connectionFault(error as NodeJS.ErrnoException, this.labName, this.#path);
    } finally {
      message.destroy();
    }
  }

  /** Prints each warning once, to stderr, as kubectl does. */
  #warn(texts: readonly string[]): void {
    for (const text of texts) {
      if (!this.#warned.has(text)) process.stderr.write(`Warning: ${text}\n`);
      this.#warned.add(text);
    }
  }

  async #send(method: Method, path: string, options: RequestOptions): Promise<IncomingMessage> {
    checkOwner(this.#path);
    const query = new URLSearchParams();
    for (const [key, value] of Object.entries(options.query ?? {})) if (value !== undefined) query.set(key, value);
    const text = options.body === undefined ? undefined : JSON.stringify(options.body);
    return new Promise((resolve, reject) => {
      const request: ClientRequest = httpRequest({
        socketPath: this.#path,
        method,
        path: query.size > 0 ? `${path}?${query}` : path,
        headers: {
          host: 'kubewire',
          accept: 'application/json',
          'user-agent': 'kubewire',
          ...(text === undefined
            ? {}
            : { 'content-type': options.contentType ?? 'application/json', 'content-length': Buffer.byteLength(text) }),
        },
      });
      request.on('response', resolve);
      request.on('error', (error) => reject(connectionFault(error, this.labName, this.#path)));
      request.end(text);
    });
  }
}

/** Adds `--name` to a verb that uses a lab. */
export function labOption(command: Command, about = 'the lab to talk to, when several run'): Command {
  return command.option('--name <lab>', about);
}

/** The client of the lab that the command line names: `kubewire --name x get …` or `kubewire get --name x …`. */
export function clientOf(command: Command): Client {
  const { name } = command.optsWithGlobals<{ name?: string }>();
  return new Client(name ?? 'default');
}
