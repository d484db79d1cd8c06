// families.ts - ipFamilies and ipFamilyPolicy: their defaults, and when a Service may change its number of stacks.
//
// The rules of Allocators.initIPFamilyFields (pkg/registry/core/service/storage/alloc.go), Kubernetes 1.36.
import { type Family, familyOf } from '../../model/address.js';
import type { Issue } from '../../model/issue.js';
import type { ServiceSpec } from '../../model/objects.js';
import {
  hasSelector,
  invalidValue,
  needsClusterIP,
  otherFamily,
  reduced,
  sameClusterIPs,
  sameIPFamilies,
} from './fields.js';

const POLICY = 'spec.ipFamilyPolicy';

/** Fills in ipFamilyPolicy. Call this before the fields are checked. */
export function defaultPolicy(spec: ServiceSpec, old?: ServiceSpec): void {
  if (spec.ipFamilyPolicy !== undefined) return;
  if (old?.ipFamilyPolicy !== undefined) spec.ipFamilyPolicy = old.ipFamilyPolicy;
  else if (spec.clusterIP === 'None' && !hasSelector(spec)) spec.ipFamilyPolicy = 'RequireDualStack';
  else spec.ipFamilyPolicy = 'SingleStack';
}

/**
 * If an update leaves the addresses and families of a PreferDualStack Service alone, so do we: a cluster that became
 * dual-stack in the meantime does not upgrade it.
 */
export function keepsPreferDualStack(spec: ServiceSpec, old?: ServiceSpec): boolean {
  return (
    old !== undefined &&
    spec.ipFamilyPolicy === 'PreferDualStack' &&
    (old.ipFamilyPolicy ?? 'PreferDualStack') === 'PreferDualStack' &&
    old.type === spec.type &&
    needsClusterIP(spec) &&
    sameClusterIPs(old, spec) &&
    sameIPFamilies(old, spec)
  );
}

/** Fills ipFamilies, or says why it cannot. `families` are the cluster's, primary first. */
export function fillFamilies(spec: ServiceSpec, old: ServiceSpec | undefined, families: readonly Family[]): Issue[] {
  const issues = old ? checkReduction(spec, old) : [];
  issues.push(...checkSingleStack(spec), ...inferFromAddresses(spec, families));
  if (issues.length > 0) return issues;

  const primary = families[0] ?? 'IPv4';
  if (spec.clusterIP === 'None' && !hasSelector(spec)) {
    // Whoever writes the endpoints decides, so use both families even in a single-stack cluster.
    spec.ipFamilies ??= [];
    if (spec.ipFamilies.length === 0) spec.ipFamilies.push(primary);
    appendOther(spec, spec.ipFamilies);
    return [];
  }
  const unavailable = checkAvailable(spec, families);
  if (unavailable.length > 0) return unavailable;
  spec.ipFamilies ??= [];
  if (spec.ipFamilies.length === 0) spec.ipFamilies.push(primary);
  if (families.length === 2) appendOther(spec, spec.ipFamilies);
  return [];
}

function appendOther(spec: ServiceSpec, families: Family[]): void {
  const [only] = families;
  if (spec.ipFamilyPolicy !== 'SingleStack' && families.length === 1 && only) families.push(otherFamily(only));
}

/** Only SingleStack gives up a second address; with it, leaving both lists alone is enough. */
function checkReduction(spec: ServiceSpec, old: ServiceSpec): Issue[] {
  if (spec.ipFamilyPolicy === 'SingleStack') {
    if (sameClusterIPs(old, spec) && (spec.clusterIPs?.length ?? 0) > 1) spec.clusterIPs?.splice(1);
    if (sameIPFamilies(old, spec) && (spec.ipFamilies?.length ?? 0) > 1) spec.ipFamilies?.splice(1);
    return [];
  }
  const issues: Issue[] = [];
  const refuse = (what: string): void => {
    issues.push(invalidValue(POLICY, spec.ipFamilyPolicy, `must be 'SingleStack' to release the secondary ${what}`));
  };
  if (reduced(spec.clusterIPs, old.clusterIPs)) refuse('cluster IP');
  if (reduced(spec.ipFamilies, old.ipFamilies)) refuse('IP family');
  return issues;
}

function checkSingleStack(spec: ServiceSpec): Issue[] {
  if (spec.ipFamilyPolicy !== 'SingleStack') return [];
  const issues: Issue[] = [];
  const refuse = (what: string): void => {
    const detail = `must be 'RequireDualStack' or 'PreferDualStack' when multiple ${what} are specified`;
    issues.push(invalidValue(POLICY, spec.ipFamilyPolicy, detail));
  };
  if (spec.clusterIPs?.length === 2) refuse('cluster IPs');
  if (spec.ipFamilies?.length === 2) refuse('IP families');
  return issues;
}

/** Explicit clusterIPs determine the families. */
function inferFromAddresses(spec: ServiceSpec, families: readonly Family[]): Issue[] {
  const issues: Issue[] = [];
  for (const [i, address] of (spec.clusterIPs ?? []).entries()) {
    if (address === 'None') break;
    if (i < (spec.ipFamilies?.length ?? 0)) continue;
    const family = familyOf(address);
    if (families.includes(family)) {
      spec.ipFamilies ??= [];
      spec.ipFamilies.push(family);
    } else {
      const detail = `${family} is not configured on this cluster`;
      issues.push(invalidValue(`spec.clusterIPs[${i}]`, spec.clusterIPs, detail));
    }
  }
  return issues;
}

function checkAvailable(spec: ServiceSpec, families: readonly Family[]): Issue[] {
  const issues: Issue[] = [];
  if (spec.ipFamilyPolicy === 'RequireDualStack' && families.length < 2) {
    const detail = 'this cluster is not configured for dual-stack services';
    issues.push(invalidValue(POLICY, spec.ipFamilyPolicy, detail));
  }
  for (const [i, family] of (spec.ipFamilies ?? []).entries())
    if (!families.includes(family))
      issues.push(invalidValue(`spec.ipFamilies[${i}]`, family, 'not configured on this cluster'));
  return issues;
}
