// tokens.ts - the text of `nft list ruleset` as tokens with their places.
import type { Place } from '../../rules/ruleset.js';
import { mistake } from '../place.js';

export interface Token {
  /** `word` also for numbers, addresses and operators; `handle` for what `nft -a` adds; `end` for line ends and `;`. */
  readonly kind: 'word' | 'text' | 'sign' | 'handle' | 'end';
  readonly text: string;
  /** Where it begins and ends in the text. */
  readonly from: number;
  readonly to: number;
  readonly line: number;
}

const SIGNS = '{}(),';
const BREAKS = ' \t\r\n{}(),;"|';

/** What a comment says: a handle, an extension of iptables that nft cannot show, or nothing. */
function comment(text: string): { kind: 'handle' | 'word'; text: string } | null {
  const handle = /^#\s*handle (\d+)/.exec(text);
  if (handle) return { kind: 'handle', text: handle[1] as string };
  return /^#\s*(xt_|match|target|unknown)/i.test(text)
    ? { kind: 'word', text: text.replaceAll(/\s+/g, ' ').trim() }
    : null;
}

export class Tokens {
  readonly list: Token[] = [];
  readonly #text: string;
  readonly #file: string;
  readonly #firstLine: number;

  constructor(text: string, file: string, firstLine: number) {
    this.#text = text;
    this.#file = file;
    this.#firstLine = firstLine;
    this.#split();
  }

  placeOf({ line, from }: { readonly line: number; readonly from: number }): Place {
    const start = this.#text.lastIndexOf('\n', from - 1) + 1;
    return { file: this.#file, line, column: from - start + 1 };
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }

  #split(): void {
    const text = this.#text;
    let line = this.#firstLine;
    for (let at = 0; at < text.length; ) {
      const sign = text[at] as string;
      if (sign === '\n' || sign === ';') {
        this.#add('end', sign, at, at + 1, line);
        if (sign === '\n') line++;
        at++;
      } else if (sign === ' ' || sign === '\t' || sign === '\r') at++;
      else if (sign === '\\' && /^\\\r?\n/.test(text.slice(at, at + 3))) {
        at = text.indexOf('\n', at) + 1;
        line++;
      } else if (sign === '#') at = this.#comment(at, line);
      else if (sign === '"') at = this.#quoted(at, line);
      else if (SIGNS.includes(sign)) {
        this.#add('sign', sign, at, at + 1, line);
        at++;
      } else at = this.#word(at, line);
    }
  }

  #add(kind: Token['kind'], text: string, from: number, to: number, line: number): void {
    this.list.push({ kind, text, from, to, line });
  }

  #comment(at: number, line: number): number {
    const found = this.#text.indexOf('\n', at);
    const end = found < 0 ? this.#text.length : found;
    const said = comment(this.#text.slice(at, end));
    if (said) this.#add(said.kind, said.text, at, end, line);
    return end;
  }

  #quoted(at: number, line: number): number {
    const end = this.#text.indexOf('"', at + 1);
    const stop = this.#text.indexOf('\n', at);
    if (end < 0 || (stop >= 0 && stop < end)) {
      throw mistake(this.placeOf({ line, from: at }), 'a quote is never closed');
    }
    this.#add('text', this.#text.slice(at + 1, end), at, end + 1, line);
    return end + 1;
  }

  #word(at: number, line: number): number {
    let end = at + 1;
    // Older releases write `(fin|syn)` without blanks.
    if (this.#text[at] !== '|') while (end < this.#text.length && !BREAKS.includes(this.#text[end] as string)) end++;
    this.#add('word', this.#text.slice(at, end), at, end, line);
    return end;
  }
}
