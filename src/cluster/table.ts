// table.ts - the objects of one kind, by namespace and name, and their sorted lists.
import type { KubeObject } from '../model/objects.js';

const byName = (a: KubeObject, b: KubeObject): number => {
  const left = a.metadata;
  const right = b.metadata;
  if (left.namespace !== right.namespace) return (left.namespace ?? '') < (right.namespace ?? '') ? -1 : 1;
  return left.name < right.name ? -1 : left.name > right.name ? 1 : 0;
};

export class Table {
  readonly #namespaces = new Map<string, Map<string, KubeObject>>();
  /** Sorted lists until the next change; '*' is the list over all namespaces. */
  readonly #lists = new Map<string, readonly KubeObject[]>();

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
    this.#forget(namespace);
  }

  remove(namespace: string, name: string): void {
    const objects = this.#namespaces.get(namespace);
    objects?.delete(name);
    if (objects?.size === 0) this.#namespaces.delete(namespace);
    this.#forget(namespace);
  }

  /** Sorted by namespace and name, as the API lists. */
  list(namespace?: string): readonly KubeObject[] {
    const key = namespace ?? '*';
    const known = this.#lists.get(key);
    if (known) return known;
    const objects =
      namespace === undefined
        ? [...this.#namespaces.values()].flatMap((entry) => [...entry.values()])
        : [...(this.#namespaces.get(namespace)?.values() ?? [])];
    const list = Object.freeze(objects.sort(byName));
    this.#lists.set(key, list);
    return list;
  }

  #forget(namespace: string): void {
    this.#lists.delete('*');
    this.#lists.delete(namespace);
  }
}
