// network.ts - Services, endpoints and Ingresses as text.

import type { Event } from '../../../cluster/columns/cluster.js';
import { firstThree, formatLabels } from '../../../cluster/columns/columns.js';
import { loadBalancerAddresses } from '../../../cluster/columns/network.js';
import { formatEndpoint } from '../../../model/address.js';
import type {
  Endpoint,
  EndpointSlice,
  KubeObject,
  LoadBalancerIngress,
  Service,
  ServicePort,
} from '../../../model/objects.js';
import { Description } from './text.js';

const isReady = ({ conditions }: Endpoint): boolean => conditions?.ready !== false;
/** `address:port` of the ready endpoints of the port with this name: the first three. */
function endpointsText(slices: readonly EndpointSlice[], portName: string): string {
  if (slices.length === 0) return '<none>';
  const list = slices.flatMap(({ ports, endpoints }) => {
    const ready = (endpoints ?? []).filter(isReady).map(({ addresses }) => addresses[0] ?? '');
    if (!ports || ports.length === 0) return ready;
    const named = ports.filter(({ name }) => (name ?? '') === portName);
    return named.flatMap(({ port }) => ready.map((address) => formatEndpoint(address, port ?? '*')));
  });
  return firstThree(list);
}

const ingressText = (ingress: readonly LoadBalancerIngress[]): string =>
  ingress.map(({ ip, ipMode, hostname = '' }) => (ip ? (ipMode ? `${ip} (${ipMode})` : ip) : hostname)).join(', ');

function describePort(text: Description, port: ServicePort, slices: readonly EndpointSlice[]): void {
  const protocol = port.protocol ?? 'TCP';
  const name = port.name || '<unset>';
  text.line(0, `Port:\t${name}\t${port.port}/${protocol}`);
  text.line(0, `TargetPort:\t${port.targetPort ?? port.port}/${protocol}`);
  text.optional(0, 'AppProtocol', port.appProtocol);
  if (port.nodePort) text.line(0, `NodePort:\t${name}\t${port.nodePort}/${protocol}`);
  text.line(0, `Endpoints:\t${endpointsText(slices, port.name ?? '')}`);
}

/** @param warnings probable mistakes, and what is not modelled. kubectl has no such lines; mostly there are none */
export function describeService(
  service: Service,
  slices: readonly EndpointSlice[],
  warnings: readonly string[],
  events: readonly Event[],
  now: number,
): string {
  const text = new Description();
  const { metadata, spec, status } = service;
  text.line(0, `Name:\t${metadata.name}`);
  text.line(0, `Namespace:\t${metadata.namespace ?? ''}`);
  text.labels('Labels', metadata.labels);
  text.annotations('Annotations', metadata.annotations);
  text.line(0, `Selector:\t${formatLabels(spec.selector)}`);
  text.line(0, `Type:\t${spec.type ?? 'ClusterIP'}`);
  text.optional(0, 'IP Family Policy', spec.ipFamilyPolicy);
  text.line(0, `IP Families:\t${spec.ipFamilies?.join(',') || '<none>'}`);
  text.line(0, `IP:\t${spec.clusterIP ?? ''}`);
  text.line(0, `IPs:\t${spec.clusterIPs?.join(',') || '<none>'}`);
  text.optional(0, 'External IPs', spec.externalIPs?.join(','));
  text.optional(0, 'Desired LoadBalancer IP', spec.loadBalancerIP);
  text.optional(0, 'External Name', spec.externalName);
  text.optional(0, 'LoadBalancer Ingress', ingressText(status?.loadBalancer?.ingress ?? []));
  for (const port of spec.ports ?? []) describePort(text, port, slices);
  text.line(0, `Session Affinity:\t${spec.sessionAffinity ?? 'None'}`);
  text.optional(0, 'External Traffic Policy', spec.externalTrafficPolicy);
  text.optional(0, 'Internal Traffic Policy', spec.internalTrafficPolicy);
  text.optional(0, 'HealthCheck NodePort', spec.healthCheckNodePort || undefined);
  text.optional(0, 'LoadBalancer Source Ranges', spec.loadBalancerSourceRanges?.join(','));
  text.optional(0, 'Traffic Distribution', spec.trafficDistribution);
  for (const warning of warnings) text.line(0, `Warning:\t${warning}`);
  text.events(events, now);
  return text.toString();
}

function describeEndpoint(text: Description, endpoint: Endpoint): void {
  text.line(1, `- Addresses:\t${endpoint.addresses.join(', ') || '<none>'}`);
  text.line(2, 'Conditions:');
  text.line(3, `Ready:\t${endpoint.conditions?.ready ?? '<unset>'}`);
  text.line(2, `Hostname:\t${endpoint.hostname ?? '<unset>'}`);
  if (endpoint.targetRef) text.line(2, `TargetRef:\t${endpoint.targetRef.kind ?? ''}/${endpoint.targetRef.name ?? ''}`);
  text.line(2, `NodeName:\t${endpoint.nodeName ?? '<unset>'}`);
  text.line(2, `Zone:\t${endpoint.zone ?? '<unset>'}`);
}

export function describeEndpointSlice(slice: EndpointSlice, events: readonly Event[], now: number): string {
  const text = new Description();
  text.line(0, `Name:\t${slice.metadata.name}`);
  text.line(0, `Namespace:\t${slice.metadata.namespace ?? ''}`);
  text.labels('Labels', slice.metadata.labels);
  text.annotations('Annotations', slice.metadata.annotations);
  text.line(0, `AddressType:\t${slice.addressType}`);
  if (slice.ports?.length) {
    text.line(0, 'Ports:');
    text.line(1, 'Name\tPort\tProtocol');
    text.line(1, '----\t----\t--------');
    for (const { name, port, protocol } of slice.ports)
      text.line(1, `${name || '<unset>'}\t${port ?? '<unset>'}\t${protocol ?? 'TCP'}`);
  } else text.line(0, 'Ports: <unset>');
  if (slice.endpoints?.length) {
    text.line(0, 'Endpoints:');
    for (const endpoint of slice.endpoints) describeEndpoint(text, endpoint);
  } else text.line(0, 'Endpoints: <none>');
  text.events(events, now);
  return text.toString();
}

interface Subset {
  readonly addresses?: readonly { readonly ip: string }[];
  readonly notReadyAddresses?: readonly { readonly ip: string }[];
  readonly ports?: readonly { readonly name?: string; readonly port: number; readonly protocol?: string }[];
}

export function describeEndpoints(object: KubeObject, events: readonly Event[], now: number): string {
  const text = new Description();
  text.line(0, `Name:\t${object.metadata.name}`);
  text.line(0, `Namespace:\t${object.metadata.namespace ?? ''}`);
  text.labels('Labels', object.metadata.labels);
  text.annotations('Annotations', object.metadata.annotations);
  text.line(0, 'Subsets:');
  const ips = (list: Subset['addresses']): string => (list ?? []).map(({ ip }) => ip).join(',') || '<none>';
  for (const { addresses, notReadyAddresses, ports = [] } of (object.subsets ?? []) as Subset[]) {
    text.line(1, `Addresses:\t${ips(addresses)}`);
    text.line(1, `NotReadyAddresses:\t${ips(notReadyAddresses)}`);
    if (ports.length > 0) {
      text.line(1, 'Ports:');
      text.line(2, 'Name\tPort\tProtocol');
      text.line(2, '----\t----\t--------');
      for (const { name, port, protocol } of ports) text.line(2, `${name || '<unset>'}\t${port}\t${protocol ?? 'TCP'}`);
    }
    text.line(0, '');
  }
  text.events(events, now);
  return text.toString();
}

export interface IngressBackend {
  readonly service?: { readonly name: string; readonly port?: { readonly number?: number; readonly name?: string } };
  readonly resource?: { readonly apiGroup?: string; readonly kind: string; readonly name: string };
}

export interface Ingress extends KubeObject {
  spec?: {
    ingressClassName?: string;
    defaultBackend?: IngressBackend;
    tls?: { hosts?: string[]; secretName?: string }[];
    rules?: { host?: string; http?: { paths: { path?: string; backend: IngressBackend }[] } }[];
  };
  status?: { loadBalancer?: { ingress?: LoadBalancerIngress[] } };
}

/** A Service that an Ingress names, or why there is none. */
export type BackendService =
  | { readonly service: Service; readonly slices: readonly EndpointSlice[] }
  | { readonly error: string };

function backendText(backend: IngressBackend, services: ReadonlyMap<string, BackendService>): string {
  const { service, resource } = backend;
  if (!service)
    return resource ? `APIGroup: ${resource.apiGroup ?? '<none>'}, Kind: ${resource.kind}, Name: ${resource.name}` : '';
  const label = `${service.name}:${service.port?.number || service.port?.name || ''}`;
  const found = services.get(service.name);
  if (!found || 'error' in found) return `${label} (<error: ${found?.error ?? 'unknown'}>)`;
  const { number, name } = service.port ?? {};
  const port = found.service.spec.ports?.find((one) => (number ? one.port === number : one.name === name));
  return `${label} (${endpointsText(found.slices, port?.name ?? '')})`;
}

export function describeIngress(
  ingress: Ingress,
  services: ReadonlyMap<string, BackendService>,
  events: readonly Event[],
  now: number,
): string {
  const text = new Description();
  const { metadata, spec = {}, status } = ingress;
  const fallback = spec.defaultBackend ? backendText(spec.defaultBackend, services) : '<default>';
  text.line(0, `Name:\t${metadata.name}`);
  text.labels('Labels', metadata.labels);
  text.line(0, `Namespace:\t${metadata.namespace ?? ''}`);
  text.line(0, `Address:\t${loadBalancerAddresses(status?.loadBalancer?.ingress)}`);
  text.line(0, `Ingress Class:\t${spec.ingressClassName ?? '<none>'}`);
  text.line(0, `Default backend:\t${fallback}`);
  if (spec.tls?.length) {
    text.line(0, 'TLS:');
    for (const { hosts = [], secretName } of spec.tls) {
      text.line(1, secretName ? `${secretName} terminates ${hosts.join(',')}` : `SNI routes ${hosts.join(',')}`);
    }
  }
  text.line(0, 'Rules:');
  text.line(1, 'Host\tPath\tBackends');
  text.line(1, '----\t----\t--------');
  const rules = (spec.rules ?? []).filter(({ http }) => http);
  for (const { host, http } of rules) {
    text.line(1, `${host || '*'}\t`);
    for (const { path = '', backend } of http?.paths ?? [])
      text.line(2, `\t${path} \t${backendText(backend, services)}`);
  }
  if (rules.length === 0) text.line(1, `*\t*\t${fallback}`);
  text.annotations('Annotations', metadata.annotations);
  text.events(events, now);
  return text.toString();
}
