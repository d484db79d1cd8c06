// directory.ts - what DNS knows of a cluster: Services, their endpoints and pods, found by name and by address.
import { formatAddress, parseAddress } from '../model/address.js';
import type { EndpointSlice, KubeObject, Pod, Service } from '../model/objects.js';
import { endpointLabel } from './name.js';

export interface DirectoryPort {
  /** '' for a port without a name. */
  readonly name: string;
  /** Lower case. */
  readonly protocol: string;
  /** -1: the slice names no port. */
  readonly port: number;
}

/** One address of one endpoint. */
export interface DirectoryEndpoint {
  readonly address: string;
  /** Its own label below the Service's name. */
  readonly label: string;
  readonly ports: readonly DirectoryPort[];
}

export interface DirectoryService {
  readonly namespace: string;
  readonly name: string;
  /** Set for ExternalName. */
  readonly alias: string | null;
  /** Empty for headless Services. */
  readonly addresses: readonly string[];
  readonly ports: readonly DirectoryPort[];
}

/** Objects of a cluster, as lists of the API. */
export interface DirectorySource {
  readonly namespaces: readonly string[];
  readonly services: readonly Service[];
  readonly endpointSlices: readonly EndpointSlice[];
  readonly pods: readonly KubeObject[];
}

/** An endpoint by the Service that it belongs to. */
interface Owned {
  readonly namespace: string;
  readonly service: string;
  readonly endpoint: DirectoryEndpoint;
}

const canonical = (text: string): string | null => {
  const address = parseAddress(text);
  return address ? formatAddress(address) : null;
};

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

function addTo<T>(map: Map<string, T[]>, key: string, value: T): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

interface AnyPort {
  readonly name?: string | null | undefined;
  readonly protocol?: string | null | undefined;
  readonly port?: number | null | undefined;
}

const portOf = (port: AnyPort): DirectoryPort => ({
  name: (port.name ?? '').toLowerCase(),
  protocol: (port.protocol ?? 'TCP').toLowerCase(),
  port: port.port ?? -1,
});

function serviceOf({ metadata, spec }: Service): DirectoryService {
  const clusterIPs = spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : []);
  return {
    namespace: metadata.namespace ?? 'default',
    name: metadata.name,
    alias: spec.type === 'ExternalName' ? (spec.externalName ?? '') : null,
    addresses: clusterIPs.flatMap((address) => canonical(address) ?? []),
    ports: (spec.ports ?? []).map(portOf),
  };
}

/** Without ports a slice still has addresses. */
const NO_PORT: readonly DirectoryPort[] = [{ name: '', protocol: '', port: -1 }];

/** Endpoints that take connections: ready, or said to be nothing else (discovery/v1 EndpointConditions). */
function endpointsOf(slice: EndpointSlice): DirectoryEndpoint[] {
  const ports = (slice.ports ?? []).map(portOf);
  return (slice.endpoints ?? []).flatMap(({ addresses, conditions, hostname }) => {
    if (conditions?.ready === false) return [];
    return addresses.flatMap((text) => {
      const address = canonical(text);
      const label = endpointLabel(text, hostname).toLowerCase();
      return address === null ? [] : [{ address, label, ports: ports.length > 0 ? ports : NO_PORT }];
    });
  });
}

export class Directory {
  readonly #namespaces: ReadonlySet<string>;
  readonly #services = new Map<string, DirectoryService>();
  readonly #endpoints = new Map<string, DirectoryEndpoint[]>();
  readonly #byClusterIP = new Map<string, DirectoryService>();
  readonly #byEndpoint = new Map<string, Owned[]>();
  readonly #podNamespaces = new Map<string, Set<string>>();

  constructor({ namespaces, services, endpointSlices, pods }: DirectorySource) {
    this.#namespaces = new Set(namespaces);
    for (const object of services) this.#addService(serviceOf(object));
    for (const slice of endpointSlices) this.#addSlice(slice);
    for (const pod of pods) this.#addPod(pod as Pod);
  }

  hasNamespace(name: string): boolean {
    return this.#namespaces.has(name);
  }

  service(namespace: string, name: string): DirectoryService | undefined {
    return this.#services.get(keyOf(namespace, name));
  }

  endpoints(namespace: string, service: string): readonly DirectoryEndpoint[] {
    return this.#endpoints.get(keyOf(namespace, service)) ?? [];
  }

  /** The Service that has an address; of several the first. */
  serviceAt(address: string): DirectoryService | undefined {
    return this.#byClusterIP.get(address);
  }

  endpointsAt(address: string): readonly Owned[] {
    return this.#byEndpoint.get(address) ?? [];
  }

  hasPod(namespace: string, address: string): boolean {
    return this.#podNamespaces.get(address)?.has(namespace) ?? false;
  }

  #addService(service: DirectoryService): void {
    this.#services.set(keyOf(service.namespace, service.name), service);
    for (const address of service.addresses) {
      if (!this.#byClusterIP.has(address)) this.#byClusterIP.set(address, service);
    }
  }

  #addSlice(slice: EndpointSlice): void {
    const service = slice.metadata.labels?.['kubernetes.io/service-name'];
    if (!service) return;
    const namespace = slice.metadata.namespace ?? 'default';
    for (const endpoint of endpointsOf(slice)) {
      addTo(this.#endpoints, keyOf(namespace, service), endpoint);
      addTo(this.#byEndpoint, endpoint.address, { namespace, service, endpoint });
    }
  }

  #addPod({ metadata, status }: Pod): void {
    const texts = status?.podIPs?.map(({ ip }) => ip) ?? (status?.podIP ? [status.podIP] : []);
    for (const text of texts) {
      const address = canonical(text);
      if (address === null) continue;
      const namespaces = this.#podNamespaces.get(address) ?? new Set<string>();
      namespaces.add(metadata.namespace ?? 'default');
      this.#podNamespaces.set(address, namespaces);
    }
  }
}
