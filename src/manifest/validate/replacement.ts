// replacement.ts - what an update may not do: metadata, checked for every object, and fields that never change.
//
// Rules of k8s.io/apiserver's rest.BeforeUpdate and of the kinds' own ValidateUpdate, Kubernetes 1.36.
import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { forbidden, invalid } from './field-error.js';
import { validateMetadata, validateMetadataUpdate } from './metadata.js';

type Json = Record<string, unknown>;

/** Kinds whose update is checked by the rules of a new object, too: the same issue is then told once more. */
const CHECKED_AS_NEW: ReadonlySet<string> = new Set([
  'ConfigMap',
  'EndpointSlice',
  'Pod',
  'Secret',
  'Service',
  'ServiceAccount',
]);

/** Every object's metadata, before its kind has a say. */
export function validateReplacedMetadata(object: KubeObject, old: KubeObject, namespaced: boolean): Issue[] {
  const general = validateMetadataUpdate(object.metadata, old.metadata);
  if (!CHECKED_AS_NEW.has(object.kind)) return general;
  return [...general, ...validateMetadata(object.metadata, namespaced, () => [])];
}

const SEALED = 'field is immutable when `immutable` is set';

/** The data of a ConfigMap or Secret that says that it does not change. */
function validateSealed(object: KubeObject, old: KubeObject): Issue[] {
  if (old.immutable !== true) return [];
  const issues = object.immutable === true ? [] : [forbidden('immutable', SEALED)];
  for (const field of ['data', 'binaryData'])
    if (!isDeepStrictEqual(object[field] ?? {}, old[field] ?? {})) issues.push(forbidden(field, SEALED));
  return issues;
}

function validateSecret(object: KubeObject, old: KubeObject): Issue[] {
  const [type, before] = [object.type ?? 'Opaque', old.type ?? 'Opaque'];
  const changed = type === before ? [] : [invalid('type', type, 'field is immutable')];
  return [...changed, ...validateSealed(object, old)];
}

/** What of a StatefulSet may change. */
const FREE_STATEFULSET = [
  'replicas',
  'ordinals',
  'template',
  'updateStrategy',
  'revisionHistoryLimit',
  'persistentVolumeClaimRetentionPolicy',
  'minReadySeconds',
];

const specWithout = ({ spec }: KubeObject, names: readonly string[]): Json =>
  Object.fromEntries(Object.entries((spec ?? {}) as Json).filter(([name]) => !names.includes(name)));

function validateStatefulSet(object: KubeObject, old: KubeObject): Issue[] {
  if (isDeepStrictEqual(specWithout(object, FREE_STATEFULSET), specWithout(old, FREE_STATEFULSET))) return [];
  const words = FREE_STATEFULSET.map((name) => `'${name}'`);
  const list = `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
  return [forbidden('spec', `updates to statefulset spec for fields other than ${list} are forbidden`)];
}

const containersOf = (spec: Json, key: string): Json[] => (spec[key] ?? []) as Json[];

/** The new spec of a pod with what it may change as it was. */
function munged(spec: Json, old: Json): Json {
  const images = (key: string): Json[] =>
    containersOf(spec, key).map((container, i) => ({ ...container, image: containersOf(old, key)[i]?.image }));
  const { activeDeadlineSeconds, ephemeralContainers, nodeName } = old;
  const kept: Json = { activeDeadlineSeconds, ephemeralContainers, nodeName };
  const same: Json = { ...spec, ...kept, containers: images('containers') };
  if (spec.initContainers) same.initContainers = images('initContainers');
  if (extendsTolerations(spec, old)) same.tolerations = old.tolerations;
  const [grace, before] = [spec.terminationGracePeriodSeconds, old.terminationGracePeriodSeconds];
  if (grace === 1 && typeof before === 'number' && before < 0) same.terminationGracePeriodSeconds = before;
  return same;
}

/** Tolerations may only be added. */
function extendsTolerations(spec: Json, old: Json): boolean {
  const now = (spec.tolerations ?? []) as unknown[];
  return ((old.tolerations ?? []) as unknown[]).every((one) => now.some((other) => isDeepStrictEqual(one, other)));
}

const POD_SPEC =
  'pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,' +
  '`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing tolerations),' +
  '`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)';

const plain = (value: Json): unknown => JSON.parse(JSON.stringify(value));

function validatePod(object: KubeObject, old: KubeObject): Issue[] {
  const [spec, before] = [(object.spec ?? {}) as Json, (old.spec ?? {}) as Json];
  const counts = ['containers', 'initContainers'].filter(
    (key) => containersOf(spec, key).length !== containersOf(before, key).length,
  );
  if (counts.length > 0)
    return counts.map((key) => forbidden(`spec.${key}`, 'pod updates may not add or remove containers'));
  if (isDeepStrictEqual(plain(munged(spec, before)), plain(before))) return [];
  return [forbidden('spec', POD_SPEC)];
}

const KINDS: Readonly<Record<string, (object: KubeObject, old: KubeObject) => Issue[]>> = {
  ConfigMap: validateSealed,
  Pod: validatePod,
  Secret: validateSecret,
  StatefulSet: validateStatefulSet,
};

/** Fields of a kind that an update changes and may not. */
export const validateImmutable = (object: KubeObject, old: KubeObject): Issue[] =>
  Object.hasOwn(KINDS, object.kind) ? (KINDS[object.kind]?.(object, old) ?? []) : [];
