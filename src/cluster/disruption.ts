// disruption.ts - disruptions of pods: how many healthy pods a budget needs, has, and can spare; what a pod says of its own.
//
// As the disruption controller counts (pkg/controller/disruption/disruption.go, v1.36).
import { isPodOver, isPodReady } from '../model/conditions.js';
import type { KubeObject, Pod } from '../model/objects.js';
import { timestamp } from '../model/timestamp.js';
import { type LabelSelector, matchesSelector } from './selector.js';
import type { Store } from './store.js';

type IntOrString = number | string;

export interface PodDisruptionBudget extends KubeObject {
  readonly spec: {
    readonly selector?: LabelSelector;
    readonly minAvailable?: IntOrString;
    readonly maxUnavailable?: IntOrString;
    readonly unhealthyPodEvictionPolicy?: string;
  };
}

interface Disruption {
  readonly expectedPods: number;
  readonly currentHealthy: number;
  readonly desiredHealthy: number;
  readonly disruptionsAllowed: number;
}

/** Rounds percentages up, in the application's favour. */
const scaled = (value: IntOrString, total: number): number =>
  typeof value === 'number' ? value : Math.ceil((Number.parseInt(value, 10) * total) / 100);

/** The expected number of pods, as set by their controllers. A pod without a controller counts for itself. */
function expectedPods(store: Store, pods: readonly Pod[]): number {
  const counted = new Set<string>();
  let expected = 0;
  for (const { metadata } of pods) {
    const owner = metadata.ownerReferences?.find(({ controller }) => controller);
    const object = owner && store.get<KubeObject>(owner.kind, metadata.namespace ?? '', owner.name);
    const replicas = (object?.spec as { replicas?: number } | undefined)?.replicas;
    if (!owner || replicas === undefined) expected++;
    else if (!counted.has(owner.uid)) expected += replicas;
    if (owner) counted.add(owner.uid);
  }
  return expected;
}

/** The budgets whose selector matches the pod. */
export function budgetsOf(store: Store, { metadata }: Pod): PodDisruptionBudget[] {
  return store
    .list<PodDisruptionBudget>('PodDisruptionBudget', metadata.namespace ?? '')
    .filter(({ spec }) => spec.selector !== undefined && matchesSelector(spec.selector, metadata.labels ?? {}));
}

/** What a budget currently allows. */
export function disruptionOf(store: Store, { metadata, spec }: PodDisruptionBudget): Disruption {
  const { selector, minAvailable, maxUnavailable } = spec;
  const pods = store
    .list<Pod>('Pod', metadata.namespace ?? '')
    .filter((pod) => selector !== undefined && matchesSelector(selector, pod.metadata.labels ?? {}))
    .filter((pod) => !isPodOver(pod));
  const currentHealthy = pods.filter((pod) => isPodReady(pod) && !pod.metadata.deletionTimestamp).length;
  const wanted = expectedPods(store, pods);
  // A plain minAvailable number counts the existing pods; everything else counts what controllers want.
  const plain = maxUnavailable === undefined && typeof (minAvailable ?? 1) === 'number';
  const total = plain ? pods.length : wanted;
  const desiredHealthy =
    maxUnavailable === undefined
      ? scaled(minAvailable ?? 1, total)
      : Math.max(0, total - scaled(maxUnavailable, total));
  const allowed = currentHealthy - desiredHealthy;
  return {
    expectedPods: total,
    currentHealthy,
    desiredHealthy,
    disruptionsAllowed: total <= 0 || allowed <= 0 ? 0 : allowed,
  };
}

/** Says in the pod's status why it is about to be deleted (condition DisruptionTarget). */
export function markDisrupted(store: Store, pod: Pod, reason: string, message: string, now: Date): void {
  const others = (pod.status?.conditions ?? []).filter(({ type }) => type !== 'DisruptionTarget');
  const condition = { type: 'DisruptionTarget', status: 'True', lastTransitionTime: timestamp(now), reason, message };
  const metadata = { ...pod.metadata, resourceVersion: '' };
  store.updateStatus({ ...pod, metadata, status: { ...pod.status, conditions: [...others, condition] } });
}
