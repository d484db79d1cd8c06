// hints.ts - spec.trafficDistribution: hints that say which zone or node should use which endpoint.
//
// The rules of k8s.io/endpointslice/trafficdist, Kubernetes 1.36.
import type { Endpoint } from '../../model/objects.js';

export const isReady = (endpoint: Endpoint): boolean => endpoint.conditions?.ready !== false;

/** The endpoint with the hints that a trafficDistribution gives it; without any for other values or none. */
export function withHints(endpoint: Endpoint, distribution: string | undefined): Endpoint {
  const { hints: _hints, ...plain } = endpoint;
  const sameNode = distribution === 'PreferSameNode';
  const sameZone = sameNode || distribution === 'PreferSameZone' || distribution === 'PreferClose';
  if (!sameZone || !isReady(plain)) return plain;
  const forZones = plain.zone ? [{ name: plain.zone }] : undefined;
  const forNodes = sameNode && plain.nodeName ? [{ name: plain.nodeName }] : undefined;
  if (!forZones && !forNodes) return plain;
  return { ...plain, hints: { ...(forZones ? { forZones } : {}), ...(forNodes ? { forNodes } : {}) } };
}
