// snapshots.ts - the store's state at one moment, from which node tables are made, and the changes since another.
import type { KindKey } from '../model/kindkey.js';
import type {
  ClusterSnapshot,
  Difference,
  EndpointSlice,
  KubeObject,
  Node,
  Service,
  SnapshotChanges,
} from '../model/objects.js';
import { StatusError } from './status.js';
import type { Store, StoreEvent } from './store.js';

/** First and last state of an object over some events; null where there was none. */
interface Course {
  readonly kind: KindKey;
  readonly first: KubeObject | null;
  readonly last: KubeObject | null;
}

const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ''}/${metadata.name}`;

function coursesOf(events: readonly StoreEvent[]): Course[] {
  const courses = new Map<string, Course>();
  for (const { type, key: kind, object, old } of events) {
    const key = `${kind}/${nameOf(object)}`;
    const known = courses.get(key);
    courses.set(key, {
      kind,
      first: known ? known.first : (old ?? null),
      last: type === 'DELETED' ? null : object,
    });
  }
  return [...courses.values()];
}

function differenceOf<T extends KubeObject>(courses: readonly Course[], wanted: KindKey): Difference<T> {
  const states = (state: 'first' | 'last'): T[] =>
    courses.flatMap(({ kind, [state]: object }) => (object && kind === wanted ? [object as T] : []));
  return { gone: states('first'), come: states('last') };
}

/** Gives snapshots of one store. */
export class Snapshots {
  readonly #store: Store;
  /** Resource version at which each was taken. */
  readonly #versions = new WeakMap<ClusterSnapshot, string>();

  constructor(store: Store) {
    this.#store = store;
  }

  take(): ClusterSnapshot {
    const store = this.#store;
    const version = store.resourceVersion;
    const snapshot: ClusterSnapshot = {
      services: store.list('Service'),
      endpointSlices: store.list('EndpointSlice'),
      nodes: store.list('Node'),
      pods: store.list('Pod'),
      since: (before) => this.#changes(before, version),
    };
    this.#versions.set(snapshot, version);
    return snapshot;
  }

  #changes(before: ClusterSnapshot, version: string): SnapshotChanges | null {
    const from = this.#versions.get(before);
    const events = from === undefined ? null : this.#eventsBetween(from, version);
    if (!events) return null;
    const courses = coursesOf(events);
    return {
      services: differenceOf<Service>(courses, 'Service'),
      endpointSlices: differenceOf<EndpointSlice>(courses, 'EndpointSlice.discovery.k8s.io'),
      nodes: differenceOf<Node>(courses, 'Node'),
      pods: differenceOf(courses, 'Pod'),
    };
  }

  /** Null when the store does not remember so far back, or has not told all of it yet. */
  #eventsBetween(from: string, to: string): StoreEvent[] | null {
    if (from === to) return [];
    try {
      const events = this.#store.since(from);
      const last = events.findLastIndex(({ resourceVersion }) => resourceVersion === to);
      return last < 0 ? null : events.slice(0, last + 1);
    } catch (error) {
      if (error instanceof StatusError) return null;
      throw error;
    }
  }
}
