// table.ts - the objects of one kind, by namespace and name, and their sorted lists.
import type { KubeObject } from '../model/objects.js';

const byName = (a: KubeObject, b: KubeObject): number => {
  const left = a.metadata;
  const right = b.metadata;
  if (left.namespace !== right.namespace) return (left.namespace ?? '') < (right.namespace ?? '') ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
};

/** A list as it was when somebody asked for it, and the objects that were written or removed since. */
interface SortedList {
  readonly objects: readonly KubeObject[];
  readonly changed: KubeObject[];
}

/** With more changes than this it costs less to sort a list anew. */
const FEW = 16;

/** Where an object is in a sorted list, or would be. */
function placeOf(list: readonly KubeObject[], object: KubeObject): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = list[middle];
    if (there && byName(there, object) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

export class Table {
  readonly #namespaces = new Map<string, Map<string, KubeObject>>();
  /** By namespace; '*' is the list over all namespaces. */
  readonly #lists = new Map<string, SortedList>();

  get(namespace: string, name: string): KubeObject | undefined {
    return this.#namespaces.get(namespace)?.get(name);
  }

  put(object: KubeObject): void {
    const namespace = object.metadata.namespace ?? '';
    let objects = this.#namespaces.get(namespace);
    if (!objects) {
      objects = new Map();
      this.#namespaces.set(namespace, objects);
    }
    objects.set(object.metadata.name, object);
    this.#note(object);
  }

  remove(namespace: string, name: string): void {
    const objects = this.#namespaces.get(namespace);
    const gone = objects?.get(name);
    objects?.delete(name);
    if (objects?.size === 0) this.#namespaces.delete(namespace);
    if (gone) this.#note(gone);
  }

  /** Sorted by namespace and name, as the API lists. */
  list(namespace?: string): readonly KubeObject[] {
    const key = namespace ?? '*';
    const known = this.#lists.get(key);
    if (known?.changed.length === 0) return known.objects;
    const objects = Object.freeze(known ? this.#mended(known) : this.#sorted(namespace));
    this.#lists.set(key, { objects, changed: [] });
    return objects;
  }

  #sorted(namespace: string | undefined): KubeObject[] {
    const objects =
      namespace === undefined
        ? [...this.#namespaces.values()].flatMap((entry) => [...entry.values()])
        : [...(this.#namespaces.get(namespace)?.values() ?? [])];
    return objects.sort(byName);
  }

  #mended({ objects, changed }: SortedList): KubeObject[] {
    const list = [...objects];
    for (const object of changed) {
      const at = placeOf(list, object);
      const there = list[at];
      const now = this.get(object.metadata.namespace ?? '', object.metadata.name);
      list.splice(at, there && byName(there, object) === 0 ? 1 : 0, ...(now ? [now] : []));
    }
    return list;
  }

  #note(object: KubeObject): void {
    for (const key of ['*', object.metadata.namespace ?? '']) {
      const list = this.#lists.get(key);
      if (list && list.changed.length < FEW) list.changed.push(object);
      else this.#lists.delete(key);
    }
  }
}
