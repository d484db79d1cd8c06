// attachment.ts - topology and pods → how each dataplane is wired: its ports and its routes.
import { hostCidr, sameFamily } from '../model/address.js';
import type { Node } from '../model/objects.js';
import { DEFAULT_CONFIG } from '../plan/config.js';
import type { Attachment, NodeView, PlanPort, PlanRoute, ProxyConfig, ProxyMode } from '../plan/plan.js';
import type { Balance } from './balancer.js';
import { FABRIC_ID, type LabNode, type Topology } from './topology.js';

/** Port numbers that every node has; pods come after them. The fabric has one uplink per node, then the clients. */
export const HOST_PORT = 0;
const UPLINK_PORT = 1;
export const FIRST_POD_PORT = 2;

/** A pod's place on its node. The number is fixed while the pod lives, so that swapping tables cannot misdeliver. */
export interface PodWire {
  readonly port: number;
  /** Unique in the lab for the lab's lifetime. */
  readonly id: number;
  /** `namespace/name` */
  readonly name: string;
  readonly addresses: readonly string[];
}

/** The owner of a MAC: the dataplane itself, or the interface at the other end of one of its ports. */
type MacOwner = 'node' | 'host' | 'pod' | 'client';
const MAC_OWNERS: readonly MacOwner[] = ['node', 'host', 'pod', 'client'];

/** A locally administered unicast MAC (IEEE 802, second bit of the first byte): 02, the owner, then the id. */
export function macOf(owner: MacOwner, id: number): string {
  const bytes = [0x02, MAC_OWNERS.indexOf(owner), id >>> 24, id >>> 16, id >>> 8, id];
  return bytes.map((byte) => (byte & 0xff).toString(16).padStart(2, '0')).join(':');
}

/** Source ports of masquerading: what `MASQUERADE --random-fully` uses for ports above 1023. */
const SNAT_PORTS = [1024, 65535] as const;

const forward = (prefix: string, port: number, nextHop = -1): PlanRoute => ({ prefix, kind: 'FORWARD', port, nextHop });
const local = (prefix: string): PlanRoute => ({ prefix, kind: 'LOCAL', port: HOST_PORT, nextHop: -1 });
const unreachable = (prefix: string): PlanRoute => ({ prefix, kind: 'UNREACHABLE', port: -1, nextHop: -1 });

/** Addresses that every node has and to which no other machine can send. */
export const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** Everything that others reach through this node. */
const behind = (node: LabNode): string[] => [...node.addresses.map(hostCidr), ...node.podCIDRs];

function podPorts(pods: readonly PodWire[], mtu: number): PlanPort[] {
  const last = pods.reduce((max, pod) => Math.max(max, pod.port), FIRST_POD_PORT - 1);
  const byPort = new Map(pods.map((pod) => [pod.port, pod]));
  return Array.from({ length: last - FIRST_POD_PORT + 1 }, (_, i) => {
    const pod = byPort.get(FIRST_POD_PORT + i);
    // The place of a deleted pod remains until another pod takes it. No route leads to it.
    if (!pod) return { kind: 'POD', name: 'vacant', mac: macOf('pod', 0), mtu, id: 0 };
    return { kind: 'POD', name: `pod/${pod.name}`, mac: macOf('pod', pod.id), mtu, id: pod.id };
  });
}

/** How a node with these pods is wired. It answers host unreachable for addresses in its pod ranges that no pod has. */
export function nodeAttachment(topology: Topology, node: LabNode, pods: readonly PodWire[]): Attachment {
  const { mtu } = topology;
  const others = topology.nodes.filter((other) => other.id !== node.id);
  return {
    mac: macOf('node', node.id),
    ports: [
      { kind: 'HOST', name: `node/${node.name}`, mac: macOf('host', node.id), mtu, id: 0 },
      { kind: 'UPLINK', name: 'uplink', mac: macOf('node', FABRIC_ID), mtu, id: FABRIC_ID, peer: FABRIC_ID },
      ...podPorts(pods, mtu),
    ],
    routes: [
      ...[...node.addresses, ...LOOPBACK].map((address) => local(hostCidr(address))),
      ...pods.flatMap((pod) => pod.addresses.map((address) => forward(hostCidr(address), pod.port))),
      ...others.flatMap((other) => behind(other).map((prefix) => forward(prefix, UPLINK_PORT, other.id))),
      ...node.podCIDRs.map(unreachable),
      forward('0.0.0.0/0', UPLINK_PORT, FABRIC_ID),
      forward('::/0', UPLINK_PORT, FABRIC_ID),
    ],
    egressMasquerade: true,
    egressKeep: egressKeep(topology),
    router: false,
    snatPorts: topology.masqueradePorts ?? SNAT_PORTS,
    spread: [],
    proxied: [],
  };
}

/**
 * A pod keeps its own address towards pods and Services. Towards other nodes and the outside it gets its node's
 * address, as with kindnet, flannel and Calico. (Otherwise a NodePort of policy Local on another node could answer the
 * pod past that node, because kube-proxy sends pods to endpoints everywhere and does not masquerade them.)
 */
function egressKeep(topology: Topology): string[] {
  const nodes = [...topology.nodes, ...(topology.elsewhere ?? [])];
  return [...nodes.flatMap((node) => node.podCIDRs), ...topology.serviceCIDRs];
}

/**
 * How the fabric is wired: its wire to other machines if it has one, one uplink per node in topology order, then the outside
 * clients.
 * @param idOf stable id of a load balancer's address, or of a port there
 */
export function fabricAttachment(topology: Topology, balance: Balance, idOf: (name: string) => number): Attachment {
  const { mtu, nodes, clients, elsewhere = [] } = topology;
  const uplinks = nodes.map(
    (node): PlanPort => ({
      kind: 'UPLINK',
      name: `node/${node.name}`,
      mac: macOf('node', node.id),
      mtu,
      id: node.id,
      peer: node.id,
    }),
  );
  const outside = clients.map(
    (client, i): PlanPort => ({
      kind: 'POD',
      name: `client/${client.name}`,
      mac: macOf('client', i + 1),
      mtu,
      id: i + 1,
    }),
  );
  const ofFamily = (members: readonly LabNode[], like: string): string[] =>
    members.flatMap(({ addresses }) => addresses.filter((own) => sameFamily(own, like)));
  return {
    mac: macOf('node', FABRIC_ID),
    ports: [...wires(topology), ...uplinks, ...outside],
    routes: [
      ...elsewhere.flatMap(behind).map((prefix) => forward(prefix, WIRE_PORT)),
      ...nodes.flatMap((node, i) =>
        behind(node).map((prefix) => forward(prefix, fabricNodePort(topology, i), node.id)),
      ),
      ...clients.flatMap((client, i) =>
        client.addresses.map((address) => forward(hostCidr(address), fabricClientPort(topology, i))),
      ),
    ],
    egressMasquerade: false,
    egressKeep: [],
    router: true,
    snatPorts: SNAT_PORTS,
    spread: [...balance.spread].map(([address, members]) => ({
      address,
      id: idOf(address),
      nodes: ofFamily(members, address),
    })),
    proxied: balance.proxied.map((row) => ({
      ...row,
      id: idOf(`${row.address} ${row.port}/${row.protocol}`),
      nodes: ofFamily(row.nodes, row.address),
    })),
  };
}

/** The fabric's port that leads to other machines: the first, so that it stays where it is when nodes come and go. */
export const WIRE_PORT = 0;

const wires = ({ elsewhere, mtu }: Topology): PlanPort[] =>
  elsewhere === undefined ? [] : [{ kind: 'POD', name: 'wire', mac: macOf('client', 0), mtu, id: 0 }];

const fabricNodePort = (topology: Topology, index: number): number => wires(topology).length + index;

/** The fabric's port for outside client number `index`. */
export const fabricClientPort = (topology: Topology, index: number): number =>
  fabricNodePort(topology, topology.nodes.length) + index;

/** The node as its kube-proxy sees it. Labels come from its Node object, if there is one. */
export function nodeView(node: LabNode, objects: readonly Node[] = []): NodeView {
  const object = objects.find(({ metadata }) => metadata.name === node.name);
  return {
    name: node.name,
    id: node.id,
    nodeIPs: node.addresses,
    localAddresses: [...node.addresses, ...LOOPBACK],
    labels: object?.metadata.labels ?? node.labels,
    podCIDRs: node.podCIDRs,
  };
}

/** The fabric in the form of a node. It has no Services of its own. */
export function fabricView(topology: Topology): NodeView {
  return {
    name: 'fabric',
    id: FABRIC_ID,
    nodeIPs: topology.fabricAddresses,
    localAddresses: [],
    labels: {},
    podCIDRs: [],
  };
}

/** kube-proxy's configuration except for the mode: that comes from the strategy, which can be switched. */
export type ProxySettings = Omit<ProxyConfig, 'proxyMode'>;

/** kube-proxy's configuration in this lab. */
export const proxyConfig = (topology: Topology, proxyMode: ProxyMode): ProxyConfig => ({
  proxyMode,
  ...proxySettings(topology),
});

export function proxySettings(topology: Topology): ProxySettings {
  const { proxyMode: _, ...usual } = DEFAULT_CONFIG;
  return {
    ...usual,
    clusterCIDR: topology.clusterCIDRs,
    serviceClusterIPRange: topology.serviceCIDRs,
    serviceNodePortRange: topology.nodePortRange,
    ...topology.proxy,
  };
}
