// ruleset.ts - `nft list ruleset` → tables: chains with their rules, sets and maps.
import { Elements } from '../../rules/elements.js';
import type { Base, Chain, Hook, NamedSet, Rule, Table, TableFamily } from '../../rules/ruleset.js';
import { Cursor } from './cursor.js';
import { elements } from './expressions.js';
import { typeOfField } from './literals.js';
import { statements } from './statements.js';
import { Tokens } from './tokens.js';

const FAMILIES: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);
const HOOKS: ReadonlySet<string> = new Set([
  'prerouting',
  'input',
  'forward',
  'output',
  'postrouting',
  'ingress',
  'egress',
]);

/** Names of priorities for IP; `dstnat` in a bridge means another number, but nobody here asks bridges. */
const PRIORITIES: Readonly<Record<string, number>> = {
  raw: -300,
  mangle: -150,
  dstnat: -100,
  filter: 0,
  security: 50,
  srcnat: 100,
  out: 100,
};

function priority(cursor: Cursor): number {
  const word = cursor.next().text;
  const named = PRIORITIES[word];
  if (named === undefined) return Number(word);
  if (cursor.take('+')) return named + Number(cursor.next().text);
  return cursor.take('-') ? named - Number(cursor.next().text) : named;
}

/** `type filter hook input priority filter` */
function baseOf(cursor: Cursor): Base | null {
  const type = cursor.next().text;
  if (!cursor.take('hook')) return null;
  const hook = cursor.next().text;
  while (cursor.peek() && !cursor.take('priority')) cursor.at++;
  const number = priority(cursor);
  if (!HOOKS.has(hook) || Number.isNaN(number)) throw cursor.fault(`"${hook}" with that priority is no hook`);
  return { type: type === 'nat' || type === 'route' ? type : 'filter', hook: hook as Hook, priority: number };
}

class Reader {
  readonly #tokens: Tokens;
  readonly #cursor: Cursor;
  readonly tables: Table[] = [];

  constructor(text: string, file: string, line: number) {
    this.#tokens = new Tokens(text, file, line);
    this.#cursor = new Cursor(this.#tokens, this.#tokens.list);
  }

  read(): Table[] {
    const cursor = this.#cursor;
    for (cursor.skipEnds(); cursor.peek(); cursor.skipEnds()) {
      if (cursor.peek()?.kind === 'handle' || cursor.take('flush', 'ruleset'))
        cursor.at += cursor.peek()?.kind === 'handle' ? 1 : 0;
      else if (cursor.word() === 'table') this.#table();
      else throw cursor.fault(`"${cursor.word()}" begins no table`);
    }
    return this.tables;
  }

  #table(): void {
    const cursor = this.#cursor;
    const start = cursor.next();
    const family = FAMILIES.has(cursor.word()) && cursor.word(1) !== '{' ? cursor.next().text : 'ip';
    const name = cursor.next().text;
    const place = this.#tokens.placeOf(start);
    const table: Table = {
      family: family as TableFamily,
      name,
      backend: 'nft',
      chains: new Map(),
      sets: new Map(),
      place,
    };
    cursor.expect('{');
    let dormant = false;
    for (cursor.skipEnds(); !cursor.take('}'); cursor.skipEnds()) {
      const word = cursor.word();
      if (word === 'chain') this.#chain(table);
      else if (word === 'set' || word === 'map') this.#set(table);
      else if (cursor.peek() === undefined) throw cursor.fault(`table ${name} is never closed`);
      else if (cursor.peek()?.kind === 'handle') cursor.at++;
      else dormant = cursor.statement().some(({ text }) => text === 'dormant') || dormant;
    }
    if (!dormant) this.tables.push(table);
  }

  #chain(table: Table): void {
    const cursor = this.#cursor;
    const start = cursor.next();
    const chain: Chain = {
      name: cursor.next().text,
      base: null,
      policy: 'accept',
      rules: [],
      place: this.#tokens.placeOf(start),
    };
    cursor.expect('{');
    for (cursor.skipEnds(); !cursor.take('}'); cursor.skipEnds()) {
      if (cursor.peek() === undefined) throw cursor.fault(`chain ${chain.name} is never closed`);
      if (cursor.peek()?.kind === 'handle') {
        cursor.at++;
        continue;
      }
      const line = cursor.statement();
      const own = new Cursor(this.#tokens, line);
      const first = own.word();
      if (first === 'type' && own.word(2) === 'hook') {
        own.at++;
        chain.base = baseOf(own);
      } else if (first === 'policy') chain.policy = own.word(1) === 'drop' ? 'drop' : 'accept';
      else if (first === 'comment' || first === 'devices' || first === 'flags') continue;
      else chain.rules.push(this.#rule(line));
    }
    table.chains.set(chain.name, chain);
  }

  #rule(line: ReturnType<Cursor['statement']>): Rule {
    const handle = line.find(({ kind }) => kind === 'handle');
    const words = handle ? line.filter((token) => token !== handle) : line;
    const [first, last] = [words[0] ?? line[0], words.at(-1) ?? line[0]];
    const { found, comment } = statements(new Cursor(this.#tokens, words));
    const text = this.#tokens.slice(first?.from ?? 0, last?.to ?? 0);
    return {
      place: this.#tokens.placeOf(first ?? { line: 1, from: 0 }),
      text: text.replaceAll(/\s+/g, ' '),
      comment,
      statements: found,
      ...(handle && { handle: Number(handle.text) }),
    };
  }

  #set(table: Table): void {
    const cursor = this.#cursor;
    const start = cursor.next();
    const name = cursor.next().text;
    let found = new Elements([]);
    let types: string[] = [];
    let dynamic = false;
    cursor.expect('{');
    for (cursor.skipEnds(); !cursor.take('}'); cursor.skipEnds()) {
      if (cursor.peek() === undefined) throw cursor.fault(`set ${name} is never closed`);
      if (cursor.take('elements', '=')) {
        cursor.expect('{');
        const read = elements(cursor, types);
        if (!read) throw cursor.fault(`"${cursor.word()}" is no element of ${name}`);
        found = read;
        continue;
      }
      const words = cursor.statement().map(({ text }) => text);
      if (words[0] === 'type' || words[0] === 'typeof') types = typesOf(words);
      if (words[0] === 'flags') dynamic = words.includes('dynamic');
      if (words.length === 0) cursor.at++;
    }
    const set: NamedSet = { name, dynamic, elements: found, place: this.#tokens.placeOf(start) };
    table.sets.set(name, set);
  }
}

/** `type ipv4_addr . inet_proto : verdict`, `typeof ip saddr . tcp dport` → a type for each part of the key. */
function typesOf([kind, ...words]: readonly string[]): string[] {
  const end = words.indexOf(':');
  const key = (end < 0 ? words : words.slice(0, end)).join(' ').split(' . ');
  return kind === 'type' ? key : key.map((name) => typeOfField(/^(iif|oif)name$/.test(name) ? `meta ${name}` : name));
}

/** Every table that is in force, in its order. Throws a Fault with file, line and column for what cannot be a listing. */
export const readNftRuleset = (text: string, file: string, line = 1): Table[] => new Reader(text, file, line).read();
