// known.ts - what the objects of a cluster say about a node's rules: whose a chain is, whose an endpoint, and where that is written.
import type { LoadedObject } from '../../manifest/load.js';
import type { Place } from '../../model/issue.js';
import type { EndpointSlice, KubeObject, Pod, Service } from '../../model/objects.js';
import type { NodePlan } from '../../plan/plan.js';
import { iptablesChain, iptablesEndpointChain, nftablesChain, nftablesEndpointChain } from '../../render/names.js';

/** A line of a manifest. */
export interface Written {
  readonly file: string;
  readonly line: number;
}

/** Who answers at an address. */
export interface KnownEndpoint {
  /** `pod/shop/web-1`, or `endpointslice/shop/web-abc` for an endpoint without a pod. */
  readonly name: string;
  /** Null where no file says it: the objects came from a live cluster. */
  readonly written: Written | null;
}

export interface Known {
  /** `namespace/name:port` of the Service that a chain of kube-proxy belongs to. */
  serviceOf(chain: string): string | null;
  /** The line of that port of the Service. */
  writtenAt(service: string): Written | null;
  endpointAt(address: string): KnownEndpoint | null;
}

const written = ({ file, line }: Place): Written | null => (file === '' ? null : { file, line });
const fullName = ({ metadata }: KubeObject): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;

/** Every chain that kube-proxy gives a Service's ports, in its modes. */
function chainsOf({ services }: NodePlan): Map<string, string> {
  const chains = new Map<string, string>();
  for (const port of services) {
    for (const prefix of ['KUBE-SVC-', 'KUBE-SVL-', 'KUBE-EXT-', 'KUBE-FW-'] as const)
      chains.set(iptablesChain(prefix, port), port.name);
    for (const prefix of ['service-', 'local-', 'external-', 'firewall-'] as const)
      chains.set(nftablesChain(prefix, port), port.name);
    for (const endpoint of port.allEndpoints) {
      chains.set(iptablesEndpointChain(port, endpoint), port.name);
      chains.set(nftablesEndpointChain(port, endpoint), port.name);
    }
  }
  return chains;
}

/** Lines of Services, by `namespace/name:port`. */
function servicePlaces(objects: readonly LoadedObject[]): Map<string, () => Place> {
  const places = new Map<string, () => Place>();
  for (const { object, place } of objects) {
    if (object.kind !== 'Service') continue;
    for (const [i, { name }] of ((object as Service).spec?.ports ?? []).entries())
      places.set(`${fullName(object)}${name ? `:${name}` : ''}`, () => place(`spec.ports[${i}]`));
  }
  return places;
}

interface Found {
  readonly name: string;
  readonly place: () => Place;
}

/** Pods by their addresses; endpoints without a pod by the slice that has them. */
function endpointPlaces(objects: readonly LoadedObject[]): Map<string, Found> {
  const found = new Map<string, Found>();
  for (const { object, place } of objects) {
    if (object.kind !== 'EndpointSlice') continue;
    for (const [i, { addresses, targetRef }] of ((object as EndpointSlice).endpoints ?? []).entries()) {
      const isPod = targetRef?.kind === 'Pod' && targetRef.name;
      const name = isPod
        ? `pod/${targetRef.namespace ?? object.metadata.namespace ?? 'default'}/${targetRef.name}`
        : `endpointslice/${fullName(object)}`;
      for (const address of addresses) found.set(address, { name, place: () => place(`endpoints[${i}]`) });
    }
  }
  for (const { object, place } of objects) {
    if (object.kind !== 'Pod' || (object as Pod).spec?.hostNetwork) continue;
    for (const { ip } of (object as Pod).status?.podIPs ?? [])
      found.set(ip, { name: `pod/${fullName(object)}`, place: () => place('metadata.name') });
  }
  return found;
}

/** @param plan of some node: names of chains are the same on all of them */
export function knownFrom(objects: readonly LoadedObject[], plan: NodePlan): Known {
  const chains = chainsOf(plan);
  const services = servicePlaces(objects);
  const endpoints = endpointPlaces(objects);
  return {
    serviceOf: (chain) => chains.get(chain) ?? null,
    writtenAt: (service) => {
      const place = services.get(service);
      return place ? written(place()) : null;
    },
    endpointAt: (address) => {
      const one = endpoints.get(address);
      return one ? { name: one.name, written: written(one.place()) } : null;
    },
  };
}
