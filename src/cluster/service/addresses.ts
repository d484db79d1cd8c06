// addresses.ts - allocates and releases ClusterIPs when a Service is created, updated or deleted.
//
// The rules of allocClusterIPs and updateClusterIPs (pkg/registry/core/service/storage/alloc.go), Kubernetes 1.36.
import { AllocationError } from '../../allocate/bands.js';
import type { ClusterIPRanges } from '../../allocate/ranges.js';
import { type Family, familyOf } from '../../model/address.js';
import type { ServiceSpec } from '../../model/objects.js';
import { internalError, invalid } from '../status.js';
import { type Draft, invalidValue, isHeadless, needsClusterIP } from './fields.js';

/** By family, the cluster's primary one first. */
export type ClusterIPAllocators = ReadonlyMap<Family, ClusterIPRanges>;

/** Fills in clusterIPs for a Service that has none, or allocates the requested ones. */
export function allocateClusterIPs(service: Draft, allocators: ClusterIPAllocators): void {
  const { spec } = service;
  if (!needsClusterIP(spec) || spec.clusterIPs?.[0] === 'None') return;
  const families = spec.ipFamilies ?? [];
  const addresses = families.map((_, i) => spec.clusterIPs?.[i] ?? '');
  if (addresses.length === 0) return;
  // Messages show the list with empty places for what is still to be picked.
  spec.clusterIPs = [...addresses];
  spec.clusterIPs = families.map((family, i) => allocate(service, allocators, family, addresses[i] ?? ''));
  spec.clusterIP = spec.clusterIPs[0] ?? '';
}

function allocate(service: Draft, allocators: ClusterIPAllocators, family: Family, address: string): string {
  const { name } = service.metadata;
  const allocator = allocators.get(family);
  try {
    if (!allocator) throw new AllocationError('outside', `no range of family ${family}`);
    if (address === '') return allocator.next();
    allocator.take(address);
    return address;
  } catch (error) {
    if (!(error instanceof AllocationError)) throw error;
    if (address === '') throw internalError(`failed to allocate a serviceIP for Service "${name}": ${error.message}`);
    const detail = `failed to allocate IP ${address}: ${error.message}`;
    throw invalid('Service', '', name, [invalidValue('spec.clusterIPs', service.spec.clusterIPs, detail)]);
  }
}

/**
 * Allocates what an update needs in addition. What it no longer needs is only returned, not yet released: that happens
 * once the update has passed validation.
 */
export function updateClusterIPs(service: Draft, old: ServiceSpec, allocators: ClusterIPAllocators): string[] {
  const { spec } = service;
  if (!needsClusterIP(old) && needsClusterIP(spec)) {
    allocateClusterIPs(service, allocators);
    return [];
  }
  if (isHeadless(old)) return [];
  if (needsClusterIP(old) && !needsClusterIP(spec)) return [...(old.clusterIPs ?? [])];
  const before = old.ipFamilies?.length ?? 0;
  const after = spec.ipFamilies?.length ?? 0;
  if (before === 1 && after === 2) upgrade(service, allocators);
  if (before === 2 && after === 1) return (old.clusterIPs ?? []).slice(1);
  return [];
}

function upgrade(service: Draft, allocators: ClusterIPAllocators): void {
  const { spec } = service;
  const family = spec.ipFamilies?.[1];
  if (!family) return;
  const addresses = [...(spec.clusterIPs ?? [])];
  if (addresses.length < 2) addresses.push('');
  spec.clusterIPs = addresses;
  addresses[1] = allocate(service, allocators, family, addresses[1] ?? '');
}

export function releaseClusterIPs(addresses: readonly string[], allocators: ClusterIPAllocators): void {
  for (const address of addresses) if (address !== 'None') allocators.get(familyOf(address))?.release(address);
}
