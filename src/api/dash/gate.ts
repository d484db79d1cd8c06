// gate.ts - who may see the page: whoever knows its token, from a page of its own origin.
import { randomBytes, timingSafeEqual } from 'node:crypto';

/** 192 bits: as much as a name in an address should have. */
const TOKEN_BYTES = 24;

/** What of a request decides whether it is let in; the names are those of HTTP, in small letters. */
export type Headers = Readonly<Record<'host' | 'origin' | 'cookie' | 'sec-fetch-site', string | undefined>>;

function same(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/**
 * A browser gives cookies to every port of an address, and names may be made to lead here (DNS rebinding). So the cookie's
 * name holds the port, and requests that another page sends are refused whatever they carry.
 */
export class Gate {
  readonly #port: number;
  readonly #token = randomBytes(TOKEN_BYTES).toString('base64url');

  constructor(port: number) {
    this.#port = port;
  }

  /** The address that lets a person in. */
  get address(): string {
    return `http://127.0.0.1:${this.#port}/?token=${this.#token}`;
  }

  /** `Set-Cookie` for whoever brings the token. */
  get cookie(): string {
    return `${this.#name}=${this.#token}; Path=/; HttpOnly; SameSite=Strict`;
  }

  isToken(text: string): boolean {
    return same(text, this.#token);
  }

  /** Does the request come from the page, or from the address bar? */
  isOurs({ host = '', origin, 'sec-fetch-site': site }: Headers): boolean {
    const hosts = [`127.0.0.1:${this.#port}`, `localhost:${this.#port}`];
    return (
      hosts.includes(host) &&
      (origin === undefined || origin === `http://${host}`) &&
      (site === undefined || site === 'same-origin' || site === 'none')
    );
  }

  admits(headers: Headers): boolean {
    const cookies = (headers.cookie ?? '').split(/; */).map((pair) => pair.split('='));
    const own = cookies.find(([name]) => name === this.#name);
    return this.isOurs(headers) && own !== undefined && this.isToken(own[1] ?? '');
  }

  get #name(): string {
    return `kubewire-${this.#port}`;
  }
}
