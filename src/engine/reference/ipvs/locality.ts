// locality.ts - lblc and lblcr: a virtual address keeps its destination; if that is not possible, wlc chooses.
import { sameBytes } from '../../../wire/bytes.js';
import type { Chooser, Destination, Question, ServerKind } from './destination.js';
import { busier, leastOf, lightest, weightedLeast } from './load.js';

const DAY_NS = 86_400_000_000_000n;

interface Entry {
  readonly address: Uint8Array;
  grownNs: bigint;
  /** Newest first. lblc has at most one. */
  members: Destination[];
}

/** It has more active connections than its weight, and another has less than half of its own (doubled in 32 bits). */
const isCrowded = (to: Destination, list: readonly Destination[]): boolean =>
  to.active > to.weight && list.some((other) => other.active << 1 < other.weight);

/** Entries by virtual address. If there is no room, an address is not remembered. */
class Entries {
  readonly #entries: Entry[] = [];
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  find(address: Uint8Array): Entry | undefined {
    return this.#entries.find((candidate) => sameBytes(candidate.address, address));
  }

  add(address: Uint8Array, nowNs: bigint): Entry {
    const entry: Entry = { address: address.slice(), grownNs: nowNs, members: [] };
    if (this.#entries.length < this.#capacity) this.#entries.push(entry);
    return entry;
  }
}

/** lblc: one destination per address. [IPVS-15] */
export class Locality implements Chooser {
  readonly #kind: ServerKind;
  readonly #list: readonly Destination[];
  readonly #entries: Entries;

  constructor(kind: ServerKind, list: readonly Destination[]) {
    this.#kind = kind;
    this.#list = list;
    this.#entries = new Entries(kind.addresses);
  }

  choose({ destination, nowNs }: Question): Destination | null {
    const entry = this.#entries.find(destination);
    const known = entry?.members[0];
    if (known?.available && known.weight > 0 && !isCrowded(known, this.#list)) return known;
    const chosen = weightedLeast(this.#list, this.#kind);
    if (chosen) (entry ?? this.#entries.add(destination, nowNs)).members = [chosen];
    return chosen;
  }
}

/** lblcr: a set of destinations per address. [IPVS-16] */
export class ReplicatedLocality implements Chooser {
  readonly #kind: ServerKind;
  readonly #list: readonly Destination[];
  readonly #entries: Entries;

  constructor(kind: ServerKind, list: readonly Destination[]) {
    this.#kind = kind;
    this.#list = list;
    this.#entries = new Entries(kind.addresses);
  }

  /** The busiest member goes; who left the list or is overloaded may be it, who has no weight may not. */
  #shrink(entry: Entry, nowNs: bigint): void {
    const isBusier = busier(this.#kind);
    const weighted = entry.members.filter((to) => to.weight > 0);
    const most = leastOf(weighted, (a, b) => isBusier(b, a));
    if (!most) return;
    entry.members = entry.members.filter((to) => to !== most);
    entry.grownNs = nowNs;
  }

  choose({ destination, nowNs }: Question): Destination | null {
    const known = this.#entries.find(destination);
    if (known) {
      const candidates = known.members.filter((to) => to.available);
      const member = lightest(candidates, busier(this.#kind));
      if (known.members.length > 1 && nowNs > known.grownNs + DAY_NS) this.#shrink(known, nowNs);
      if (member && !isCrowded(member, this.#list)) return member;
    }
    const chosen = weightedLeast(this.#list, this.#kind);
    if (!chosen) return null;
    const entry = known ?? this.#entries.add(destination, nowNs);
    if (!entry.members.includes(chosen)) {
      entry.members.unshift(chosen);
      entry.grownNs = nowNs;
    }
    return chosen;
  }
}
