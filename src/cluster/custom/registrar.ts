// registrar.ts - gives definitions their names, and starts and stops serving the kinds of those that have them.
import type { KubeObject } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { Resource } from '../kinds/kind.js';
import type { Store, Strategy } from '../store.js';
import { registerStrategy } from '../strategies.js';
import { type Definition, kindsOf } from './definition.js';
import { isEstablished, namedStatus } from './naming.js';

export const DEFINITION = 'CustomResourceDefinition.apiextensions.k8s.io';

type Clock = () => Date;

/** The status of a definition beside all others. */
function statusOf(store: Store, definition: Definition, clock: Clock): object {
  const others = store
    .list<Definition>(DEFINITION)
    .filter(({ metadata }) => metadata.name !== definition.metadata.name);
  return namedStatus(definition, others, timestamp(clock()));
}

/** A definition gets its names, and so takes effect, as soon as it is there. */
export function definitionStrategy(store: Store, generic: Strategy, clock: Clock): Strategy {
  const named = (object: KubeObject, status: object | undefined): KubeObject => {
    const definition = { ...object, status } as unknown as Definition;
    return { ...definition, status: statusOf(store, definition, clock) as KubeObject['status'] };
  };
  return {
    ...generic,
    create: (object) => named(generic.create?.(object) ?? object, undefined),
    update: (object, old) => named(generic.update?.(object, old) ?? object, old.status as object | undefined),
  };
}

/** Serves the kinds of all existing and future definitions. Returns a function that stops this. */
export function serveDefinitions(store: Store, recorded: boolean, clock: Clock): () => void {
  const served = new Map<string, readonly Resource[]>();
  const withdraw = (name: string): void => {
    for (const resource of served.get(name) ?? []) store.kinds.remove(resource);
    served.delete(name);
  };
  const serve = (definition: Definition): void => {
    withdraw(definition.metadata.name);
    if (!isEstablished(definition)) return;
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
  /** Names that a definition held are free for those that waited for them. */
  const retry = (): void => {
    for (const definition of store.list<Definition>(DEFINITION))
      if (!isEstablished(definition))
        store.updateStatus({ ...definition, status: statusOf(store, definition, clock) as KubeObject['status'] });
  };
  for (const definition of store.list<Definition>(DEFINITION)) serve(definition);
  return store.watch(({ type, object }) => {
    if (type !== 'DELETED') return serve(object as Definition);
    erase(object.metadata.name);
    retry();
  }, DEFINITION);
}
