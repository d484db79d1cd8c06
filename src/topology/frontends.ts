// frontends.ts - every address and port on which the Services of a cluster answer, as a client would type them.
import { sameFamily } from '../model/address.js';
import type { Service, ServicePort } from '../model/objects.js';
import { balancerAddresses } from './balancer.js';
import type { Destination } from './expectation.js';

export type FrontendKind = 'ClusterIP' | 'NodePort' | 'LoadBalancer' | 'ExternalIP' | 'HostPort';

export interface Frontend extends Destination {
  readonly kind: FrontendKind;
  /** `namespace/name`; of a hostPort, that of the pod. */
  readonly service: string;
  /** Name of the Service port; '' when it has none. */
  readonly portName: string;
  /** The Service port that it belongs to. */
  readonly servicePort: number;
  /** NodePort, HostPort: the owner of the address. */
  readonly node: string | null;
}

/** A node and its own addresses. */
interface NodeAddresses {
  readonly name: string;
  readonly addresses: readonly string[];
}

function ofPort(service: Service, port: ServicePort, nodes: readonly NodeAddresses[]): Frontend[] {
  const { namespace = 'default', name } = service.metadata;
  const clusterIPs = (service.spec.clusterIPs ?? []).filter((ip) => ip !== 'None' && ip !== '');
  const make = (kind: FrontendKind, address: string, number: number, node: string | null = null): Frontend => ({
    kind,
    service: `${namespace}/${name}`,
    portName: port.name ?? '',
    servicePort: port.port,
    node,
    address,
    port: number,
    protocol: port.protocol ?? 'TCP',
  });
  // kube-proxy has one proxier per family: a Service without a cluster IP in a family has nothing in that family.
  const served = (address: string): boolean => clusterIPs.some((ip) => sameFamily(ip, address));
  const { nodePort } = port;
  const nodePorts = nodePort
    ? nodes.flatMap((node) => node.addresses.map((address) => make('NodePort', address, nodePort, node.name)))
    : [];
  return [
    ...clusterIPs.map((address) => make('ClusterIP', address, port.port)),
    ...(service.spec.externalIPs ?? []).map((address) => make('ExternalIP', address, port.port)),
    ...balancerAddresses(service).map((address) => make('LoadBalancer', address, port.port)),
    ...nodePorts,
  ].filter((frontend) => served(frontend.address));
}

/** In the order of the Services, SCTP included. Headless and ExternalName Services have no frontends. */
export function listFrontends(services: readonly Service[], nodes: readonly NodeAddresses[]): Frontend[] {
  return services
    .filter((service) => service.spec.type !== 'ExternalName')
    .flatMap((service) => (service.spec.ports ?? []).flatMap((port) => ofPort(service, port, nodes)));
}
