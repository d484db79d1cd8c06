// changes.ts - the changes that suite `sync` measures: their kinds, and snapshots before and after each.
import type { ClusterSnapshot, Difference, EndpointSlice, SnapshotChanges } from '../src/model/objects.js';
import { makeParts, makeService, offset, type Part, snapshotOf } from './cluster.js';

export const CHANGES = ['full sync', 'one Service added', 'one endpoint changed', '1 % of Services changed'] as const;
export type Change = (typeof CHANGES)[number];

export const ENDPOINTS = 5;

/** Addresses that no endpoint has at first. */
const FRESH = '10.250.0.1';

/** A Service and its slice before and after; null where there is none. */
type Course = readonly [Part | null, Part | null];

function differenceOf<T>(courses: readonly Course[], of: (part: Part) => T): Difference<T> {
  const states = courses.map(([before, after]) => [before && of(before), after && of(after)] as const);
  const changed = states.filter(([before, after]) => before !== after);
  return {
    gone: changed.flatMap(([before]) => before ?? []),
    come: changed.flatMap(([, after]) => after ?? []),
  };
}

/**
 * A cluster that changes. As in the store, a snapshot shares what did not change with the one before, and knows what
 * did not.
 */
export class ChangingCluster {
  #parts: Part[];
  #last: ClusterSnapshot;
  #fresh = 0;

  constructor(services: number) {
    this.#parts = makeParts(services, ENDPOINTS);
    this.#last = snapshotOf(this.#parts);
  }

  snapshot(): ClusterSnapshot {
    return this.#last;
  }

  /** Makes one change and returns the cluster after it. */
  change(kind: Exclude<Change, 'full sync'>): ClusterSnapshot {
    const courses: Course[] = kind === 'one Service added' ? [[null, this.#added()]] : this.#moved(kind);
    const before = this.#last;
    const changes: SnapshotChanges = {
      services: differenceOf(courses, ({ service }) => service),
      endpointSlices: differenceOf(courses, ({ slice }) => slice),
      nodes: { gone: [], come: [] },
      pods: { gone: [], come: [] },
    };
    this.#last = { ...snapshotOf(this.#parts), since: (asked) => (asked === before ? changes : null) };
    return this.#last;
  }

  #added(): Part {
    const services = this.#parts.length;
    const endpoints = Array.from({ length: ENDPOINTS }, () => this.#address());
    const part = makeService({ name: `added-${services}`, clusterIP: offset('10.96.0.1', services), endpoints });
    this.#parts.push(part);
    return part;
  }

  /** Endpoints get other addresses: a single one, or one in each of several Services, different ones each time. */
  #moved(kind: Change): Course[] {
    const services = this.#parts.length;
    const count = kind === 'one endpoint changed' ? 1 : Math.max(1, Math.round(services / 100));
    const first = this.#fresh;
    return Array.from({ length: count }, (_, i) => this.#move((first + i * 97) % services));
  }

  #move(at: number): Course {
    const part = this.#parts[at];
    if (!part) throw new Error(`no Service number ${at}`);
    const slice: EndpointSlice = structuredClone(part.slice);
    const first = slice.endpoints?.[0];
    if (first) first.addresses = [this.#address()];
    const after = { ...part, slice };
    this.#parts[at] = after;
    return [part, after];
  }

  #address(): string {
    return offset(FRESH, this.#fresh++);
  }
}
