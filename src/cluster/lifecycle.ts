// lifecycle.ts - what writers cannot change, what counts as a change, and how an object is deleted.
//
// The rules of k8s.io/apiserver/pkg/registry/rest (update.go, delete.go) and of the pod strategy, Kubernetes 1.36.
import type { KubeObject } from '../model/objects.js';
import type { Resource } from './kinds/kind.js';
import { unmet } from './status.js';

export interface DeleteOptions {
  /** 0 removes at once; absent uses what the kind says (pods that are bound: their own grace period). */
  gracePeriodSeconds?: number;
  preconditions?: { uid?: string; resourceVersion?: string };
  /** What becomes of dependents: Background (they go after it), Foreground (before it), Orphan (they stay). */
  propagationPolicy?: string;
  /** The older word for Orphan and Background. */
  orphanDependents?: boolean;
}

/** Finalizers of objects that wait for the garbage collector. */
export const FOREGROUND = 'foregroundDeletion';
export const ORPHAN = 'orphan';

/** The finalizers of an object that is deleted this way (deletionFinalizersForGarbageCollection of registry/generic). */
export function deletionFinalizers({ metadata }: KubeObject, options: DeleteOptions): readonly string[] {
  const { propagationPolicy: policy, orphanDependents } = options;
  const before = metadata.finalizers ?? [];
  if (policy === undefined && orphanDependents === undefined) return before;
  const others = before.filter((finalizer) => finalizer !== FOREGROUND && finalizer !== ORPHAN);
  if (policy === 'Orphan' || orphanDependents) return [...others, ORPHAN];
  return policy === 'Foreground' ? [...others, FOREGROUND] : others;
}

/** terminationGracePeriodSeconds of a pod that names none (core/v1 defaults). */
const POD_GRACE_SECONDS = 30;

/** Metadata that a writer cannot change (rest.BeforeUpdate). */
export function carryMetadata(object: KubeObject, old: KubeObject): KubeObject['metadata'] {
  const kept = ['namespace', 'uid', 'creationTimestamp', 'generation', 'resourceVersion'] as const;
  const metadata: KubeObject['metadata'] = { ...object.metadata };
  for (const key of [...kept, 'deletionTimestamp', 'deletionGracePeriodSeconds'] as const) {
    if (old.metadata[key] === undefined) delete metadata[key];
    else Object.assign(metadata, { [key]: old.metadata[key] });
  }
  dropEmpty(metadata);
  return metadata;
}

/** The same for a write of the status; what some kinds do not let go that way. */
export function carryStatusMetadata(object: KubeObject, old: KubeObject): KubeObject['metadata'] {
  const metadata = carryMetadata(object, old);
  const kept = object.kind === 'Deployment' ? 'labels' : object.kind === 'Pod' ? 'ownerReferences' : undefined;
  if (kept === undefined) return metadata;
  const { [kept]: _written, ...rest } = metadata;
  return (old.metadata[kept] === undefined ? rest : { ...rest, [kept]: old.metadata[kept] }) as KubeObject['metadata'];
}

export function keepStatus(object: KubeObject, old: KubeObject): void {
  if (old.status === undefined) delete object.status;
  else object.status = old.status;
}

export function checkPreconditions(resource: Resource, old: KubeObject, options: DeleteOptions): void {
  const { uid, resourceVersion } = options.preconditions ?? {};
  const { name } = old.metadata;
  const differs = (what: string, asked: string, there: string | undefined, so: string): never => {
    const why = `the ${what} in the precondition (${asked}) does not match the ${what} in record (${there})`;
    throw unmet(resource, name, `${why}. The object might have been ${so}`);
  };
  if (uid !== undefined && uid !== old.metadata.uid)
    differs('UID', uid, old.metadata.uid, 'deleted and then recreated');
  if (resourceVersion !== undefined && resourceVersion !== old.metadata.resourceVersion)
    differs('ResourceVersion', resourceVersion, old.metadata.resourceVersion, 'modified');
}

/** Empty lists and maps of the metadata are the same as none (omitempty of meta/v1). */
export function dropEmpty(metadata: KubeObject['metadata']): void {
  for (const key of ['labels', 'annotations', 'finalizers', 'ownerReferences'] as const)
    if (metadata[key] !== undefined && Object.keys(metadata[key] ?? {}).length === 0) delete metadata[key];
}

/** Namespaces have theirs in the spec. */
export function hasFinalizers(object: KubeObject): boolean {
  const spec = object.spec as { finalizers?: string[] } | undefined;
  const inSpec = object.kind === 'Namespace' ? (spec?.finalizers ?? []) : [];
  return (object.metadata.finalizers?.length ?? 0) + inSpec.length > 0;
}

/** Seconds that an object may take to go: pods that are bound and not finished (core/v1 pod strategy CheckGracefulDelete). */
export function gracePeriod(old: KubeObject, options: DeleteOptions): number {
  if (old.kind !== 'Pod') return 0;
  const spec = old.spec as { nodeName?: string; terminationGracePeriodSeconds?: number } | undefined;
  const phase = (old.status as { phase?: string } | undefined)?.phase;
  if (!spec?.nodeName || phase === 'Succeeded' || phase === 'Failed') return 0;
  const seconds = options.gracePeriodSeconds ?? spec.terminationGracePeriodSeconds ?? POD_GRACE_SECONDS;
  // Less than nothing is a second (rest.BeforeDelete).
  return seconds < 0 ? 1 : seconds;
}

/** Everything that counts for metadata.generation: all but metadata and status. */
export function specOf(object: KubeObject): Record<string, unknown> {
  const { metadata: _metadata, status: _status, ...rest } = object;
  return rest;
}
