// kinds.ts - which kinds there are in which API version, and which of them kubewire reads from manifests.
import { allTypes, type GroupVersionKind } from '../schema/types.js';

const versionOf = ({ group, version }: GroupVersionKind): string => (group === '' ? version : `${group}/${version}`);

/** Kinds on which packets depend. Where no server takes the objects, others are passed over with a notice. */
const READ: ReadonlySet<string> = new Set([
  'apps/v1/DaemonSet',
  'apps/v1/Deployment',
  'apps/v1/ReplicaSet',
  'apps/v1/StatefulSet',
  'discovery.k8s.io/v1/EndpointSlice',
  'networking.k8s.io/v1/Ingress',
  'v1/Endpoints',
  'v1/Namespace',
  'v1/Node',
  'v1/Pod',
  'v1/Service',
]);

const known = [...allTypes().values()].flatMap(({ name, kind }) => {
  // The options of requests have kinds, too; no object is of one.
  if (kind === null || !/^[A-Za-z]+\./.test(name) || name.startsWith('meta.')) return [];
  return [{ name, version: versionOf(kind), kind: kind.kind }];
});

/** `apiVersion/kind` → name of its type, for the kinds that are read. */
export const KINDS: Readonly<Record<string, string>> = Object.fromEntries(
  known.flatMap(({ name, version, kind }) => (READ.has(`${version}/${kind}`) ? [[`${version}/${kind}`, name]] : [])),
);

/** API versions all of whose kinds are in the tables. */
const IN_FULL: ReadonlySet<string> = new Set([
  'v1',
  'apps/v1',
  'batch/v1',
  'coordination.k8s.io/v1',
  'discovery.k8s.io/v1',
  'events.k8s.io/v1',
  'networking.k8s.io/v1',
  'policy/v1',
  'rbac.authorization.k8s.io/v1',
  'scheduling.k8s.io/v1',
]);

/** Every kind of the API versions that are known in full, separated by blanks; one that is missing here does not exist. */
export const GROUP_KINDS: Readonly<Record<string, string>> = (() => {
  const found: Record<string, string> = {};
  for (const { version, kind } of known) {
    if (IN_FULL.has(version) && !kind.endsWith('List'))
      found[version] = version in found ? `${found[version]} ${kind}` : kind;
  }
  return found;
})();
