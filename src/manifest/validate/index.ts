// index.ts - validation as the API server does it: the one function for every kind, and those for the kinds it knows best.

import type { Issue } from '../../model/issue.js';
import { type KindKey, keyOf } from '../../model/kindkey.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import { validateConfigMap, validateSecret } from './configuration.js';
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

const VALIDATORS: Readonly<Record<KindKey, Validator>> = {
  'Client.kubewire.dev': named(false),
  ConfigMap: validateConfigMap,
  'DaemonSet.apps': validateWorkload,
  'Deployment.apps': validateWorkload,
  Endpoints: validateEndpoints,
  'EndpointSlice.discovery.k8s.io': endpointSlice,
  Event: named(true),
  'Ingress.networking.k8s.io': named(true),
  'IngressClass.networking.k8s.io': named(false),
  'Lab.kubewire.dev': named(false),
  'Link.kubewire.dev': named(false),
  Namespace: validateNamespace,
  'NetworkPolicy.networking.k8s.io': named(true),
  Node: (object, old, gates) => validateNode(object as Node, old as Node | undefined, gates),
  Pod: (object, old, gates) => validatePod(object as Pod, old as Pod | undefined, gates),
  'ReplicaSet.apps': validateWorkload,
  Secret: validateSecret,
  Service: service,
  ServiceAccount: named(true),
  'StatefulSet.apps': validateWorkload,
};

/** True for kinds whose objects validateObject looks at. */
export const isValidated = (key: KindKey): boolean => Object.hasOwn(VALIDATORS, key);

/**
 * Any defaulted object, new or (with `old`) as the replacement of another of the same kind. Objects of kinds that
 * kubewire does not know have no issues.
 */
export function validateObject(object: KubeObject, old?: KubeObject, gates?: Partial<Gates>): Issue[] {
  const key = keyOf(object);
  return isValidated(key) ? (VALIDATORS[key]?.(object, old, gates) ?? []) : [];
}
