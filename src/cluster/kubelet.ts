// kubelet.ts - stands in for nodes without a lab: bound pods become running and ready, terminating ones disappear.

import { PodAddresses } from '../allocate/podaddress.js';
import { nodeReady } from '../model/conditions.js';
import type { Node, Pod, PodStatus } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { finishedStatus, hostAddresses, isOfJob, runningStatus } from '../topology/podstatus.js';
import type { ControllerContext } from './context.js';
import type { Index } from './index.js';
import type { Controller } from './queue.js';
import type { Store } from './store.js';

export class FakeKubelet implements Controller {
  readonly name = 'kubelet';
  readonly #store: Store;
  readonly #clock: () => Date;
  readonly #addresses = new Map<string, PodAddresses>();
  /** Pods whose node has come back, and that were taken for lost until then. */
  readonly #regained = new Set<string>();

  /** @param byNode pods by the name of their node */
  constructor({ store, queue, clock }: ControllerContext, byNode: Index<Pod>) {
    this.#store = store;
    this.#clock = clock;
    store.watch(({ object, old }) => {
      const before = nodeReady(old as Node | undefined);
      if (before === undefined || before === 'True' || nodeReady(object as Node) !== 'True') return;
      for (const { metadata } of byNode.list(object.metadata.name)) {
        const key = `${metadata.namespace}/${metadata.name}`;
        this.#regained.add(key);
        queue.add(this, key);
      }
    }, 'Node');
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
    const node = this.#store.get<Node>('Node', '', pod.spec.nodeName);
    // Nothing is done on a node that cannot be reached.
    if (nodeReady(node) === 'Unknown') return;
    if (pod.metadata.deletionTimestamp) {
      this.#store.delete('Pod', namespace, name, { gracePeriodSeconds: 0 });
      return;
    }
    if (!node) return;
    const { phase = 'Pending', podIPs = [] } = pod.status ?? {};
    const kept = podIPs.map(({ ip }) => ip);
    if (phase === 'Running' && isOfJob(pod)) this.#finish(pod, node, kept);
    else if (phase === 'Running' && this.#regained.delete(key)) this.#run(pod, node, kept);
    if (phase !== 'Pending') return;
    const addresses = pod.spec.hostNetwork ? hostAddresses(node) : this.#of(node).take();
    if (addresses) this.#run(pod, node, addresses);
  }

  #run(pod: Pod, node: Node, addresses: readonly string[]): void {
    const place = { addresses, hostAddresses: hostAddresses(node) };
    this.#write(pod, runningStatus(pod, place, timestamp(this.#clock()), ''));
  }

  #finish(pod: Pod, node: Node, addresses: readonly string[]): void {
    const place = { addresses, hostAddresses: hostAddresses(node) };
    this.#write(pod, finishedStatus(pod, place, timestamp(this.#clock()), 0));
  }

  #write(pod: Pod, status: PodStatus): void {
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
