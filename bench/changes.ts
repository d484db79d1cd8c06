// changes.ts - how a cluster changes in suite `sync`: the kinds of change, and snapshots before and after.
import type { ClusterSnapshot, EndpointSlice } from '../src/model/objects.js';
import { makeParts, makeService, offset, type Part, snapshotOf } from './cluster.js';

export const CHANGES = ['full sync', 'one Service added', 'one endpoint changed', '1 % of Services changed'] as const;
export type Change = (typeof CHANGES)[number];

export const ENDPOINTS = 5;

/** Addresses that no endpoint has at the start. */
const FRESH = '10.250.0.1';

/** A cluster that changes. Every snapshot shares with the one before what stayed as it was, as the store's do. */
export class ChangingCluster {
  #parts: Part[];
  #fresh = 0;

  constructor(services: number) {
    this.#parts = makeParts(services, ENDPOINTS);
  }

  snapshot(): ClusterSnapshot {
    return snapshotOf(this.#parts);
  }

  /** Makes one change and gives what the cluster is then. */
  change(kind: Exclude<Change, 'full sync'>): ClusterSnapshot {
    const parts = [...this.#parts];
    const services = parts.length;
    if (kind === 'one Service added') {
      const endpoints = Array.from({ length: ENDPOINTS }, () => this.#address());
      parts.push(makeService({ name: `added-${services}`, clusterIP: offset('10.96.0.1', services), endpoints }));
    } else {
      const count = kind === 'one endpoint changed' ? 1 : Math.max(1, Math.round(services / 100));
      // Spread over the whole, and others each time.
      for (let i = 0; i < count; i++) this.#replace(parts, (this.#fresh + i * 97) % services);
    }
    this.#parts = parts;
    return this.snapshot();
  }

  #address(): string {
    return offset(FRESH, this.#fresh++);
  }

  #replace(parts: Part[], at: number): void {
    const part = parts[at];
    if (!part) return;
    const slice: EndpointSlice = structuredClone(part.slice);
    const first = slice.endpoints?.[0];
    if (first) first.addresses = [this.#address()];
    parts[at] = { ...part, slice };
  }
}
