// network.ts - tables for networking: Services, endpoints, Ingresses, policies.
import { formatEndpoint } from '../../model/address.js';
import type { EndpointSlice, KubeObject, LoadBalancerIngress, Service, ServicePort } from '../../model/objects.js';
import {
  ageOf,
  type Columns,
  firstThree,
  formatLabels,
  formatSelector,
  headings,
  type LabelSelector,
} from './columns.js';

/** Maximum number of Ingress hosts shown. */
const SHOWN = 3;

export function loadBalancerAddresses(ingress: readonly LoadBalancerIngress[] | undefined): string {
  const addresses = new Set(
    (ingress ?? []).map(({ ip, hostname }) => ip || hostname || '').filter((text) => text !== ''),
  );
  return [...addresses].sort().join(',');
}

function externalAddress(service: Service): string {
  const { type, externalIPs = [], externalName } = service.spec;
  if (type === 'ExternalName') return externalName ?? '';
  if (type !== 'LoadBalancer') return externalIPs.join(',') || '<none>';
  const balanced = loadBalancerAddresses(service.status?.loadBalancer?.ingress);
  return [...(balanced === '' ? [] : [balanced]), ...externalIPs].join(',') || '<pending>';
}

function portText({ port, nodePort, protocol }: ServicePort): string {
  return nodePort ? `${port}:${nodePort}/${protocol ?? 'TCP'}` : `${port}/${protocol ?? 'TCP'}`;
}

const services: Columns = {
  columns: headings('Name Type Cluster-IP External-IP Port(s) Age | Selector'),
  row(object, now) {
    const service = object as Service;
    const { type = 'ClusterIP', clusterIPs, ports = [], selector } = service.spec;
    return [
      service.metadata.name,
      type,
      clusterIPs?.[0] ?? '<none>',
      externalAddress(service),
      ports.map(portText).join(',') || '<none>',
      ageOf(service, now),
      formatLabels(selector),
    ];
  },
};

const endpointSlices: Columns = {
  columns: headings('Name AddressType Ports Endpoints Age'),
  row(object, now) {
    const slice = object as EndpointSlice;
    const ports = (slice.ports ?? []).map(({ port, name }) => String(port ?? name ?? '*'));
    const addresses = (slice.endpoints ?? []).flatMap((endpoint) => endpoint.addresses);
    return [
      slice.metadata.name,
      slice.addressType,
      firstThree(ports) || '<unset>',
      firstThree(addresses) || '<unset>',
      ageOf(slice, now),
    ];
  },
};

interface Subset {
  readonly addresses?: readonly { readonly ip: string }[];
  readonly ports?: readonly { readonly port: number }[];
}

/** `ip:port` for every ready address, ports in the outer loop; the bare address if a subset has no ports. */
function subsetAddresses(subsets: readonly Subset[]): string[] {
  return subsets.flatMap(({ addresses = [], ports = [] }) =>
    ports.length === 0
      ? addresses.map(({ ip }) => ip)
      : ports.flatMap(({ port }) => addresses.map(({ ip }) => formatEndpoint(ip, port))),
  );
}

const endpoints: Columns = {
  columns: headings('Name Endpoints Age'),
  row(object, now) {
    const subsets = (object.subsets ?? []) as Subset[];
    const text = subsets.length === 0 ? '<none>' : firstThree(subsetAddresses(subsets));
    return [object.metadata.name, text, ageOf(object, now)];
  },
};

interface Ingress extends KubeObject {
  spec?: { ingressClassName?: string; rules?: { host?: string }[]; tls?: unknown[] };
  status?: { loadBalancer?: { ingress?: LoadBalancerIngress[] } };
}

/** The first three hosts. Later rules count as more, whether they name a host or not. */
function hosts(rules: readonly { readonly host?: string }[]): string {
  const list: string[] = [];
  let more = false;
  for (const { host = '' } of rules) {
    if (list.length === SHOWN) more = true;
    else if (host !== '') list.push(host);
  }
  if (list.length === 0) return '*';
  return more ? `${list.join(',')} + ${rules.length - SHOWN} more...` : list.join(',');
}

const ingresses: Columns = {
  columns: headings('Name Class Hosts Address Ports Age'),
  row(object, now) {
    const { metadata, spec = {}, status } = object as Ingress;
    return [
      metadata.name,
      spec.ingressClassName ?? '<none>',
      hosts(spec.rules ?? []),
      loadBalancerAddresses(status?.loadBalancer?.ingress),
      spec.tls?.length ? '80, 443' : '80',
      ageOf(object, now),
    ];
  },
};

const ingressClasses: Columns = {
  columns: headings('Name Controller Parameters Age'),
  row(object, now) {
    const spec = (object.spec ?? {}) as {
      controller?: string;
      parameters?: { apiGroup?: string; kind: string; name: string };
    };
    const { parameters } = spec;
    const group = parameters?.apiGroup ? `.${parameters.apiGroup}` : '';
    const text = parameters ? `${parameters.kind}${group}/${parameters.name}` : '<none>';
    return [object.metadata.name, spec.controller ?? '', text, ageOf(object, now)];
  },
};

const networkPolicies: Columns = {
  columns: headings('Name Pod-Selector Age'),
  row(object, now) {
    const spec = object.spec as { podSelector?: LabelSelector } | undefined;
    return [object.metadata.name, formatSelector(spec?.podSelector), ageOf(object, now)];
  },
};

const serviceCIDRs: Columns = {
  columns: headings('Name CIDRs Age'),
  row: (object, now) => {
    const { cidrs = [] } = (object.spec ?? {}) as { cidrs?: string[] };
    return [object.metadata.name, cidrs.join(','), ageOf(object, now)];
  },
};

const ipAddresses: Columns = {
  columns: headings('Name ParentRef Age'),
  row(object, now) {
    const { parentRef } = (object.spec ?? {}) as { parentRef?: Record<string, string> };
    const { group = '', resource = '', namespace = '', name = '' } = parentRef ?? {};
    const type = group === '' ? resource : `${resource}.${group}`;
    const parent = parentRef ? [type, namespace, name].filter((word) => word !== '').join('/') : '<none>';
    return [object.metadata.name, parent, ageOf(object, now)];
  },
};

export const NETWORK_COLUMNS = {
  Service: services,
  EndpointSlice: endpointSlices,
  Endpoints: endpoints,
  Ingress: ingresses,
  IngressClass: ingressClasses,
  NetworkPolicy: networkPolicies,
  ServiceCIDR: serviceCIDRs,
  IPAddress: ipAddresses,
} as const satisfies Readonly<Record<string, Columns>>;
