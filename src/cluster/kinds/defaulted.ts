// defaulted.ts - fills in everything that the API server would, for an object of any kind.
import { defaultObject } from '../../manifest/defaults.js';
import type { KubeObject } from '../../model/objects.js';
import type { Resource } from './kind.js';

/** A copy of the object; of one that is filled in already it is the same. */
export function defaulted({ rules, view }: Resource, object: KubeObject): KubeObject {
  const made = defaultObject(object);
  if (view === undefined) rules.defaults?.(made);
  return made;
}
