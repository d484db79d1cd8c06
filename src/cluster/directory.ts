// directory.ts - the DNS directory of a cluster that changes: made anew when somebody asks after a change.
import { Directory } from '../dns/directory.js';
import type { Pod, Service } from '../model/objects.js';
import type { Cluster } from './cluster.js';

/** What names are made from. */
const KINDS = ['Namespace', 'Service', 'EndpointSlice', 'Pod'] as const;

/** Returns the directory as it is now. It follows the cluster for as long as the cluster lives. */
export function directoryOf({ store, snapshot }: Cluster): () => Directory {
  let known: Directory | null = null;
  for (const kind of KINDS) {
    store.watch(() => {
      known = null;
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
