// topology.ts - annotation topology-mode Auto: assigns endpoints to zones by their share of the cluster's CPUs.
//
// The rules of k8s.io/endpointslice/topologycache, Kubernetes 1.36.
import { nodeReady } from '../../model/conditions.js';
import type { Endpoint, Node, Service } from '../../model/objects.js';
import { ZONE_LABEL } from './endpoint.js';
import { isReady } from './hints.js';

/** How far an endpoint's load may exceed its share before hints are given up. */
const OVERLOAD = 0.2;

const DEPRECATED_ANNOTATION = 'service.kubernetes.io/topology-aware-hints';
const ANNOTATION = 'service.kubernetes.io/topology-mode';

export function wantsTopologyHints(service: Service): boolean {
  const annotations = service.metadata.annotations ?? {};
  const value = annotations[DEPRECATED_ANNOTATION] ?? annotations[ANNOTATION];
  return value === 'Auto' || value === 'auto';
}

/** A CPU quantity in thousandths (`2`, `1500m`); 0 when it is not one. */
export function milliCpu(quantity: string | number | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(m|k)?$/.exec(String(quantity ?? ''));
  if (!match) return 0;
  const factor = match[2] === 'm' ? 1 : match[2] === 'k' ? 1_000_000 : 1000;
  return Math.ceil(Number(match[1]) * factor);
}

/** Zone → share of all CPUs; null if nodes lack the data or are all in one zone. */
export function cpuShares(nodes: readonly Node[]): Map<string, number> | null {
  const cpus = new Map<string, number>();
  let total = 0;
  for (const node of nodes) {
    const labels = node.metadata.labels ?? {};
    if ('node-role.kubernetes.io/control-plane' in labels || 'node-role.kubernetes.io/master' in labels) continue;
    if (nodeReady(node) !== 'True') continue;
    const zone = labels[ZONE_LABEL];
    const cpu = milliCpu(node.status?.allocatable?.cpu);
    if (!zone || cpu === 0) return null;
    cpus.set(zone, (cpus.get(zone) ?? 0) + cpu);
    total += cpu;
  }
  if (cpus.size < 2) return null;
  return new Map([...cpus].map(([zone, cpu]) => [zone, cpu / total]));
}

/** Zone → desired number of endpoints; null if one of them would be overloaded too much. */
function desiredCounts(shares: ReadonlyMap<string, number>, count: number): Map<string, number> | null {
  if (shares.size > count) return null;
  const desired = new Map<string, number>();
  let left = count;
  for (const [zone, share] of shares) {
    const minimum = Math.ceil(share * count * (1 / (1 + OVERLOAD)));
    left -= minimum;
    if (left < 0) return null;
    desired.set(zone, Math.max(share * count, minimum));
  }
  return desired;
}

/**
 * Hints for all endpoints of one Service and family. Each ready endpoint first goes to its own zone; then zones with
 * too many hand some over to zones with too few. Returns no hints if that is not possible.
 */
export function withTopologyHints(
  endpoints: readonly Endpoint[],
  shares: ReadonlyMap<string, number> | null,
): Endpoint[] {
  const plain = endpoints.map(({ hints: _hints, ...endpoint }): Endpoint => endpoint);
  const ready = plain.filter(isReady);
  const desired = shares ? desiredCounts(shares, ready.length) : null;
  if (!desired || ready.some((endpoint) => !endpoint.zone)) return plain;
  const counts = new Map<string, number>();
  for (const { zone = '' } of ready) counts.set(zone, (counts.get(zone) ?? 0) + 1);
  const { giving, receiving } = exchange(desired, counts);
  return plain.map((endpoint) => {
    if (!isReady(endpoint) || !endpoint.zone) return endpoint;
    const zone = handOver(endpoint.zone, giving, receiving);
    return { ...endpoint, hints: { forZones: [{ name: zone }] } };
  });
}

type Numbers = Map<string, number>;

function exchange(desired: Numbers, counts: Numbers): { giving: Numbers; receiving: Numbers } {
  const surplus: Numbers = new Map();
  const deficit: Numbers = new Map();
  for (const [zone, target] of desired) {
    const count = counts.get(zone) ?? 0;
    if (count > target) surplus.set(zone, count - target);
    else if (count < target) deficit.set(zone, target - count);
  }
  const giving: Numbers = new Map();
  const receiving: Numbers = new Map();
  for (;;) {
    const [from, give] = most(surplus);
    const [to, take] = most(deficit);
    if (!from || !to || (give < 1 && take < 1) || give < 0.5 || take < 0.5) return { giving, receiving };
    giving.set(from, (giving.get(from) ?? 0) + 1);
    receiving.set(to, (receiving.get(to) ?? 0) + 1);
    surplus.set(from, give - 1);
    deficit.set(to, take - 1);
  }
}

function most(numbers: Numbers): [string, number] {
  let best: [string, number] = ['', 0];
  for (const entry of numbers) if (entry[1] > best[1]) best = entry;
  return best;
}

function handOver(zone: string, giving: Numbers, receiving: Numbers): string {
  const give = giving.get(zone) ?? 0;
  const [to, take] = most(receiving);
  if (give <= 0 || to === '') return zone;
  giving.set(zone, give - 1);
  receiving.set(to, take - 1);
  return to;
}
