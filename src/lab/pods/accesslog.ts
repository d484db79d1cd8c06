// accesslog.ts - the access log of the default application: one line per request, passed on in batches.
import type { IncomingMessage } from 'node:http';
import type { Answer } from './answer.js';
import { LOG_BYTES } from './log.js';

/** Lines are handed on after this, so that many requests are one message. */
const BUNDLE_MS = 20;
/** What a client said is shown as far as this, in characters. */
const SHOWN = 512;

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const two = (number: number): string => String(number).padStart(2, '0');

/** As web servers write it: `29/Nov/2026:00:17:00 +0000`. */
function logTime(time: number): string {
  const date = new Date(time);
  const clock = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()].map(two).join(':');
  return `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${clock} +0000`;
}

const shown = (text: string): string => JSON.stringify(text.length > SHOWN ? `${text.slice(0, SHOWN)}...` : text);

export class AccessLog {
  readonly #hand: (id: number, time: number, text: string) => void;
  readonly #pending = new Map<number, string>();
  #second = 0;
  #secondText = '';

  /** @param hand gets the lines of a pod, at most as many as its log keeps */
  constructor(hand: (id: number, time: number, text: string) => void) {
    this.#hand = hand;
  }

  /** The combined format of web servers. */
  http(id: number, request: IncomingMessage, client: string, code: number, bytes: number): void {
    const { method = '', url = '', httpVersion, headers } = request;
    const asked = shown(`${method} ${url} HTTP/${httpVersion}`);
    const agent = shown(headers['user-agent'] ?? '-');
    this.#line(
      id,
      `${client} - - [${this.#now()}] ${asked} ${code} ${bytes} ${shown(headers.referer ?? '-')} ${agent}`,
    );
  }

  /** Clients that speak plain TCP or UDP. */
  said(id: number, protocol: 'TCP' | 'UDP', { client, local }: Answer, said: string): void {
    this.#line(id, `${client.address} - - [${this.#now()}] ${shown(said)} ${protocol}/${local.port}`);
  }

  #now(): string {
    const now = Date.now();
    const second = Math.floor(now / 1000);
    if (second !== this.#second) [this.#second, this.#secondText] = [second, logTime(now)];
    return this.#secondText;
  }

  #line(id: number, line: string): void {
    if (this.#pending.size === 0) setTimeout(() => this.#flush(), BUNDLE_MS);
    const text = `${this.#pending.get(id) ?? ''}${line}\n`;
    // Nobody would keep more.
    this.#pending.set(id, text.length > 2 * LOG_BYTES ? text.slice(text.indexOf('\n', LOG_BYTES) + 1) : text);
  }

  #flush(): void {
    const now = Date.now();
    for (const [id, text] of this.#pending) this.#hand(id, now, text);
    this.#pending.clear();
  }
}
