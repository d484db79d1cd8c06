// replacement.ts - what reaches validation when an object replaces a stored one.
//
// An object with a resourceVersion was read from the API and is taken as it is, like the stored one. An object without
// one was written by hand: it is defaulted, and what the API server allocated or set before is carried over, as it does
// for an update that leaves these fields out (pkg/registry/core/service/storage, patchAllocatedValues).

import type { KubeObject, Service, ServicePort } from '../model/objects.js';
import { defaultObject } from './defaults.js';
import { needsHealthCheck } from './validate/service.js';

const needsAddress = ({ spec }: Service): boolean => spec.type !== 'ExternalName';
const needsNodePort = ({ spec }: Service): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

const samePort = (a: ServicePort, b: ServicePort): boolean =>
  (a.name ?? '') === (b.name ?? '') && (a.protocol ?? 'TCP') === (b.protocol ?? 'TCP');

function carryService(after: Service, before: Service): void {
  const now = after.spec;
  const then = before.spec;
  if (needsAddress(after) && needsAddress(before) && !now.clusterIP && !now.clusterIPs?.length) {
    if (then.clusterIP) now.clusterIP = then.clusterIP;
    if (then.clusterIPs) now.clusterIPs = [...then.clusterIPs];
    if (then.ipFamilies) now.ipFamilies ??= [...then.ipFamilies];
    if (then.ipFamilyPolicy) now.ipFamilyPolicy ??= then.ipFamilyPolicy;
  } else if (now.clusterIP && needsAddress(after)) now.clusterIPs ??= [now.clusterIP];
  if (needsNodePort(after) && needsNodePort(before)) {
    for (const port of now.ports ?? []) {
      const nodePort = then.ports?.find((other) => samePort(other, port))?.nodePort;
      if (nodePort) port.nodePort ??= nodePort;
    }
  }
  if (needsHealthCheck(after) && needsHealthCheck(before) && then.healthCheckNodePort) {
    now.healthCheckNodePort ??= then.healthCheckNodePort;
  }
}

/** Both sides of an update as validation sees them. */
export function replacement(object: KubeObject, old: KubeObject): { after: KubeObject; before: KubeObject } {
  if (object.metadata.resourceVersion) return { after: object, before: old };
  const after = defaultObject(object);
  const before = defaultObject(old);
  const meta = before.metadata;
  after.metadata.resourceVersion = meta.resourceVersion || '1';
  for (const key of ['uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds', 'generation']) {
    if (meta[key] !== undefined) after.metadata[key] ??= meta[key];
  }
  if (after.kind === 'Service') carryService(after as Service, before as Service);
  return { after, before };
}
