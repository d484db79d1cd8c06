// dependents.ts - who is owned by whom, over all kinds, kept current by a watch.
import type { KindKey } from '../../model/kindkey.js';
import { keyOf } from '../../model/kindkey.js';
import type { KubeObject } from '../../model/objects.js';
import type { Store } from '../store.js';

/** Where an object is. */
export interface Place {
  readonly key: KindKey;
  readonly namespace: string;
  readonly name: string;
}

export const placeOf = (object: KubeObject): Place => ({
  key: keyOf(object),
  namespace: object.metadata.namespace ?? '',
  name: object.metadata.name,
});

const textOf = ({ key, namespace, name }: Place): string => `${key}/${namespace}/${name}`;

const ownersOf = ({ metadata }: KubeObject): readonly { readonly uid: string }[] => metadata.ownerReferences ?? [];

export class Dependents {
  readonly #store: Store;
  /** Uid of an owner → its dependents. */
  readonly #byOwner = new Map<string, Map<string, Place>>();
  readonly stop: () => void;

  constructor(store: Store) {
    this.#store = store;
    this.stop = store.watch(({ type, object, old }) => {
      if (type === 'MODIFIED' && old?.metadata.ownerReferences === object.metadata.ownerReferences) return;
      const place = placeOf(object);
      for (const { uid } of old ? ownersOf(old) : []) this.#remove(uid, textOf(place));
      if (type === 'DELETED') return;
      for (const { uid } of ownersOf(object)) {
        const known = this.#byOwner.get(uid);
        if (known) known.set(textOf(place), place);
        else this.#byOwner.set(uid, new Map([[textOf(place), place]]));
      }
    });
  }

  /** The objects that name this uid as an owner. */
  of(uid: string): KubeObject[] {
    const places = [...(this.#byOwner.get(uid)?.values() ?? [])];
    return places.flatMap(({ key, namespace, name }) => this.#store.get(key, namespace, name) ?? []);
  }

  #remove(uid: string, text: string): void {
    const known = this.#byOwner.get(uid);
    known?.delete(text);
    if (known?.size === 0) this.#byOwner.delete(uid);
  }
}
