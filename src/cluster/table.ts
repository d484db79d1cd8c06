// table.ts - the objects of one kind, by namespace and name, and their sorted lists.
import type { KubeObject } from '../model/objects.js';

/** The order of the keys `namespace/name`, in which the API lists. */
function byPlace(a: KubeObject, b: KubeObject): number {
  const left = a.metadata;
  const right = b.metadata;
  if (left.namespace !== right.namespace) return `${left.namespace}/` < `${right.namespace}/` ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
}

/** The content of an object's slot; undefined if it is empty. */
interface PlaceChange {
  readonly place: KubeObject;
  readonly object: KubeObject | undefined;
}

/** A sorted list with other objects at some places, each of which stands once in `changes`. */
export function withChanges(list: readonly KubeObject[], changes: readonly PlaceChange[]): readonly KubeObject[] {
  if (changes.length === 0) return list;
  const sorted = [...changes].sort((a, b) => byPlace(a.place, b.place));
  const made: KubeObject[] = [];
  let at = 0;
  for (const { place, object } of sorted) {
    const end = placeOf(list, place, at);
    for (; at < end; at++) made.push(list[at] as KubeObject);
    if (list[at] && byPlace(list[at] as KubeObject, place) === 0) at++;
    if (object) made.push(object);
  }
  for (; at < list.length; at++) made.push(list[at] as KubeObject);
  return made;
}

/** A list as it was when somebody asked for it, and the objects that were written or removed since, by place. */
interface SortedList {
  readonly objects: readonly KubeObject[];
  readonly changed: Map<string, KubeObject>;
}

/** The index of an object in a sorted list, or where it would be inserted; at least `from`. */
function placeOf(list: readonly KubeObject[], object: KubeObject, from = 0): number {
  let [low, high] = [from, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    const there = list[middle];
    if (there && byPlace(there, object) < 0) low = middle + 1;
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

  /** In no order. */
  *values(): Iterable<KubeObject> {
    for (const objects of this.#namespaces.values()) yield* objects.values();
  }

  /** Sorted by `namespace/name`, as the API lists. */
  list(namespace?: string): readonly KubeObject[] {
    const key = namespace ?? '*';
    const known = this.#lists.get(key);
    if (known?.changed.size === 0) return known.objects;
    const objects = Object.freeze(known ? this.#mended(known) : this.#sorted(namespace));
    this.#lists.set(key, { objects, changed: new Map() });
    return objects;
  }

  #sorted(namespace: string | undefined): KubeObject[] {
    const objects =
      namespace === undefined ? [...this.values()] : [...(this.#namespaces.get(namespace)?.values() ?? [])];
    return objects.sort(byPlace);
  }

  #mended({ objects, changed }: SortedList): readonly KubeObject[] {
    const changes = [...changed.values()].map((place) => ({
      place,
      object: this.get(place.metadata.namespace ?? '', place.metadata.name),
    }));
    return withChanges(objects, changes);
  }

  #note(object: KubeObject): void {
    const { namespace = '', name } = object.metadata;
    for (const key of ['*', namespace]) this.#lists.get(key)?.changed.set(`${namespace}/${name}`, object);
  }
}
