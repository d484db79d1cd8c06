// balanced.ts - BalancedPart: the part of a cluster that load balancers look at, kept current by changes. Few of many Services are.
import type { ClusterSnapshot, EndpointSlice, Service } from '../model/objects.js';
import { externalRouteIn } from '../plan/balancing.js';
import { balancerAddresses, serviceOfSlice } from './balancer.js';

const nameOf = ({ metadata }: Service | EndpointSlice): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

const isBalanced = (service: Service): boolean =>
  service.spec.type === 'LoadBalancer' ||
  balancerAddresses(service).length > 0 ||
  externalRouteIn(service.metadata) !== null;

export class BalancedPart {
  #last: ClusterSnapshot | null = null;
  #part: ClusterSnapshot = { services: [], endpointSlices: [], nodes: [] };

  /** The balanced Services of a snapshot, their slices, and the nodes: the same object as long as they are the same. */
  of(snapshot: ClusterSnapshot): ClusterSnapshot {
    if (this.#last === null || !this.#isSame(snapshot, this.#last)) this.#part = partOf(snapshot);
    this.#last = snapshot;
    return this.#part;
  }

  #isSame(now: ClusterSnapshot, before: ClusterSnapshot): boolean {
    const changes = now.since?.(before);
    if (!changes) return now === before;
    const { services, endpointSlices, nodes } = changes;
    if (nodes.gone.length + nodes.come.length > 0) return false;
    if ([...services.gone, ...services.come].some(isBalanced)) return false;
    if (this.#part.services.length === 0) return true;
    const names = new Set(this.#part.services.map(nameOf));
    return ![...endpointSlices.gone, ...endpointSlices.come].some((slice) => names.has(serviceOfSlice(slice)));
  }
}

function partOf({ services, endpointSlices, nodes }: ClusterSnapshot): ClusterSnapshot {
  const balanced = services.filter(isBalanced);
  const names = new Set(balanced.map(nameOf));
  const slices = names.size === 0 ? [] : endpointSlices.filter((slice) => names.has(serviceOfSlice(slice)));
  return { services: balanced, endpointSlices: slices, nodes };
}
