// statefulset.ts - StatefulSets: pods with ordinal names, one after the other.
import type { Pod } from '../../model/objects.js';
import { isPodReady } from '../endpointslice/endpoint.js';
import type { Index } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import type { Store } from '../store.js';
import { isActive, podFrom, readyCount, templateHash, type Workload } from './template.js';

const REVISION_LABEL = 'controller-revision-hash';

export class StatefulSetController implements Controller {
  readonly name = 'statefulset';
  readonly #store: Store;
  readonly #pods: Index<Pod>;

  /** `pods`: by the uid of their controller. */
  constructor(store: Store, queue: WorkQueue, pods: Index<Pod>) {
    this.#store = store;
    this.#pods = pods;
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'StatefulSet');
    store.watch(({ object }) => {
      for (const owner of object.metadata.ownerReferences ?? [])
        if (owner.kind === 'StatefulSet') queue.add(this, `${object.metadata.namespace}/${owner.name}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#store.get<Workload>('StatefulSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const revision = `${name}-${templateHash(set.spec.template)}`;
    this.#step(set, revision);
    this.#writeStatus(set, revision);
  }

  #step(set: Workload, revision: string): void {
    const parallel = set.spec.podManagementPolicy === 'Parallel';
    const first = Number((set.spec.ordinals as { start?: number } | undefined)?.start ?? 0);
    const end = first + (set.spec.replicas ?? 1);
    const pods = new Map(this.#pods.list(set.metadata.uid ?? '').map((pod) => [ordinal(pod), pod]));
    for (let i = first; i < end; i++) {
      const pod = pods.get(i);
      if (!pod) this.#create(set, i, revision);
      else if (!isActive(pod)) this.#retire(pod);
      if (!parallel && !(pod && isActive(pod) && isPodReady(pod))) return;
    }
    const surplus = [...pods.keys()].filter((i) => i < first || i >= end).sort((a, b) => b - a);
    for (const i of parallel ? surplus : surplus.slice(0, 1)) this.#delete(pods.get(i));
    if (surplus.length > 0 && !parallel) return;
    const stale = [...pods.keys()].sort((a, b) => b - a);
    const changed = stale.find((i) => pods.get(i)?.metadata.labels?.[REVISION_LABEL] !== revision);
    if (changed !== undefined && [...pods.values()].every(isPodReady)) this.#delete(pods.get(changed));
  }

  #create(set: Workload, index: number, revision: string): void {
    const name = `${set.metadata.name}-${index}`;
    const labels = {
      'apps.kubernetes.io/pod-index': String(index),
      [REVISION_LABEL]: revision,
      'statefulset.kubernetes.io/pod-name': name,
    };
    const subdomain = set.spec.serviceName as string | undefined;
    this.#store.create(podFrom(set, name, labels, { hostname: name, ...(subdomain ? { subdomain } : {}) }));
  }

  /** A pod that has finished makes room for its successor of the same name. */
  #retire(pod: Pod): void {
    if (!pod.metadata.deletionTimestamp) this.#delete(pod);
  }

  #delete(pod: Pod | undefined): void {
    if (pod && !pod.metadata.deletionTimestamp)
      this.#store.delete('Pod', pod.metadata.namespace ?? '', pod.metadata.name);
  }

  #writeStatus(set: Workload, revision: string): void {
    const pods = this.#pods.list(set.metadata.uid ?? '').filter(isActive);
    const updated = pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === revision);
    const ready = readyCount(pods);
    const status = {
      observedGeneration: set.metadata.generation,
      replicas: pods.length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      availableReplicas: ready,
      currentReplicas: updated.length,
      updatedReplicas: updated.length,
      currentRevision: revision,
      updateRevision: revision,
      collisionCount: 0,
    };
    this.#store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
  }
}

const ordinal = (pod: Pod): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
