// statements.ts - the statements of one nft rule. What is not known stays an unknown match or target, with its words.
import { Elements, exactly, type Interval } from '../../rules/elements.js';
import type { Among, Expression, NatTarget, Statement } from '../../rules/ruleset.js';
import type { Cursor } from './cursor.js';
import { among, expression, fold, interval, typeOf, verdictAt } from './expressions.js';
import { BIT_TYPES } from './literals.js';

/** Null: not understood. */
type Read = readonly Statement[] | null;
type Reader = (cursor: Cursor) => Read;

const aside = (text: string): Read => [{ kind: 'aside', text }];

/** Takes words while they are any of these, with the word after each that has a value. */
function attributes(cursor: Cursor, valued: ReadonlySet<string>, alone: ReadonlySet<string> = new Set()): void {
  for (;;) {
    if (valued.has(cursor.word())) {
      cursor.at += 2;
      while (cursor.take(',')) cursor.at++;
    } else if (alone.has(cursor.word())) cursor.at++;
    else return;
  }
}

const LOG = new Set(['prefix', 'level', 'group', 'snaplen', 'queue-threshold', 'flags']);
const COUNTED = new Set(['packets', 'bytes', 'name']);
const NAT_FLAGS = new Set(['random', 'fully-random', 'persistent', ',']);

/** The words up to the next statement that ends or goes on surely. */
function unknownWords(cursor: Cursor): string {
  const words: string[] = [];
  while (cursor.peek() && !(words.length > 0 && SURE.has(cursor.word()))) words.push(cursor.next().text);
  return words.join(' ');
}

/** Statements that a reader can go on from after words that it did not understand. */
const SURE = new Set('accept drop return continue jump goto reject counter log comment masquerade'.split(' '));

function limit(cursor: Cursor): Read {
  const start = cursor.at;
  cursor.at++;
  if (cursor.word().startsWith('"') || cursor.word() === 'name') cursor.at += 2;
  else {
    cursor.take('rate');
    cursor.take('over');
    cursor.at++;
    // `10 bytes/second` has a blank in it.
    if (/^[kmg]?bytes\//.test(cursor.word())) cursor.at++;
    if (cursor.take('burst')) cursor.at += 2;
  }
  return [{ kind: 'unknown match', text: words(cursor, start) }];
}

function words(cursor: Cursor, from: number): string {
  const found: string[] = [];
  for (let i = from - cursor.at; i < 0; i++) found.push(cursor.peek(i)?.text ?? '');
  return found.join(' ');
}

function reject(cursor: Cursor): Read {
  const start = cursor.at;
  cursor.at++;
  if (cursor.take('with')) {
    if (!cursor.take('tcp', 'reset')) {
      cursor.at++;
      cursor.take('type');
      cursor.at++;
    }
  }
  return [{ kind: 'reject', text: words(cursor, start).replace(/^reject( with)? ?/, '') || 'icmp port-unreachable' }];
}

function queue(cursor: Cursor): Read {
  const start = cursor.at;
  cursor.at++;
  attributes(cursor, new Set(['num', 'to', 'flags']), new Set(['bypass', 'fanout', ',']));
  if (/^\d/.test(cursor.word())) cursor.at++;
  return [{ kind: 'verdict', verdict: { kind: 'queue', text: words(cursor, start) } }];
}

/** `10.0.0.1:80`, `[fd00::1]:80`, `:80`: one word of a listing. */
function endpointWord(text: string): NatTarget | null {
  const [, bracketed, plain = '', ports] = /^(?:\[([^\]]*)\]|([^:[\]]*))(?::(\d+(?:-\d+)?))?$/.exec(text) ?? [];
  const constant = (word: string): Expression | null => {
    const [first, last] = word.split('-');
    const [low, high] = [Number(first), Number(last ?? first)];
    if (last === undefined) return { kind: 'value', value: BigInt(low) };
    return high - low > 255
      ? { kind: 'unknown', text: `one of the ports ${word}` }
      : { kind: 'draw', size: high - low + 1, offset: low, text: word };
  };
  const port = ports === undefined ? null : constant(ports);
  const written = bracketed ?? plain;
  if (written === '') return port && { kind: 'to', address: null, port };
  return { kind: 'to', address: { kind: 'unknown', text: written }, port };
}

function addressExpression(text: string, read: (word: string) => Interval | null): Expression | null {
  const found = read(text);
  if (!found) return null;
  if (found.first === found.last) return { kind: 'value', value: found.first };
  const [first, last] = [found.first as bigint, found.last as bigint];
  if (last - first > 255n || last > BigInt(Number.MAX_SAFE_INTEGER)) return { kind: 'unknown', text: `one of ${text}` };
  return { kind: 'draw', size: Number(last - first) + 1, offset: Number(first), text };
}

/** What follows `to`: a word, a concatenation, a map, or an expression with a port. */
function target(cursor: Cursor, read: (word: string) => Interval | null): NatTarget | null {
  const word = cursor.word();
  const whole = addressExpression(word, read);
  if (whole) {
    cursor.at++;
    if (!cursor.take(':') && !cursor.take('.')) return { kind: 'to', address: whole, port: null };
    const port = expression(cursor, 'inet_service');
    return port && { kind: 'to', address: whole, port };
  }
  const split = endpointWord(word);
  if (split?.kind === 'to') {
    const address = split.address?.kind === 'unknown' ? addressExpression(split.address.text, read) : null;
    if (split.address === null || address) {
      cursor.at++;
      return { kind: 'to', address, port: split.port };
    }
  }
  const value = expression(cursor);
  if (!value) return null;
  if (!cursor.take(':')) return { kind: 'pair', value };
  const port = expression(cursor, 'inet_service');
  return port && { kind: 'to', address: value, port };
}

const nat =
  (change: 'source' | 'destination'): Reader =>
  (cursor) => {
    cursor.at++;
    if (cursor.word() === 'ip' || cursor.word() === 'ip6') {
      if (cursor.word(1) === 'to' || cursor.word(1) === 'addr' || cursor.word(1) === 'prefix') cursor.at++;
    }
    const odd = cursor.take('prefix') || cursor.take('interval');
    cursor.take('addr', '.', 'port');
    if (!cursor.take('to') || odd) return null;
    const to = target(cursor, (word) => interval(oneWord(cursor, word), ''));
    attributes(cursor, new Set(), NAT_FLAGS);
    return to && [{ kind: 'nat', change, to }];
  };

/** A cursor over the word that the other one is at. */
const oneWord = (cursor: Cursor, word: string): Cursor => {
  const [token] = [cursor.peek()];
  return new (cursor.constructor as typeof Cursor)(cursor.tokens, token ? [{ ...token, text: word }] : []);
};

const own =
  (change: 'source' | 'destination'): Reader =>
  (cursor) => {
    cursor.at++;
    let port: Expression | null = null;
    if (cursor.take('to')) {
      const to = endpointWord(cursor.word());
      if (to?.kind === 'to' && to.address === null) {
        port = to.port;
        cursor.at++;
      } else {
        cursor.take(':');
        port = expression(cursor, 'inet_service');
        if (!port) return null;
      }
    }
    attributes(cursor, new Set(), NAT_FLAGS);
    return [{ kind: 'nat', change, to: { kind: 'own', port } }];
  };

/** `update @set { ip saddr timeout 3h }`: what packets leave in sets. */
function remember(cursor: Cursor): Read {
  const start = cursor.at;
  cursor.at++;
  if (!cursor.word().startsWith('@')) return null;
  while (cursor.peek() && cursor.word() !== '}') cursor.at++;
  cursor.take('}');
  return aside(words(cursor, start));
}

function flow(cursor: Cursor): Read {
  cursor.at += 3;
  return aside('flow offload');
}

const READERS: Readonly<Record<string, Reader>> = {
  counter: (cursor) => {
    cursor.at++;
    attributes(cursor, COUNTED);
    return aside('counter');
  },
  log: (cursor) => {
    cursor.at++;
    attributes(cursor, LOG);
    return aside('log');
  },
  comment: (cursor) => {
    cursor.at += 2;
    return [];
  },
  notrack: (cursor) => {
    cursor.at++;
    return [{ kind: 'untrack' }];
  },
  limit,
  reject,
  queue,
  dnat: nat('destination'),
  snat: nat('source'),
  masquerade: own('source'),
  redirect: own('destination'),
  add: remember,
  update: remember,
  delete: remember,
  flow,
};

// ---- matches

const COMPARISONS = new Set(['==', '!=', '<', '>', '<=', '>=']);
const MOST = (1n << 128n) - 1n;

function compared(op: string, { first, last }: Interval): Interval | null {
  if (typeof first !== 'bigint' || first !== last) return null;
  if (op === '<') return first === 0n ? null : { first: 0n, last: first - 1n };
  if (op === '<=') return { first: 0n, last: first };
  return { first: op === '>' ? first + 1n : first, last: MOST };
}

const within = (...found: readonly Interval[]): Among => ({ elements: Elements.within(...found) });

/** `a,b` of bits: one value. Others are separate. */
function list(cursor: Cursor, type: string): Interval[] | null {
  const first = interval(cursor, type);
  if (!first) return null;
  const found = [first];
  while (cursor.take(',')) {
    const another = interval(cursor, type);
    if (!another) return null;
    found.push(another);
  }
  return found;
}

const together = (found: readonly Interval[]): bigint =>
  found.reduce((sum, { first }) => sum | (typeof first === 'bigint' ? first : 0n), 0n);

/** A comparison with one value, or with bits. */
function compare(cursor: Cursor, left: Expression, op: string): Statement | null {
  const type = typeOf(left);
  const negated = op === '!=';
  const parts = left.kind === 'concat' ? left.parts : null;
  if (parts) return concatenation(cursor, left, parts.map(typeOf), negated);
  const found = list(cursor, type) ?? folded(cursor, type);
  if (!found) return null;
  const [first] = found as [Interval];
  if (op !== '' && op !== '==' && !negated) {
    const range = compared(op, first);
    return range && { kind: 'match', left, op: 'in', right: within(range) };
  }
  if (BIT_TYPES.has(type) && left.kind === 'field') return bitMatch(cursor, left, op, found, type);
  const value = found.length > 1 ? [exactly(together(found))] : found;
  return { kind: 'match', left, op: negated ? 'not in' : 'in', right: within(...value) };
}

/** `syn | ack` without parentheses. */
function folded(cursor: Cursor, type: string): Interval[] | null {
  const value = expression(cursor, type);
  const number = value && fold(value);
  return number === null || number === undefined ? null : [exactly(number)];
}

/** `tcp flags syn`, `ct state new,established`, `tcp flags syn / fin,syn,rst,ack`. */
function bitMatch(
  cursor: Cursor,
  left: Expression,
  op: string,
  found: readonly Interval[],
  type: string,
): Statement | null {
  let value = together(found);
  while (cursor.word() === '|') {
    cursor.at++;
    const more = interval(cursor, type);
    if (!more) return null;
    value |= together([more]);
  }
  if (cursor.take('/')) {
    const mask = list(cursor, type);
    if (!mask) return null;
    const looked: Expression = { kind: 'bits', op: '&', left, right: { kind: 'value', value: together(mask) } };
    return { kind: 'match', left: looked, op: op === '!=' ? 'not in' : 'in', right: within(exactly(value)) };
  }
  if (op === '') return { kind: 'match', left, op: 'any', right: within(exactly(value)) };
  if (op === '!=' && type !== 'tcp_flag') return { kind: 'match', left, op: 'none', right: within(exactly(value)) };
  return { kind: 'match', left, op: op === '!=' ? 'not in' : 'in', right: within(exactly(value)) };
}

function concatenation(cursor: Cursor, left: Expression, types: readonly string[], negated: boolean): Statement | null {
  const key: Interval[] = [];
  do {
    const part = interval(cursor, types[key.length] ?? '');
    if (!part) return null;
    key.push(part);
  } while (cursor.take('.'));
  return { kind: 'match', left, op: negated ? 'not in' : 'in', right: { elements: new Elements([{ key }]) } };
}

/** What `set` changes: marks count, the rest does not change the way of a packet. */
function assignment(cursor: Cursor, left: Expression): Read {
  const name = left.kind === 'field' ? left.name : '';
  const start = cursor.at;
  const value = expression(cursor);
  if (name !== 'meta mark' && name !== 'ct mark') {
    if (!value) cursor.at = start + 1;
    return aside(`${name} set`);
  }
  return value && [{ kind: 'set', field: name, value }];
}

/** Flags are bits: `fin` in `tcp flags & fin` is a word of their type, which `expression` knows by its left side. */
function match(cursor: Cursor): Read {
  const left = expression(cursor);
  if (!left || left.kind === 'value') return null;
  if (cursor.take('set')) return assignment(cursor, left);
  if (cursor.take('vmap')) {
    const of = among(cursor, left);
    return of && [{ kind: 'vmap', key: left, of }];
  }
  const op = COMPARISONS.has(cursor.word()) ? cursor.next().text : '';
  if (cursor.word() === '{' || cursor.word().startsWith('@')) {
    const right = among(cursor, left);
    return right && [{ kind: 'match', left, op: op === '!=' ? 'not in' : 'in', right }];
  }
  const statement = compare(cursor, left, op);
  return statement && [statement];
}

const TARGETS = new Set(['tproxy', 'synproxy', 'dnat', 'snat', 'redirect', 'masquerade', 'fwd', 'dup', 'xt', 'last']);

/** All statements of a rule, and its comment. */
export function statements(cursor: Cursor): { readonly found: Statement[]; readonly comment: string } {
  const found: Statement[] = [];
  let comment = '';
  while (cursor.peek() !== undefined) {
    const start = cursor.at;
    const word = cursor.word();
    if (word === 'comment') comment = cursor.peek(1)?.text ?? '';
    const verdict = verdictAt(cursor);
    if (verdict) {
      found.push({ kind: 'verdict', verdict });
      continue;
    }
    const read = Object.hasOwn(READERS, word) ? READERS[word]?.(cursor) : TARGETS.has(word) ? null : match(cursor);
    if (read && cursor.at > start) found.push(...read);
    else {
      cursor.at = start;
      const text = unknownWords(cursor);
      const isTarget = TARGETS.has(word) && !text.startsWith('xt match');
      found.push(
        isTarget || /^#.*(target|xt_[A-Z])/.test(text)
          ? { kind: 'unknown target', text }
          : { kind: 'unknown match', text },
      );
    }
  }
  return { found, comment };
}
