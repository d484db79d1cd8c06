// narrow.ts - picks the part of a big world that can concern a packet.
//
// Every lookup of the packet path goes by destination address, or by port for NodePorts and hostPorts (native/law/service.md). So
// Services with neither the packet's address nor its port cannot affect it. The same is true on the next node, for the
// endpoint's address and port. Tables of what remains decide the same, in a hundredth of the time.

import { formatAddress, isIPv6, parseAddress } from '../model/address.js';
import type { EndpointSlice, Pod, Service } from '../model/objects.js';
import { indexSlices, type SliceIndex } from '../plan/endpoints.js';
import { hostPortsOf } from '../plan/hostports.js';
import type { Probe } from './probe.js';
import { podsOfSlices, type World } from './world.js';

const keyOf = (service: Service): string => `${service.metadata.namespace ?? 'default'}/${service.metadata.name}`;

const canonical = (text: string): string => {
  const address = isIPv6(text) ? parseAddress(text) : null;
  return address ? formatAddress(address) : text;
};

function addressesOf({ spec, status }: Service): string[] {
  const ingress = (status?.loadBalancer?.ingress ?? []).flatMap(({ ip }) => ip ?? []);
  return [spec.clusterIP ?? '', ...(spec.clusterIPs ?? []), ...(spec.externalIPs ?? []), ...ingress];
}

function portsOf({ spec }: Service): number[] {
  const nodePorts = (spec.ports ?? []).flatMap(({ nodePort }) => nodePort ?? []);
  return spec.healthCheckNodePort ? [...nodePorts, spec.healthCheckNodePort] : nodePorts;
}

function put<K, T>(map: Map<K, T[]>, key: K, item: T): void {
  const list = map.get(key);
  if (list) list.push(item);
  else map.set(key, [item]);
}

/** The keys by which a packet is looked up. */
type PacketEnds = Pick<Probe, 'source' | 'destination' | 'destinationPort'>;

/** Finds the Services that may concern an address and port. Made once per world. */
export class Narrower {
  readonly #world: World;
  readonly #byAddress = new Map<string, Service[]>();
  readonly #byNodePort = new Map<number, Service[]>();
  /** Addresses of the pods that have a hostPort. */
  readonly #byHostPort = new Map<number, string[]>();
  #slices: SliceIndex | null = null;

  constructor(world: World) {
    this.#world = world;
    for (const service of world.snapshot.services) {
      for (const address of addressesOf(service)) put(this.#byAddress, canonical(address), service);
      for (const port of portsOf(service)) put(this.#byNodePort, port, service);
    }
    for (const pod of (world.snapshot.pods ?? []) as readonly Pod[]) {
      const [address] = pod.status?.podIPs ?? [];
      for (const { hostPort } of address ? hostPortsOf(pod) : [])
        put(this.#byHostPort, hostPort ?? 0, address?.ip ?? '');
    }
  }

  /** The world with only what can concern any of these packets, in the original order. */
  narrow(packets: readonly PacketEnds[]): World {
    const found = new Set<Service>();
    const slices = new Set<EndpointSlice>();
    const waiting = packets.map(({ destination, destinationPort }) => ({
      address: destination,
      port: destinationPort,
    }));
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      const concerned = [...(this.#byAddress.get(next.address) ?? []), ...(this.#byNodePort.get(next.port) ?? [])];
      for (const service of concerned) {
        if (found.has(service)) continue;
        found.add(service);
        for (const slice of this.#slicesOf(service)) {
          slices.add(slice);
          waiting.push(...endpointsOf(slice));
        }
      }
    }
    const { snapshot } = this.#world;
    const own = {
      services: snapshot.services.filter((service) => found.has(service)),
      endpointSlices: [...slices],
      nodes: snapshot.nodes,
      pods: snapshot.pods ?? [],
    };
    const ends = new Set(
      packets.flatMap(({ source, destination, destinationPort }) => [
        source,
        destination,
        ...(this.#byHostPort.get(destinationPort) ?? []),
      ]),
    );
    const pods = podsOfSlices(this.#world, own.endpointSlices, [...ends]);
    return { ...this.#world, snapshot: own, pods };
  }

  #slicesOf(service: Service): readonly EndpointSlice[] {
    this.#slices ??= indexSlices(this.#world.snapshot.endpointSlices);
    return this.#slices.get(keyOf(service)) ?? [];
  }
}

function endpointsOf(slice: EndpointSlice): { address: string; port: number }[] {
  const ports = (slice.ports ?? []).flatMap(({ port }) => port ?? []);
  return (slice.endpoints ?? []).flatMap(({ addresses }) => {
    const [address] = addresses;
    return address === undefined ? [] : ports.map((port) => ({ address: canonical(address), port }));
  });
}
