// directory.ts - the DNS directory of a changing cluster, rebuilt at the first query after a change.
import { Directory } from '../dns/directory.js';
import type { ClusterSnapshot, KubeObject, Pod, Service } from '../model/objects.js';

/** The part of a cluster that names are derived from. */
export interface NamedCluster {
  readonly store: {
    list<T extends KubeObject>(kind: string): readonly T[];
    watch(listener: () => void, kind: string): () => void;
  };
  readonly snapshot: () => ClusterSnapshot;
}

/** Kinds that names are derived from. */
const KINDS = ['Namespace', 'Service', 'EndpointSlice', 'Pod'] as const;

/**
 * Returns a function that gives the current directory. It follows the cluster for as long as the cluster exists.
 * @param changed called after every change that may make an answer another
 */
export function directoryOf({ store, snapshot }: NamedCluster, changed: () => void = () => undefined): () => Directory {
  let known: Directory | null = null;
  for (const kind of KINDS) {
    store.watch(() => {
      known = null;
      changed();
    }, kind);
  }
  return () => {
    known ??= new Directory({
      namespaces: store.list('Namespace').map(({ metadata }) => metadata.name),
      services: store.list<Service>('Service'),
      endpointSlices: snapshot().endpointSlices,
      pods: store.list<Pod>('Pod'),
    });
    return known;
  };
}
