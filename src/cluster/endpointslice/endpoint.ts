// endpoint.ts - one pod as an endpoint of one Service: address, conditions, ports.
//
// The rules of k8s.io/endpointslice (utils.go, util/controller_utils.go), Kubernetes 1.36.

import { type Family, formatAddress, parseAddress } from '../../model/address.js';
import { isPodOver, isPodReady } from '../../model/conditions.js';
import type { Endpoint, EndpointPort, Node, Pod, Service, ServicePort } from '../../model/objects.js';
import { servingContainers } from '../../topology/backing.js';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';

/** Finished pods and pods without an address are not endpoints; terminating ones are. */
export function isEndpoint(pod: Pod): boolean {
  const { podIP, podIPs } = pod.status ?? {};
  return !isPodOver(pod) && Boolean(podIP || podIPs?.length);
}

/** The addresses of one family, in canonical form. */
function podAddresses(pod: Pod, family: Family): string[] {
  const addresses: string[] = [];
  for (const { ip } of pod.status?.podIPs ?? []) {
    const address = parseAddress(ip);
    if (address?.family === family) addresses.push(formatAddress(address));
  }
  return addresses;
}

/** The endpoint without hints; null when the pod has no address of the family. `node` is undefined when unknown. */
export function podEndpoint(pod: Pod, node: Node | undefined, service: Service, family: Family): Endpoint | null {
  const addresses = podAddresses(pod, family);
  if (addresses.length === 0) return null;
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { namespace, name, uid } = pod.metadata;
  const zone = node?.metadata.labels?.[ZONE_LABEL];
  const { hostname, subdomain, nodeName } = pod.spec;
  const named = hostname && subdomain === service.metadata.name && namespace === service.metadata.namespace;
  return {
    addresses,
    conditions: { ready, serving, terminating },
    ...(named ? { hostname } : {}),
    targetRef: { kind: 'Pod', ...(namespace ? { namespace } : {}), name, ...(uid ? { uid } : {}) },
    ...(nodeName ? { nodeName } : {}),
    ...(zone ? { zone } : {}),
  };
}

/** The Service's ports as this pod serves them; a named port that the pod does not have is left out. */
export function podPorts(pod: Pod, service: Service): EndpointPort[] {
  const ports: EndpointPort[] = [];
  for (const port of service.spec.ports ?? []) {
    const number = targetPort(pod, port);
    if (number === undefined) continue;
    const { name = '', protocol = 'TCP', appProtocol } = port;
    ports.push({ name, protocol, port: number, ...(appProtocol === undefined ? {} : { appProtocol }) });
  }
  return ports;
}

function targetPort(pod: Pod, port: ServicePort): number | undefined {
  const target = port.targetPort ?? port.port;
  if (typeof target === 'number') return target;
  for (const container of servingContainers(pod.spec))
    for (const offered of container.ports ?? [])
      if (offered.name === target && (offered.protocol ?? 'TCP') === (port.protocol ?? 'TCP'))
        return offered.containerPort;
  return undefined;
}
