// territory.ts - which nodes an agent runs and which are elsewhere, as a topology that changes, and the peers that have the others.
import { isDeepStrictEqual } from 'node:util';
import { hostCidr } from '../model/address.js';
import type { KubeObject, Node } from '../model/objects.js';
import { createTopology, type LabNode, type Topology } from '../topology/topology.js';
import { machineOf, numberOf } from './nodes.js';
import type { Peer } from './wire.js';

/** Annotation of a node's Lease: where the others reach the agent that holds it. */
export const WIRE_ADDRESS = 'kubewire.dev/wire-address';
type Ranges = Pick<Topology, 'serviceCIDRs' | 'nodePortRange'>;

/** @param mtu of nodes and pods, in bytes */
const emptyTopology = (mtu: number, ranges: Partial<Ranges>): Topology => ({
  ...createTopology({ count: 0, ...ranges }),
  nodes: [],
  clients: [],
  elsewhere: [],
  clusterCIDRs: ['10.244.0.0/16', 'fd00:10:244::/48'],
  mtu,
});

/** The machines of the cluster that agents run, by the number of each. */
export const machinesIn = (nodes: readonly Node[]): LabNode[] =>
  nodes
    .map(numberOf)
    .filter((number) => number !== null)
    .sort((a, b) => a - b)
    .map(machineOf);

/** Agents that hold the other nodes, with what is reached through each. */
export function peersOf(elsewhere: readonly LabNode[], leaseOf: (node: string) => KubeObject | undefined): Peer[] {
  const peers = new Map<string, string[]>();
  for (const { name, addresses, podCIDRs } of elsewhere) {
    const address = leaseOf(name)?.metadata.annotations?.[WIRE_ADDRESS];
    if (address === undefined) continue;
    peers.set(address, [...(peers.get(address) ?? []), ...addresses.map(hostCidr), ...podCIDRs]);
  }
  return [...peers].map(([address, prefixes]) => ({ address, prefixes }));
}

export class Territory {
  /** Another object after every change. */
  topology: Topology;

  constructor(mtu: number, ranges: Partial<Ranges>) {
    this.topology = emptyTopology(mtu, ranges);
  }

  /** True if that is a change. @param machines all that there are; @param mine names of those that run here */
  update(machines: readonly LabNode[], mine: ReadonlySet<string>): boolean {
    const nodes = machines.filter(({ name }) => mine.has(name));
    const elsewhere = machines.filter(({ name }) => !mine.has(name));
    const { nodes: before, elsewhere: others } = this.topology;
    if (isDeepStrictEqual([before, others], [nodes, elsewhere])) return false;
    this.topology = { ...this.topology, nodes, elsewhere };
    return true;
  }
}
