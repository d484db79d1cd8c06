// addresschecks.ts - what is wrong with an IPAddress or a ServiceCIDR (pkg/apis/networking/validation).
import { isDeepStrictEqual } from 'node:util';
import { invalid, required } from '../../manifest/validate/field-error.js';
import { familyOf, parseCidr } from '../../model/address.js';
import type { Issue } from '../../model/issue.js';
import type { KubeObject } from '../../model/objects.js';

const IMMUTABLE = 'field is immutable';

export function serviceCIDR(object: KubeObject, old: KubeObject | undefined): Issue[] {
  const cidrs = (of: KubeObject): string[] => (of.spec as { cidrs?: string[] } | undefined)?.cidrs ?? [];
  const given = cidrs(object);
  if (old) {
    const before = cidrs(old);
    // The other family may join.
    const kept = given.slice(0, Math.max(1, before.length));
    if (!isDeepStrictEqual(kept, before)) return [invalid('spec.cidrs', given, IMMUTABLE)];
  }
  if (given.length === 0) return [required('spec.cidrs', 'at least one CIDR required')];
  if (given.length > 2) return [invalid('spec.cidrs', { cidrs: given }, 'may only hold up to 2 values')];
  const issues = given.flatMap((cidr, i) =>
    parseCidr(cidr)
      ? []
      : [invalid(`spec.cidrs[${i}]`, cidr, 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)')],
  );
  const [first = '', second] = given;
  if (issues.length === 0 && second !== undefined && familyOf(first) === familyOf(second)) {
    const detail = 'may specify no more than one IP for each IP family, i.e 192.168.0.0/24 and 2001:db8::/96';
    issues.push(invalid('spec.cidrs', { cidrs: given }, detail));
  }
  return issues;
}

export function ipAddress(object: KubeObject, old: KubeObject | undefined): Issue[] {
  const parentOf = (of: KubeObject) => (of.spec as { parentRef?: Record<string, unknown> } | undefined)?.parentRef;
  const parent = parentOf(object);
  if (old) {
    const same = isDeepStrictEqual(parent, parentOf(old));
    return same ? [] : [invalid('spec.parentRef', parent, IMMUTABLE)];
  }
  if (!parent) return [required('spec.parentRef')];
  return ['resource', 'name'].flatMap((key) => (parent[key] ? [] : [required(`spec.parentRef.${key}`)]));
}
