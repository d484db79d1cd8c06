// flow.ts - "from pod/client to svc/web:80" → addresses, ports, and the dataplane and port where the packet starts.

import { contains, formatAddress, mustAddress, parseAddress, parseCidr, sameFamily } from '../model/address.js';
import { Fault } from '../model/fault.js';
import type { Service } from '../model/objects.js';
import { findNamed, type Named, nodeNamed, serviceNamed, splitKind } from '../topology/naming.js';
import { FABRIC_ID, type LabNode } from '../topology/topology.js';
import type { Dataplane, Fleet } from './fleet.js';
import type { Probe, ProbeProtocol } from './probe.js';
import { podsOfSlices, podWith, type World, type WorldPod } from './world.js';

/** What the user asked, as typed. */
export interface FlowRequest {
  /** Name of the node whose rules are asked; absent = the node where a packet from the source begins. */
  readonly node?: string | undefined;
  readonly from: string;
  readonly to: string;
  readonly proto?: string | undefined;
}

/** Where the packet starts, and its contents. */
export interface ResolvedFlow {
  readonly probe: Probe;
  /** The user gave the source port, so choices that depend on it are not tried out. */
  readonly fixedSourcePort: boolean;
  /** Node id of the first dataplane that it meets. */
  readonly start: number;
  /** Name of the source: `pod/default/client`, `node/node-1`, `client/outside` or its address. */
  readonly fromName: string;
  /** The name from which the destination was resolved, if it was one. */
  readonly notes: readonly string[];
}

/** A source port that no Service rule looks at. */
export const SOURCE_PORT = 40_000;

const wrong = (message: string, remedy: string): Fault => new Fault('USAGE', message, remedy);

/** `1.2.3.4:80`, `[::1]:80`, `1.2.3.4`, `::1` or `[::1]`; null when it is neither. */
export function splitAddress(text: string): { address: string; port: string | null } | null {
  const whole = parseAddress(text);
  if (whole) return { address: formatAddress(whole), port: null };
  const bracketed = /^\[([^\]]+)\](?::(.+))?$/.exec(text);
  const plain = bracketed ? null : /^([^:]+)(?::(.+))?$/.exec(text);
  const address = parseAddress(bracketed?.[1] ?? plain?.[1] ?? '');
  return address ? { address: formatAddress(address), port: bracketed?.[2] ?? plain?.[2] ?? null } : null;
}

function parseProtocol(text: string | undefined): ProbeProtocol {
  const word = (text ?? 'tcp').toUpperCase();
  if (word === 'TCP' || word === 'UDP' || word === 'SCTP') return word;
  if (word === 'ICMP' || word === 'ICMPV6') return 'ICMP';
  throw wrong(`unknown protocol "${text}"`, 'Use tcp, udp, sctp or icmp.');
}

function parsePort(text: string, what: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port >= 1 && port <= 65_535) return port;
  throw wrong(`${what}: "${text}" is not a port`, 'A port is a number from 1 to 65535.');
}

// ---- sources

interface Source {
  readonly addresses: readonly string[];
  readonly port: number | null;
  readonly name: string;
  /** The node that the packet meets first; null = the fabric. */
  readonly node: LabNode | null;
}

const nodeOf = (world: World, name: string): LabNode => nodeNamed(name, world.topology.nodes);

/** `namespace/name` of a pod, or the address of an endpoint without one. */
function podName({ name }: WorldPod): Named {
  const [namespace, own] = name.split('/');
  return own === undefined ? { namespace: '', name } : { namespace, name: own };
}

const sourceOf = (world: World, pod: WorldPod): Source => ({
  addresses: pod.addresses,
  port: null,
  name: `pod/${pod.name}`,
  node: nodeOf(world, pod.node),
});

function podSource(world: World, text: string, namespace: string): Source {
  if (world.pods.length === 0) {
    throw new Fault('NOT_FOUND', `there is no pod "${text}"`, 'No pod here has an address. Give an address instead.');
  }
  const rules = { what: 'pod', namespace, prefixes: true };
  return sourceOf(world, findNamed(text, world.pods, podName, rules));
}

/** The first pod of a Deployment, StatefulSet, …: pod names begin with the workload's name. */
function workloadSource(world: World, text: string, namespace: string): Source {
  const owner = ({ name }: Named): string => name.replace(/(-[a-z0-9]{1,10})?-[a-z0-9]+$/, '');
  const owned = (pod: WorldPod): Named => ({ ...podName(pod), name: owner(podName(pod)) });
  return sourceOf(world, findNamed(text, world.pods, owned, { what: 'pod of', namespace }));
}

/** The first pod that is an endpoint of a Service. */
function serviceSource(world: World, text: string, namespace: string): Source {
  const { metadata } = serviceNamed(text, world.snapshot.services, namespace);
  const slices = world.snapshot.endpointSlices.filter(
    (slice) =>
      slice.metadata.namespace === metadata.namespace &&
      slice.metadata.labels?.['kubernetes.io/service-name'] === metadata.name,
  );
  const [pod] = podsOfSlices(world, slices, []);
  if (pod) return sourceOf(world, pod);
  throw new Fault('NOT_FOUND', `Service "${metadata.name}" has no pod to send from`, 'Choose another source.');
}

function clientSource(world: World, text: string): Source {
  const name = (client: { readonly name: string }): Named => ({ namespace: undefined, name: client.name });
  const client = findNamed(text, world.topology.clients, name, { what: 'client', namespace: '' });
  return { addresses: client.addresses, port: null, name: `client/${client.name}`, node: null };
}

/** The owner of an address: a pod, a node, or someone in a node's pod range. */
function ownerOf(world: World, address: string): { name: string; node: LabNode | null } {
  for (const node of world.topology.nodes) {
    const own = [...node.addresses, ...(world.extraAddresses.get(node.name) ?? [])];
    if (own.includes(address)) return { name: `node/${node.name}`, node };
  }
  const pod = podWith(world, address);
  if (pod) return { name: `pod/${pod.name}`, node: nodeOf(world, pod.node) };
  const inside = world.topology.nodes.find((node) =>
    node.podCIDRs.some((text) => {
      const cidr = parseCidr(text);
      return cidr !== null && contains(cidr, mustAddress(address));
    }),
  );
  const client = world.topology.clients.find((candidate) => candidate.addresses.includes(address));
  return { name: client ? `client/${client.name}` : address, node: inside ?? null };
}

const isLoopback = (address: string): boolean => address.startsWith('127.') || address === '::1';

/** Every node has this address, so the user must say which node is meant. */
function loopbackOwner(world: World, address: string, node: string | undefined): Pick<Source, 'name' | 'node'> {
  const [first, second] = world.topology.nodes;
  const name = node ?? (second ? undefined : first?.name);
  if (name === undefined) throw wrong(`every node has the address ${address}`, 'Say which with --node NAME.');
  return { name: `node/${name}`, node: nodeOf(world, name) };
}

function namedSource(world: World, text: string, namespace: string): Source {
  const { kind, rest } = splitKind(text);
  if (!/^[a-z0-9][-a-z0-9./]*$/i.test(rest)) {
    throw wrong(
      `cannot tell who "${text}" is`,
      'Use IP, IP:PORT, pod/NAME, deploy/NAME, svc/NAME, node/NAME or client/NAME.',
    );
  }
  if (kind === 'client') return clientSource(world, rest);
  if (kind === 'workload') return workloadSource(world, rest, namespace);
  if (kind === 'service') return serviceSource(world, rest, namespace);
  if (kind !== 'node') return podSource(world, rest, namespace);
  const node = nodeOf(world, rest);
  return { addresses: node.addresses, port: null, name: `node/${node.name}`, node };
}

function resolveSource(world: World, text: string, namespace: string, home: string | undefined): Source {
  const split = splitAddress(text);
  if (!split) return namedSource(world, text, namespace);
  const port = split.port === null || split.port === '0' ? null : parsePort(split.port, text);
  const { address } = split;
  const owner = isLoopback(address) ? loopbackOwner(world, address, home) : ownerOf(world, address);
  return { addresses: [address], port, ...owner };
}

// ---- destinations

interface Destination {
  readonly address: string;
  readonly port: number;
  readonly notes: readonly string[];
}

function servicePort(service: Service, text: string, name: string): number {
  const ports = service.spec.ports ?? [];
  const named = ports.find((port) => port.name === text);
  if (named) return named.port;
  return parsePort(text, name);
}

/** The address that a name stands for, in a family that the source has. */
function serviceAddress(service: Service, source: Source, name: string): string {
  const { spec } = service;
  if (spec.type === 'ExternalName') {
    throw wrong(
      `${name} is an ExternalName: a DNS alias of ${spec.externalName}`,
      'Trace to the address of that name.',
    );
  }
  const ips = (spec.clusterIPs ?? [spec.clusterIP ?? '']).filter((ip) => parseAddress(ip));
  const reachable = ips.find((ip) => source.addresses.some((own) => sameFamily(own, ip)));
  if (reachable) return reachable;
  if (ips.length > 0) throw wrong(`${name} and ${source.name} have no IP family in common`, 'Choose another source.');
  throw wrong(`${name} is headless: its name stands for its endpoints`, 'Trace to the address of an endpoint.');
}

function namedDestination(
  world: World,
  text: string,
  source: Source,
  protocol: ProbeProtocol,
  namespace: string,
): Destination {
  const match = /^(.+?)(?::([^:]+))?$/.exec(text);
  const name = match?.[1] ?? text;
  const { kind, rest } = splitKind(name);
  if (kind !== null && kind !== 'service') {
    const { addresses } = namedSource(world, name, namespace);
    const address = addresses.find((one) => source.addresses.some((own) => sameFamily(own, one))) ?? addresses[0] ?? '';
    const port = protocol === 'ICMP' ? 0 : parsePort(match?.[2] ?? '', text);
    return { address, port, notes: [`${text} is ${address}`] };
  }
  const service = serviceNamed(rest, world.snapshot.services, namespace);
  // First check that it has an address: an alias has none, whatever the port.
  const address = serviceAddress(service, source, name);
  const only = service.spec.ports?.length === 1 ? service.spec.ports[0] : undefined;
  const portText = match?.[2] ?? only?.port.toString();
  if (portText === undefined) throw wrong(`"${text}" has no port`, `Say which port: ${text}:PORT.`);
  return { address, port: servicePort(service, portText, text), notes: [`${text} is ${address}`] };
}

function resolveDestination(
  world: World,
  text: string,
  source: Source,
  protocol: ProbeProtocol,
  namespace: string,
): Destination {
  const split = splitAddress(text) ?? splitBareIPv6(text);
  if (!split) return namedDestination(world, text, source, protocol, namespace);
  if (protocol === 'ICMP') return { address: split.address, port: 0, notes: [] };
  const bare = split.port === null ? splitBareIPv6(text) : null;
  if (bare) return { address: bare.address, port: parsePort(bare.port, text), notes: [] };
  if (split.port === null) throw wrong(`"${text}" has no port`, `Say which port: ${text}:PORT.`);
  return { address: split.address, port: parsePort(split.port, text), notes: [] };
}

/** `fd00::1:80` without brackets: the part after the last colon is taken as the port. */
function splitBareIPv6(text: string): { address: string; port: string } | null {
  const at = text.lastIndexOf(':');
  const address = at > 0 && text.indexOf(':') !== at ? parseAddress(text.slice(0, at)) : null;
  const port = text.slice(at + 1);
  return address && /^\d{1,5}$/.test(port) ? { address: formatAddress(address), port } : null;
}

// ---- where it begins

/** Whose port a name stands for: `pod/NAMESPACE/NAME`, `client/NAME`, `node/NAME`, and the id of its node; null = the fabric. */
export function senderPlace(world: World, text: string, namespace: string): { name: string; node: number | null } {
  const { name, node } = resolveSource(world, text, namespace, undefined);
  return { name, node: node?.id ?? null };
}

/** The port of the first dataplane through which the packet arrives. */
export function arrivalPort(fleet: Fleet, start: Dataplane, flow: ResolvedFlow): number {
  const address = flow.probe.source;
  const { attachment } = start;
  const named = (name: string): number => attachment.ports.findIndex((port) => port.name === name);
  if (!start.isNode) {
    const own = named(flow.fromName.startsWith('client/') ? flow.fromName : 'outside');
    return own < 0 ? named('outside') : own;
  }
  const node = fleet.world.topology.nodes.find((candidate) => candidate.id === start.id);
  if (node && fleet.localAddresses(node).includes(address)) return named(`node/${start.name}`);
  const pod = fleet.podsOn(start.name).findIndex((candidate) => candidate.addresses.includes(address));
  if (pod >= 0) return attachment.ports.findIndex((port) => port.kind === 'POD') + pod;
  return attachment.ports.findIndex((port) => port.kind === 'UPLINK');
}

/**
 * Turns a request into a packet and the place where it starts. Throws Fault NOT_FOUND for names that do not exist,
 * USAGE for text that is not a name.
 * @param namespace namespace of names that have none
 */
export function resolveFlow(world: World, request: FlowRequest, namespace: string): ResolvedFlow {
  const protocol = parseProtocol(request.proto);
  const source = resolveSource(world, request.from, namespace, request.node);
  // `pod/NAMESPACE/NAME`: a pod's resolv.conf searches its own namespace first.
  const [, space, pod] = source.name.split('/');
  const to = resolveDestination(
    world,
    request.to,
    source,
    protocol,
    pod === undefined ? namespace : (space ?? namespace),
  );
  // What a node sends to its loopback address also has that address as its source.
  const own = source.name.startsWith('node/') && isLoopback(to.address) ? [to.address] : source.addresses;
  const address = own.find((one) => sameFamily(one, to.address));
  if (!address) {
    throw wrong(
      `${source.name} has no address of the family of ${to.address}`,
      'Choose another source or destination.',
    );
  }
  const first = request.node === undefined ? source.node : nodeOf(world, request.node);
  return {
    probe: {
      source: address,
      sourcePort: source.port ?? SOURCE_PORT,
      destination: to.address,
      destinationPort: to.port,
      protocol,
    },
    fixedSourcePort: source.port !== null,
    start: first?.id ?? FABRIC_ID,
    fromName: source.name,
    notes: to.notes,
  };
}
