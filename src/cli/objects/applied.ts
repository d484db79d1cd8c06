// applied.ts - an object of a manifest in the form in which `apply` sends it.
import { BUILT_IN } from '../../cluster/kinds/registry.js';
import type { KubeObject } from '../../model/objects.js';
import { toJson } from '../print/json.js';

/**
 * The object in the form in which it is remembered, so that applying it again changes nothing: with sorted keys, and with
 * the namespace that it goes to.
 */
export function asApplied(object: KubeObject): KubeObject {
  const namespaced = BUILT_IN.ofObject(object)?.namespaced ?? false;
  const namespace = object.metadata.namespace ?? 'default';
  const whole = namespaced ? { ...object, metadata: { ...object.metadata, namespace } } : object;
  return JSON.parse(toJson(whole, 0)) as KubeObject;
}
