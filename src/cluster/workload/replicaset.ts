// replicaset.ts - ReplicaSets: as many pods as replicas (pkg/controller/replicaset of Kubernetes 1.36).

import { isPodReady } from '../../model/conditions.js';
import type { Pod } from '../../model/objects.js';
import { timestamp } from '../../model/timestamp.js';
import type { ControllerContext } from '../context.js';
import type { Teller } from '../events/recorder.js';
import type { Index } from '../index.js';
import type { Controller } from '../queue.js';
import { StatusError } from '../status.js';
import { Family } from './family.js';
import { availability, isActive, podFrom, readyCount, replicasOf, type Workload } from './template.js';

const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export class ReplicaSetController implements Controller {
  readonly name = 'replicaset';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #family: Family<Pod>;

  /** `pods`: by the uid of their controller. */
  constructor(context: ControllerContext, pods: Index<Pod>) {
    this.#context = context;
    this.#events = context.recorder.of('replicaset-controller');
    this.#family = new Family(context, this, { owner: 'ReplicaSet', child: 'Pod' }, pods);
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#context.store.get<Workload>('ReplicaSet', namespace, name);
    if (!set) return;
    const pods = this.#family.of(set).filter(isActive);
    const failure = set.metadata.deletionTimestamp ? undefined : this.#scale(set, pods);
    this.#writeStatus(key, set, failure);
  }

  stop(): void {
    this.#family.stop();
  }

  /** Returns why a pod could not be created or deleted, as the condition of the set; undefined if all could be. */
  #scale(set: Workload, pods: readonly Pod[]): Pick<Condition, 'reason' | 'message'> | undefined {
    const { store } = this.#context;
    const replicas = replicasOf(set);
    for (const { metadata } of victims(pods, pods.length - replicas)) {
      store.delete('Pod', metadata.namespace ?? '', metadata.name);
      this.#events.normal(set, 'SuccessfulDelete', `Deleted pod: ${metadata.name}`);
    }
    try {
      for (let i = pods.length; i < replicas; i++) {
        const pod = store.create(podFrom(set, `${set.metadata.name}-`));
        this.#events.normal(set, 'SuccessfulCreate', `Created pod: ${pod.metadata.name}`);
      }
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      this.#family.retry(set);
      this.#events.warn(set, 'FailedCreate', `Error creating: ${error.message}`);
      return { reason: 'FailedCreate', message: error.message };
    }
    return undefined;
  }

  #writeStatus(key: string, set: Workload, failure: Pick<Condition, 'reason' | 'message'> | undefined): void {
    const { store, queue, clock } = this.#context;
    const pods = this.#family.of(set).filter(isActive);
    const ready = readyCount(pods);
    const { available, nextMs } = availability(pods, set.spec.minReadySeconds ?? 0, clock().getTime());
    queue.after(this, key, nextMs);
    // The name of each refused pod is in its message; the first one stays, or there would be no end of news.
    const before = ((set.status?.conditions ?? []) as Condition[]).find(({ type }) => type === 'ReplicaFailure');
    const fresh = { type: 'ReplicaFailure', status: 'True', ...failure, lastTransitionTime: timestamp(clock()) };
    const status = {
      replicas: pods.length,
      ...(pods.length > 0 ? { fullyLabeledReplicas: pods.length } : {}),
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      ...(available > 0 ? { availableReplicas: available } : {}),
      observedGeneration: set.metadata.generation,
      ...(failure === undefined ? {} : { conditions: [before ?? fresh] }),
    };
    store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
  }
}

/**
 * Which pods to delete first: those without a node, not running, not ready; then the cheapest, those that share their
 * node with most of the others, and the youngest (ActivePodsWithRanks).
 */
function victims(pods: readonly Pod[], count: number): Pod[] {
  if (count <= 0) return [];
  const onNode = new Map<string, number>();
  for (const { spec } of pods) onNode.set(spec.nodeName ?? '', (onNode.get(spec.nodeName ?? '') ?? 0) + 1);
  const life = (pod: Pod): number =>
    (pod.spec.nodeName ? 4 : 0) + (pod.status?.phase === 'Running' ? 2 : 0) + (isPodReady(pod) ? 1 : 0);
  const cost = ({ metadata }: Pod): number => Number(metadata.annotations?.[DELETION_COST] ?? 0) || 0;
  const company = ({ spec }: Pod): number => onNode.get(spec.nodeName ?? '') ?? 0;
  const birth = ({ metadata }: Pod): string => metadata.creationTimestamp ?? '';
  return [...pods]
    .sort(
      (a, b) =>
        life(a) - life(b) ||
        cost(a) - cost(b) ||
        company(b) - company(a) ||
        (birth(a) > birth(b) ? -1 : birth(a) < birth(b) ? 1 : 0),
    )
    .slice(0, count);
}
