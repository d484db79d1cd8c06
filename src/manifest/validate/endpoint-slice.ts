// endpoint-slice.ts - validation of EndpointSlices, new and updated (pkg/apis/discovery/validation).

import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../../model/issue.js';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../model/objects.js';
import { duplicate, internalError, invalid, invalidEach, notSupported, required, tooMany } from './field-error.js';
import { dns1123Label, dns1123Subdomain, labelKey, labelValue } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { endpointAddress, legacyAddress, legacyFamily } from './ip.js';
import { validateLabels, validateMetadata } from './metadata.js';
import { PROTOCOLS } from './service-ports.js';

const ADDRESS_TYPES = ['FQDN', 'IPv4', 'IPv6'];
const LIMITS = { endpoints: 1000, addresses: 100, ports: 20000, topology: 16, hints: 8 };
const ZONE = 'topology.kubernetes.io/zone';

/** A slice that is to be created (already defaulted). */
export function validateEndpointSliceCreate(slice: EndpointSlice, gates?: Partial<Gates>): Issue[] {
  return validateSlice(slice, undefined, withGates(gates));
}

/** A slice that replaces `old`; unchanged endpoints are not questioned again. */
export function validateEndpointSliceUpdate(slice: EndpointSlice, old: EndpointSlice, gates?: Partial<Gates>): Issue[] {
  const issues = validateSlice(slice, old, withGates(gates));
  if (slice.addressType !== old.addressType) {
    issues.push(invalid('addressType', slice.addressType ?? '', 'field is immutable'));
  }
  return issues;
}

function validateSlice(slice: EndpointSlice, old: EndpointSlice | undefined, gates: Gates): Issue[] {
  const issues = validateMetadata(slice.metadata, true, dns1123Subdomain);
  if (!slice.addressType) issues.push(required('addressType'));
  else if (!ADDRESS_TYPES.includes(slice.addressType)) {
    issues.push(notSupported('addressType', slice.addressType, ADDRESS_TYPES));
  }
  issues.push(...validatePorts(slice.ports ?? []));
  const wrong = validateEndpoints(slice.endpoints ?? [], slice.addressType, gates);
  const unchanged = old !== undefined && isDeepStrictEqual(old.endpoints ?? [], slice.endpoints ?? []);
  return unchanged ? issues : [...issues, ...wrong];
}

function validateEndpoints(endpoints: readonly Endpoint[], type: string, gates: Gates): Issue[] {
  if (endpoints.length > LIMITS.endpoints) return [tooMany('endpoints', endpoints.length, LIMITS.endpoints)];
  return endpoints.flatMap((endpoint, i) => validateEndpoint(endpoint, `endpoints[${i}]`, type, gates));
}

function validateEndpoint(endpoint: Endpoint, field: string, type: string, gates: Gates): Issue[] {
  const issues: Issue[] = [];
  const addresses = endpoint.addresses ?? [];
  if (addresses.length === 0) issues.push(required(`${field}.addresses`, 'must contain at least 1 address'));
  else if (addresses.length > LIMITS.addresses) {
    issues.push(tooMany(`${field}.addresses`, addresses.length, LIMITS.addresses));
  }
  for (const [i, address] of addresses.entries()) {
    issues.push(...validateAddress(address, `${field}.addresses`, i, type, gates));
  }
  if (endpoint.nodeName !== undefined) {
    issues.push(...invalidEach(`${field}.nodeName`, endpoint.nodeName, dns1123Subdomain(endpoint.nodeName)));
  }
  const topology = endpoint.deprecatedTopology ?? {};
  const topologyField = `${field}.deprecatedTopology`;
  const size = Object.keys(topology).length;
  if (size > LIMITS.topology) issues.push(tooMany(topologyField, size, LIMITS.topology));
  issues.push(...validateLabels(topology, topologyField));
  if (topology[ZONE] !== undefined) {
    issues.push(internalError(`${topologyField}[${ZONE}]`, 'reserved key was not removed in conversion'));
  }
  if (endpoint.hostname !== undefined) {
    issues.push(...invalidEach(`${field}.hostname`, endpoint.hostname, dns1123Label(endpoint.hostname)));
  }
  return [...issues, ...validateHints(endpoint.hints, `${field}.hints`)];
}

function validateAddress(address: string, list: string, i: number, type: string, gates: Gates): Issue[] {
  const field = `${list}[${i}]`;
  if (type === 'FQDN') return validateDomainName(field, address);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const issues = legacyAddress(field, address, gates);
  if (issues.length > 0) return issues;
  // The API server names the list, not its element, for an address of the other family.
  if (legacyFamily(address) !== type) issues.push(invalid(list, address, `must be an ${type} address`));
  return [...issues, ...endpointAddress(field, address)];
}

/** A domain name of two labels or more; a trailing dot is fine. */
function validateDomainName(field: string, text: string): Issue[] {
  if (text === '') return [required(field)];
  const name = text.replace(/\.$/, '');
  const wrong = dns1123Subdomain(name);
  if (wrong.length > 0) return [invalid(field, name, wrong.join(','))];
  const labels = name.split('.');
  if (labels.length < 2) {
    return [invalid(field, name, 'should be a domain with at least two segments separated by dots')];
  }
  for (const label of labels) {
    const messages = dns1123Label(label);
    if (messages.length > 0) return [invalid(field, label, messages.join(','))];
  }
  return [];
}

function validateHints(hints: Endpoint['hints'], field: string): Issue[] {
  const zones = hints?.forZones ?? [];
  const nodes = hints?.forNodes ?? [];
  if (zones.length > LIMITS.hints) return [tooMany(`${field}.forZones`, zones.length, LIMITS.hints)];
  const issues = validateHintNames(zones, `${field}.forZones`, labelValue);
  if (nodes.length > LIMITS.hints) return [...issues, tooMany(`${field}.forNodes`, nodes.length, LIMITS.hints)];
  return [...issues, ...validateHintNames(nodes, `${field}.forNodes`, dns1123Subdomain)];
}

function validateHintNames(list: { name: string }[], field: string, format: (text: string) => string[]): Issue[] {
  const names = list.map(({ name }) => name ?? '');
  return names.flatMap((name, i) => {
    const place = `${field}[${i}].name`;
    const twice = names.indexOf(name) < i ? [duplicate(place, name)] : [];
    return [...twice, ...invalidEach(place, name, format(name))];
  });
}

function validatePorts(ports: readonly EndpointPort[]): Issue[] {
  if (ports.length > LIMITS.ports) return [tooMany('ports', ports.length, LIMITS.ports)];
  const names = new Set<string>();
  return ports.flatMap((port, i) => {
    const field = `ports[${i}]`;
    const name = port.name ?? '';
    const issues = name === '' ? [] : invalidEach(`${field}.name`, name, dns1123Label(name));
    if (names.has(name)) issues.push(duplicate(`${field}.name`, name));
    names.add(name);
    if (port.protocol === undefined) issues.push(required(`${field}.protocol`));
    else if (!PROTOCOLS.includes(port.protocol)) {
      issues.push(notSupported(`${field}.protocol`, port.protocol, PROTOCOLS));
    }
    if (port.appProtocol !== undefined) {
      issues.push(...invalidEach(`${field}.appProtocol`, port.appProtocol, labelKey(port.appProtocol)));
    }
    return issues;
  });
}
