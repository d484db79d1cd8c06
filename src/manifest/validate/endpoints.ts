// endpoints.ts - validation of the older Endpoints objects, new and updated.

import { isDeepStrictEqual } from 'node:util';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';
import { invalidEach, notSupported, required } from './field-error.js';
import { dns1123Label, dns1123Subdomain, labelKey, portNumber } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { endpointAddress, legacyAddress } from './ip.js';
import { validateMetadata, validateMetadataUpdate } from './metadata.js';
import { PROTOCOLS } from './service-ports.js';

interface SubsetAddress {
  ip?: string;
  hostname?: string;
  nodeName?: string;
}

interface SubsetPort {
  name?: string;
  port?: number;
  protocol?: string;
  appProtocol?: string;
}

interface Subset {
  addresses?: SubsetAddress[];
  notReadyAddresses?: SubsetAddress[];
  ports?: SubsetPort[];
}

function validateAddress(address: SubsetAddress, field: string, gates: Gates): Issue[] {
  const { ip = '', hostname = '', nodeName } = address;
  const issues = legacyAddress(`${field}.ip`, ip, gates);
  if (hostname !== '') issues.push(...invalidEach(`${field}.hostname`, hostname, dns1123Label(hostname)));
  if (nodeName !== undefined) issues.push(...invalidEach(`${field}.nodeName`, nodeName, dns1123Subdomain(nodeName)));
  return [...issues, ...endpointAddress(`${field}.ip`, ip)];
}

function validatePort(port: SubsetPort, field: string, nameRequired: boolean): Issue[] {
  const { name = '', port: number = 0, protocol, appProtocol } = port;
  const issues: Issue[] = [];
  if (name !== '') issues.push(...invalidEach(`${field}.name`, name, dns1123Label(name)));
  else if (nameRequired) issues.push(required(`${field}.name`));
  issues.push(...invalidEach(`${field}.port`, number, portNumber(number)));
  if (!protocol) issues.push(required(`${field}.protocol`));
  else if (!PROTOCOLS.includes(protocol)) issues.push(notSupported(`${field}.protocol`, protocol, PROTOCOLS));
  if (appProtocol !== undefined) {
    issues.push(...invalidEach(`${field}.appProtocol`, appProtocol, labelKey(appProtocol)));
  }
  return issues;
}

function validateSubset(subset: Subset, field: string, gates: Gates): Issue[] {
  const { addresses = [], notReadyAddresses = [], ports = [] } = subset;
  const issues: Issue[] = [];
  if (addresses.length + notReadyAddresses.length === 0) {
    issues.push(required(field, 'must specify `addresses` or `notReadyAddresses`'));
  }
  for (const [i, address] of addresses.entries()) {
    issues.push(...validateAddress(address, `${field}.addresses[${i}]`, gates));
  }
  for (const [i, address] of notReadyAddresses.entries()) {
    issues.push(...validateAddress(address, `${field}.notReadyAddresses[${i}]`, gates));
  }
  for (const [i, port] of ports.entries()) {
    issues.push(...validatePort(port, `${field}.ports[${i}]`, ports.length > 1));
  }
  return issues;
}

/** Endpoints that are new or, with `old`, replace others; unchanged subsets are not questioned again. */
export function validateEndpoints(endpoints: KubeObject, old?: KubeObject, gates?: Partial<Gates>): Issue[] {
  const issues = old ? validateMetadataUpdate(endpoints.metadata, old.metadata) : [];
  issues.push(...validateMetadata(endpoints.metadata, true, dns1123Subdomain));
  const subsets = (endpoints.subsets ?? []) as Subset[];
  if (old && isDeepStrictEqual(old.subsets ?? [], subsets)) return issues;
  const all = withGates(gates);
  return [...issues, ...subsets.flatMap((subset, i) => validateSubset(subset, `subsets[${i}]`, all))];
}
