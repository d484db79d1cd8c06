// registrar.ts - starts and stops serving the kinds of custom definitions.
import type { Resource } from '../kinds/kind.js';
import type { Store } from '../store.js';
import { registerStrategy } from '../strategies.js';
import { type Definition, kindsOf } from './definition.js';

const KEY = 'CustomResourceDefinition.apiextensions.k8s.io';

/** Serves the kinds of all existing and future definitions. Returns a function that stops this. */
export function serveDefinitions(store: Store, recorded: boolean): () => void {
  const served = new Map<string, readonly Resource[]>();
  const withdraw = (name: string): void => {
    for (const resource of served.get(name) ?? []) store.kinds.remove(resource);
    served.delete(name);
  };
  const serve = (definition: Definition): void => {
    withdraw(definition.metadata.name);
    const resources = kindsOf(definition);
    for (const resource of resources) store.kinds.add(resource);
    const [kept] = resources;
    if (kept) registerStrategy(store, kept, recorded);
    served.set(definition.metadata.name, resources);
  };
  const erase = (name: string): void => {
    const [kept] = served.get(name) ?? [];
    for (const { metadata } of kept ? store.list(kept) : [])
      if (kept) store.delete(kept, metadata.namespace ?? '', metadata.name);
    withdraw(name);
  };
  for (const definition of store.list<Definition>(KEY)) serve(definition);
  return store.watch(({ type, object }) => {
    if (type === 'DELETED') erase(object.metadata.name);
    else serve(object as Definition);
  }, KEY);
}
