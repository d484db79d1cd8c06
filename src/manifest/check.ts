// check.ts - loaded objects through defaulting and validation: the issues with their places, and warnings.

import type { Issue } from '../model/issue.js';
import type { KubeObject, Labels, Service } from '../model/objects.js';
import { defaultObject } from './defaults.js';
import type { LoadedObject } from './load.js';
import { replacement } from './replacement.js';
import type { Gates } from './validate/gates.js';
import { validateLoadBalancerStatus, validateObject } from './validate/index.js';

/** As an object that is to be created reaches validation in the API server: defaulted, its one address in the list. */
function created(object: KubeObject): KubeObject {
  const copy = defaultObject(object);
  if (copy.kind !== 'Service') return copy;
  const { spec } = copy as Service;
  if (spec.clusterIP && spec.type !== 'ExternalName') spec.clusterIPs ??= [spec.clusterIP];
  return copy;
}

/** The list that holds a broken field, or the field itself: what follows from it there is no finding of its own. */
function follows(field: string, broken: readonly string[]): boolean {
  return broken.some((wrong) => {
    const parent = wrong.slice(0, Math.max(wrong.lastIndexOf('.'), 0));
    return (
      field === wrong ||
      wrong.startsWith(`${field}.`) ||
      wrong.startsWith(`${field}[`) ||
      field.startsWith(`${parent}.`)
    );
  });
}

function issuesOf(loaded: LoadedObject, old: KubeObject | undefined, gates?: Partial<Gates>): Issue[] {
  const { object } = loaded;
  if (!old) {
    const whole = created(object);
    const status = whole.kind === 'Service' ? validateLoadBalancerStatus(whole as Service, undefined, gates) : [];
    return [...validateObject(whole, undefined, gates), ...status];
  }
  const { after, before } = replacement(object, old);
  return validateObject(after, before, gates);
}

const keyOf = ({ kind, metadata }: KubeObject): string => `${kind}/${metadata.namespace ?? ''}/${metadata.name ?? ''}`;

/**
 * What the API server would say of the objects: as new ones, or those that `olds` has too as updates of them.
 * An only object is compared with an only old one whatever their names are.
 */
export function checkObjects(
  objects: readonly LoadedObject[],
  olds: readonly LoadedObject[] = [],
  gates?: Partial<Gates>,
): Issue[] {
  const byKey = new Map(olds.map(({ object }) => [keyOf(object), object]));
  const [only] = objects;
  const [onlyOld] = olds;
  if (objects.length === 1 && olds.length === 1 && only && onlyOld && only.object.kind === onlyOld.object.kind) {
    byKey.set(keyOf(only.object), onlyOld.object);
  }
  return objects.flatMap((loaded) => {
    const { kind, metadata } = loaded.object;
    return issuesOf(loaded, byKey.get(keyOf(loaded.object)), gates)
      .filter(({ field }) => !follows(field, loaded.broken))
      .map((issue) => ({
        ...issue,
        kind,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        ...(metadata.name ? { name: metadata.name } : {}),
        place: loaded.place(issue.field),
      }));
  });
}

function podLabels(object: KubeObject): Labels | undefined {
  if (object.kind === 'Pod') return object.metadata.labels ?? {};
  const spec = object.spec as { template?: { metadata?: { labels?: Labels } } } | undefined;
  return spec?.template && (spec.template.metadata?.labels ?? {});
}

/** Services whose selector matches no pod of these objects; they are valid, and seldom meant. */
export function selectorWarnings(objects: readonly LoadedObject[]): Issue[] {
  const pods = objects.flatMap(({ object }) => {
    const labels = podLabels(object);
    return labels ? [{ namespace: object.metadata.namespace, labels }] : [];
  });
  return objects.flatMap(({ object, place }) => {
    if (object.kind !== 'Service') return [];
    const selector = Object.entries((object as Service).spec?.selector ?? {});
    const matched = pods.some(
      ({ namespace, labels }) =>
        namespace === object.metadata.namespace && selector.every(([key, value]) => labels[key] === value),
    );
    if (selector.length === 0 || pods.length === 0 || matched) return [];
    const detail = 'matches no pod in these manifests';
    const { kind, metadata } = object;
    return [
      {
        type: 'Warning' as const,
        field: 'spec.selector',
        message: `spec.selector: ${detail}`,
        detail,
        kind,
        name: metadata.name,
        ...(metadata.namespace ? { namespace: metadata.namespace } : {}),
        place: place('spec.selector'),
      },
    ];
  });
}
