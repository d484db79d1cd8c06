// wires.ts - places of pods on one node: stable port numbers, and addresses that are not reused immediately.
import { PodAddresses } from '../../allocate/podaddress.js';
import { FIRST_POD_PORT, type PodWire } from '../../topology/attachment.js';
import type { LabNode } from '../../topology/topology.js';

/** Most pods on a node: the range of a /24 without network, gateway and broadcast address. */
const MAX_PODS = 253;

export class NodeWires {
  readonly node: LabNode;
  readonly #addresses: PodAddresses;
  readonly #wires = new Map<number, PodWire>();
  readonly #reserved = new Set<number>();
  #list: readonly PodWire[] | null = null;

  constructor(node: LabNode) {
    this.node = node;
    this.#addresses = new PodAddresses(node.podCIDRs);
  }

  /** The pods that tables should know, by port: the same list until one comes or goes. */
  get wires(): readonly PodWire[] {
    this.#list ??= [...this.#wires.values()].sort((a, b) => a.port - b.port);
    return this.#list;
  }

  /** Reserves a place for a pod; null if no port or address is free. `id` is unique in the lab. */
  take(name: string, id: number): PodWire | null {
    if (this.#reserved.size >= MAX_PODS) return null;
    const addresses = this.#addresses.take();
    if (!addresses) return null;
    let port = FIRST_POD_PORT;
    while (this.#reserved.has(port)) port++;
    const wire: PodWire = { port, id, name, addresses };
    this.#reserved.add(port);
    this.#wires.set(port, wire);
    this.#list = null;
    return wire;
  }

  /** Tables should now leave the pod out; its port and addresses stay reserved. */
  unplug(wire: PodWire): void {
    this.#wires.delete(wire.port);
    this.#list = null;
  }

  /** Tables without the pod are in force, so its port and addresses may be reused. */
  release(wire: PodWire): void {
    this.#reserved.delete(wire.port);
    this.#addresses.release(wire.addresses);
  }
}
