// json.ts - `nft -j list ruleset` → tables, by way of the text that nft would have written.
import { Elements } from '../../rules/elements.js';
import type { Base, Chain, Hook, Place, Table, TableFamily } from '../../rules/ruleset.js';
import { mistake } from '../place.js';
import { Cursor } from './cursor.js';
import { elements } from './expressions.js';
import { expressionText, statementText } from './print.js';
import { statements } from './statements.js';
import { Tokens } from './tokens.js';

type Item = Readonly<Record<string, unknown>>;

interface Placed {
  readonly item: Item;
  readonly place: Place;
}

/** Line and column of an offset, for offsets that only grow. */
class Lines {
  readonly #text: string;
  readonly #file: string;
  #line: number;
  #start = 0;
  #at = 0;

  constructor(text: string, file: string, line: number) {
    this.#text = text;
    this.#file = file;
    this.#line = line;
  }

  placeOf(offset: number): Place {
    for (
      let next = this.#text.indexOf('\n', this.#at);
      next >= 0 && next < offset;
      next = this.#text.indexOf('\n', this.#at)
    ) {
      this.#at = next + 1;
      this.#start = next + 1;
      this.#line++;
    }
    return { file: this.#file, line: this.#line, column: offset - this.#start + 1 };
  }
}

/** Where every object of the list begins and ends: braces that are in no text. */
function* objects(text: string, from: number): Generator<readonly [from: number, to: number]> {
  let depth = 0;
  let start = 0;
  for (let at = from; at < text.length; at++) {
    const sign = text.charCodeAt(at);
    if (sign === 34) {
      for (at++; at < text.length && text.charCodeAt(at) !== 34; at++) if (text.charCodeAt(at) === 92) at++;
    } else if (sign === 123) {
      if (depth++ === 0) start = at;
    } else if (sign === 125 && --depth === 0) yield [start, at + 1];
    else if (sign === 93 && depth === 0) return;
  }
}

function parsed(text: string, place: Place): Item {
  try {
    return JSON.parse(text) as Item;
  } catch (error) {
    throw mistake(place, `this is no JSON: ${(error as Error).message}`);
  }
}

function items(text: string, file: string, line: number): Placed[] {
  const lines = new Lines(text, file, line);
  const begin = /"nftables"\s*:\s*\[/.exec(text);
  if (!begin) throw mistake(lines.placeOf(0), 'the list "nftables" is missing');
  return [...objects(text, begin.index + begin[0].length)].map(([from, to]) => {
    const place = lines.placeOf(from);
    return { item: parsed(text.slice(from, to), place), place };
  });
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');
const FAMILIES: ReadonlySet<string> = new Set(['ip', 'ip6', 'inet', 'arp', 'bridge', 'netdev']);

class Reader {
  readonly tables = new Map<string, Table>();

  read({ item, place }: Placed): void {
    const [[kind, inner] = ['', null]] = Object.entries(item);
    if (typeof inner !== 'object' || inner === null) return;
    const said = inner as Item;
    if (kind === 'table') this.#table(said, place);
    else if (kind === 'chain') this.#chain(said, place);
    else if (kind === 'set' || kind === 'map') this.#set(said, place);
    else if (kind === 'rule') this.#rule(said, place);
  }

  #table({ family, name, flags }: Item, place: Place): void {
    const word = textOf(family);
    if (!FAMILIES.has(word)) throw mistake(place, `"${word}" is no family of tables`);
    if (JSON.stringify(flags ?? '').includes('dormant')) return;
    const table: Table = {
      family: word as TableFamily,
      name: textOf(name),
      backend: 'nft',
      chains: new Map(),
      sets: new Map(),
      place,
    };
    this.tables.set(`${word} ${table.name}`, table);
  }

  /** Null for a table that is dormant. */
  #tableOf({ family, table }: Item): Table | null {
    return this.tables.get(`${textOf(family)} ${textOf(table)}`) ?? null;
  }

  #chain(said: Item, place: Place): void {
    const base: Base | null =
      said.hook === undefined
        ? null
        : {
            type: said.type === 'nat' || said.type === 'route' ? said.type : 'filter',
            hook: textOf(said.hook) as Hook,
            priority: Number(said.prio),
          };
    const chain: Chain = {
      name: textOf(said.name),
      base,
      policy: said.policy === 'drop' ? 'drop' : 'accept',
      rules: [],
      place,
    };
    this.#tableOf(said)?.chains.set(chain.name, chain);
  }

  #set(said: Item, place: Place): void {
    const table = this.#tableOf(said);
    if (!table) return;
    const types = (Array.isArray(said.type) ? said.type : [said.type]).map((type) => textOf(type));
    const list = Array.isArray(said.elem) ? said.elem : [];
    // The text ends with a brace, as that of a listing.
    const text = `${expressionText({ set: list }).slice(1)}`;
    const tokens = new Tokens(text, place.file, place.line);
    const found = list.length === 0 ? new Elements([]) : elements(new Cursor(tokens, tokens.list), types);
    if (!found) throw mistake(place, `an element of ${textOf(said.name)} is not understood`);
    const dynamic = JSON.stringify(said.flags ?? '').includes('dynamic');
    table.sets.set(textOf(said.name), { name: textOf(said.name), dynamic, elements: found, place });
  }

  #rule(said: Item, place: Place): void {
    const chain = this.#tableOf(said)?.chains.get(textOf(said.chain));
    if (!chain) return;
    const text = (Array.isArray(said.expr) ? said.expr : []).map((one) => statementText(one)).join(' ');
    const tokens = new Tokens(text, place.file, place.line);
    const { found } = statements(new Cursor(tokens, tokens.list));
    const comment = textOf(said.comment);
    const shown = comment === '' ? text : `${text} comment "${comment}"`;
    chain.rules.push({
      place,
      text: shown,
      comment,
      statements: found,
      ...(typeof said.handle === 'number' && { handle: said.handle }),
    });
  }
}

/** Every table that is in force, in its order. Throws a Fault with file, line and column for what cannot be a listing. */
export function readNftJson(text: string, file: string, line = 1): Table[] {
  const reader = new Reader();
  for (const one of items(text, file, line)) reader.read(one);
  return [...reader.tables.values()];
}
