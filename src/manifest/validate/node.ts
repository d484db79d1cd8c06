// node.ts - validation of Nodes and Namespaces, as far as the network reads them.

import type { Issue } from '../../model/issue.js';
import type { KubeObject, Node } from '../../model/objects.js';
import { duplicate, forbidden, invalid } from './field-error.js';
import { dns1123Label, dns1123Subdomain } from './formats.js';
import { type Gates, withGates } from './gates.js';
import { legacyCidr, legacyFamily } from './ip.js';
import { validateMetadata, validateMetadataUpdate } from './metadata.js';

function validatePodRanges(node: Node, gates: Gates): Issue[] {
  const ranges = node.spec?.podCIDRs ?? [];
  const issues = ranges.flatMap((range, i) => legacyCidr(`spec.podCIDRs[${i}]`, range, gates));
  if (ranges.length < 2) return issues;
  const families = ranges.map((range) => legacyFamily(range.split('/')[0] ?? ''));
  if (ranges.length > 2 || !families.includes('IPv4') || !families.includes('IPv6')) {
    issues.push(invalid('spec.podCIDRs', ranges, 'may specify no more than one CIDR for each IP family'));
  }
  return issues;
}

function validateAddresses(node: Node): Issue[] {
  const seen = new Set<string>();
  return (node.status?.addresses ?? []).flatMap(({ type, address }, i) => {
    const key = `${type} ${address}`;
    const twice = seen.has(key);
    seen.add(key);
    return twice ? [duplicate(`status.addresses[${i}]`, { Type: type, Address: address })] : [];
  });
}

/** A Node that is new or, with `old`, replaces another. */
export function validateNode(node: Node, old?: Node, gates?: Partial<Gates>): Issue[] {
  if (!old) {
    return [
      ...validateMetadata(node.metadata, false, dns1123Subdomain),
      ...validatePodRanges(node, withGates(gates)),
      ...validateAddresses(node),
    ];
  }
  const issues = [...validateMetadataUpdate(node.metadata, old.metadata), ...validateAddresses(node)];
  const before = old.spec?.podCIDRs ?? [];
  const now = node.spec?.podCIDRs ?? [];
  if (before.length > 0 && before.join() !== now.join()) {
    issues.push(forbidden('spec.podCIDRs', 'node updates may not change podCIDR except from "" to valid'));
  }
  return issues;
}

export function validateNamespace(namespace: KubeObject, old?: KubeObject): Issue[] {
  if (old) return validateMetadataUpdate(namespace.metadata, old.metadata);
  return validateMetadata(namespace.metadata, false, dns1123Label);
}
