// serviceaccounts.ts - gives every namespace a ServiceAccount `default`, and recreates it if it is deleted.
//
// As k8s.io/kubernetes/pkg/controller/serviceaccount/serviceaccounts_controller.go.
import { isAside } from './bootstrap.js';
import type { Controller, WorkQueue } from './queue.js';
import type { Store } from './store.js';

const NAME = 'default';

export class ServiceAccountController implements Controller {
  readonly name = 'serviceaccount';
  readonly #store: Store;

  constructor(store: Store, queue: WorkQueue) {
    this.#store = store;
    store.watch(({ type, object }) => {
      if (type === 'ADDED') queue.add(this, object.metadata.name);
    }, 'Namespace');
    store.watch(({ type, object }) => {
      if (type === 'DELETED' && object.metadata.name === NAME) queue.add(this, object.metadata.namespace ?? '');
    }, 'ServiceAccount');
  }

  /** @param namespace its name */
  sync(namespace: string): void {
    const owner = this.#store.get('Namespace', '', namespace);
    if (!owner || owner.metadata.deletionTimestamp || this.#store.get('ServiceAccount', namespace, NAME)) return;
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: NAME, namespace } };
    this.#store.create(account, isAside(namespace));
  }
}
