// shares.ts - how often a strategy chooses each member of a list in the long run, according to the tables.
//
// Draws are uniform. A ring gives each member its slots. IPVS schedulers follow weights or ignore them. Schedulers that
// go by connection counts are judged on servers without load, where they go round.
import { Scheduler, type ServiceRow } from '../abi/abi.gen.js';
import type { TableSet } from '../image/table.js';

/** Members of a list, as rows of BACKEND. */
export interface MemberList {
  readonly isLocal: boolean;
  readonly rows: readonly number[];
}

/** The low byte is the Scheduler; flags are above it. */
const SCHEDULER_MASK = 0xff;

const BY_WEIGHT: ReadonlySet<number> = new Set([
  Scheduler.WRR,
  Scheduler.WLC,
  Scheduler.SED,
  Scheduler.NQ,
  Scheduler.SH,
  Scheduler.MH,
  Scheduler.TWOS,
]);
const BY_GREATEST_WEIGHT: ReadonlySet<number> = new Set([Scheduler.FO, Scheduler.OVF]);

const schedulerOf = (service: ServiceRow): number => service.scheduler & SCHEDULER_MASK;

const normal = (parts: readonly number[]): number[] => {
  const total = parts.reduce((sum, part) => sum + part, 0);
  return parts.map((part) => (total === 0 ? 0 : part / total));
};

function byRing(tables: TableSet, service: ServiceRow, list: MemberList): number[] {
  const first = list.isLocal ? service.localRingFirst : service.ringFirst;
  const slots = new Map<number, number>();
  for (const { index } of tables.RING.slice(first, first + service.ringCount)) {
    slots.set(index, (slots.get(index) ?? 0) + 1);
  }
  return normal(list.rows.map((row) => slots.get(row) ?? 0));
}

/** Shares of the members, in order. They sum to 1, or are all 0 when no member may be chosen. */
export function sharesOf(tables: TableSet, service: ServiceRow, list: MemberList): number[] {
  if (service.ringCount > 0) return byRing(tables, service, list);
  const scheduler = schedulerOf(service);
  if (scheduler === Scheduler.RANDOM) return normal(list.rows.map(() => 1));
  const weights = list.rows.map((row) => tables.BACKEND[row]?.weight ?? 0);
  if (BY_WEIGHT.has(scheduler)) return normal(weights);
  if (BY_GREATEST_WEIGHT.has(scheduler)) {
    // A virtual server has its destinations in reverse, so of equals the last member comes first.
    const best = weights.lastIndexOf(Math.max(...weights));
    return weights.map((weight, i) => (i === best && weight > 0 ? 1 : 0));
  }
  return normal(weights.map((weight) => (weight > 0 ? 1 : 0)));
}

/** True if only draws decide in these tables: then a script of draws can select any member. */
export const isDrawn = (service: ServiceRow): boolean =>
  service.ringCount === 0 && schedulerOf(service) === Scheduler.RANDOM;

/** The same tables, with every choice left to draws. */
export const withDraws = (tables: TableSet): TableSet => ({
  ...tables,
  SERVICE: tables.SERVICE.map((row) => ({ ...row, scheduler: Scheduler.RANDOM, ringCount: 0 })),
});
