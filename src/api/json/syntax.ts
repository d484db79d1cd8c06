// syntax.ts - explains why a text is not JSON, in the words of Go's encoding/json.

/** What comes next in the text. */
type State = 'value' | 'first key' | 'key' | 'colon' | 'member' | 'first item' | 'item' | 'end';

/** What may stand there, as the words tell it. */
const AT: Readonly<Record<State, string>> = {
  value: 'looking for beginning of value',
  'first key': 'looking for beginning of object key string',
  key: 'looking for beginning of object key string',
  colon: 'after object key',
  member: 'after object key:value pair',
  'first item': 'looking for beginning of value',
  item: 'after array element',
  end: 'after top-level value',
};

class Fault extends Error {}

const ENDED = 'unexpected end of JSON input';

/** A byte as Go quotes it. */
function quoted(byte: number): string {
  const character = String.fromCharCode(byte);
  if (character === "'") return "'\\''";
  if (character === '"') return "'\"'";
  if (byte >= 0x80) return `'${byte < 0xa0 || byte === 0xad ? `\\u${byte.toString(16).padStart(4, '0')}` : character}'`;
  return `'${JSON.stringify(character)
    .slice(1, -1)
    .replace(/\\u00([01][0-9a-f]|7f)/, '\\x$1')}'`;
}

class Scanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(text: string) {
    this.#bytes = Buffer.from(text);
  }

  private peek(): string {
    const byte = this.#bytes[this.#at];
    if (byte === undefined) throw new Fault(ENDED);
    return String.fromCharCode(byte);
  }

  private refuse(where: string): never {
    this.peek();
    throw new Fault(`invalid character ${quoted(this.#bytes[this.#at] ?? 0)} ${where}`);
  }

  private blanks(): void {
    while (this.#at < this.#bytes.length && ' \t\r\n'.includes(String.fromCharCode(this.#bytes[this.#at] ?? 0)))
      this.#at++;
  }

  /** Goes through the whole text; throws a Fault where it is no JSON. */
  run(): void {
    const stack: ('{' | '[')[] = [];
    let state: State = 'value';
    const after = (): State => (stack.length === 0 ? 'end' : stack.at(-1) === '{' ? 'member' : 'item');
    for (;;) {
      this.blanks();
      if (state === 'end' && this.#at >= this.#bytes.length) return;
      const next = this.peek();
      const closes = next === '}' || next === ']' ? next : '';
      if ((state === 'first key' || state === 'member') && closes === '}') stack.pop();
      else if ((state === 'first item' || state === 'item') && closes === ']') stack.pop();
      else if (state === 'value' || state === 'first item') {
        if (next === '{' || next === '[') {
          stack.push(next);
          this.#at++;
          state = next === '{' ? 'first key' : 'first item';
          continue;
        }
        this.scalar(next);
        state = after();
        continue;
      } else {
        state = this.punctuation(state, next);
        continue;
      }
      this.#at++;
      state = after();
    }
  }

  /** Between values: keys, colons, commas. */
  private punctuation(state: State, next: string): State {
    if ((state === 'first key' || state === 'key') && next === '"') {
      this.string();
      return 'colon';
    }
    if (state === 'colon' && next === ':') return this.step('value');
    if (state === 'member' && next === ',') return this.step('key');
    if (state === 'item' && next === ',') return this.step('value');
    return this.refuse(AT[state]);
  }

  private step(state: State): State {
    this.#at++;
    return state;
  }

  private scalar(next: string): void {
    if (next === '"') this.string();
    else if (next === '-' || (next >= '0' && next <= '9')) this.number();
    else if (next === 't') this.word('true');
    else if (next === 'f') this.word('false');
    else if (next === 'n') this.word('null');
    else this.refuse(AT.value);
  }

  private word(word: string): void {
    this.#at++;
    for (const letter of word.slice(1)) {
      if (this.peek() !== letter) this.refuse(`in literal ${word} (expecting ${quoted(letter.charCodeAt(0))})`);
      this.#at++;
    }
  }

  private string(): void {
    this.#at++;
    for (;;) {
      const next = this.peek();
      if (next < ' ') this.refuse('in string literal');
      this.#at++;
      if (next === '"') return;
      if (next === '\\') this.escape();
    }
  }

  private escape(): void {
    const next = this.peek();
    if (!'bfnrt\\/"u'.includes(next)) this.refuse('in string escape code');
    this.#at++;
    if (next !== 'u') return;
    for (let i = 0; i < 4; i++) {
      if (!/[0-9a-fA-F]/.test(this.peek())) this.refuse('in \\u hexadecimal character escape');
      this.#at++;
    }
  }

  private digits(): void {
    while (/[0-9]/.test(String.fromCharCode(this.#bytes[this.#at] ?? 0))) this.#at++;
  }

  private digit(where: string): void {
    if (!/[0-9]/.test(this.peek())) this.refuse(where);
    this.digits();
  }

  private is(characters: string): boolean {
    return this.#at < this.#bytes.length && characters.includes(String.fromCharCode(this.#bytes[this.#at] ?? 0));
  }

  private number(): void {
    if (this.is('-')) this.#at++;
    if (this.is('0')) this.#at++;
    else this.digit('in numeric literal');
    if (this.is('.')) {
      this.#at++;
      this.digit('after decimal point in numeric literal');
    }
    if (!this.is('eE')) return;
    this.#at++;
    if (this.is('+-')) this.#at++;
    this.digit('in exponent of numeric literal');
  }
}

/** Go's words for what is wrong; undefined for JSON. */
export function syntaxFault(text: string): string | undefined {
  try {
    new Scanner(text).run();
    return undefined;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
