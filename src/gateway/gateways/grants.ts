// grants.ts - may an object refer to another one: in its own namespace always, elsewhere if a ReferenceGrant there says so.
import { namespaceOf, type ReferenceGrant } from '../objects.js';

interface ReferringKind {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
}

interface ReferredObject {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

export function isPermitted(from: ReferringKind, to: ReferredObject, grants: readonly ReferenceGrant[]): boolean {
  if (from.namespace === to.namespace) return true;
  return grants.some(
    (grant) =>
      namespaceOf(grant) === to.namespace &&
      (grant.spec?.from ?? []).some(
        ({ group, kind, namespace }) => group === from.group && kind === from.kind && namespace === from.namespace,
      ) &&
      (grant.spec?.to ?? []).some(
        ({ group, kind, name }) => group === to.group && kind === to.kind && (name === undefined || name === to.name),
      ),
  );
}
