// template.ts - creates pods from a workload's template, and summarises the pods that a workload has.

import { safeEncode } from '../../allocate/random.js';
import type { KubeObject, Labels, ObjectMeta, OwnerReference, Pod, PodSpec } from '../../model/objects.js';
import { isPodReady } from '../endpointslice/endpoint.js';
import type { LabelSelector } from '../selector.js';

interface PodTemplate {
  metadata?: Partial<ObjectMeta>;
  spec: PodSpec;
}

/** ReplicaSet, StatefulSet, DaemonSet, Deployment: the fields that their controllers read. */
export interface Workload extends KubeObject {
  spec: {
    replicas?: number;
    selector: LabelSelector;
    template: PodTemplate;
    [key: string]: unknown;
  };
  status?: Record<string, unknown>;
}

export function ownerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind } = owner;
  const { name, uid = '' } = owner.metadata;
  return { apiVersion, kind, name, uid, controller: true, blockOwnerDeletion: true };
}

/** A pod of the workload; `name` ending in `-` is a prefix. */
export function podFrom(owner: Workload, name: string, labels: Labels = {}, spec: Partial<PodSpec> = {}): Pod {
  const { template } = owner.spec;
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
      ownerReferences: [ownerReference(owner)],
    },
    spec: { ...template.spec, ...spec },
  };
}

/** Pods that count: neither being deleted nor finished. */
export const isActive = (pod: Pod): boolean =>
  pod.metadata.deletionTimestamp === undefined && pod.status?.phase !== 'Succeeded' && pod.status?.phase !== 'Failed';

export const readyCount = (pods: readonly Pod[]): number =>
  pods.filter((pod) => isActive(pod) && isPodReady(pod)).length;

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

/** The suffix that distinguishes the pods of one template from those of another (`748f6f68d4`). */
export function templateHash(template: PodTemplate): string {
  return safeEncode(String(fnv32(JSON.stringify(sorted(template)))));
}
