// index.ts - objects of one kind by keys that a controller asks for, kept current by a watch.
import type { KubeObject } from '../model/objects.js';
import type { KindRef, Store } from './store.js';

const nameOf = (object: KubeObject): string => `${object.metadata.namespace ?? ''}/${object.metadata.name}`;

const EMPTY: ReadonlyMap<string, never> = new Map<string, never>();

export class Index<T extends KubeObject = KubeObject> {
  readonly #entries = new Map<string, Map<string, T>>();
  readonly #keysOf: (object: T) => readonly string[];
  readonly stop: () => void;

  /** Objects that exist already are taken in too. */
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

  /** Sorted by name, so that what follows from it is reproducible. */
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

/** Keys of an object by the uid of what controls it. */
export const ownerKeys = (object: KubeObject): string[] =>
  (object.metadata.ownerReferences ?? []).filter((owner) => owner.controller).map((owner) => owner.uid);
