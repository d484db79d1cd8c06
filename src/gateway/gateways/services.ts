// services.ts - the LoadBalancer Service of each Gateway: its address and ports, led to ports of the proxy's pods.
//
// Two Gateways may both have port 80, and share the proxy. So each port of a Gateway is a port of its own on the pods, and the
// Services remember which: who starts anew reads it there.
import { createHash } from 'node:crypto';
import { same } from '../../cluster/freeze.js';
import type { Service, ServicePort } from '../../model/objects.js';
import { type Gateway, type Listener, nameOf, namespaceOf } from '../objects.js';

const GATEWAY_LABEL = 'gateway.networking.k8s.io/gateway-name';
const GATEWAY_NAMESPACE_LABEL = 'kubewire.dev/gateway-namespace';

/** The first port of the proxy's pods that is for Gateways. */
const FIRST_PORT = 10_000;
/** Names of Services are at most this long. */
const MOST_NAME = 63;

/** `gateway-shop-web`; with a digest at its end where that is too long, or not the only way to read it. */
function serviceName(gateway: Gateway): string {
  const full = `gateway-${namespaceOf(gateway)}-${gateway.metadata.name}`.replaceAll('.', '-');
  const digest = createHash('sha256').update(nameOf(gateway)).digest('hex').slice(0, 8);
  return full.length <= MOST_NAME && !`${namespaceOf(gateway)}${gateway.metadata.name}`.match(/[-.]/)
    ? full
    : `${full.slice(0, MOST_NAME - 9)}-${digest}`;
}

const ownerOf = ({ metadata }: Service): string | null => {
  const { [GATEWAY_LABEL]: name, [GATEWAY_NAMESPACE_LABEL]: namespace } = metadata.labels ?? {};
  return name === undefined || namespace === undefined ? null : `${namespace}/${name}`;
};

/** The Services of Gateways among all of the proxy's namespace, by the Gateway's name. */
export const gatewayServices = (services: readonly Service[], namespace: string): ReadonlyMap<string, Service> =>
  new Map(
    services.flatMap((service) => {
      const owner = namespaceOf(service) === namespace ? ownerOf(service) : null;
      return owner === null ? [] : [[owner, service] as const];
    }),
  );

const transport = ({ protocol }: Listener): 'TCP' | 'UDP' => (protocol === 'UDP' ? 'UDP' : 'TCP');

/** Port of a Service → port on the pods. */
const podPorts = (service: Service | undefined): Map<string, number> =>
  new Map(
    (service?.spec.ports ?? []).map(({ protocol, port, targetPort }) => [
      `${protocol ?? 'TCP'} ${port}`,
      Number(targetPort),
    ]),
  );

export interface ServiceChanges {
  /** As they are to be, by the Gateway's name. */
  readonly wanted: ReadonlyMap<string, Service>;
  readonly create: readonly Service[];
  readonly update: readonly Service[];
  readonly remove: readonly Service[];
}

/** @param own the Service of the proxy itself: where the pods are, and how the Services of Gateways are to be */
export function serviceChanges(
  gateways: readonly { readonly gateway: Gateway; readonly listeners: readonly Listener[] }[],
  existing: ReadonlyMap<string, Service>,
  own: Service,
): ServiceChanges {
  const taken = new Set([...existing.values()].flatMap((service) => [...podPorts(service).values()]));
  const wanted = new Map<string, Service>();
  let next = FIRST_PORT;
  for (const { gateway, listeners } of gateways) {
    const before = existing.get(nameOf(gateway));
    const known = podPorts(before);
    const ports = new Map<string, ServicePort>();
    for (const listener of listeners) {
      const key = `${transport(listener)} ${listener.port}`;
      if (ports.has(key)) continue;
      let targetPort = known.get(key);
      if (targetPort === undefined) {
        while (taken.has(next)) next++;
        taken.add(next);
        targetPort = next;
      }
      const name = `${transport(listener).toLowerCase()}-${listener.port}`;
      ports.set(key, { name, protocol: transport(listener), port: listener.port, targetPort });
    }
    if (ports.size > 0) wanted.set(nameOf(gateway), serviceOf(gateway, [...ports.values()], own, before));
  }
  const made = [...wanted];
  return {
    wanted,
    create: made.flatMap(([name, service]) => (existing.has(name) ? [] : [service])),
    update: made.flatMap(([name, service]) => {
      const before = existing.get(name);
      return before && !same(before, service) ? [service] : [];
    }),
    remove: [...existing].flatMap(([name, service]) => (wanted.has(name) ? [] : [service])),
  };
}

/** As it is, with what is ours made right: what the cluster has filled in stays. */
function serviceOf(
  gateway: Gateway,
  ports: readonly ServicePort[],
  own: Service,
  before: Service | undefined,
): Service {
  const { infrastructure, addresses = [] } = gateway.spec;
  const { selector = {}, externalTrafficPolicy, ipFamilyPolicy } = own.spec;
  const address = addresses.find(({ type = 'IPAddress', value }) => type === 'IPAddress' && value)?.value;
  const nodePorts = new Map((before?.spec.ports ?? []).map(({ name, nodePort }) => [name, nodePort]));
  const withNodePort = (port: ServicePort): ServicePort => {
    const nodePort = nodePorts.get(port.name);
    return nodePort === undefined ? port : { ...port, nodePort };
  };
  return {
    ...before,
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      ...before?.metadata,
      name: before?.metadata.name ?? serviceName(gateway),
      namespace: namespaceOf(own),
      labels: {
        ...infrastructure?.labels,
        [GATEWAY_LABEL]: gateway.metadata.name,
        [GATEWAY_NAMESPACE_LABEL]: namespaceOf(gateway),
      },
      ...(infrastructure?.annotations ? { annotations: { ...infrastructure.annotations } } : {}),
    },
    spec: {
      ...before?.spec,
      type: 'LoadBalancer',
      selector,
      ports: ports.map(withNodePort),
      ...(externalTrafficPolicy ? { externalTrafficPolicy } : {}),
      ...(ipFamilyPolicy ? { ipFamilyPolicy } : {}),
      ...(address === undefined ? {} : { loadBalancerIP: address }),
    },
  };
}
