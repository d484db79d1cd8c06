// service-addresses.ts - validation of clusterIP, clusterIPs, ipFamilies and ipFamilyPolicy, alone and against the old ones.

import type { Issue } from '../../model/issue.js';
import type { Service } from '../../model/objects.js';
import { duplicate, invalid, notSupported, required } from './field-error.js';
import type { Gates } from './gates.js';
import { legacyAddress, legacyFamily } from './ip.js';

const FAMILIES = ['IPv4', 'IPv6'];
const FAMILY_POLICIES = ['PreferDualStack', 'RequireDualStack', 'SingleStack'];
const UNCHANGEABLE = 'may not change once set';

/** True for a Service without an address by choice (`clusterIPs: [None]`). */
export const isHeadless = (service: Service): boolean =>
  service.spec.clusterIPs?.length === 1 && service.spec.clusterIPs[0] === 'None';

/** A list in a message; an empty one is printed as the absent one that it is in the API server. */
const listed = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list?.length ? list : undefined);

function validateFamilies(service: Service): Issue[] {
  const { clusterIP, clusterIPs = [], ipFamilies = [], ipFamilyPolicy } = service.spec;
  const issues: Issue[] = [];
  if (clusterIP) {
    if (clusterIPs.length === 0) issues.push(required('spec.clusterIPs'));
    else if (clusterIPs[0] !== clusterIP) {
      issues.push(invalid('spec.clusterIPs', clusterIPs, 'first value must match `clusterIP`'));
    }
  } else if (clusterIPs.length > 0) {
    issues.push(invalid('spec.clusterIPs', clusterIPs, 'must be empty when `clusterIP` is not specified'));
  }
  for (const [i, family] of ipFamilies.entries()) {
    if (!FAMILIES.includes(family)) issues.push(notSupported(`spec.ipFamilies[${i}]`, family, FAMILIES));
    if (ipFamilies.indexOf(family) < i) issues.push(duplicate(`spec.ipFamilies[${i}]`, family));
  }
  if (ipFamilyPolicy !== undefined && !FAMILY_POLICIES.includes(ipFamilyPolicy)) {
    issues.push(notSupported('spec.ipFamilyPolicy', ipFamilyPolicy, FAMILY_POLICIES));
  }
  return issues;
}

function validateStacks(service: Service): Issue[] {
  const { clusterIPs = [], ipFamilies = [] } = service.spec;
  const issues: Issue[] = [];
  const families = clusterIPs.map(legacyFamily);
  if (clusterIPs.length > 1 && !(families.includes('IPv4') && families.includes('IPv6'))) {
    issues.push(invalid('spec.clusterIPs', clusterIPs, 'may specify no more than one IP for each IP family'));
  }
  if (isHeadless(service)) return issues;
  for (const [i, address] of clusterIPs.entries()) {
    const wanted = ipFamilies[i];
    if ((wanted !== 'IPv4' && wanted !== 'IPv6') || families[i] === wanted) continue;
    const detail = `expected an ${wanted} value as indicated by \`ipFamilies[${i}]\``;
    issues.push(invalid(`spec.clusterIPs[${i}]`, address, detail));
  }
  return issues;
}

/** Everything about addresses and families; nothing for ExternalName, whose own rules forbid them all. */
export function validateClusterIPs(service: Service, old: Service | undefined, gates: Gates): Issue[] {
  if (service.spec.type === 'ExternalName') return [];
  const issues = validateFamilies(service);
  const clusterIPs = service.spec.clusterIPs ?? [];
  const wrong: Issue[] = [];
  for (const [i, address] of clusterIPs.entries()) {
    if (i > 0 || address !== 'None') {
      wrong.push(...legacyAddress(`spec.clusterIPs[${i}]`, address, gates, old?.spec.clusterIPs));
    } else if (clusterIPs.length > 1) {
      wrong.push(invalid('spec.clusterIPs', clusterIPs, "'None' must be the first and only value"));
    }
  }
  issues.push(...wrong);
  if (clusterIPs.length > 2) issues.push(invalid('spec.clusterIPs', clusterIPs, 'may only hold up to 2 values'));
  // With a broken address among them, what could be said of the stacks would only mislead.
  return wrong.length > 0 ? issues : [...issues, ...validateStacks(service)];
}

const isExternalName = (service: Service): boolean => service.spec.type === 'ExternalName';

/** Addresses may be added and the secondary one released; the primary one stays, except from and to ExternalName. */
export function validateClusterIPsUpdate(service: Service, old: Service): Issue[] {
  if (isExternalName(service) || isExternalName(old)) return [];
  if (isHeadless(service) && isHeadless(old)) return [];
  const now = service.spec.clusterIPs ?? [];
  const before = old.spec.clusterIPs ?? [];
  const first = 'spec.clusterIPs[0]';
  if (now.length === before.length) {
    return before.flatMap((address, i) =>
      address === now[i] ? [] : [invalid(`spec.clusterIPs[${i}]`, listed(now), UNCHANGEABLE)],
    );
  }
  const issues: Issue[] = [];
  if (now.length === 0) issues.push(invalid(first, listed(now), 'primary clusterIP can not be unset'));
  if (before.length > 0 && now.length > 0 && now[0] !== before[0]) issues.push(invalid(first, now, UNCHANGEABLE));
  if (now.length < before.length && now.length === 1) issues.push(...validateRelease(service, 'clusterIP'));
  return issues;
}

function validateRelease(service: Service, what: 'clusterIP' | 'ipFamily'): Issue[] {
  const policy = service.spec.ipFamilyPolicy;
  if (policy === 'SingleStack') return [];
  const detail = `must be set to 'SingleStack' when releasing the secondary ${what}`;
  return [invalid('spec.ipFamilyPolicy', policy, detail)];
}

/** As for addresses; headless Services may change families freely. */
export function validateFamiliesUpdate(service: Service, old: Service): Issue[] {
  if (isExternalName(service) || isExternalName(old) || isHeadless(service) || isHeadless(old)) return [];
  const now = service.spec.ipFamilies ?? [];
  const before = old.spec.ipFamilies ?? [];
  const first = 'spec.ipFamilies[0]';
  if (now.length === before.length) {
    return before.flatMap((family, i) => (family === now[i] ? [] : [invalid(first, listed(now), UNCHANGEABLE)]));
  }
  const issues: Issue[] = [];
  const clusterIPs = listed(service.spec.clusterIPs);
  if (now.length < before.length && !clusterIPs) {
    issues.push(invalid(first, listed(now), 'primary ipFamily can not be unset'));
  }
  // The value shown is that of clusterIPs, as the API server shows it.
  if (before.length > 0 && now.length > 0 && now[0] !== before[0]) {
    issues.push(invalid(first, clusterIPs, UNCHANGEABLE));
  }
  if (now.length < before.length && now.length === 1) issues.push(...validateRelease(service, 'ipFamily'));
  return issues;
}
