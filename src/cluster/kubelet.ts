// kubelet.ts - stands in for nodes without a lab: bound pods become running and ready, terminating ones disappear.
import { PodAddresses } from '../allocate/podaddress.js';
import type { Node, Pod } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { finishedStatus, hostAddresses, isOfJob, runningStatus } from '../topology/podstatus.js';
import type { Controller, WorkQueue } from './queue.js';
import type { Store } from './store.js';

export class FakeKubelet implements Controller {
  readonly name = 'kubelet';
  readonly #store: Store;
  readonly #clock: () => Date;
  readonly #addresses = new Map<string, PodAddresses>();

  constructor(store: Store, queue: WorkQueue, clock: () => Date) {
    this.#store = store;
    this.#clock = clock;
    store.watch(({ type, object }) => {
      const pod = object as Pod;
      const used = (pod.status?.podIPs ?? []).map(({ ip }) => ip);
      const node = store.get<Node>('Node', '', pod.spec.nodeName ?? '');
      if (type !== 'DELETED') queue.add(this, `${pod.metadata.namespace}/${pod.metadata.name}`);
      if (!node || used.length === 0) return;
      // Pods from a recorded state bring addresses that were not allocated here.
      if (type === 'DELETED') this.#of(node).release(used);
      else this.#of(node).reserve(used);
    }, 'Pod');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const pod = this.#store.get<Pod>('Pod', namespace, name);
    if (!pod?.spec.nodeName) return;
    if (pod.metadata.deletionTimestamp) {
      this.#store.delete('Pod', namespace, name, { gracePeriodSeconds: 0 });
      return;
    }
    const node = this.#store.get<Node>('Node', '', pod.spec.nodeName);
    if (!node) return;
    if (pod.status?.phase === 'Running' && isOfJob(pod)) this.#finish(pod, node);
    if ((pod.status?.phase ?? 'Pending') !== 'Pending') return;
    const addresses = pod.spec.hostNetwork ? hostAddresses(node) : this.#of(node).take();
    if (!addresses) return;
    this.#store.updateStatus({
      ...pod,
      metadata: { ...pod.metadata, resourceVersion: '' },
      status: runningStatus(pod, { addresses, hostAddresses: hostAddresses(node) }, timestamp(this.#clock()), ''),
    });
  }

  #finish(pod: Pod, node: Node): void {
    const place = { addresses: (pod.status?.podIPs ?? []).map(({ ip }) => ip), hostAddresses: hostAddresses(node) };
    const status = finishedStatus(pod, place, timestamp(this.#clock()), 0);
    this.#store.updateStatus({ ...pod, metadata: { ...pod.metadata, resourceVersion: '' }, status });
  }

  #of(node: Node): PodAddresses {
    const { name } = node.metadata;
    let addresses = this.#addresses.get(name);
    if (!addresses) {
      const { podCIDR, podCIDRs } = node.spec ?? {};
      addresses = new PodAddresses(podCIDRs ?? (podCIDR ? [podCIDR] : []));
      this.#addresses.set(name, addresses);
    }
    return addresses;
  }
}
