// selection.ts - indexes Services by what they select, so that those of a pod are found without asking each.
import type { Labels, Pod, Service } from '../model/objects.js';
import { selects } from './listening.js';

/** Keys of an object, one for each of its labels. */
export const labelKeys = (namespace: string | undefined, labels: Labels | undefined): string[] =>
  Object.entries(labels ?? {}).map(([key, value]) => `${namespace ?? 'default'}/${key}=${value}`);

/**
 * The key by which a Service is found from a pod's labels: the most telling pair of its selector, because application
 * names vary more than tiers or parts-of. Null without a selector.
 */
export function selectorKey({ metadata, spec }: Service): string | null {
  const keys = labelKeys(metadata.namespace, spec.selector);
  return keys.length === 0 ? null : keys.reduce((a, b) => (b.length > a.length ? b : a));
}

const nameOf = ({ metadata }: Service): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

export class Selection {
  readonly #byKey = new Map<string, Set<Service>>();

  add(service: Service): void {
    const key = selectorKey(service);
    if (key === null) return;
    const known = this.#byKey.get(key);
    if (known) known.add(service);
    else this.#byKey.set(key, new Set([service]));
  }

  /** Removes the very object that was added. */
  remove(service: Service): void {
    const key = selectorKey(service) ?? '';
    const known = this.#byKey.get(key);
    known?.delete(service);
    if (known?.size === 0) this.#byKey.delete(key);
  }

  /** The Services that select a pod, sorted by name. */
  of(pod: Pod): Service[] {
    return labelKeys(pod.metadata.namespace, pod.metadata.labels)
      .flatMap((key) => [...(this.#byKey.get(key) ?? [])])
      .filter((service) => selects(service, pod))
      .sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  }
}
