// garbage.ts - what goes when something else went: dependents of an owner, pods of a node, contents of a namespace.
import { keyOf } from '../model/kindkey.js';
import type { KubeObject, OwnerReference, Pod } from '../model/objects.js';
import { Index } from './index.js';
import { isKept } from './kinds/kind.js';
import { type Controller, SLICE_MS, type WorkQueue } from './queue.js';
import type { Store } from './store.js';

/** Kinds that can have owners in this kind of cluster. */
const DEPENDENTS = ['Pod', 'ReplicaSet', 'EndpointSlice', 'Endpoints'];

const owners = (object: KubeObject): string[] => (object.metadata.ownerReferences ?? []).map((owner) => owner.uid);

/** Detaches an owner from its dependents, so that it can be deleted alone (`--cascade=orphan`). */
export function orphan(store: Store, owner: KubeObject): void {
  for (const kind of DEPENDENTS)
    for (const object of store.list(kind, owner.metadata.namespace)) {
      const references = object.metadata.ownerReferences ?? [];
      const ownerReferences = references.filter(({ uid }) => uid !== owner.metadata.uid);
      if (ownerReferences.length < references.length)
        store.update({ ...object, metadata: { ...object.metadata, ownerReferences } });
    }
}

export class GarbageCollector implements Controller {
  readonly name = 'garbagecollector';
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #byNode: Index<Pod>;
  readonly #dependents: Index[];

  /** `byNode`: pods by the name of their node. */
  constructor(store: Store, queue: WorkQueue, byNode: Index<Pod>) {
    this.#store = store;
    this.#queue = queue;
    this.#byNode = byNode;
    this.#dependents = DEPENDENTS.map((kind) => new Index(store, kind, owners));
    store.watch(({ type, key, object }) => {
      if (type === 'DELETED') queue.add(this, `owner/${object.metadata.uid}`);
      if (type === 'DELETED' && key === 'Node') queue.add(this, `node/${object.metadata.name}`);
      if (type === 'DELETED' && key === 'Service') this.#forgetEndpoints(object);
      if (key === 'Namespace') queue.add(this, `namespace/${object.metadata.name}`);
      else if (type === 'DELETED' && this.#isTerminating(object.metadata.namespace))
        queue.add(this, `namespace/${object.metadata.namespace}`);
    });
  }

  sync(key: string): void {
    const [what, name = ''] = key.split('/');
    if (what === 'owner')
      for (const index of this.#dependents) for (const object of index.list(name)) this.#delete(object, name);
    if (what === 'node')
      for (const pod of this.#byNode.list(name))
        this.#store.delete('Pod', pod.metadata.namespace ?? '', pod.metadata.name, { gracePeriodSeconds: 0 });
    if (what === 'namespace') this.#empty(name);
  }

  stop(): void {
    for (const index of this.#dependents) index.stop();
  }

  /** Deletes it only once its last owner is gone; owners are never in other namespaces. */
  #delete(object: KubeObject, uid: string): void {
    const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    const { namespace = '', name } = object.metadata;
    const alive = others.some((owner) => this.#owner(owner, namespace)?.metadata.uid === owner.uid);
    if (!alive && !object.metadata.deletionTimestamp) this.#store.delete(keyOf(object), namespace, name);
  }

  #owner(owner: OwnerReference, namespace: string): KubeObject | undefined {
    const resource = this.#store.kinds.ofObject(owner);
    return resource && this.#store.get(resource, resource.namespaced ? namespace : '', owner.name);
  }

  /** The API server removes the Endpoints of a Service together with it. */
  #forgetEndpoints(service: KubeObject): void {
    const { namespace = '', name } = service.metadata;
    if (this.#store.get('Endpoints', namespace, name)) this.#store.delete('Endpoints', namespace, name);
  }

  #isTerminating(namespace: string | undefined): boolean {
    if (!namespace) return false;
    return this.#store.get('Namespace', '', namespace)?.metadata.deletionTimestamp !== undefined;
  }

  #empty(name: string): void {
    const namespace = this.#store.get('Namespace', '', name);
    if (!namespace?.metadata.deletionTimestamp) return;
    const metadata = { ...namespace.metadata, resourceVersion: '' };
    this.#store.updateStatus({ ...namespace, metadata, status: { phase: 'Terminating' } });
    let left = 0;
    const until = performance.now() + SLICE_MS;
    for (const resource of this.#store.kinds.all()) {
      if (!resource.namespaced || !isKept(resource)) continue;
      for (const object of this.#store.list(resource, name)) {
        if (!object.metadata.deletionTimestamp) this.#store.delete(resource, name, object.metadata.name);
        if (this.#store.get(resource, name, object.metadata.name)) left++;
        if (performance.now() <= until) continue;
        // Handle the rest later, so that others get a turn.
        this.#queue.add(this, `namespace/${name}`);
        return;
      }
    }
    if (left === 0) this.#store.update({ ...namespace, metadata, spec: {} });
  }
}
