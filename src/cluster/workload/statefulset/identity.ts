// identity.ts - the pods of a StatefulSet as they are to be: names, labels, hosts and volume claims by number.
//
// As k8s.io/kubernetes/pkg/controller/statefulset/stateful_set_utils.go of Kubernetes 1.36.
import type { KubeObject, Pod } from '../../../model/objects.js';
import { REVISION_LABEL, type Revision, templateOf } from '../revisions.js';
import { ownerReference, podFrom, type RollingUpdate, type Workload } from '../template.js';

export interface StatefulSet extends Workload {
  spec: Workload['spec'] & {
    serviceName?: string;
    podManagementPolicy?: string;
    ordinals?: { start?: number };
    updateStrategy?: { type?: string; rollingUpdate?: RollingUpdate };
    volumeClaimTemplates?: KubeObject[];
    persistentVolumeClaimRetentionPolicy?: { whenDeleted?: string; whenScaled?: string };
  };
}

export const ordinalOf = (pod: Pod): number => Number(/-(\d+)$/.exec(pod.metadata.name)?.[1] ?? -1);
export const revisionOf = ({ metadata }: Pod): string | undefined => metadata.labels?.[REVISION_LABEL];

/** The numbers of its pods: from the first to the one before the end. */
export function ordinalsOf({ spec }: StatefulSet): { first: number; end: number } {
  const first = spec.ordinals?.start ?? 0;
  return { first, end: first + (spec.replicas ?? 1) };
}

const claimName = (template: KubeObject, pod: string): string => `${template.metadata.name}-${pod}`;

/** The pod of a number, made from the template of a revision. */
export function podOf(set: StatefulSet, ordinal: number, revision: Revision): Pod {
  const name = `${set.metadata.name}-${ordinal}`;
  const template = templateOf(revision);
  const labels = {
    'apps.kubernetes.io/pod-index': String(ordinal),
    [REVISION_LABEL]: revision.metadata.name,
    'statefulset.kubernetes.io/pod-name': name,
  };
  const { serviceName, volumeClaimTemplates = [] } = set.spec;
  const own = (template.spec.volumes ?? []) as { name: string }[];
  const claimed = volumeClaimTemplates.map((claim) => ({
    name: claim.metadata.name,
    persistentVolumeClaim: { claimName: claimName(claim, name) },
  }));
  const others = own.filter((volume) => !claimed.some((claim) => claim.name === volume.name));
  const volumes = claimed.length > 0 ? { volumes: [...claimed, ...others] } : {};
  const host = { hostname: name, ...(serviceName ? { subdomain: serviceName } : {}) };
  return podFrom(set, name, labels, { ...host, ...volumes }, template);
}

/** The volume claims of the pod of a number. They outlive it, unless the set says otherwise. */
export function claimsOf(set: StatefulSet, ordinal: number): KubeObject[] {
  const { volumeClaimTemplates = [], persistentVolumeClaimRetentionPolicy: policy, selector } = set.spec;
  const owners = policy?.whenDeleted === 'Delete' ? { ownerReferences: [ownerReference(set)] } : {};
  return volumeClaimTemplates.map((template) => ({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: {
      name: claimName(template, `${set.metadata.name}-${ordinal}`),
      namespace: set.metadata.namespace ?? 'default',
      labels: { ...template.metadata.labels, ...selector.matchLabels },
      ...(template.metadata.annotations ? { annotations: template.metadata.annotations } : {}),
      ...owners,
    },
    spec: template.spec,
  }));
}
