// expressions.ts - expressions of nft rules: what of a packet is looked at, arithmetic on it, maps and sets.
import { type Element, Elements, type Interval } from '../../rules/elements.js';
import type { Among, Expression } from '../../rules/ruleset.js';
import type { Value, Verdict } from '../../rules/values.js';
import type { Cursor } from './cursor.js';
import { literal, typeOfField } from './literals.js';

/** Headers of which nft names fields by two words. */
const HEADERS = new Set(
  'ip ip6 tcp udp udplite sctp dccp th icmp icmpv6 igmp ether arp vlan ah esp comp frag rt hbh dst mh'.split(' '),
);
/** Fields of meta that stand without the word `meta`. */
const BARE = new Set('iif oif iifname oifname mark skuid skgid iiftype oiftype iifgroup oifgroup rtclassid'.split(' '));
const DIRECTIONS = new Set(['original', 'reply']);

/** nft's name → that of the common model, where iptables looks at the same thing in both families. */
const NAMES: Readonly<Record<string, string>> = {
  'ip saddr': 'ip4 saddr',
  'ip daddr': 'ip4 daddr',
  'meta iif': 'meta iifname',
  'meta oif': 'meta oifname',
};

const field = (name: string): Expression => ({ kind: 'field', name: NAMES[name] ?? name });

/** `fib daddr type`, `fib saddr . iif oif` */
function fib(cursor: Cursor): Expression {
  const words: string[] = [cursor.next().text];
  while (cursor.take('.')) words.push('.', cursor.next().text);
  words.push(cursor.next().text);
  return field(`fib ${words.join(' ')}`);
}

function connection(cursor: Cursor): Expression {
  const first = cursor.next().text;
  if (!DIRECTIONS.has(first)) return field(`ct ${first}`);
  const second = cursor.next().text;
  const third = second === 'ip' || second === 'ip6' ? cursor.next().text : second;
  return field(`ct ${first} ${third}`);
}

/** `numgen random mod 3`, `jhash ip saddr mod 3 seed 0x1`, `symhash mod 3`: one of so many, evenly. */
function draw(cursor: Cursor, text: string): Expression {
  const words = [text];
  while (cursor.peek() && cursor.word() !== 'mod') words.push(cursor.next().text);
  if (!cursor.take('mod')) return { kind: 'unknown', text: words.join(' ') };
  const size = Number(cursor.next().text);
  const seed = cursor.take('seed') ? cursor.next().text : '';
  const offset = cursor.take('offset') ? Number(cursor.next().text) : 0;
  if (!(size >= 1 && size <= MOST_DRAWN)) return { kind: 'unknown', text: `${words.join(' ')} mod ${size}` };
  return { kind: 'draw', size, offset, text: `${words.join(' ')} mod ${size}${seed}` };
}

const MOST_DRAWN = 65_536;

/** A field; null where the words are none. */
function fieldAt(cursor: Cursor): Expression | null {
  const word = cursor.word();
  if (HEADERS.has(word) && cursor.peek(1)?.kind === 'word') {
    cursor.at++;
    return field(`${word} ${cursor.next().text}`);
  }
  if (word === 'meta' || word === 'socket' || word === 'rt' || word === 'ipsec') {
    cursor.at++;
    return field(`${word} ${cursor.next().text}`);
  }
  if (word === 'ct' || word === 'fib' || word === 'numgen' || word === 'jhash' || word === 'symhash') {
    cursor.at++;
    if (word === 'ct') return connection(cursor);
    return word === 'fib' ? fib(cursor) : draw(cursor, word);
  }
  if (!BARE.has(word)) return null;
  cursor.at++;
  return field(`meta ${word}`);
}

export const typeOf = (expression: Expression): string => {
  if (expression.kind === 'field') return typeOfField(expression.name);
  return expression.kind === 'bits' ? typeOf(expression.left) : '';
};

type Operator = Extract<Expression, { kind: 'bits' }>['op'];

/** Words stand where nft tells a target of iptables. */
const OPERATORS: Readonly<Record<string, Operator>> = {
  '&': '&',
  '|': '|',
  '^': '^',
  '<<': '<<',
  '>>': '>>',
  and: '&',
  or: '|',
  xor: '^',
};

/** Parentheses in parentheses: more than anybody writes. */
const MOST_NESTED = 32;

function primary(cursor: Cursor, type: string): Expression | null {
  if (cursor.word() === '(') {
    if (cursor.isAll('(', MOST_NESTED)) return null;
    cursor.at++;
    const inner = arithmetic(cursor, type);
    return cursor.take(')') ? inner : null;
  }
  const found = fieldAt(cursor);
  if (found) return found;
  const token = cursor.peek();
  if (!token || token.kind === 'sign') return null;
  const constant = literal(token.text, type, token.kind === 'text');
  if (constant === null || constant.first !== constant.last) return null;
  cursor.at++;
  return { kind: 'value', value: constant.first };
}

/** `xor A and B` of a CONNMARK: the bits of B are kept, then those of A flip (libxt_CONNMARK.c). */
function keptBefore(cursor: Cursor, op: string): Expression | null {
  if (op !== 'xor' || cursor.word(1) !== 'and') return null;
  const [flipped, kept] = [literal(cursor.word(), '', false), literal(cursor.word(2), '', false)];
  if (!flipped || !kept) return null;
  cursor.at++;
  return { kind: 'value', value: flipped.first };
}

/** Of one part: operators bind from the left. */
function arithmetic(cursor: Cursor, type = ''): Expression | null {
  let left = primary(cursor, type);
  for (let op = OPERATORS[cursor.word()]; left && op; op = OPERATORS[cursor.word()]) {
    const word = cursor.next().text;
    const flipped = keptBefore(cursor, word);
    if (flipped) cursor.at++;
    const right = primary(cursor, type || typeOf(left));
    if (!right) return null;
    left = flipped
      ? { kind: 'bits', op, left: { kind: 'bits', op: '&', left, right }, right: flipped }
      : { kind: 'bits', op, left, right };
  }
  return left;
}

const partsOf = (expression: Expression): readonly Expression[] =>
  expression.kind === 'concat' ? expression.parts : [expression];

/** An expression, with the map that it is looked up in, if one follows. Null where the words are no expression. */
export function expression(cursor: Cursor, type = ''): Expression | null {
  const parts: Expression[] = [];
  do {
    const part = arithmetic(cursor, type);
    if (!part) return null;
    parts.push(part);
  } while (cursor.take('.'));
  const [only] = parts;
  const key: Expression = parts.length === 1 && only ? only : { kind: 'concat', parts };
  if (!cursor.take('map')) return key;
  const of = among(cursor, key);
  return of && { kind: 'map', key, of };
}

// ---- sets and maps

export function verdictAt(cursor: Cursor): Verdict | null {
  const word = cursor.word();
  if (word === 'jump' || word === 'goto') {
    cursor.at++;
    return { kind: word, chain: cursor.next().text };
  }
  if (word !== 'accept' && word !== 'drop' && word !== 'return' && word !== 'continue') return null;
  cursor.at++;
  return { kind: word };
}

/** `established,related` and `(syn | ack)` are one value of bits. */
function bits(cursor: Cursor, type: string): Interval | null {
  if (cursor.word() !== '(') return null;
  const value = arithmetic(cursor, type);
  const folded = value === null ? null : fold(value);
  return folded === null ? null : { first: folded, last: folded };
}

/** The number that an expression of constants is. */
export function fold(expression: Expression): bigint | null {
  if (expression.kind === 'value') return typeof expression.value === 'bigint' ? expression.value : null;
  if (expression.kind !== 'bits') return null;
  const [left, right] = [fold(expression.left), fold(expression.right)];
  if (left === null || right === null) return null;
  if (expression.op === '&') return left & right;
  if (expression.op === '|') return left | right;
  return expression.op === '^' ? left ^ right : null;
}

/** One part of a key. Ranges of addresses may be written with blanks around the dash. */
export function interval(cursor: Cursor, type: string): Interval | null {
  const folded = bits(cursor, type);
  if (folded) return folded;
  const token = cursor.peek();
  if (!token || token.kind === 'sign' || token.kind === 'end') return null;
  const found = literal(token.text, type, token.kind === 'text');
  if (!found) return null;
  cursor.at++;
  if (!cursor.take('-')) return found;
  const other = literal(cursor.next().text, type, false);
  return other && { first: found.first, last: other.last };
}

const isElementEnd = (cursor: Cursor): boolean => {
  const token = cursor.peek();
  return token === undefined || (token.kind === 'sign' && (token.text === ',' || token.text === '}'));
};

/** Timeouts, counters and comments of an element. */
function skipAttributes(cursor: Cursor): void {
  while (!isElementEnd(cursor) && cursor.word() !== ':') cursor.at++;
}

function values(cursor: Cursor): readonly Value[] | null {
  const found: Value[] = [];
  do {
    const one = interval(cursor, 'inet_service') ?? null;
    if (!one || one.first !== one.last) return null;
    found.push(one.first);
  } while (cursor.take('.'));
  return found;
}

function element(cursor: Cursor, types: readonly string[]): Element | 'otherwise' | null {
  const line = cursor.peek()?.line ?? 0;
  const isOtherwise = cursor.take('*');
  const key: Interval[] = [];
  if (!isOtherwise) {
    do {
      const part = interval(cursor, types[key.length] ?? '');
      if (!part) return null;
      key.push(part);
    } while (cursor.take('.'));
  }
  skipAttributes(cursor);
  if (!cursor.take(':')) return isOtherwise ? 'otherwise' : { key, line };
  const verdict = verdictAt(cursor);
  const value = verdict ? null : values(cursor);
  if (!verdict && !value) return null;
  skipAttributes(cursor);
  return { key, line, ...(verdict ? { verdict } : { value: value as readonly Value[] }) };
}

/** `{ a, b : c }` after its opening brace. Null if an element is not understood; the cursor is then anywhere inside. */
export function elements(cursor: Cursor, types: readonly string[]): Elements | null {
  const list: Element[] = [];
  let otherwise: Element | null = null;
  cursor.skipEnds();
  while (!cursor.take('}')) {
    const one = element(cursor, types);
    if (one === null) return null;
    if (one === 'otherwise' || one.key.length === 0) otherwise = one === 'otherwise' ? { key: [] } : one;
    else list.push(one);
    cursor.take(',');
    cursor.skipEnds();
    if (cursor.peek() === undefined) throw cursor.fault('a brace is never closed');
  }
  return new Elements(list, otherwise);
}

/** `{ … }` or `@name`, with keys like `key`. */
export function among(cursor: Cursor, key: Expression): Among | null {
  if (cursor.take('{')) {
    const found = elements(cursor, partsOf(key).map(typeOf));
    return found && { elements: found };
  }
  const word = cursor.word();
  if (!word.startsWith('@')) return null;
  cursor.at++;
  return { name: word.slice(1) };
}
