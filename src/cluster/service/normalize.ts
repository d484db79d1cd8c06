// normalize.ts - linked fields brought in line before anyone looks at them, and values that an update left out.
//
// The rules of normalizeClusterIPs, patchAllocatedValues, defaultOnRead (pkg/registry/core/service/storage/storage.go)
// and dropTypeDependentFields (pkg/registry/core/service/strategy.go), Kubernetes 1.36.
import type { ServicePort, ServiceSpec } from '../../model/objects.js';
import {
  externallyAccessible,
  needsClusterIP,
  needsHealthCheckPort,
  needsNodePort,
  nodePortsOf,
  sameClusterIPs,
  sameIPFamilies,
} from './fields.js';

/** A field that is empty is a field that is absent. */
function set<K extends keyof ServiceSpec>(spec: ServiceSpec, key: K, value: ServiceSpec[K] | undefined): void {
  if (value === undefined || value === '' || value === 0) delete spec[key];
  else spec[key] = value as ServiceSpec[K];
}

/** Brings clusterIPs in line with clusterIP: clients may know only the singular one. */
export function normalizeClusterIPs(spec: ServiceSpec, old?: ServiceSpec): void {
  const address = spec.clusterIP ?? '';
  if (!old) {
    if (address !== '' && (spec.clusterIPs ?? []).length === 0) spec.clusterIPs = [address];
    return;
  }
  const before = old.clusterIP ?? '';
  const cleared = (spec.clusterIPs ?? []).length === 0 && (old.clusterIPs ?? []).length > 0;
  if (cleared && before === address) set(spec, 'clusterIPs', old.clusterIPs ? [...old.clusterIPs] : undefined);
  if (before === address || !sameClusterIPs(old, spec)) return;
  set(spec, 'clusterIPs', before !== '' && address === '' ? undefined : [address]);
}

/** Values that were allocated for a Service and that an update does not repeat stay as they are. */
export function patchAllocatedValues(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && needsClusterIP(spec)) {
    if (!spec.clusterIP) set(spec, 'clusterIP', old.clusterIP);
    if ((spec.clusterIPs ?? []).length === 0 && old.clusterIPs?.length) spec.clusterIPs = [...old.clusterIPs];
  }
  if (needsNodePort(old) && needsNodePort(spec)) patchNodePorts(spec.ports ?? [], old);
  if (needsHealthCheckPort(old) && needsHealthCheckPort(spec) && !spec.healthCheckNodePort)
    set(spec, 'healthCheckNodePort', old.healthCheckNodePort);
}

/** By port name; a port that the update gives to another port is not handed out again. */
function patchNodePorts(ports: ServicePort[], old: ServiceSpec): void {
  const before = new Set(nodePortsOf(old));
  const used = new Set(ports.map((port) => port.nodePort ?? 0).filter((port) => port !== 0 && before.has(port)));
  const byName = new Map((old.ports ?? []).map((port) => [port.name ?? '', port.nodePort ?? 0]));
  for (const port of ports) {
    if (port.nodePort) continue;
    const value = byName.get(port.name ?? '') ?? 0;
    if (value !== 0 && !used.has(value)) port.nodePort = value;
  }
}

/** What is dropped whenever a Service is read: a policy that means nothing for ExternalName. */
export function dropOnRead(spec: ServiceSpec): void {
  if (spec.type === 'ExternalName') delete spec.internalTrafficPolicy;
}

/**
 * Wipes fields that the new type has no use for, if the update did not change them itself (then validation speaks).
 * Every pair below is a field and the condition under which it means something.
 */
export function dropTypeDependentFields(spec: ServiceSpec, old: ServiceSpec): void {
  if (needsClusterIP(old) && !needsClusterIP(spec)) dropAddresses(spec, old);
  const before = new Set(nodePortsOf(old));
  if (needsNodePort(old) && !needsNodePort(spec) && nodePortsOf(spec).every((port) => before.has(port)))
    for (const port of spec.ports ?? []) delete port.nodePort;
  drop('healthCheckNodePort', needsHealthCheckPort);
  if (old.allocateLoadBalancerNodePorts !== undefined) drop('allocateLoadBalancerNodePorts', isLoadBalancer);
  drop('loadBalancerClass', isLoadBalancer);
  drop('externalTrafficPolicy', externallyAccessible);

  function drop(key: keyof ServiceSpec, applies: (spec: ServiceSpec) => boolean): void {
    if (applies(old) && !applies(spec) && spec[key] === old[key]) delete spec[key];
  }
}

const isLoadBalancer = (spec: ServiceSpec): boolean => spec.type === 'LoadBalancer';

function dropAddresses(spec: ServiceSpec, old: ServiceSpec): void {
  if ((old.clusterIP ?? '') === (spec.clusterIP ?? '') && sameClusterIPs(old, spec)) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
  }
  if (sameIPFamilies(old, spec)) delete spec.ipFamilies;
  if (old.ipFamilyPolicy === spec.ipFamilyPolicy) delete spec.ipFamilyPolicy;
}
