// rates.ts - what happened a second between two looks at the traffic: of nodes, and of Services.

/** Totals that only grow, by name. */
export type Totals = Readonly<Record<string, number>>;

export interface Rated {
  readonly name: string;
  readonly rates: Totals;
}

/** Growth a second of every name that the later look has; what is new began at 0, what fell began anew. */
export function ratesBetween(
  before: ReadonlyMap<string, Totals>,
  now: ReadonlyMap<string, Totals>,
  seconds: number,
): Rated[] {
  return [...now].map(([name, totals]) => {
    const old = before.get(name) ?? {};
    const grown = (key: string, total: number): number => (total >= (old[key] ?? 0) ? total - (old[key] ?? 0) : total);
    const rates = Object.entries(totals).map(([key, total]) => [key, seconds > 0 ? grown(key, total) / seconds : 0]);
    return { name, rates: Object.fromEntries(rates) };
  });
}
