// fields.ts - what a Service's type asks for, and which linked fields an update left alone.
//
// Names and meaning follow pkg/registry/core/service (strategy.go, storage/alloc.go) and pkg/api/v1/service of 1.36.
import type { Family } from '../../model/address.js';
import type { Issue } from '../../model/issue.js';
import type { Service, ServiceSpec } from '../../model/objects.js';

/** A Service on its way into the store: its spec may be changed in place. */
export type Draft = Service;

/** `Invalid value` as the API server words it: the value as JSON. */
export function invalidValue(field: string, value: unknown, detail: string): Issue {
  return {
    type: 'FieldValueInvalid',
    field,
    message: `${field}: Invalid value: ${JSON.stringify(value)}: ${detail}`,
    detail,
  };
}

export const needsClusterIP = (spec: ServiceSpec): boolean => spec.type !== 'ExternalName';

export const needsNodePort = (spec: ServiceSpec): boolean => spec.type === 'NodePort' || spec.type === 'LoadBalancer';

export const needsHealthCheckPort = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' && spec.externalTrafficPolicy === 'Local';

/** Reached from outside of the cluster, so that externalTrafficPolicy means something. */
export const externallyAccessible = (spec: ServiceSpec): boolean =>
  spec.type === 'LoadBalancer' ||
  spec.type === 'NodePort' ||
  ((spec.type ?? 'ClusterIP') === 'ClusterIP' && (spec.externalIPs?.length ?? 0) > 0);

export const isHeadless = (spec: ServiceSpec): boolean => spec.clusterIPs?.[0] === 'None' || spec.clusterIP === 'None';

export const hasSelector = (spec: ServiceSpec): boolean => Object.keys(spec.selector ?? {}).length > 0;

export const otherFamily = (family: Family): Family => (family === 'IPv4' ? 'IPv6' : 'IPv4');

const sameList = (a: readonly unknown[] = [], b: readonly unknown[] = []): boolean =>
  a.length === b.length && a.every((value, i) => value === b[i]);

export const sameClusterIPs = (a: ServiceSpec, b: ServiceSpec): boolean => sameList(a.clusterIPs, b.clusterIPs);

export const sameIPFamilies = (a: ServiceSpec, b: ServiceSpec): boolean => sameList(a.ipFamilies, b.ipFamilies);

/** True if an update gives fewer entries than there were; none at all means "not said". */
export const reduced = (after: readonly unknown[] = [], before: readonly unknown[] = []): boolean =>
  after.length > 0 && after.length < before.length;

/** NodePorts that are set, in the order of the ports. */
export const nodePortsOf = (spec: ServiceSpec): number[] =>
  (spec.ports ?? []).map((port) => port.nodePort ?? 0).filter((port) => port !== 0);
