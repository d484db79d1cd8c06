// scale.ts - the scale subresource: a workload's number of replicas as a separate object.
import { ageOf, type Columns, headings } from '../cluster/columns/columns.js';
import { formatSelector, type LabelSelector } from '../cluster/selector.js';
import { badRequest } from '../cluster/status.js';
import type { KubeObject } from '../model/objects.js';

interface Scalable extends KubeObject {
  spec: { replicas?: number; selector?: LabelSelector };
  status?: { replicas?: number };
}

export const SCALE_COLUMNS: Columns = {
  columns: headings('Name Desired:integer Available:integer Age'),
  row: (scale, now) => {
    const { spec, status } = scale as Scalable;
    return [scale.metadata.name, spec.replicas ?? 0, status?.replicas ?? 0, ageOf(scale, now)];
  },
};

/** autoscaling/v1 Scale of a workload. */
export function scaleOf(object: KubeObject): KubeObject {
  const { spec, status, metadata } = object as Scalable;
  const { name, namespace, uid, resourceVersion, creationTimestamp } = metadata;
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: JSON.parse(JSON.stringify({ name, namespace, uid, resourceVersion, creationTimestamp })),
    spec: { replicas: spec.replicas ?? 1 },
    status: { replicas: status?.replicas ?? 0, selector: formatSelector(spec.selector) },
  };
}

/** The workload with the replicas of a Scale. Throws BadRequest when it does not say a number. */
export function withScale(object: KubeObject, scale: Record<string, unknown>): KubeObject {
  const spec = scale.spec as { replicas?: unknown } | undefined;
  const replicas = spec?.replicas ?? 0;
  if (!Number.isInteger(replicas) || (replicas as number) < 0)
    throw badRequest(`spec.replicas: Invalid value: ${JSON.stringify(replicas)}: must be greater than or equal to 0`);
  const { resourceVersion } = (scale.metadata ?? {}) as { resourceVersion?: string };
  return {
    ...object,
    metadata: { ...object.metadata, resourceVersion: resourceVersion ?? '' },
    spec: { ...(object as Scalable).spec, replicas: replicas as number },
  };
}
