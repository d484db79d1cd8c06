// template.ts - creates pods from a workload's template, and summarises the pods that a workload has.

import { safeEncode } from '../../allocate/random.js';
import { isPodOver, isPodReady } from '../../model/conditions.js';
import type { KubeObject, Labels, ObjectMeta, OwnerReference, Pod, PodSpec } from '../../model/objects.js';
import type { LabelSelector } from '../selector.js';

export interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

/** ReplicaSet, StatefulSet, DaemonSet, Deployment: the fields that their controllers read. */
export interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    minReadySeconds?: number;
    [key: string]: unknown;
  };
  status?: Record<string, unknown>;
}

/** A count, or a percentage such as `25%`. */
export type IntOrPercent = number | string;

export interface RollingUpdate {
  readonly maxSurge?: IntOrPercent;
  readonly maxUnavailable?: IntOrPercent;
  readonly partition?: number;
}

/** A count or a percentage of a total (intstr.GetScaledValueFromIntOrPercent). */
export function share(value: IntOrPercent, total: number, up: boolean): number {
  if (typeof value === 'number') return value;
  const percent = (Number.parseInt(value, 10) * total) / 100;
  return up ? Math.ceil(percent) : Math.floor(percent);
}

export const replicasOf = (workload: Workload): number => workload.spec.replicas ?? 1;

const born = ({ metadata }: KubeObject): string => `${metadata.creationTimestamp}/${metadata.name}`;
/** The oldest first. */
export const byBirth = (a: KubeObject, b: KubeObject): number => (born(a) < born(b) ? -1 : 1);

export function ownerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind } = owner;
  const { name, uid = '' } = owner.metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A pod of the workload; `name` ending in `-` is a prefix. */
export function podFrom(
  owner: Workload,
  name: string,
  labels: Labels = {},
  spec: Partial<PodSpec> = {},
  template = owner.spec.template,
): Pod {
  const prefix = name.endsWith('-');
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: prefix ? '' : name,
      ...(prefix ? { generateName: name } : {}),
      namespace: owner.metadata.namespace ?? 'default',
      labels: { ...template.metadata?.labels, ...labels },
      ...(template.metadata?.annotations ? { annotations: template.metadata.annotations } : {}),
      ...(template.metadata?.finalizers ? { finalizers: template.metadata.finalizers } : {}),
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...template.spec, ...spec },
  };
}

/** Pods that count: neither being deleted nor finished. */
export const isActive = (pod: Pod): boolean => pod.metadata.deletionTimestamp === undefined && !isPodOver(pod);

export const readyCount = (pods: readonly Pod[]): number =>
  pods.filter((pod) => isActive(pod) && isPodReady(pod)).length;

/** Milliseconds until a pod has been ready for long enough to be available; 0 = it is; Infinity = it is not ready. */
function availableIn(pod: Pod, minReadySeconds: number, now: number): number {
  const ready = pod.status?.conditions?.find(({ type }) => type === 'Ready');
  if (ready?.status !== 'True') return Number.POSITIVE_INFINITY;
  const since = Date.parse(String(ready.lastTransitionTime ?? ''));
  if (minReadySeconds === 0 || Number.isNaN(since)) return 0;
  return Math.max(0, since + 1000 * minReadySeconds - now);
}

/** How many pods are available, and after how many milliseconds the next of those that are ready will be. */
export function availability(pods: readonly Pod[], minReadySeconds: number, now: number) {
  const waits = pods.filter(isActive).map((pod) => availableIn(pod, minReadySeconds, now));
  return {
    available: waits.filter((wait) => wait === 0).length,
    nextMs: Math.min(Number.POSITIVE_INFINITY, ...waits.filter((wait) => wait > 0)),
  };
}

/** FNV-1a, 32 bits. */
function fnv32(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}

/**
 * The suffix that distinguishes the pods of one template from those of another (`748f6f68d4`).
 * @param collisions how often the suffix turned out to belong to another template
 */
export function templateHash(template: PodTemplate, collisions = 0): string {
  const salt = collisions === 0 ? '' : String(collisions);
  return safeEncode(String(fnv32(`${JSON.stringify(sorted(template))}${salt}`)));
}
