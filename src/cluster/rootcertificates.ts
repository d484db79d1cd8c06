// rootcertificates.ts - gives every namespace a ConfigMap with the certificate by which clients know the API, and mends it.
//
// As k8s.io/kubernetes/pkg/controller/certificates/rootcacertpublisher.
import type { KubeObject } from '../model/objects.js';
import type { Controller, WorkQueue } from './queue.js';
import type { Store } from './store.js';

const NAME = 'kube-root-ca.crt';
const FILE = 'ca.crt';
const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal ' +
  'service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.';

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>;
}

export class RootCertificates implements Controller {
  readonly name = 'rootcertificates';
  readonly #store: Store;
  readonly #queue: WorkQueue;
  #certificate: string | null = null;

  constructor(store: Store, queue: WorkQueue) {
    this.#store = store;
    this.#queue = queue;
    store.watch(({ type, object }) => {
      if (type === 'ADDED') queue.add(this, object.metadata.name);
    }, 'Namespace');
    store.watch(({ type, object }) => {
      const { name, namespace = '' } = object.metadata;
      if (type !== 'ADDED' && name === NAME) queue.add(this, namespace);
    }, 'ConfigMap');
  }

  /** From now on it is this one, as PEM; before that there are no ConfigMaps. */
  publish(certificate: string): void {
    this.#certificate = certificate;
    for (const { metadata } of this.#store.list('Namespace')) this.#queue.add(this, metadata.name);
  }

  /** @param namespace its name */
  sync(namespace: string): void {
    const owner = this.#store.get('Namespace', '', namespace);
    if (this.#certificate === null || !owner || owner.metadata.deletionTimestamp) return;
    const there = this.#store.get<ConfigMap>('ConfigMap', namespace, NAME);
    const data = { [FILE]: this.#certificate };
    if (there?.data?.[FILE] === this.#certificate && Object.keys(there.data).length === 1) return;
    if (there) this.#store.update({ ...there, data } as ConfigMap);
    else {
      const metadata = { name: NAME, namespace, annotations: { 'kubernetes.io/description': DESCRIPTION } };
      this.#store.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data } as ConfigMap, true);
    }
  }
}
