// index.ts - validation as the API server does it: what the other folders may call.

import type { Issue } from '../../model/issue.js';
import type { EndpointSlice, KubeObject, Service } from '../../model/objects.js';
import type { Gates } from './gates.js';

/** A Service that is to be created (already defaulted, addresses and ports already allocated or still empty). */
export function validateServiceCreate(_service: Service, _gates?: Partial<Gates>): Issue[] {
  return [];
}

/** A Service that replaces `old`; immutable fields are compared. */
export function validateServiceUpdate(_service: Service, _old: Service, _gates?: Partial<Gates>): Issue[] {
  return [];
}

/** A write to the `status` subresource of a Service. */
export function validateServiceStatusUpdate(_service: Service, _old: Service, _gates?: Partial<Gates>): Issue[] {
  return [];
}

export function validateEndpointSliceCreate(_slice: EndpointSlice, _gates?: Partial<Gates>): Issue[] {
  return [];
}

export function validateEndpointSliceUpdate(
  _slice: EndpointSlice,
  _old: EndpointSlice,
  _gates?: Partial<Gates>,
): Issue[] {
  return [];
}

/** Any object of a kind that kubewire knows, new or (with `old`) updated; kinds it does not know have no issues. */
export function validateObject(_object: KubeObject, _old?: KubeObject, _gates?: Partial<Gates>): Issue[] {
  return [];
}
