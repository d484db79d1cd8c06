// load.ts - schedulers that compare loads or weights: lc, wlc, sed, nq, fo, ovf, twos. Of equals, the first of the list.
import { type Destination, overhead, type Question, type ServerKind, usable } from './destination.js';

type List = readonly Destination[];

/** The first of the smallest items. */
export function leastOf(list: List, busier: (a: Destination, b: Destination) => boolean): Destination | null {
  return list.reduce<Destination | null>((best, to) => (best && !busier(best, to) ? best : to), null);
}

/**
 * The first of the smallest, from the first usable one on. Behind it a destination without weight loses every comparison
 * of loads, unless its load has wrapped to a negative number.
 */
export function lightest(list: List, busier: (a: Destination, b: Destination) => boolean): Destination | null {
  const running = list.filter((to) => !to.overload);
  const first = running.findIndex((to) => to.weight > 0);
  return first < 0 ? null : leastOf(running.slice(first), busier);
}

/** Compares loads in proportion to weights exactly, by cross-multiplication. */
const busierBy =
  (load: (to: Destination) => number) =>
  (a: Destination, b: Destination): boolean =>
    BigInt(load(a)) * BigInt(b.weight) > BigInt(load(b)) * BigInt(a.weight);

export const busier = (kind: ServerKind): ((a: Destination, b: Destination) => boolean) =>
  busierBy((to) => overhead(to, kind));

const moreDelay = busierBy((to) => (to.active + 1) | 0);

/** Unsigned, unlike the others. [IPVS-9] */
export const leastConnections = (list: List, kind: ServerKind): Destination | null =>
  leastOf(list.filter(usable), (a, b) => overhead(a, kind) >>> 0 > overhead(b, kind) >>> 0);

/** [IPVS-10] */
export const weightedLeast = (list: List, kind: ServerKind): Destination | null => lightest(list, busier(kind));

export const shortestDelay = (list: List): Destination | null => lightest(list, moreDelay);

/** [IPVS-11] */
export function neverQueue(list: List): Destination | null {
  const candidates = list.filter(usable);
  return candidates.find((to) => to.active === 0) ?? shortestDelay(candidates);
}

const heaviest = (list: List): Destination | null => leastOf(list, (a, b) => a.weight < b.weight);

/** [IPVS-17] */
export const failover = (list: List): Destination | null => heaviest(list.filter(usable));

export const overflow = (list: List): Destination | null =>
  heaviest(list.filter((to) => usable(to) && to.active <= to.weight));

/** Two draws from 0 to the sum of the weights, both ends included. The loads are compared as 32-bit products. [IPVS-18] */
export function twoChoices(list: List, kind: ServerKind, { draws }: Question): Destination | null {
  const candidates = list.filter(usable);
  const total = candidates.reduce((sum, to) => sum + to.weight, 0);
  const pick = (draw: number): Destination | undefined => {
    let left = draw % (total + 1);
    return candidates.find((to) => {
      left -= to.weight;
      return left <= 0;
    });
  };
  const [first, second] = [pick(draws[0]), pick(draws[1])];
  if (!first || !second) return null;
  const loads = [Math.imul(second.weight, overhead(first, kind)), Math.imul(first.weight, overhead(second, kind))];
  return (loads[0] ?? 0) > (loads[1] ?? 0) ? second : first;
}
