// collector.ts - what goes when something else goes: dependents of an owner, pods of a node, the Endpoints of a Service.
//
// As k8s.io/kubernetes/pkg/controller/garbagecollector and podgc of Kubernetes 1.36. An owner that is deleted in the
// foreground waits for the dependents that block it; one that orphans lets go of them first.
import type { KubeObject, OwnerReference, Pod } from '../../model/objects.js';
import type { ControllerContext } from '../context.js';
import type { Index } from '../index.js';
import { FOREGROUND, ORPHAN } from '../lifecycle.js';
import type { Controller } from '../queue.js';
import { Dependents, type Place, placeOf } from './dependents.js';

const waitsFor = (object: KubeObject, finalizer: string): boolean =>
  object.metadata.deletionTimestamp !== undefined && (object.metadata.finalizers?.includes(finalizer) ?? false);

export class GarbageCollector implements Controller {
  readonly name = 'garbagecollector';
  readonly #context: ControllerContext;
  readonly #byNode: Index<Pod>;
  readonly #dependents: Dependents;
  /** Owners that wait for or let go of their dependents, by uid. */
  readonly #waiting = new Map<string, Place>();

  /**
   * @param byNode pods by the name of their node
   * @param recorded the nodes of a recorded state need not be part of it
   */
  constructor(context: ControllerContext, byNode: Index<Pod>, recorded: boolean) {
    const { store, queue } = context;
    this.#context = context;
    this.#byNode = byNode;
    this.#dependents = new Dependents(store);
    store.watch(({ type, key, object }) => {
      const { uid = '', name } = object.metadata;
      if (type === 'DELETED') {
        this.#waiting.delete(uid);
        queue.add(this, `owner/${uid}`);
        for (const owner of object.metadata.ownerReferences ?? [])
          if (this.#waiting.has(owner.uid)) queue.add(this, `waiting/${owner.uid}`);
        if (key === 'Node') queue.add(this, `node/${name}`);
        if (key === 'Service') this.#forgetEndpoints(object);
      } else if (waitsFor(object, FOREGROUND) || waitsFor(object, ORPHAN)) {
        this.#waiting.set(uid, placeOf(object));
        queue.add(this, `waiting/${uid}`);
      }
    });
    if (recorded) return;
    store.watch(({ type, object }) => {
      if (type === 'DELETED' || !object.metadata.deletionTimestamp) return;
      const { nodeName = '' } = (object as Pod).spec;
      if (nodeName !== '' && !store.get('Node', '', nodeName)) queue.add(this, `node/${nodeName}`);
    }, 'Pod');
  }

  sync(key: string): void {
    const at = key.indexOf('/');
    const what = key.slice(0, at);
    const name = key.slice(at + 1);
    if (what === 'owner') for (const object of this.#dependents.of(name)) this.#collect(object, name);
    if (what === 'node') this.#forgetNode(name);
    if (what === 'waiting') this.#serve(name);
  }

  /** Of owners that an earlier process deleted, takes what it did not come to. */
  resume(gone: readonly string[]): void {
    for (const uid of gone) if (this.#dependents.of(uid).length > 0) this.#context.queue.add(this, `owner/${uid}`);
  }

  stop(): void {
    this.#dependents.stop();
  }

  /** Nobody is left who could end the pods of a node that does not exist. */
  #forgetNode(name: string): void {
    const { store } = this.#context;
    const exists = store.get('Node', '', name) !== undefined;
    for (const { metadata } of exists ? [] : this.#byNode.list(name))
      store.delete('Pod', metadata.namespace ?? '', metadata.name, { gracePeriodSeconds: 0 });
  }

  /** Its owner is gone: it goes as well, unless it has another one. */
  #collect(object: KubeObject, uid: string): void {
    const { store } = this.#context;
    const { namespace = '', name } = object.metadata;
    const others = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    const alive = others.filter((owner) => this.#owner(owner, namespace)?.metadata.uid === owner.uid);
    if (alive.length > 0) this.#release(object, uid);
    else if (!object.metadata.deletionTimestamp) store.delete(placeOf(object).key, namespace, name);
  }

  #release(object: KubeObject, uid: string): void {
    const ownerReferences = (object.metadata.ownerReferences ?? []).filter((owner) => owner.uid !== uid);
    this.#context.store.update({ ...object, metadata: { ...object.metadata, ownerReferences } });
  }

  #owner(owner: OwnerReference, namespace: string): KubeObject | undefined {
    const { store } = this.#context;
    const resource = store.kinds.ofObject(owner);
    return resource && store.get(resource, resource.namespaced ? namespace : '', owner.name);
  }

  /** Does for an owner that is being deleted what its finalizers wait for. */
  #serve(uid: string): void {
    const place = this.#waiting.get(uid);
    const owner = place && this.#context.store.get(place.key, place.namespace, place.name);
    if (owner?.metadata.uid !== uid) return;
    if (waitsFor(owner, ORPHAN)) {
      for (const object of this.#dependents.of(uid)) this.#release(object, uid);
      this.#finish(owner, ORPHAN);
      return;
    }
    for (const object of this.#dependents.of(uid)) this.#deleteBefore(object);
    const blocking = this.#dependents
      .of(uid)
      .some(({ metadata }) => metadata.ownerReferences?.some((one) => one.uid === uid && one.blockOwnerDeletion));
    if (!blocking) this.#finish(owner, FOREGROUND);
  }

  /** Dependents that have dependents of their own wait for them, too. */
  #deleteBefore(object: KubeObject): void {
    const { key, namespace, name } = placeOf(object);
    if (object.metadata.deletionTimestamp) return;
    const deep = this.#dependents.of(object.metadata.uid ?? '').length > 0;
    this.#context.store.delete(key, namespace, name, deep ? { propagationPolicy: 'Foreground' } : {});
  }

  #finish(owner: KubeObject, finalizer: string): void {
    const finalizers = (owner.metadata.finalizers ?? []).filter((one) => one !== finalizer);
    this.#waiting.delete(owner.metadata.uid ?? '');
    this.#context.store.update({ ...owner, metadata: { ...owner.metadata, finalizers } });
  }

  /** The API server removes the Endpoints of a Service together with it. */
  #forgetEndpoints(service: KubeObject): void {
    const { store } = this.#context;
    const { namespace = '', name } = service.metadata;
    if (store.get('Endpoints', namespace, name)) store.delete('Endpoints', namespace, name);
  }
}
