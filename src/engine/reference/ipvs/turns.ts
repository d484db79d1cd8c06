// turns.ts - rr and wrr: the destinations take turns.
import { type Chooser, type Destination, usable } from './destination.js';

/** Starts after the destination chosen last, or before the head if there is none. [IPVS-7] */
export class RoundRobin implements Chooser {
  readonly #list: readonly Destination[];
  #last: Destination | null = null;

  constructor(list: readonly Destination[]) {
    this.#list = list;
  }

  changed(gone: Destination | null, place: number): void {
    if (gone !== null && gone === this.#last) this.#last = this.#list[place - 1] ?? null;
  }

  choose(): Destination | null {
    const start = this.#last ? this.#list.indexOf(this.#last) + 1 : 0;
    const inTurn = [...this.#list.slice(start), ...this.#list.slice(0, start)];
    const next = inTurn.find(usable) ?? null;
    if (next) this.#last = next;
    return next;
  }
}

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** One level after the other, every level from the head of the list: slow where the weights are far apart. [IPVS-8] */
export class WeightedRoundRobin implements Chooser {
  readonly #list: readonly Destination[];
  #last: Destination | null = null;
  #level = 0;
  #most = 0;
  #step = 1;

  constructor(list: readonly Destination[]) {
    this.#list = list;
    this.changed();
  }

  changed(): void {
    const weights = this.#list.map((to) => to.weight).filter((weight) => weight > 0);
    this.#step = weights.reduce(gcd, 0) || 1;
    this.#most = Math.max(0, ...weights) - (this.#step - 1);
    this.#last = null;
    if (this.#level > this.#most || this.#level === 0) this.#level = this.#most;
    else if (this.#step > 1) this.#level = Math.floor(this.#level / this.#step) * this.#step + 1;
  }

  choose(): Destination | null {
    if (this.#most <= 0) return null;
    const first = this.#last;
    const fromLowest = first !== null && this.#level <= this.#step;
    let at = first ? this.#list.indexOf(first) + 1 : 0;
    let isLastRound = false;
    for (;;) {
      // In the lowest level of the last round, nothing after the first destination needs to be looked at.
      const isLastLevel = isLastRound && this.#level <= this.#step;
      const end = isLastLevel && first ? this.#list.indexOf(first) + 1 : this.#list.length;
      const found = this.#list.slice(at, end).find((to) => !to.overload && to.weight >= this.#level);
      if (found) {
        this.#last = found;
        return found;
      }
      if (isLastLevel) return null;
      at = 0;
      this.#level -= this.#step;
      if (this.#level > 0) continue;
      this.#level = this.#most;
      if (!fromLowest) {
        this.#last = null;
        return null;
      }
      isLastRound = true;
    }
  }
}
