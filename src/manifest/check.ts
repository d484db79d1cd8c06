// check.ts - loaded objects through defaulting and validation: the issues with their places, and warnings.

import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../model/issue.js';
import type { KubeObject, Service } from '../model/objects.js';
import { defaultObject } from './defaults.js';
import type { LoadedObject } from './load.js';
import { replacement } from './replacement.js';
import type { Gates } from './validate/gates.js';
import { validateLoadBalancerStatus, validateObject } from './validate/index.js';
import { needsHealthCheck } from './validate/service.js';

/** Stands for a port that a cluster would have allocated; any valid one. */
const SOME_PORT = 1;

/**
 * As an object that is to be created reaches validation in the API server: defaulted, its one address in the list. What
 * is allocated on creation counts as allocated, unless a resourceVersion says that the object was created long ago.
 */
function created(object: KubeObject): KubeObject {
  const copy = defaultObject(object);
  const { metadata } = copy;
  // As long as the five characters that the API server draws.
  if (!metadata.name && metadata.generateName) metadata.name = `${metadata.generateName}xxxxx`;
  if (copy.kind !== 'Service') return copy;
  const service = copy as Service;
  const { spec } = service;
  if (spec.clusterIP && spec.type !== 'ExternalName') spec.clusterIPs ??= [spec.clusterIP];
  if (!copy.metadata.resourceVersion && needsHealthCheck(service)) spec.healthCheckNodePort ||= SOME_PORT;
  return copy;
}

/** A finding that only follows from a field that is mistyped or misspelt: about it, or about what is derived from it. */
function follows(field: string, broken: readonly string[]): boolean {
  const below = (path: string, parent: string): boolean =>
    path.startsWith(`${parent}.`) || path.startsWith(`${parent}[`);
  return broken.some((wrong) => {
    if (field === wrong || below(field, wrong) || below(wrong, field)) return true;
    // A target port is the port when it is not written, and of a Service of unknown type little can be said.
    return field === wrong.replace(/\.port$/, '.targetPort') || (wrong === 'spec.type' && below(field, 'spec'));
  });
}

/** The status alone is new: a write to the subresource `status`, which looks at nothing else. */
function writesStatus(after: KubeObject, before: KubeObject): boolean {
  const same = (key: 'metadata' | 'spec'): boolean => isDeepStrictEqual(after[key], before[key]);
  return same('metadata') && same('spec') && !isDeepStrictEqual(after.status, before.status);
}

function issuesOf({ object }: LoadedObject, old: KubeObject | undefined, gates?: Partial<Gates>): Issue[] {
  if (old?.kind === 'Service' && writesStatus(object, old)) {
    // Without any metadata it is no manifest, but what reaches validation: nothing is filled in.
    const bare = Object.keys(object.metadata).length === 0;
    const after = bare ? (object as Service) : defaultObject(object as Service);
    return validateLoadBalancerStatus(after, old as Service, gates);
  }
  const { after, before } = old ? replacement(object, old) : { after: created(object), before: undefined };
  const issues = validateObject(after, before, gates);
  if (after.kind !== 'Service') return issues;
  return [...issues, ...validateLoadBalancerStatus(after as Service, before as Service | undefined, gates)];
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

/** A finding about a field of a loaded object, at its place. */
export function finding({ object, place }: LoadedObject, type: Issue['type'], field: string, detail: string): Issue {
  const { kind, metadata } = object;
  const where = metadata.namespace ? { namespace: metadata.namespace } : {};
  const message = `${field}: ${detail}`;
  return { type, field, message, detail, kind, name: metadata.name, ...where, place: place(field) };
}

export const warning = (loaded: LoadedObject, field: string, detail: string): Issue =>
  finding(loaded, 'Warning', field, detail);

/** The range of NodePorts of a cluster that was told no other. */
const NODE_PORTS = [30000, 32767] as const;

/** NodePorts that a cluster with the usual range refuses. */
export function nodePortWarnings(objects: readonly LoadedObject[]): Issue[] {
  const [low, high] = NODE_PORTS;
  return objects.flatMap((loaded) => {
    const ports = loaded.object.kind === 'Service' ? (loaded.object as Service).spec?.ports : undefined;
    return (ports ?? []).flatMap(({ nodePort }, i) => {
      if (!nodePort || (nodePort >= low && nodePort <= high)) return [];
      return [warning(loaded, `spec.ports[${i}].nodePort`, `${nodePort} is not in the usual range ${low}-${high}`)];
    });
  });
}
