// daemonset.ts - DaemonSets: one pod on every node that the template fits.
import type { Node, Pod } from '../../model/objects.js';
import type { Index } from '../index.js';
import type { Controller, WorkQueue } from '../queue.js';
import { fitsNode } from '../scheduler.js';
import type { Store } from '../store.js';
import { isActive, podFrom, readyCount, templateHash, type Workload } from './template.js';

const REVISION_LABEL = 'controller-revision-hash';

export class DaemonSetController implements Controller {
  readonly name = 'daemonset';
  readonly #store: Store;
  readonly #pods: Index<Pod>;

  /** `pods`: by the uid of their controller. */
  constructor(store: Store, queue: WorkQueue, pods: Index<Pod>) {
    this.#store = store;
    this.#pods = pods;
    store.watch(({ object }) => queue.add(this, `${object.metadata.namespace}/${object.metadata.name}`), 'DaemonSet');
    store.watch(({ object }) => {
      for (const owner of object.metadata.ownerReferences ?? [])
        if (owner.kind === 'DaemonSet') queue.add(this, `${object.metadata.namespace}/${owner.name}`);
    }, 'Pod');
    store.watch(({ type, object, old }) => {
      // Heartbeats of a node say nothing about where pods fit.
      if (type === 'MODIFIED' && old && old.spec === object.spec && old.metadata.labels === object.metadata.labels)
        return;
      for (const set of store.list('DaemonSet')) queue.add(this, `${set.metadata.namespace}/${set.metadata.name}`);
    }, 'Node');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#store.get<Workload>('DaemonSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const hash = templateHash(set.spec.template);
    const nodes = this.#store.list<Node>('Node').filter((node) => fitsNode(set.spec.template.spec, node, true));
    const wanted = new Set(nodes.map((node) => node.metadata.name));
    const covered = new Set<string>();
    for (const pod of this.#pods.list(set.metadata.uid ?? '')) {
      const node = pod.spec.nodeName ?? '';
      const stale = pod.metadata.labels?.[REVISION_LABEL] !== hash;
      // A pod that is being deleted still occupies its node; its successor is created once it is gone.
      if (wanted.has(node)) covered.add(node);
      if (isActive(pod) && (stale || !wanted.has(node))) this.#store.delete('Pod', namespace, pod.metadata.name);
      if (!isActive(pod) && !pod.metadata.deletionTimestamp) this.#store.delete('Pod', namespace, pod.metadata.name);
    }
    for (const node of wanted)
      if (!covered.has(node))
        this.#store.create(podFrom(set, `${name}-`, { [REVISION_LABEL]: hash }, { nodeName: node }));
    this.#writeStatus(set, hash, wanted.size);
  }

  #writeStatus(set: Workload, hash: string, desired: number): void {
    const pods = this.#pods.list(set.metadata.uid ?? '').filter(isActive);
    const ready = readyCount(pods);
    const status = {
      currentNumberScheduled: pods.length,
      numberMisscheduled: 0,
      desiredNumberScheduled: desired,
      numberReady: ready,
      observedGeneration: set.metadata.generation,
      updatedNumberScheduled: pods.filter((pod) => pod.metadata.labels?.[REVISION_LABEL] === hash).length,
      ...(ready > 0 ? { numberAvailable: ready } : {}),
      ...(desired > ready ? { numberUnavailable: desired - ready } : {}),
    };
    this.#store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
  }
}
