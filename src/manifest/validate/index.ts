// index.ts - validation as the API server does it: the one function for every kind, and those for the kinds it knows best.

import type { Issue } from '../../model/issue.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import { validateEndpointSliceCreate, validateEndpointSliceUpdate } from './endpoint-slice.js';
import { validateEndpoints } from './endpoints.js';
import type { Gates } from './gates.js';
import { validateNamespace, validateNode } from './node.js';
import { validatePod } from './pod.js';
import { validateServiceCreate, validateServiceUpdate } from './service.js';
import { validateLoadBalancerStatus, validateServiceStatusUpdate } from './service-status.js';
import { validateWorkload } from './workload.js';

export type { Gates };
export {
  validateEndpointSliceCreate,
  validateEndpointSliceUpdate,
  validateLoadBalancerStatus,
  validateServiceCreate,
  validateServiceStatusUpdate,
  validateServiceUpdate,
};

/**
 * Any defaulted object, new or (with `old`) as the replacement of another of the same kind. Objects of kinds that
 * kubewire does not know have no issues.
 */
export function validateObject(object: KubeObject, old?: KubeObject, gates?: Partial<Gates>): Issue[] {
  switch (object.kind) {
    case 'Service': {
      const service = object as Service;
      return old ? validateServiceUpdate(service, old as Service, gates) : validateServiceCreate(service, gates);
    }
    case 'EndpointSlice': {
      const slice = object as EndpointSlice;
      if (!old) return validateEndpointSliceCreate(slice, gates);
      return validateEndpointSliceUpdate(slice, old as EndpointSlice, gates);
    }
    case 'Endpoints':
      return validateEndpoints(object, old, gates);
    case 'Node':
      return validateNode(object as Node, old as Node | undefined, gates);
    case 'Namespace':
      return validateNamespace(object, old);
    case 'Pod':
      return validatePod(object as Pod, old as Pod | undefined, gates);
    case 'Deployment':
    case 'ReplicaSet':
    case 'StatefulSet':
    case 'DaemonSet':
      return validateWorkload(object, old, gates);
    default:
      return [];
  }
}
