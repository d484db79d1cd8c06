// family.ts - the children of a workload: adopts those that match its selector, and lets go of those that no longer do.
//
// As k8s.io/kubernetes/pkg/controller/controller_ref_manager.go: a pod whose label somebody changed leaves its
// ReplicaSet, which makes another; a pod without a controller that matches is taken over.
import type { KubeObject } from '../../model/objects.js';
import type { ControllerContext } from '../context.js';
import { Index } from '../index.js';
import type { KindName } from '../kinds/registry.js';
import type { Controller } from '../queue.js';
import { type LabelSelector, matchesSelector } from '../selector.js';
import type { Store } from '../store.js';
import { ownerReference } from './template.js';

/** A child that was refused is tried again after this, in milliseconds: what it lacked may be there by then. */
const RETRY_MS = 10_000;

interface Kinship {
  /** Kinds of the owners and of their children: `ReplicaSet`, `Pod`. */
  readonly owner: KindName;
  readonly child: KindName;
}

const keyOf = ({ metadata }: KubeObject): string => `${metadata.namespace}/${metadata.name}`;
const controllerOf = ({ metadata }: KubeObject) => metadata.ownerReferences?.find(({ controller }) => controller);
const selectorOf = (owner: KubeObject): LabelSelector | undefined =>
  (owner.spec as { selector?: LabelSelector } | undefined)?.selector;

/** Whether the selector selects this child; one that is missing or empty selects nothing here. */
function selects(owner: KubeObject, { metadata }: KubeObject): boolean {
  const selector = selectorOf(owner);
  const terms = Object.keys(selector?.matchLabels ?? {}).length + (selector?.matchExpressions ?? []).length;
  return terms > 0 && matchesSelector(selector, metadata.labels);
}

export class Family<Child extends KubeObject> {
  readonly #store: Store;
  readonly #retry: (owner: KubeObject) => void;
  readonly #children: Index<Child>;
  /** Children without a controller, by namespace. */
  readonly #orphans: Index<Child>;
  /** Owners for whom there may be orphans to adopt. */
  readonly #adopting = new Set<string>();

  /**
   * Queues an owner for the controller whenever it or one of its children changes.
   * @param children by the uid of their controller
   */
  constructor({ store, queue }: ControllerContext, controller: Controller, kinds: Kinship, children: Index<Child>) {
    this.#store = store;
    this.#retry = (owner) => queue.after(controller, keyOf(owner), RETRY_MS);
    this.#children = children;
    this.#orphans = new Index<Child>(store, kinds.child, (child) =>
      controllerOf(child) || child.metadata.deletionTimestamp ? [] : [child.metadata.namespace ?? ''],
    );
    store.watch(({ type, object, old }) => {
      if (type === 'DELETED') this.#adopting.delete(keyOf(object));
      else if (!old || selectorOf(old) !== selectorOf(object)) this.#adopting.add(keyOf(object));
      queue.add(controller, keyOf(object));
    }, kinds.owner);
    store.watch(({ type, object, old }) => {
      const owners = [controllerOf(object), old && controllerOf(old)];
      for (const owner of owners)
        if (owner?.kind === kinds.owner) queue.add(controller, `${object.metadata.namespace}/${owner.name}`);
      const isNews = old?.metadata.labels !== object.metadata.labels || (old && controllerOf(old) !== undefined);
      if (type === 'DELETED' || controllerOf(object) || !isNews) return;
      for (const owner of store.list(kinds.owner, object.metadata.namespace)) {
        if (!selects(owner, object)) continue;
        this.#adopting.add(keyOf(owner));
        queue.add(controller, keyOf(owner));
      }
    }, kinds.child);
  }

  /** The owner's children by name. One that is being deleted neither adopts nor lets go. */
  of(owner: KubeObject): Child[] {
    const uid = owner.metadata.uid ?? '';
    if (!owner.metadata.deletionTimestamp) {
      for (const child of this.#children.list(uid)) if (!selects(owner, child)) this.#release(owner, child);
      if (this.#adopting.delete(keyOf(owner))) this.#adopt(owner);
    }
    return this.#children.list(uid);
  }

  /** Queues the owner of a child that was refused once more, later. */
  retry(owner: KubeObject): void {
    this.#retry(owner);
  }

  stop(): void {
    this.#orphans.stop();
  }

  #adopt(owner: KubeObject): void {
    for (const orphan of this.#orphans.list(owner.metadata.namespace ?? '')) {
      if (!selects(owner, orphan)) continue;
      const ownerReferences = [...(orphan.metadata.ownerReferences ?? []), ownerReference(owner)];
      this.#store.update({ ...orphan, metadata: { ...orphan.metadata, ownerReferences } });
    }
  }

  #release(owner: KubeObject, child: Child): void {
    const ownerReferences = (child.metadata.ownerReferences ?? []).filter(({ uid }) => uid !== owner.metadata.uid);
    this.#store.update({ ...child, metadata: { ...child.metadata, ownerReferences } });
  }
}
