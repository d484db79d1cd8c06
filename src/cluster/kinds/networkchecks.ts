// networkchecks.ts - what is wrong with hosts, paths and backends of an Ingress, and with peers of a NetworkPolicy.
//
// Rules and words of pkg/apis/networking/validation, Kubernetes 1.36.
import { forbidden, invalid, invalidEach, notSupported, required } from '../../manifest/validate/field-error.js';
import { dns1035Label, dns1123Subdomain, portName, portNumber } from '../../manifest/validate/formats.js';
import { parseAddress } from '../../model/address.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import type { Draft } from './fields.js';

const WILDCARD =
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character (e.g. '*.example.com', regex used for validation is '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";

/** A host of an Ingress: a name, the first part of which may be `*`. */
export function ingressHost(value: unknown, field: string): Issue[] {
  const host = String(value ?? '');
  if (host === '') return [];
  if (parseAddress(host)) return [invalid(field, host, 'must be a DNS name, not an IP address')];
  if (!host.includes('*')) return invalidEach(field, host, dns1123Subdomain(host));
  return host.startsWith('*.') && dns1123Subdomain(host.slice(2)).length === 0 ? [] : [invalid(field, host, WILDCARD)];
}

const PATH_TYPES = ['Exact', 'ImplementationSpecific', 'Prefix'];
const NOT_WITHIN = ['//', '/./', '/../', '%2f', '%2F'];
const NOT_LAST = ['/..', '/.'];

/** One path of a rule, with its backend. */
export function ingressPath(value: unknown, field: string): Issue[] {
  const { pathType, path = '', backend } = (value ?? {}) as { pathType?: string; path?: string; backend?: Draft };
  const issues: Issue[] = [];
  const at = `${field}.path`;
  if (pathType === undefined) issues.push(required(`${field}.pathType`, 'pathType must be specified'));
  else if (!PATH_TYPES.includes(pathType)) issues.push(notSupported(`${field}.pathType`, pathType, PATH_TYPES));
  else if (pathType === 'ImplementationSpecific') {
    if (path !== '' && !path.startsWith('/')) issues.push(invalid(at, path, 'must be an absolute path'));
  } else {
    if (!path.startsWith('/')) issues.push(invalid(at, path, 'must be an absolute path'));
    if (path !== '') {
      for (const part of NOT_WITHIN)
        if (path.includes(part)) issues.push(invalid(at, path, `must not contain '${part}'`));
      for (const end of NOT_LAST) if (path.endsWith(end)) issues.push(invalid(at, path, `cannot end with '${end}'`));
    }
  }
  return [...issues, ...backendIssues(backend ?? {}, `${field}.backend`)];
}

function backendIssues({ service, resource }: Draft, field: string): Issue[] {
  if (resource && service) return [invalid(field, '', 'cannot set both resource and service backends')];
  if (resource) return [];
  if (!service) return [required(field, 'resource or service backend is required')];
  const { name = '', port = {} } = service as { name?: string; port?: { name?: string; number?: number } };
  const issues =
    name === '' ? [required(`${field}.service.name`)] : invalidEach(`${field}.service.name`, name, dns1035Label(name));
  if (port.name && port.number) return [...issues, invalid(field, '', 'cannot set both port name & port number')];
  if (port.name) return [...issues, ...invalidEach(`${field}.service.port.name`, port.name, portName(port.name))];
  if (!port.number) return [...issues, required(field, 'port name or number is required')];
  return [...issues, ...invalidEach(`${field}.service.port.number`, port.number, portNumber(port.number))];
}

/** An Ingress sends requests somewhere. */
export function ingress({ spec }: KubeObject): Issue[] {
  const { defaultBackend, rules } = (spec ?? {}) as { defaultBackend?: Draft; rules?: unknown[] };
  if (defaultBackend) return backendIssues(defaultBackend, 'spec.defaultBackend');
  if (rules?.length) return [];
  return [invalid('spec', rules ?? null, 'either `defaultBackend` or `rules` must be specified')];
}

/** One peer of a rule. */
export function policyPeer(value: unknown, field: string): Issue[] {
  const { podSelector, namespaceSelector, ipBlock } = (value ?? {}) as Draft;
  const selects = podSelector !== undefined || namespaceSelector !== undefined;
  if (!selects && ipBlock === undefined) return [required(field, 'must specify a peer')];
  return selects && ipBlock !== undefined ? [forbidden(field, 'may not specify both ipBlock and another peer')] : [];
}
