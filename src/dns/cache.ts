// cache.ts - responses kept as bytes, by what was asked: the same question again costs a copy, not an encoding.
//
// A response is kept until the cluster changes (`clear`), and while there is room. What makes two queries of one question
// differ (their number, and EDNS options such as cookies, which are never echoed) is no part of the key.
const HEADER_BYTES = 12;
const TYPE_OPT = 41;
/** QDCOUNT 1, ANCOUNT 0, NSCOUNT 0 of a query. */
const ONE_QUESTION = '000100000000';
/** What an entry costs beside its bytes. */
const ENTRY_BYTES = 200;
const BUDGET = 8 << 20;

/** The bytes after a name without compression; -1 for none. */
function afterName(bytes: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return -1;
    if (length === 0) return at + 1;
    at += 1 + length;
  }
}

/** What decides about the response to a query; null: it is not an ordinary query, and nothing of it is kept. */
export function cacheKey(query: Buffer, overTcp: boolean): string | null {
  if (query.length < HEADER_BYTES || query.toString('hex', 4, 10) !== ONE_QUESTION) return null;
  const name = afterName(query, HEADER_BYTES);
  const end = name + 4;
  if (name < 0 || end > query.length) return null;
  const asked = `${overTcp ? 'T' : 'U'}${query.toString('latin1', 2, 4)}${query.toString('latin1', HEADER_BYTES, end)}`;
  const more = query.readUInt16BE(10);
  if (more === 0) return end === query.length ? asked : null;
  // One more record, the OPT of EDNS: root name, type, size of a response, version and flags, options.
  if (more !== 1 || end + 11 > query.length || query[end] !== 0 || query.readUInt16BE(end + 1) !== TYPE_OPT)
    return null;
  return end + 11 + query.readUInt16BE(end + 9) === query.length
    ? `${asked}${query.toString('latin1', end + 3, end + 9)}`
    : null;
}

/** Addresses of a response that may stand in any order: equally long records, one after the other. */
interface Block {
  readonly start: number;
  readonly size: number;
  readonly count: number;
}

interface Entry {
  readonly bytes: Buffer;
  readonly block: Block | null;
  /** Of a refusal, the reason. */
  readonly why: string | undefined;
}

const isAddress = (type: number): boolean => type === 1 || type === 28;

/** The end of a record that starts here, if it is an address; -1. */
function afterAddress(bytes: Buffer, start: number): number {
  const name = afterName(bytes, start);
  if (name < 0 || name + 10 > bytes.length || !isAddress(bytes.readUInt16BE(name))) return -1;
  return name + 10 + bytes.readUInt16BE(name + 8);
}

function blockOf(bytes: Buffer): Block | null {
  const count = bytes.readUInt16BE(6);
  const question = afterName(bytes, HEADER_BYTES);
  if (count < 2 || question < 0) return null;
  const start = question + 4;
  const size = afterAddress(bytes, start) - start;
  for (let i = 0; i < count; i++) if (afterAddress(bytes, start + i * size) !== start + (i + 1) * size) return null;
  return { start, size, count };
}

export class ResponseCache {
  readonly #entries = new Map<string, Entry>();
  readonly #random: () => number;
  readonly #budget: number;
  #bytes = 0;

  /** @param random 0 to 1, for the order of addresses */
  constructor(random: () => number, budget = BUDGET) {
    this.#random = random;
    this.#budget = budget;
  }

  /** The response to this query, in a buffer of its own; undefined: not kept. */
  find(key: string, query: Buffer): { readonly bytes: Buffer; readonly why: string | undefined } | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    const bytes = Buffer.from(entry.bytes);
    bytes[0] = query[0] ?? 0;
    bytes[1] = query[1] ?? 0;
    if (entry.block) this.#turn(bytes, entry.bytes, entry.block);
    return { bytes, why: entry.why };
  }

  keep(key: string, bytes: Buffer, why: string | undefined): void {
    const cost = key.length + bytes.length + ENTRY_BYTES;
    if (this.#bytes + cost > this.#budget) this.clear();
    if (cost > this.#budget) return;
    this.#entries.set(key, { bytes, block: blockOf(bytes), why });
    this.#bytes += cost;
  }

  /** The cluster is another: nothing that was said holds. */
  clear(): void {
    this.#entries.clear();
    this.#bytes = 0;
  }

  /** Lets the addresses begin with another one. */
  #turn(to: Buffer, from: Buffer, { start, size, count }: Block): void {
    const first = Math.floor(this.#random() * count);
    const cut = start + first * size;
    from.copy(to, start, cut, start + count * size);
    from.copy(to, start + (count - first) * size, start, cut);
  }
}
