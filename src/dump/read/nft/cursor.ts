// cursor.ts - the place in a list of tokens, and what a parser asks of it.
import type { Fault } from '../../../model/fault.js';
import { mistake } from '../place.js';
import type { Token, Tokens } from './tokens.js';

export class Cursor {
  readonly tokens: Tokens;
  readonly #list: readonly Token[];
  at = 0;

  constructor(tokens: Tokens, list: readonly Token[]) {
    this.tokens = tokens;
    this.#list = list;
  }

  peek(ahead = 0): Token | undefined {
    return this.#list[this.at + ahead];
  }

  /** The text of a token that is no quoted text; '' at the end. */
  word(ahead = 0): string {
    const token = this.peek(ahead);
    return token === undefined || token.kind === 'text' ? '' : token.text;
  }

  /** Do the next so many words all say this? */
  isAll(word: string, count: number): boolean {
    return Array.from({ length: count }, (_, i) => i).every((i) => this.word(i) === word);
  }

  next(): Token {
    const token = this.#list[this.at];
    if (!token) throw this.fault('the dump breaks off here');
    this.at++;
    return token;
  }

  /** Takes the words if they come next. */
  take(...words: readonly string[]): boolean {
    if (!words.every((word, i) => this.word(i) === word)) return false;
    this.at += words.length;
    return true;
  }

  expect(word: string): void {
    if (!this.take(word)) throw this.fault(`"${word}" is expected`);
  }

  fault(message: string): Fault {
    const token = this.peek() ?? this.#list.at(-1) ?? { line: 1, from: 0 };
    return mistake(this.tokens.placeOf(token), message);
  }

  skipEnds(): void {
    while (this.peek()?.kind === 'end') this.at++;
  }

  /** Tokens up to the next line end or `;` outside of braces. Leaves the cursor at it. */
  statement(): Token[] {
    const found: Token[] = [];
    let depth = 0;
    for (let token = this.peek(); token !== undefined; token = this.peek()) {
      if (depth === 0 && (token.kind === 'end' || (token.kind === 'sign' && token.text === '}'))) break;
      if (token.kind === 'sign' && (token.text === '{' || token.text === '(')) depth++;
      if (token.kind === 'sign' && (token.text === '}' || token.text === ')')) depth--;
      if (token.kind !== 'end') found.push(token);
      this.at++;
    }
    if (depth > 0) throw this.fault('a brace is never closed');
    return found;
  }
}
