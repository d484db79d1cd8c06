// service-status.ts - validation of what a load balancer reports: status.loadBalancer of a Service.

import type { Issue } from '../../model/issue.js';
import type { LoadBalancerIngress, Service } from '../../model/objects.js';
import { forbidden, invalid, invalidEach, notSupported, required } from './field-error.js';
import { dns1123Subdomain } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { legacyAddress, legacyFamily } from './ip.js';
import { validateMetadataUpdate } from './metadata.js';

const IP_MODES = ['Proxy', 'VIP'];

function validateIngress(ingress: LoadBalancerIngress, field: string, gates: Gates, known: string[]): Issue[] {
  const issues: Issue[] = [];
  const { ip = '', ipMode, hostname = '' } = ingress;
  if (ip !== '') issues.push(...legacyAddress(`${field}.ip`, ip, gates, known));
  if (ipMode === undefined) {
    if (ip !== '') issues.push(required(`${field}.ipMode`, 'must be specified when `ip` is set'));
  } else if (ip === '') issues.push(forbidden(`${field}.ipMode`, 'may not be specified when `ip` is not set'));
  else if (!IP_MODES.includes(ipMode)) issues.push(notSupported(`${field}.ipMode`, ipMode, IP_MODES));
  if (hostname !== '') {
    issues.push(...invalidEach(`${field}.hostname`, hostname, dns1123Subdomain(hostname)));
    if (legacyFamily(hostname)) {
      issues.push(invalid(`${field}.hostname`, hostname, 'must be a DNS name, not an IP address'));
    }
  }
  return issues;
}

const ingressOf = (service: Service | undefined): LoadBalancerIngress[] => service?.status?.loadBalancer?.ingress ?? [];

/** The ingress points of `service`; addresses that `old` reported are tolerated. */
export function validateLoadBalancerStatus(
  service: Service,
  old?: Service,
  gates?: Partial<Gates>,
  field = 'status.loadBalancer',
): Issue[] {
  const list = ingressOf(service);
  if (service.spec.type !== 'LoadBalancer' && list.length > 0) {
    return [forbidden(`${field}.ingress`, "may only be used when `spec.type` is 'LoadBalancer'")];
  }
  const known = ingressOf(old).flatMap(({ ip }) => (ip ? [ip] : []));
  return list.flatMap((ingress, i) => validateIngress(ingress, `${field}.ingress[${i}]`, withGates(gates), known));
}

/** A write to the `status` subresource of a Service. */
export function validateServiceStatusUpdate(service: Service, old: Service, gates?: Partial<Gates>): Issue[] {
  return [
    ...validateMetadataUpdate(service.metadata, old.metadata),
    ...validateLoadBalancerStatus(service, old, gates),
  ];
}
