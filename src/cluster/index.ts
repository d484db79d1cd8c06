// index.ts - indexes objects of one kind by the keys a controller needs, kept current by a watch.
import type { KubeObject } from '../model/objects.js';
import type { KindRef, Store } from './store.js';

const nameOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

const EMPTY: ReadonlyMap<string, never> = new Map<string, never>();

export class Index<T extends KubeObject = KubeObject> {
  readonly #entries = new Map<string, Map<string, T>>();
  readonly #keysOf: (object: T) => readonly string[];
  readonly stop: () => void;

  /** Includes objects that already exist. */
  constructor(store: Store, kind: KindRef, keysOf: (object: T) => readonly string[]) {
    this.#keysOf = keysOf;
    for (const object of store.list<T>(kind)) this.#add(object);
    this.stop = store.watch(({ type, object, old }) => {
      if (old) this.#remove(old as T);
      if (type !== 'DELETED') this.#add(object as T);
    }, kind);
  }

  /** By `namespace/name`; not sorted. */
  get(key: string): ReadonlyMap<string, T> {
    return this.#entries.get(key) ?? EMPTY;
  }

  /** Sorted by name, so that results are reproducible. */
  list(key: string): T[] {
    return [...this.get(key)].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object);
  }

  #add(object: T): void {
    for (const key of this.#keysOf(object)) {
      const entry = this.#entries.get(key);
      if (entry) entry.set(nameOf(object), object);
      else this.#entries.set(key, new Map([[nameOf(object), object]]));
    }
  }

  #remove(object: T): void {
    for (const key of this.#keysOf(object)) {
      const entry = this.#entries.get(key);
      entry?.delete(nameOf(object));
      if (entry?.size === 0) this.#entries.delete(key);
    }
  }
}

/** Index key of an object: the uid of its controller. */
export const ownerKeys = (object: KubeObject): string[] =>
  (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller).map((owner) => owner.uid);
