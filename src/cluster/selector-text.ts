// selector-text.ts - the text of a label selector: `a=b,c!=d,e in (f,g),!h,i>3` → requirements, or what is wrong with it.
//
// Grammar and sentences are those of labels.Parse (k8s.io/apimachinery/pkg/labels/selector.go). A text is read from its
// first character to its last: what the grammar does not know is refused, because a selector that selects more than was
// meant deletes more than was meant.
import { labelKey, labelValue } from '../manifest/validate/formats.js';
import { type Requirement, selectorNumber } from './selector.js';

/** What is wrong with the text of a selector, in the API server's words. */
export class SelectorError extends Error {}

interface Token {
  readonly kind: 'symbol' | 'word' | 'end' | 'error';
  readonly text: string;
}

const SPACE = /[ \t\r\n]*/y;
const SYMBOL = /==|!=|[=!(),<>]/y;
const WORD = /[^ \t\r\n=!(),<>\0]+/y;
const SIGN_IN_WORDS = 'in, notin, =, ==, !=, gt, lt';
const OPERATORS: Readonly<Record<string, Requirement['operator']>> = {
  in: 'In',
  notin: 'NotIn',
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  '>': 'Gt',
  '<': 'Lt',
};
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0] ?? '';
    at += found.length;
    return found;
  };
  for (;;) {
    take(SPACE);
    if (at >= text.length) return [...tokens, { kind: 'end', text: '' }];
    const symbol = take(SYMBOL);
    const word = symbol === '' ? take(WORD) : '';
    if (symbol !== '') tokens.push({ kind: 'symbol', text: symbol });
    else if (word !== '') tokens.push({ kind: 'word', text: word });
    else return [...tokens, { kind: 'error', text: text[at] ?? '' }];
  }
}

function invalidPart(field: string, value: string, errors: readonly string[]): void {
  if (errors.length > 0) {
    throw new SelectorError(`${field}: Invalid value: ${JSON.stringify(value)}: ${errors.join('; ')}`);
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.#peek().kind === 'end') return requirements;
    if (!this.#startsRequirement()) this.#unexpected(`expected: !, identifier, or 'end of string'`);
    for (;;) {
      requirements.push(this.#named(() => this.#requirement()));
      if (this.#peek().kind === 'end') return requirements;
      if (!this.#take(',')) this.#unexpected(`expected: ',' or 'end of string'`);
      if (!this.#startsRequirement()) this.#unexpected(`expected: identifier after ','`);
    }
  }

  #named<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SelectorError)) throw error;
      throw new SelectorError(`unable to parse requirement: ${error.message}`);
    }
  }

  #requirement(): Requirement {
    const absent = this.#take('!');
    const key = this.#word();
    invalidPart('<nil>', key, labelKey(key));
    const next = this.#peek();
    if (absent) return { key, operator: 'DoesNotExist' };
    if (next.kind === 'end' || next.text === ',') return { key, operator: 'Exists' };
    const operator = Object.hasOwn(OPERATORS, next.text) ? OPERATORS[next.text] : undefined;
    if (operator === undefined) return this.#unexpected(`expected: ${SIGN_IN_WORDS}`);
    this.#at++;
    const values = next.kind === 'word' ? this.#values() : [this.#value()];
    this.#checkValues(key, operator, values);
    return { key, operator, values };
  }

  #checkValues(key: string, operator: Requirement['operator'], values: readonly string[]): void {
    if (values.length === 0) {
      throw new SelectorError("values: Invalid value: []: for 'in', 'notin' operators, values set can't be empty");
    }
    values.forEach((value, i) => {
      if (operator === 'Gt' || operator === 'Lt') {
        const wrong = selectorNumber(value) === null ? ["for 'Gt', 'Lt' operators, the value must be an integer"] : [];
        invalidPart(`values[${i}]`, value, wrong);
      }
      invalidPart(`values[${i}][${key}]`, value, labelValue(value));
    });
  }

  /** One value; nothing at all is the empty one. */
  #value(): string {
    const next = this.#peek();
    return next.kind === 'end' || next.text === ',' ? '' : this.#word();
  }

  /** `(a, b)`; between commas may be nothing, which is the empty value. */
  #values(): string[] {
    if (!this.#take('(')) throw new SelectorError(`found '${this.#peek().text}' expected: '('`);
    if (this.#take(')')) return [];
    const values: string[] = [];
    do {
      const { kind, text } = this.#peek();
      const isEmpty = text === ',' || text === ')';
      if (!isEmpty && kind !== 'word')
        this.#unexpected(values.length === 0 ? "expected: ',', ')' or identifier" : "expected: ',', or identifier");
      values.push(isEmpty ? '' : this.#word());
    } while (this.#take(','));
    if (!this.#take(')')) this.#unexpected("expected: ',' or ')'");
    return [...new Set(values)].sort();
  }

  #word(): string {
    const next = this.#peek();
    if (next.kind !== 'word') this.#unexpected('expected: identifier');
    this.#at++;
    return next.text;
  }

  #startsRequirement(): boolean {
    const { kind, text } = this.#peek();
    return kind === 'word' || text === '!';
  }

  #peek(): Token {
    return this.#tokens[this.#at] ?? { kind: 'end', text: '' };
  }

  #take(symbol: string): boolean {
    const { kind, text } = this.#peek();
    if (kind !== 'symbol' || text !== symbol) return false;
    this.#at++;
    return true;
  }

  #unexpected(expected: string): never {
    throw new SelectorError(`found '${this.#peek().text}', ${expected}`);
  }
}

/** Requirements of a label selector; an empty text has none and selects everything. Throws SelectorError. */
export const parseSelector = (text: string): Requirement[] => new Parser(text).parse();
