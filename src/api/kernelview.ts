// kernelview.ts - the API's view of the kernel as a dataplane: tracked connections, with the names that plans give.
import type { KernelDataplane } from '../lab/netfilter/dataplane.js';
import type { Tables } from '../lab/tables/tables.js';
import { kernelRecords } from '../observe/conntrack.js';
import type { Topology } from '../topology/topology.js';
import type { DataplaneView } from './dataplane.js';

export function kernelView(topology: Topology, kernel: KernelDataplane, tables: Tables): DataplaneView {
  return {
    async flows(name) {
      const node = topology.nodes.find((one) => one.name === name);
      if (!node) return undefined;
      return kernelRecords(name, kernel.connections(node), tables.inForceOn(node.id)?.plan);
    },
    onSync: (listener) => tables.onSync((_, seconds) => listener(seconds)),
    ruling(name) {
      const node = topology.nodes.find((one) => one.name === name);
      return node && tables.inForceOn(node.id);
    },
  };
}
