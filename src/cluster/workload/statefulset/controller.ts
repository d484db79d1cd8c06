// controller.ts - StatefulSets: pods with numbers, made and replaced one after the other.
//
// As k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_control.go of Kubernetes 1.36.

import { isPodOver, isPodReady } from '../../../model/conditions.js';
import type { Pod } from '../../../model/objects.js';
import type { ControllerContext } from '../../context.js';
import type { Teller } from '../../events/recorder.js';
import type { Index } from '../../index.js';
import type { Controller } from '../../queue.js';
import { StatusError } from '../../status.js';
import { Family } from '../family.js';
import { type History, type Revision, Revisions } from '../revisions.js';
import { availability, isActive, readyCount, replicasOf } from '../template.js';
import { claimsOf, ordinalOf, ordinalsOf, podOf, revisionOf, type StatefulSet } from './identity.js';

/** A set, its pods by number, and the revisions that they can have. */
interface Round {
  readonly set: StatefulSet;
  readonly pods: ReadonlyMap<number, Pod>;
  readonly history: History;
  /** The revision from which an update is under way; the newest when none is. */
  readonly current: Revision;
}

const isTerminating = ({ metadata }: Pod): boolean => metadata.deletionTimestamp !== undefined;
const partitionOf = ({ spec }: StatefulSet): number => spec.updateStrategy?.rollingUpdate?.partition ?? 0;
const isOnDelete = ({ spec }: StatefulSet): boolean => spec.updateStrategy?.type === 'OnDelete';

export class StatefulSetController implements Controller {
  readonly name = 'statefulset';
  readonly #context: ControllerContext;
  readonly #events: Teller;
  readonly #family: Family<Pod>;
  readonly #revisions: Revisions;

  /** `pods`: by the uid of their controller. */
  constructor(context: ControllerContext, pods: Index<Pod>) {
    this.#context = context;
    this.#events = context.recorder.of('statefulset-controller');
    this.#family = new Family(context, this, { owner: 'StatefulSet', child: 'Pod' }, pods);
    this.#revisions = new Revisions(context, 'controller.kubernetes.io/hash');
  }

  sync(key: string): void {
    const [namespace = '', name = ''] = key.split('/');
    const set = this.#context.store.get<StatefulSet>('StatefulSet', namespace, name);
    if (!set || set.metadata.deletionTimestamp) return;
    const history = this.#revisions.of(set);
    const before = history.revisions.find(({ metadata }) => metadata.name === set.status?.currentRevision);
    const pods = new Map(this.#family.of(set).map((pod) => [ordinalOf(pod), pod]));
    const round = { set, pods, history, current: before ?? history.newest };
    this.#step(round);
    this.#finish(key, round);
  }

  stop(): void {
    this.#family.stop();
    this.#revisions.stop();
  }

  #isHealthy({ spec }: StatefulSet, pod: Pod): boolean {
    const now = this.#context.clock().getTime();
    return isActive(pod) && availability([pod], spec.minReadySeconds ?? 0, now).available === 1;
  }

  /** Makes and removes pods. An ordered set does one thing at a time, and waits for each to be healthy. */
  #step(round: Round): void {
    const { set, pods } = round;
    const ordered = set.spec.podManagementPolicy !== 'Parallel';
    const { first, end } = ordinalsOf(set);
    for (let i = first; i < end; i++) {
      const pod = pods.get(i);
      if (pod && isPodOver(pod) && !isTerminating(pod)) this.#delete(set, pod);
      else if (!pod && !this.#create(round, i)) return;
      if (ordered && !(pod && this.#isHealthy(set, pod))) return;
    }
    const surplus = [...pods.keys()].filter((i) => i < first || i >= end).sort((a, b) => b - a);
    for (const i of surplus) {
      const pod = pods.get(i);
      if (pod && !isTerminating(pod)) {
        this.#abandon(set, pod);
        this.#delete(set, pod);
      }
      if (ordered) return;
    }
    if (!isOnDelete(set)) this.#replace(round);
  }

  /** Replaces the last pod of an older revision, once all after it are healthy. */
  #replace({ set, pods, history }: Round): void {
    const { first, end } = ordinalsOf(set);
    for (let i = end - 1; i >= Math.max(first, first + partitionOf(set)); i--) {
      const pod = pods.get(i);
      if (!pod) return;
      if (revisionOf(pod) !== history.newest.metadata.name && !isTerminating(pod)) {
        this.#delete(set, pod);
        return;
      }
      if (!this.#isHealthy(set, pod)) return;
    }
  }

  /** Returns whether the pod could be created. Those below the partition are made as they were. */
  #create({ set, history, current }: Round, ordinal: number): boolean {
    const { store } = this.#context;
    const held = !isOnDelete(set) && ordinal < ordinalsOf(set).first + partitionOf(set);
    const pod = podOf(set, ordinal, held ? current : history.newest);
    const { name } = pod.metadata;
    try {
      for (const claim of claimsOf(set, ordinal)) {
        if (store.get('PersistentVolumeClaim', claim.metadata.namespace ?? '', claim.metadata.name)) continue;
        store.create(claim);
        const what = `create Claim ${claim.metadata.name} Pod ${name} in StatefulSet ${set.metadata.name} success`;
        this.#events.normal(set, 'SuccessfulCreate', what);
      }
      store.create(pod);
      this.#events.normal(set, 'SuccessfulCreate', `create Pod ${name} in StatefulSet ${set.metadata.name} successful`);
      return true;
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      const what = `create Pod ${name} in StatefulSet ${set.metadata.name} failed error: ${error.message}`;
      this.#family.retry(set);
      this.#events.warn(set, 'FailedCreate', what);
      return false;
    }
  }

  #delete(set: StatefulSet, { metadata }: Pod): void {
    this.#context.store.delete('Pod', metadata.namespace ?? '', metadata.name);
    const what = `delete Pod ${metadata.name} in StatefulSet ${set.metadata.name} successful`;
    this.#events.normal(set, 'SuccessfulDelete', what);
  }

  /** Claims of a pod that is scaled away go with it, if the set says so. */
  #abandon(set: StatefulSet, pod: Pod): void {
    if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return;
    const { store } = this.#context;
    const { apiVersion, kind, metadata } = pod;
    const ownerReferences = [{ apiVersion, kind, name: metadata.name, uid: metadata.uid ?? '' }];
    for (const { metadata: wanted } of claimsOf(set, ordinalOf(pod))) {
      const claim = store.get('PersistentVolumeClaim', wanted.namespace ?? '', wanted.name);
      if (claim) store.update({ ...claim, metadata: { ...claim.metadata, ownerReferences } });
    }
  }

  #finish(key: string, { set, history, current }: Round): void {
    const { store, queue, clock } = this.#context;
    const all = this.#family.of(set);
    const made = all.filter(isActive);
    const { available, nextMs } = availability(made, set.spec.minReadySeconds ?? 0, clock().getTime());
    queue.after(this, key, nextMs);
    const count = (revision: Revision): number =>
      made.filter((pod) => revisionOf(pod) === revision.metadata.name).length;
    const { newest, collisions } = history;
    const updated = count(newest);
    const ready = readyCount(all);
    const wanted = replicasOf(set);
    const isDone = !isOnDelete(set) && updated === wanted && ready === wanted && all.every(isPodReady);
    const base = isDone ? newest : current;
    const currents = count(base);
    const status = {
      observedGeneration: set.metadata.generation,
      replicas: all.filter((pod) => !isPodOver(pod)).length,
      ...(ready > 0 ? { readyReplicas: ready } : {}),
      availableReplicas: available,
      ...(currents > 0 ? { currentReplicas: currents } : {}),
      ...(updated > 0 ? { updatedReplicas: updated } : {}),
      currentRevision: base.metadata.name,
      updateRevision: newest.metadata.name,
      collisionCount: collisions,
    };
    store.updateStatus({ ...set, metadata: { ...set.metadata, resourceVersion: '' }, status });
    const live = new Set([base.metadata.name, ...all.map((pod) => revisionOf(pod) ?? '')]);
    this.#revisions.prune(set, history, live);
  }
}
