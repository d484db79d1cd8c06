// advice.ts - what a trace adds about the intended Service: its real ports, why nothing backs it, who does not listen.
import { formatEndpoint, parseAddress, sameFamily } from '../model/address.js';
import type { EndpointSlice, KubeObject, Pod, Service, ServicePort } from '../model/objects.js';
import { EXTERNAL_ROUTE_ANNOTATION } from '../plan/balancing.js';
import { balancerAddresses, slicesByService } from '../topology/balancer.js';
import { whatListens, whyNoEndpoints } from '../topology/diagnosis.js';
import { listenersOf } from '../topology/listening.js';
import type { Probe } from './probe.js';
import type { Followed, TraceResult } from './trace.js';
import { podWith, type World } from './world.js';

const nameOf = ({ metadata }: Service): string => `${metadata.namespace ?? 'default'}/${metadata.name}`;
const protocolOf = ({ protocol = 'TCP' }: ServicePort): string => protocol;
const portText = ({ port, name }: ServicePort): string => (name ? `${port} (${name})` : String(port));

/** `a`, `a and b`, `a, b and c`. */
const list = (texts: readonly string[]): string =>
  texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} and ${texts.at(-1)}`;

const virtualAddresses = (service: Service): string[] => [
  ...(service.spec.clusterIPs ?? [service.spec.clusterIP ?? '']),
  ...(service.spec.externalIPs ?? []),
  ...balancerAddresses(service),
];

/** Ports of a Service with the requested protocol, or with any if it has none of that: `ports 80 (http) and 443`. */
function portsOf(service: Service, protocol: string): string {
  const ports = service.spec.ports ?? [];
  const same = ports.filter((port) => protocolOf(port) === protocol);
  const shown = same.length > 0 ? same.map(portText) : ports.map((port) => `${portText(port)}/${protocolOf(port)}`);
  if (shown.length === 0) return 'no ports';
  return `${shown.length === 1 ? 'port' : 'ports'} ${list(shown)}`;
}

const nodeAddress = ({ topology }: World, like: string): string =>
  topology.nodes.flatMap(({ addresses }) => addresses).find((own) => sameFamily(own, like)) ?? 'ADDRESS-OF-A-NODE';

/** The request went to an address of a Service, on a port that it does not have. */
function wrongPort(world: World, probe: Probe): string[] {
  const { destination, destinationPort: asked, protocol } = probe;
  const service = world.snapshot.services.find((one) => virtualAddresses(one).includes(destination));
  const ports = service?.spec.ports ?? [];
  if (!service || ports.some((one) => one.port === asked && protocolOf(one) === protocol)) return [];
  const other = ports.find(({ port }) => port === asked);
  const node = ports.find(({ nodePort }) => nodePort === asked);
  const target = ports.find(({ targetPort }) => targetPort === asked);
  return [
    `Service ${nameOf(service)} has ${portsOf(service, protocol)}.`,
    ...(other ? [`Port ${asked} is there for ${protocolOf(other)} only.`] : []),
    ...(node
      ? [
          `${asked} is its nodePort: ask the address of a node, ${formatEndpoint(nodeAddress(world, destination), asked)}.`,
        ]
      : []),
    ...(target && !node
      ? [`${asked} is its targetPort, on which the endpoints listen: clients ask port ${target.port}.`]
      : []),
  ];
}

/** The request went to a node, on a port that is not a nodePort. */
function noNodePort(world: World, { reason }: TraceResult, probe: Probe): string[] {
  if (reason !== 'LOCAL_DELIVERY') return [];
  const { destination, destinationPort: asked, protocol } = probe;
  const all = world.snapshot.services.flatMap((service) =>
    (service.spec.ports ?? []).map((port) => ({ service, port })),
  );
  const same = all.filter(({ port }) => protocolOf(port) === protocol);
  const here = same.find(({ port }) => port.nodePort === asked);
  if (here) {
    const where = parseAddress(destination) ? destination : 'this address';
    return [
      `${asked} is the nodePort of ${nameOf(here.service)}, but NodePorts do not answer on ${where} in this mode.`,
    ];
  }
  const other = all.find(({ port }) => port.nodePort === asked);
  if (other) return [`NodePort ${asked} of ${nameOf(other.service)} is there for ${protocolOf(other.port)} only.`];
  const meant = same.find(({ port }) => port.port === asked && port.nodePort);
  if (!meant) return [];
  return [
    `On nodes, port ${asked} of ${nameOf(meant.service)} is nodePort ${meant.port.nodePort}: ` +
      `${formatEndpoint(destination, meant.port.nodePort ?? 0)}.`,
  ];
}

interface Behind {
  readonly service: Service;
  readonly port: ServicePort | undefined;
  readonly slices: readonly EndpointSlice[];
  readonly pods: readonly Pod[];
}

/** The Service named by the rules, with its endpoints. */
function behind(world: World, result: TraceResult): Behind | null {
  const [owner = '', portName = ''] = (result.service ?? '').split(':');
  const service = world.snapshot.services.find((one) => nameOf(one) === owner);
  if (!service) return null;
  const port = (service.spec.ports ?? []).find(({ name = '' }) => name === portName);
  const slices = slicesByService(world.snapshot.endpointSlices).get(owner) ?? [];
  return { service, port, slices, pods: podsIn(world) };
}

const podsIn = (world: World): Pod[] =>
  ((world.snapshot.pods ?? []) as readonly KubeObject[]).map((pod) => ({ ...pod, kind: 'Pod' }) as Pod);

const sentence = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;

function noEndpoints(world: World, result: TraceResult): string[] {
  const found = result.reason === 'NO_ENDPOINTS' ? behind(world, result) : null;
  if (!found) return [];
  return [`Why: ${whyNoEndpoints(found.service, found.port, found.slices, found.pods)}.`];
}

/** Endpoints whose pods are known and do not listen. */
function silentEndpoints(world: World, result: TraceResult): string[] {
  const found = result.verdict === 'dnat' ? behind(world, result) : null;
  if (!found) return [];
  const { services } = world.snapshot;
  const listeners = listenersOf(found.pods, services);
  const protocol = found.port?.protocol ?? 'TCP';
  const closed = result.backends.filter(({ address, port }) => listeners(address, port, protocol) === 'closed');
  if (closed.length === 0) return [];
  const names = list(closed.map(({ address, port }) => formatEndpoint(address, port)));
  const refused = closed.length === result.backends.length ? 'The connection is refused there' : 'Some are refused';
  return [`${refused}: nobody listens on ${names}; ${whatListens(found.service, found.pods, services)}.`];
}

/** Addresses of Services with no route from outside. */
function noRoute(world: World, { reason }: TraceResult, { destination }: Probe): string[] {
  const { services } = world.snapshot;
  if (reason !== 'HOST_UNREACHABLE') return [];
  const external = services.find(({ spec }) => spec.externalIPs?.includes(destination));
  if (external) {
    return [
      `${destination} is an external IP of ${nameOf(external)}: whoever runs the network routes it to a node. ` +
        `The annotation ${EXTERNAL_ROUTE_ANNOTATION}: all (or names of nodes) makes such a route; pods and nodes reach it without.`,
    ];
  }
  const internal = services.find(({ spec }) => (spec.clusterIPs ?? [spec.clusterIP]).includes(destination));
  if (!internal) return [];
  return [
    `${destination} is the ClusterIP of ${nameOf(internal)}: it exists inside the cluster only. ` +
      'Clients outside need a NodePort, a LoadBalancer or a routed external IP.',
  ];
}

/** A pod that sends a request to its own address. */
function toItself(world: World, { source, destination }: Probe): string[] {
  const pod = source === destination ? podWith(world, source) : null;
  return pod
    ? [sentence(`what pod/${pod.name} sends to its own address never leaves it, so no rule and no wire sees it`)]
    : [];
}

/** Sentences to add at the end of a story, for users who did not get the intended result. */
export function advise(world: World, { result, flow }: Pick<Followed, 'result' | 'flow'>): string[] {
  const { probe } = flow;
  return [
    ...toItself(world, probe),
    ...(probe.protocol === 'ICMP' ? [] : [...wrongPort(world, probe), ...noNodePort(world, result, probe)]),
    ...noEndpoints(world, result),
    ...silentEndpoints(world, result),
    ...noRoute(world, result, probe),
  ];
}
