// service.ts - validation of a Service: on create, on update, and the rules that both share.
//
// The order of the findings is the API server's (pkg/apis/core/validation/validation.go, validateService). What is
// validated is an object that went through defaulting and, in a cluster, through allocation.

import type { Issue } from '../../model/issue.js';
import type { Service } from '../../model/objects.js';
import { forbidden, invalid, invalidEach, notSupported, required } from './field-error.js';
import { dns1035Label, dns1123Label, dns1123Subdomain, labelKey, portNumber } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { endpointAddress, legacyAddress, legacyCidr } from './ip.js';
import { validateLabels, validateMetadata, validateMetadataUpdate } from './metadata.js';
import {
  isHeadless,
  validateClusterIPs,
  validateClusterIPsUpdate,
  validateFamiliesUpdate,
} from './service-addresses.js';
import { validateDuplicatePorts, validateServicePorts } from './service-ports.js';

const TYPES = ['ClusterIP', 'ExternalName', 'LoadBalancer', 'NodePort'];
const AFFINITIES = ['ClientIP', 'None'];
const POLICIES = ['Cluster', 'Local'];
const TOPOLOGY_HINTS = 'service.kubernetes.io/topology-aware-hints';
const TOPOLOGY_MODE = 'service.kubernetes.io/topology-mode';
const SOURCE_RANGES = 'service.beta.kubernetes.io/load-balancer-source-ranges';
const ONLY_LOAD_BALANCER = "may only be used when `type` is 'LoadBalancer'";
/** Seconds; the longest session affinity (one day). */
const AFFINITY_LIMIT = 86400;

/** A Service that is to be created (already defaulted; addresses and ports allocated or still empty). */
export function validateServiceCreate(service: Service, gates?: Partial<Gates>): Issue[] {
  const all = withGates(gates);
  const nameFormat = all.RelaxedServiceNameValidation ? dns1123Label : dns1035Label;
  return [...validateMetadata(service.metadata, true, nameFormat), ...validateService(service, undefined, all)];
}

/** A Service that replaces `old`; immutable fields are compared, values that `old` had are tolerated. */
export function validateServiceUpdate(service: Service, old: Service, gates?: Partial<Gates>): Issue[] {
  return [
    ...validateMetadataUpdate(service.metadata, old.metadata),
    ...validateClusterIPsUpdate(service, old),
    ...validateFamiliesUpdate(service, old),
    ...validateLoadBalancerClass(service, old),
    ...validateHealthCheckUpdate(service, old),
    ...validateService(service, old, withGates(gates)),
  ];
}

function validateService(service: Service, old: Service | undefined, gates: Gates): Issue[] {
  const { spec } = service;
  const issues = validateTopologyAnnotations(service);
  if ((spec.ports ?? []).length === 0 && !isHeadless(service) && spec.type !== 'ExternalName') {
    issues.push(required('spec.ports'));
  }
  issues.push(...validateTypeRules(service), ...validateServicePorts(spec.ports ?? []));
  issues.push(...validateLabels(spec.selector, 'spec.selector'), ...validateAffinity(service));
  issues.push(...validateClusterIPs(service, old, gates), ...validateExternalIPs(service, old, gates));
  if (!spec.type) issues.push(required('spec.type'));
  else if (!TYPES.includes(spec.type)) issues.push(notSupported('spec.type', spec.type, TYPES));
  issues.push(...validateDuplicatePorts(service), ...validateSourceRanges(service, old, gates));
  if (spec.allocateLoadBalancerNodePorts !== undefined && spec.type !== 'LoadBalancer') {
    issues.push(forbidden('spec.allocateLoadBalancerNodePorts', ONLY_LOAD_BALANCER));
  }
  if (spec.allocateLoadBalancerNodePorts === undefined && spec.type === 'LoadBalancer') {
    issues.push(required('allocateLoadBalancerNodePorts'));
  }
  issues.push(...validateLoadBalancerClass(service), ...validateExternalTrafficPolicy(service));
  issues.push(...validateInternalTrafficPolicy(service), ...validateTrafficDistribution(service, gates));
  return issues;
}

function validateTopologyAnnotations(service: Service): Issue[] {
  const hints = service.metadata.annotations?.[TOPOLOGY_HINTS];
  const mode = service.metadata.annotations?.[TOPOLOGY_MODE];
  if (hints === undefined || mode === undefined || hints === mode) return [];
  const detail = `must match annotations[${TOPOLOGY_HINTS}] when both are specified`;
  return [invalid(`metadata.annotations[${TOPOLOGY_MODE}]`, mode, detail)];
}

function validateTypeRules(service: Service): Issue[] {
  const { spec } = service;
  if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') {
    if (!isHeadless(service)) return [];
    return [invalid('spec.clusterIPs[0]', 'None', `may not be set to 'None' for ${spec.type} services`)];
  }
  if (spec.type !== 'ExternalName') return [];
  const issues: Issue[] = [];
  const unwanted = 'may not be set for ExternalName services';
  if ((spec.clusterIPs ?? []).length > 0) issues.push(forbidden('spec.clusterIPs', unwanted));
  if ((spec.ipFamilies ?? []).length > 0) issues.push(forbidden('spec.ipFamilies', unwanted));
  if (spec.ipFamilyPolicy !== undefined) issues.push(forbidden('spec.ipFamilyPolicy', unwanted));
  const name = (spec.externalName ?? '').replace(/\.$/, '');
  if (name === '') issues.push(required('spec.externalName'));
  else issues.push(...invalidEach('spec.externalName', name, dns1123Subdomain(name)));
  return issues;
}

function validateAffinity(service: Service): Issue[] {
  const { sessionAffinity, sessionAffinityConfig: config } = service.spec;
  const field = 'spec.sessionAffinityConfig';
  if (!sessionAffinity) return [required('spec.sessionAffinity')];
  if (!AFFINITIES.includes(sessionAffinity)) {
    return [notSupported('spec.sessionAffinity', sessionAffinity, AFFINITIES)];
  }
  if (sessionAffinity === 'None') {
    return config ? [forbidden(field, 'must not be set when session affinity is None')] : [];
  }
  const needed = 'when session affinity type is ClientIP';
  if (!config) return [required(field, needed)];
  if (!config.clientIP) return [required(`${field}.clientIP`, needed)];
  const seconds = config.clientIP.timeoutSeconds;
  if (seconds === undefined) return [required(`${field}.clientIP.timeoutSeconds`, needed)];
  if (seconds > 0 && seconds <= AFFINITY_LIMIT) return [];
  const detail = `must be greater than 0 and less than ${AFFINITY_LIMIT}`;
  return [invalid(`${field}.clientIP.timeoutSeconds`, seconds, detail)];
}

function validateExternalIPs(service: Service, old: Service | undefined, gates: Gates): Issue[] {
  return (service.spec.externalIPs ?? []).flatMap((address, i) => {
    const field = `spec.externalIPs[${i}]`;
    const issues = legacyAddress(field, address, gates, old?.spec.externalIPs);
    return issues.length > 0 ? issues : endpointAddress(field, address);
  });
}

/** The field wins over the annotation of the same meaning; blanks around a CIDR are part of the API. */
function validateSourceRanges(service: Service, old: Service | undefined, gates: Gates): Issue[] {
  const { spec, metadata } = service;
  const ranges = spec.loadBalancerSourceRanges ?? [];
  const annotation = metadata.annotations?.[SOURCE_RANGES];
  const field = ranges.length > 0 ? 'spec.LoadBalancerSourceRanges' : `metadata.annotations[${SOURCE_RANGES}]`;
  if (ranges.length === 0 && annotation === undefined) return [];
  const issues = spec.type === 'LoadBalancer' ? [] : [forbidden(field, ONLY_LOAD_BALANCER)];
  if (ranges.length > 0) {
    const known = (old?.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim());
    issues.push(...ranges.flatMap((range, i) => legacyCidr(`${field}[${i}]`, range.trim(), gates, known)));
  } else if (annotation?.trim() && (!old || (old.metadata.annotations?.[SOURCE_RANGES] ?? '') !== annotation)) {
    issues.push(...annotation.split(',').flatMap((range) => legacyCidr(field, range.trim(), gates)));
  }
  return issues;
}

function validateLoadBalancerClass(service: Service, old?: Service): Issue[] {
  const field = 'spec.loadBalancerClass';
  const { type, loadBalancerClass } = service.spec;
  const issues: Issue[] = [];
  if (
    type === 'LoadBalancer' &&
    old?.spec.type === 'LoadBalancer' &&
    old.spec.loadBalancerClass !== loadBalancerClass
  ) {
    issues.push(invalid(field, loadBalancerClass, 'may not change once set'));
  }
  if (loadBalancerClass === undefined) return issues;
  if (type !== 'LoadBalancer') issues.push(forbidden(field, ONLY_LOAD_BALANCER));
  else issues.push(...invalidEach(field, loadBalancerClass, labelKey(loadBalancerClass)));
  return issues;
}

/** Reachable from outside the cluster: by a node's port, a load balancer or an external address. */
function externallyAccessible(service: Service): boolean {
  const { type, externalIPs = [] } = service.spec;
  return type === 'LoadBalancer' || type === 'NodePort' || (type === 'ClusterIP' && externalIPs.length > 0);
}

/** True if the Service has a health-check port of its own. */
export const needsHealthCheck = (service: Service): boolean =>
  service.spec.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';

/** externalTrafficPolicy and healthCheckNodePort against the type. */
function validateExternalTrafficPolicy(service: Service): Issue[] {
  const { externalTrafficPolicy: policy, healthCheckNodePort: port = 0 } = service.spec;
  const issues: Issue[] = [];
  const field = 'spec.externalTrafficPolicy';
  if (!externallyAccessible(service)) {
    if (policy) issues.push(invalid(field, policy, 'may only be set for externally-accessible services'));
  } else if (!policy) issues.push(required(field));
  else if (!POLICIES.includes(policy)) issues.push(notSupported(field, policy, POLICIES));
  const portField = 'spec.healthCheckNodePort';
  if (!needsHealthCheck(service)) {
    const detail = "may only be set when `type` is 'LoadBalancer' and `externalTrafficPolicy` is 'Local'";
    if (port !== 0) issues.push(invalid(portField, port, detail));
  } else if (port === 0) issues.push(required(portField));
  else issues.push(...invalidEach(portField, port, portNumber(port)));
  return issues;
}

function validateHealthCheckUpdate(service: Service, old: Service): Issue[] {
  if (!needsHealthCheck(service) || !needsHealthCheck(old)) return [];
  if ((service.spec.healthCheckNodePort ?? 0) === (old.spec.healthCheckNodePort ?? 0)) return [];
  return [forbidden('spec.healthCheckNodePort', 'field is immutable')];
}

function validateInternalTrafficPolicy(service: Service): Issue[] {
  const { type, internalTrafficPolicy: policy } = service.spec;
  const field = 'spec.internalTrafficPolicy';
  if (policy === undefined) {
    return type === 'NodePort' || type === 'LoadBalancer' || type === 'ClusterIP' ? [required(field)] : [];
  }
  return POLICIES.includes(policy) ? [] : [notSupported(field, policy, POLICIES)];
}

function validateTrafficDistribution(service: Service, gates: Gates): Issue[] {
  const value = service.spec.trafficDistribution;
  const known = gates.PreferSameTrafficDistribution
    ? ['PreferClose', 'PreferSameZone', 'PreferSameNode']
    : ['PreferClose'];
  if (value === undefined || known.includes(value)) return [];
  return [notSupported('spec.trafficDistribution', value, known)];
}
