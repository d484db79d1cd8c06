// replicaset.ts - ReplicaSets: as many pods as replicas.
import type { Pod } from '../../model/objects.js';
import { isPodReady } from '../endpointslice/endpoint.js';
import type { Index } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import { StatusError } from '../status.js';
import type { Store } from '../store.js';
import { isActive, podFrom, readyCount, type Workload } from './template.js';

export class ReplicaSetController implements Controller {
  readonly name = 'replicaset';
  readonly #store: Store;
  readonly #pods: Index<Pod>;

  /** `pods`: by the uid of their controller. */
  constructor(store: Store, queue: WorkQueue, pods: Index<Pod>) {
    this.#store = store;
    this.#pods = pods;
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'ReplicaSet');
    store.watch(({ object }) => {
      for (const owner of object.metadata.ownerReferences ?? [])
        if (owner.kind === 'ReplicaSet') queue.add(this, `${object.metadata.namespace}/${owner.name}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#store.get<Workload>('ReplicaSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const pods = this.#pods.list(set.metadata.uid ?? '').filter(isActive);
    const failure = this.#scale(set, pods, set.spec.replicas ?? 1);
    this.#writeStatus(set, failure);
  }

  /** The reason why pods could not be made, if so. */
  #scale(set: Workload, pods: Pod[], replicas: number): string | undefined {
    for (const pod of victims(pods, pods.length - replicas))
      this.#store.delete('Pod', pod.metadata.namespace ?? '', pod.metadata.name);
    try {
      for (let i = pods.length; i < replicas; i++) this.#store.create(podFrom(set, `${set.metadata.name}-`));
    } catch (error) {
      if (error instanceof StatusError) return error.message;
      throw error;
    }
    return undefined;
  }

  #writeStatus(set: Workload, failure: string | undefined): void {
    const pods = this.#pods.list(set.metadata.uid ?? '').filter(isActive);
    const ready = readyCount(pods);
    const condition = { type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: failure };
    const status = {
      replicas: pods.length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready, availableReplicas: ready } : {}),
      observedGeneration: set.metadata.generation,
      ...(failure === undefined ? {} : { conditions: [condition] }),
    };
    this.#store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
  }
}

/** Which pods to delete first: unscheduled, not running, not ready; then the youngest. */
function victims(pods: readonly Pod[], count: number): Pod[] {
  if (count <= 0) return [];
  const rank = (pod: Pod): number =>
    (pod.spec.nodeName ? 4 : 0) + (pod.status?.phase === 'Running' ? 2 : 0) + (isPodReady(pod) ? 1 : 0);
  const age = (pod: Pod): string => pod.metadata.creationTimestamp ?? '';
  return [...pods]
    .sort((a, b) => rank(a) - rank(b) || (age(a) > age(b) ? -1 : age(a) < age(b) ? 1 : 0))
    .slice(0, count);
}
