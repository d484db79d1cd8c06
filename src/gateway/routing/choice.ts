// choice.ts - which backend of a rule gets a request, by weight, and which of its endpoints, in turn.
import type { Backend, Endpoint } from './rule.js';

/** @param random 0 to 1, without 1. null: no backend has any weight. */
export function chooseBackend(backends: readonly Backend[], random: number): Backend | null {
  const total = backends.reduce((sum, { weight }) => sum + weight, 0);
  let left = random * total;
  for (const backend of backends) {
    if (backend.weight > 0 && left < backend.weight) return backend;
    left -= backend.weight;
  }
  return null;
}

/** Whose turn it is, by the name of the backend: endpoints come and go without the turn starting anew. */
export class Turns {
  readonly #next = new Map<string, number>();

  /** All endpoints, the one whose turn it is first: the others are for when it cannot be reached. */
  take({ name, endpoints }: Backend): Endpoint[] {
    const at = (this.#next.get(name) ?? -1) + 1;
    this.#next.set(name, at % 0x7fffffff);
    const start = endpoints.length === 0 ? 0 : at % endpoints.length;
    return [...endpoints.slice(start), ...endpoints.slice(0, start)];
  }
}
