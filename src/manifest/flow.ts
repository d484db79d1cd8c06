// flow.ts - a fast reader of one-line flow collections, `{name: web, ports: [80, 443]}`, for the reader of plain YAML.
//
// It takes simple keys, scalars without spaces or in quotes without escapes, and a blank behind every colon. Whatever
// else YAML knows here makes it give up.

/** Thrown where the text is not plain enough to be sure what YAML would say. */
export class NotPlain extends Error {}

const KEY = /([A-Za-z_][A-Za-z0-9_./-]*|"[^"\\]*"|'[^']*'): +/y;
const VALUE = /"[^"\\]*"|'[^']*'|[A-Za-z0-9_./-](?:[A-Za-z0-9_./:-]*[A-Za-z0-9_./-])?/y;
/** Deeper than anything that a person writes on a line. */
const DEPTH_LIMIT = 16;

class FlowReader {
  readonly #text: string;
  readonly #scalar: (text: string) => unknown;
  #at = 0;

  constructor(text: string, scalar: (text: string) => unknown) {
    this.#text = text;
    this.#scalar = scalar;
  }

  read(): unknown {
    const value = this.#value(0);
    if (this.#at !== this.#text.length) throw new NotPlain();
    return value;
  }

  #value(depth: number): unknown {
    if (depth > DEPTH_LIMIT) throw new NotPlain();
    if (this.#take('{')) return this.#mapping(depth + 1);
    return this.#take('[') ? this.#sequence(depth + 1) : this.#scalar(this.#match(VALUE));
  }

  #mapping(depth: number): Record<string, unknown> {
    const object: Record<string, unknown> = {};
    this.#blank();
    if (this.#take('}')) return object;
    do {
      this.#blank();
      KEY.lastIndex = this.#at;
      const written = KEY.exec(this.#text)?.[1];
      if (written === undefined) throw new NotPlain();
      this.#at = KEY.lastIndex;
      const key = /^["']/.test(written) ? written.slice(1, -1) : written;
      const isText = key !== written || typeof this.#scalar(key) === 'string';
      if (!isText || key === '__proto__' || Object.hasOwn(object, key)) throw new NotPlain();
      object[key] = this.#value(depth);
      this.#blank();
    } while (this.#take(','));
    if (!this.#take('}')) throw new NotPlain();
    return object;
  }

  #sequence(depth: number): unknown[] {
    const items: unknown[] = [];
    this.#blank();
    if (this.#take(']')) return items;
    do {
      this.#blank();
      items.push(this.#value(depth));
      this.#blank();
    } while (this.#take(','));
    if (!this.#take(']')) throw new NotPlain();
    return items;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (!match) throw new NotPlain();
    this.#at = pattern.lastIndex;
    // A value ends before a comma, a bracket or blanks; anything else would be more of it.
    if (!/[ ,\]}]/.test(this.#text[this.#at] ?? '')) throw new NotPlain();
    return match[0];
  }

  #blank(): void {
    while (this.#text[this.#at] === ' ') this.#at++;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at++;
    return true;
  }
}

/**
 * The value of a flow collection that is the whole text. Throws NotPlain.
 * @param scalar reads a scalar, quoted or plain; throws NotPlain too
 */
export const readFlow = (text: string, scalar: (text: string) => unknown): unknown =>
  new FlowReader(text, scalar).read();
