// listening.ts - the ports on which a lab's pods listen, and who would answer at an address.
import type { ContainerPort, Pod, Protocol, Service } from '../model/objects.js';
import { commandOf, isLabsPod } from './annotations.js';
import { servingContainers } from './backing.js';
import { probedPorts } from './probes.js';

export interface PodPort {
  readonly protocol: 'TCP' | 'UDP';
  readonly port: number;
}

/** True if the Service has a selector and the pod has its labels. */
export const selects = (service: Service, pod: Pod): boolean => {
  const selector = Object.entries(service.spec.selector ?? {});
  return (
    selector.length > 0 &&
    (service.metadata.namespace ?? 'default') === (pod.metadata.namespace ?? 'default') &&
    selector.every(([key, value]) => pod.metadata.labels?.[key] === value)
  );
};

/** What a pod listens on. */
interface Listening {
  readonly ports: readonly PodPort[];
  /** The pod declares no port: these are the ports that Services expect of it. */
  readonly guessed: boolean;
}

/**
 * The ports that the application opens: those that the containers declare. A pod that declares none would be
 * unreachable, so it opens the numeric targetPorts of the Services that select it. That is a guess: only its image
 * knows. What a probe asks is open besides. SCTP is left out.
 */
export function podPorts(pod: Pod, services: readonly Service[]): Listening {
  const declared = servingContainers(pod.spec).flatMap((container) => container.ports ?? []);
  const wanted: readonly ContainerPort[] =
    declared.length > 0
      ? declared
      : services
          .filter((service) => selects(service, pod))
          .flatMap((service) => service.spec.ports ?? [])
          .flatMap(({ protocol = 'TCP', port, targetPort = port }) =>
            typeof targetPort === 'number' ? [{ protocol, containerPort: targetPort }] : [],
          );
  const probed = servingContainers(pod.spec).flatMap(probedPorts);
  const ports = new Map<string, PodPort>(probed.map((port) => [`TCP/${port}`, { protocol: 'TCP', port }]));
  for (const { protocol = 'TCP', containerPort: port } of wanted) {
    if (protocol !== 'SCTP') ports.set(`${protocol}/${port}`, { protocol, port });
  }
  return { ports: [...ports.values()], guessed: declared.length === 0 };
}

/** The ports that are open while these containers of the pod do not run. Nobody knows whose a guessed port is. */
export function openPorts({ ports, guessed }: Listening, { spec }: Pod, down: ReadonlySet<string>): readonly PodPort[] {
  if (down.size === 0) return ports;
  if (guessed) return [];
  const closed = servingContainers(spec)
    .filter(({ name }) => down.has(name))
    .flatMap((container) => [...(container.ports ?? []).map((one) => one.containerPort), ...probedPorts(container)]);
  return ports.filter(({ port }) => !closed.includes(port));
}

/** `8080/TCP, 53/UDP`, as kubectl writes ports. */
export const portsText = (ports: readonly PodPort[]): string =>
  ports.map(({ protocol, port }) => `${port}/${protocol}`).join(', ');

/**
 * What a connection to an address and port of the lab finds. `answers`: a pod listens. `closed`: a pod has the address
 * but does not listen on the port. `nobody`: no pod has the address. `unknown`: the user's own program runs there.
 */
type Listener = 'answers' | 'closed' | 'nobody' | 'unknown';

/** Who would answer at an endpoint. */
export type Listeners = (address: string, port: number, protocol: Protocol) => Listener;

/** Something else than the default application answers in the pod. */
const hasProgram = (pod: Pod): boolean => commandOf(pod) !== undefined || isLabsPod(pod);

export function listenersOf(pods: readonly Pod[], services: readonly Service[]): Listeners {
  const byAddress = new Map<string, Pod[]>();
  for (const pod of pods) {
    for (const { ip } of pod.status?.podIPs ?? []) byAddress.set(ip, [...(byAddress.get(ip) ?? []), pod]);
  }
  return (address, port, protocol) => {
    const here = byAddress.get(address);
    if (!here) return 'nobody';
    if (here.some(hasProgram)) return 'unknown';
    const listens = (pod: Pod): boolean =>
      podPorts(pod, services).ports.some((one) => one.port === port && one.protocol === protocol);
    return here.some(listens) ? 'answers' : 'closed';
  };
}
