// perfect.ts - our own strategy: nftables' semantics with a minimal perfect hash; one row (a cache line) decides.
import {
  type BackendRow,
  type FrontendRow,
  type PerfectRow,
  type ServiceRow,
  Strategy as StrategyNumber,
} from '../abi/abi.gen.js';
import { NONE } from '../abi/layout.js';
import { strategySpec } from '../abi/strategies.js';
import { buildSlots, frontendKey } from '../image/hash.js';
import type { Writes } from '../image/patch.js';
import {
  bucketOf,
  buildPerfect,
  groupOf,
  MOST_KEYS,
  type PerfectHash,
  perfectHash,
  rowsOfBucket,
} from '../image/perfect.js';
import type { TableSet } from '../image/table.js';
import { Fault } from '../model/fault.js';
import { assemble, type Strategy } from './assemble.js';
import type { Move } from './frontends.js';
import { nftablesChoices } from './nftables.js';
import { VACANT } from './services.js';

/** A row to which no key leads. */
const FREE: PerfectRow = {
  address: new Uint8Array(16),
  port_be: 0,
  protocol: 255,
  kind: 0,
  frontend: NONE,
  service: 0,
  serviceId: 0,
  flags: 0,
  serviceFlags: 0,
  clusterFirst: 0,
  clusterCount: 0,
  localFirst: 0,
  localCount: 0,
  sourceRangeFirst: 0,
  sourceRangeCount: 0,
  affinitySeconds: 0,
};

/** Makes a run of MEMBER point at consecutive BACKEND rows; appends copies when they are not. [CHOOSE-4] [IMAGE-2] */
function straightenRun(tables: TableSet, first: number, count: number): void {
  const { MEMBER, BACKEND } = tables;
  const start = MEMBER[first]?.index ?? 0;
  let straight = true;
  for (let i = 1; i < count && straight; i++) straight = MEMBER[first + i]?.index === start + i;
  if (straight) return;
  const copies = BACKEND.length;
  for (let i = 0; i < count; i++) {
    BACKEND.push(BACKEND[MEMBER[first + i]?.index ?? 0] as BackendRow);
    MEMBER[first + i] = { index: copies + i };
  }
}

/** Both lists of a Service as runs of BACKEND. */
function straighten(tables: TableSet, service: ServiceRow): void {
  straightenRun(tables, service.clusterFirst, service.clusterCount);
  straightenRun(tables, service.localFirst, service.localCount);
}

const keyOf = (row: FrontendRow | PerfectRow): Uint8Array => frontendKey(row.address, row.port_be, row.protocol);

function perfectRow(tables: TableSet, index: number): PerfectRow {
  const frontend = tables.FRONTEND[index] as FrontendRow;
  const service = tables.SERVICE[frontend.service] ?? VACANT;
  const backendOf = (first: number, count: number): number => (count === 0 ? 0 : (tables.MEMBER[first]?.index ?? 0));
  return {
    address: frontend.address,
    port_be: frontend.port_be,
    protocol: frontend.protocol,
    kind: frontend.kind,
    frontend: index,
    service: frontend.service,
    serviceId: service.id,
    flags: frontend.flags,
    serviceFlags: service.flags,
    clusterFirst: backendOf(service.clusterFirst, service.clusterCount),
    clusterCount: service.clusterCount,
    localFirst: backendOf(service.localFirst, service.localCount),
    localCount: service.localCount,
    sourceRangeFirst: service.sourceRangeFirst,
    sourceRangeCount: service.sourceRangeCount,
    affinitySeconds: service.affinitySeconds,
  };
}

/** The tables with PILOT and PERFECT, on the same rows. Null when the minimal perfect hash needs another seed. */
export function withPerfectHash(tables: TableSet): { tables: TableSet; hash: PerfectHash } | null {
  const hash = buildPerfect(tables.FRONTEND.map(keyOf), tables.hashSeed);
  if (!hash) return null;
  for (const service of tables.SERVICE) straighten(tables, service);
  const rows = new Array<PerfectRow>(tables.FRONTEND.length);
  for (let i = 0; i < rows.length; i++) rows[hash.rows[i] ?? 0] = perfectRow(tables, i);
  return {
    hash,
    tables: {
      ...tables,
      strategy: StrategyNumber.PERFECT,
      FRONTEND_SLOT: buildSlots([], tables.hashSeed),
      PILOT: Array.from(hash.pilots, (index) => ({ index })),
      PERFECT: rows,
      buckets: hash.pilots.length,
      spread: rows.length,
    },
  };
}

/** Keeps PERFECT and PILOT current while frontends come and go. Existing rows stay where they are. */
export class PerfectBook {
  readonly #tables: TableSet;
  readonly #hash: PerfectHash;
  /** Row of FRONTEND → row of PERFECT. */
  readonly #rows: number[];
  readonly #free: number[] = [];
  /** Rows of keys that were added to a bucket later. */
  readonly #later = new Map<number, number[]>();

  constructor(tables: TableSet, hash: PerfectHash) {
    this.#tables = tables;
    this.#hash = hash;
    this.#rows = Array.from(hash.rows);
  }

  /** Turns the newly written lists of a Service into runs of BACKEND. */
  straighten(service: number): void {
    straighten(this.#tables, this.#tables.SERVICE[service] as ServiceRow);
  }

  /** Gives a new row of FRONTEND its PERFECT row, and its bucket a way to it. False when that is impossible. */
  add(frontend: number, writes: Writes): boolean {
    const { PILOT, PERFECT, hashSeed, buckets } = this.#tables;
    if (buckets === 0) return false;
    const key = keyOf(this.#tables.FRONTEND[frontend] as FrontendRow);
    const { high, low } = perfectHash(key, hashSeed);
    const bucket = bucketOf(high, buckets);
    const row = this.#free.pop() ?? PERFECT.length;
    this.#rows[frontend] = row;
    const [rows, lows] = [[row], [low]];
    this.#eachIn(bucket, (there, low) => {
      rows.push(there);
      lows.push(low);
    });
    const group = groupOf(lows, rows, PILOT.length);
    if (!group) return false;
    this.#later.set(bucket, [...(this.#later.get(bucket) ?? []), row]);
    this.refresh(frontend, writes);
    writes.note('PILOT', bucket);
    PILOT[bucket] = { index: group.pilot };
    for (const index of group.pilots) writes.note('PILOT', PILOT.push({ index }) - 1);
    return true;
  }

  /** Follows the removal of a FRONTEND row, which moved others. */
  remove(frontend: number, moves: readonly Move[], writes: Writes): void {
    const row = this.#rows[frontend] ?? 0;
    this.#tables.PERFECT[row] = FREE;
    this.#free.push(row);
    writes.note('PERFECT', row);
    for (const { from, to } of moves) this.#rows[to] = this.#rows[from] ?? 0;
    this.#rows.pop();
    for (const { to } of moves) this.refresh(to, writes);
  }

  /** Copies the current contents of a FRONTEND row and its Service into PERFECT. */
  refresh(frontend: number, writes: Writes): void {
    const row = this.#rows[frontend] ?? 0;
    this.#tables.PERFECT[row] = perfectRow(this.#tables, frontend);
    writes.note('PERFECT', row);
  }

  /** Visits the current keys of a bucket: row, lower half of the hash. Freed rows may hold keys of other buckets. */
  #eachIn(bucket: number, visit: (row: number, low: number) => void): void {
    const { PERFECT, hashSeed, buckets } = this.#tables;
    for (const index of new Set([...rowsOfBucket(this.#hash, bucket), ...(this.#later.get(bucket) ?? [])])) {
      const row = PERFECT[index];
      if (!row || row.frontend === NONE) continue;
      const { high, low } = perfectHash(keyOf(row), hashSeed);
      if (bucketOf(high, buckets) === bucket) visit(index, low);
    }
  }
}

/** Like nftables in everything except the lookup. */
export const perfect: Strategy = {
  name: 'perfect',
  mode: 'nftables',
  summary: strategySpec('perfect').doc,
  compile(plan, attachment, generation, seed) {
    if (plan.frontends.length > MOST_KEYS) {
      throw new Fault('USAGE', `perfect takes at most ${MOST_KEYS} frontends`, 'Use another strategy.');
    }
    const choices = { ...nftablesChoices(plan), strategy: StrategyNumber.PERFECT, withoutSlots: true };
    for (let attempt = seed; ; attempt = (attempt + 1) >>> 0) {
      const assembly = assemble(plan, attachment, generation, attempt, choices);
      const made = withPerfectHash(assembly.tables);
      if (made) return { ...assembly, ...made };
    }
  },
};
