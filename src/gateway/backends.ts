// backends.ts - a port of a Service → the endpoints that serve it now. Requests go to them directly, past the ClusterIP.
//
// As ingress-nginx and Envoy do it: each request is balanced, not each connection; a connection that is kept open holds on to no
// pod; and one that cannot be reached is passed over. The frames still go through the dataplane, from pod to pod.
import { familyOf } from '../model/address.js';
import type { EndpointSlice, Service, ServicePort, Endpoint as SliceEndpoint } from '../model/objects.js';
import { nameOf, namespaceOf } from './objects.js';
import { type Backend, type Endpoint, type Filters, NO_FILTERS } from './routing/rule.js';

interface PortName {
  readonly name?: string | undefined;
  readonly number?: number | undefined;
}

const SERVICE_LABEL = 'kubernetes.io/service-name';

/** Ready ones; when there is none, those that still serve while they end (as kube-proxy does it). */
function usable(endpoints: readonly SliceEndpoint[]): readonly SliceEndpoint[] {
  const ready = endpoints.filter(({ conditions }) => conditions?.ready ?? true);
  return ready.length > 0 ? ready : endpoints.filter(({ conditions }) => conditions?.serving && conditions.terminating);
}

export class Backends {
  readonly #services: ReadonlyMap<string, Service>;
  readonly #slices = new Map<string, EndpointSlice[]>();

  constructor(services: readonly Service[], slices: readonly EndpointSlice[]) {
    this.#services = new Map(services.map((service) => [nameOf(service), service]));
    for (const slice of slices) {
      const key = `${namespaceOf(slice)}/${slice.metadata.labels?.[SERVICE_LABEL] ?? ''}`;
      const list = this.#slices.get(key);
      if (list) list.push(slice);
      else this.#slices.set(key, [slice]);
    }
  }

  service(namespace: string, name: string): Service | undefined {
    return this.#services.get(`${namespace}/${name}`);
  }

  port(service: Service, wanted: PortName): ServicePort | undefined {
    return service.spec.ports?.find(({ name, port }) => (wanted.name ? name === wanted.name : port === wanted.number));
  }

  /** @param failure what clients get when the Service or its port is not there */
  resolve(
    place: { readonly namespace: string; readonly name: string },
    wanted: PortName,
    { weight = 1, filters = NO_FILTERS, missing = 503 }: { weight?: number; filters?: Filters; missing?: number } = {},
  ): Backend {
    const name = `${place.namespace}/${place.name}:${wanted.name ?? wanted.number ?? ''}`;
    const made = { name, weight, filters, endpoints: [], failure: null };
    const fail = (reason: string): Backend => ({ ...made, failure: { status: missing, reason } });
    const service = this.service(place.namespace, place.name);
    if (!service) return fail(`Service ${place.namespace}/${place.name} does not exist`);
    const port = this.port(service, wanted);
    if (service.spec.type === 'ExternalName') {
      const address = service.spec.externalName ?? '';
      return { ...made, endpoints: [{ address, port: port?.port ?? wanted.number ?? 80 }] };
    }
    if (!port) return fail(`Service ${place.namespace}/${place.name} has no port ${wanted.name ?? wanted.number}`);
    return { ...made, endpoints: this.#endpoints(service, port) };
  }

  /** Of the Service's first family, or of the other when that has none. */
  #endpoints(service: Service, { name = '', protocol = 'TCP' }: ServicePort): Endpoint[] {
    const found = new Map<string, Endpoint>();
    for (const slice of this.#slices.get(nameOf(service)) ?? []) {
      const port = slice.ports?.find((one) => (one.name ?? '') === name && (one.protocol ?? 'TCP') === protocol);
      if (!port?.port) continue;
      for (const { addresses } of usable(slice.endpoints ?? []))
        for (const address of addresses.slice(0, 1)) found.set(`${address} ${port.port}`, { address, port: port.port });
    }
    const all = [...found.values()];
    const first = all.filter(({ address }) => familyOf(address) === (service.spec.ipFamilies?.[0] ?? 'IPv4'));
    return (first.length > 0 ? first : all).toSorted((a, b) => (a.address < b.address ? -1 : 1));
  }
}
