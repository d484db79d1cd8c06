// index.ts - validation as the API server does it: the one function for every kind, and those for the kinds it knows best.

import type { Issue } from '../../model/issue.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import { validateEndpointSliceCreate, validateEndpointSliceUpdate } from './endpoint-slice.js';
import { validateEndpoints } from './endpoints.js';
import { dns1123Subdomain } from './formats.js';
import type { Gates } from './gates.js';
import { validateMetadata, validateMetadataUpdate } from './metadata.js';
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

type Validator = (object: KubeObject, old: KubeObject | undefined, gates: Partial<Gates> | undefined) => Issue[];

/** Kinds of which kubewire checks the metadata alone. */
const named =
  (namespaced: boolean): Validator =>
  (object, old) =>
    old
      ? validateMetadataUpdate(object.metadata, old.metadata)
      : validateMetadata(object.metadata, namespaced, dns1123Subdomain);

const service: Validator = (object, old, gates) =>
  old
    ? validateServiceUpdate(object as Service, old as Service, gates)
    : validateServiceCreate(object as Service, gates);

const endpointSlice: Validator = (object, old, gates) =>
  old
    ? validateEndpointSliceUpdate(object as EndpointSlice, old as EndpointSlice, gates)
    : validateEndpointSliceCreate(object as EndpointSlice, gates);

const VALIDATORS: Readonly<Record<string, Validator>> = {
  Client: named(false),
  ConfigMap: named(true),
  DaemonSet: validateWorkload,
  Deployment: validateWorkload,
  Endpoints: validateEndpoints,
  EndpointSlice: endpointSlice,
  Event: named(true),
  Ingress: named(true),
  IngressClass: named(false),
  Lab: named(false),
  Namespace: validateNamespace,
  NetworkPolicy: named(true),
  Node: (object, old, gates) => validateNode(object as Node, old as Node | undefined, gates),
  Pod: (object, old, gates) => validatePod(object as Pod, old as Pod | undefined, gates),
  ReplicaSet: validateWorkload,
  Secret: named(true),
  Service: service,
  ServiceAccount: named(true),
  StatefulSet: validateWorkload,
};

/** True for kinds whose objects validateObject looks at. */
export const isValidated = (kind: string): boolean => Object.hasOwn(VALIDATORS, kind);

/**
 * Any defaulted object, new or (with `old`) as the replacement of another of the same kind. Objects of kinds that
 * kubewire does not know have no issues.
 */
export function validateObject(object: KubeObject, old?: KubeObject, gates?: Partial<Gates>): Issue[] {
  return isValidated(object.kind) ? (VALIDATORS[object.kind]?.(object, old, gates) ?? []) : [];
}
