// ring.ts - what a Maglev ring means in practice: each backend's share, and what moves when a backend leaves.
import { maglevRing, type RingBackend } from '../compile/ring.js';

/** What happens to connections, counted in slots, when a backend leaves. */
interface Departure {
  /** Its own slots, which have to move. */
  readonly own: number;
  /** Slots of a remaining backend that move all the same. */
  readonly others: number;
}

export interface RingShare {
  readonly name: string;
  readonly weight: number;
  readonly slots: number;
  /** Null when it was not tried, or when it is the only backend. */
  readonly departure: Departure | null;
}

/** Maximum number of departures to try: each builds a ring. */
const MOST_DEPARTURES = 64;

function departureOf(backends: readonly RingBackend[], ring: Uint32Array, gone: number): Departure {
  const left = backends.filter((_, i) => i !== gone);
  const after = maglevRing(left, ring.length);
  let own = 0;
  let others = 0;
  for (const [slot, before] of ring.entries()) {
    // Backends after the one that left have moved up by one.
    const now = (after[slot] ?? 0) + ((after[slot] ?? 0) >= gone ? 1 : 0);
    if (before === gone) own++;
    else if (before !== now) others++;
  }
  return { own, others };
}

/** Shares of all backends; departures of at most 64, evenly spread over the list. */
export function ringShares(backends: readonly RingBackend[], size: number): RingShare[] {
  if (backends.length === 0) return [];
  const ring = maglevRing(backends, size);
  const slots = new Uint32Array(backends.length);
  for (const backend of ring) slots[backend] = (slots[backend] ?? 0) + 1;
  const every = Math.ceil(backends.length / MOST_DEPARTURES);
  return backends.map(({ name, weight }, i) => ({
    name,
    weight,
    slots: slots[i] ?? 0,
    departure: backends.length > 1 && i % every === 0 ? departureOf(backends, ring, i) : null,
  }));
}
