// control.ts - the control plane of a lab: its cluster, and the objects that stand for its machines and itself.
import { type Cluster, createCluster } from '../cluster/cluster.js';
import { STRATEGY_NAMES } from '../compile/strategy.js';
import { kernelMode } from '../lab/netfilter/names.js';
import { Notices } from '../lab/notices.js';
import {
  forgetMachines,
  type LabSpec,
  registerClient,
  registerLab,
  registerNode,
  updateLab,
} from '../lab/registration.js';
import { strategyIssues } from '../lab/tables/strategies.js';
import type { EmulatorOptions } from './options.js';
import type { Machines } from './plane.js';

export function createControlPlane(options: EmulatorOptions): Cluster {
  const { topology, seed, clock, nodeLoss, state = null } = options;
  return createCluster({
    state,
    serviceClusterIPRange: topology.serviceCIDRs,
    serviceNodePortRange: topology.nodePortRange,
    loadBalancerPools: topology.loadBalancerPool.map(({ first, last }) => `${first}-${last}`),
    ...(topology.maxEndpointsPerSlice ? { maxEndpointsPerSlice: topology.maxEndpointsPerSlice } : {}),
    recorded: topology.recorded ?? false,
    machines: topology.nodes.map(({ name }) => name),
    ...nodeLoss,
    seed,
    clock,
  });
}

/** Registers the nodes, the outside clients and the lab itself as objects of the cluster. */
export function registerMachines(
  options: EmulatorOptions,
  cluster: Cluster,
  machines: Machines,
  spec: LabSpec,
  time: string,
) {
  const { topology, name, state } = options;
  if (state) forgetMachines(cluster.store, topology.nodes, time);
  for (const node of topology.nodes) {
    registerNode(cluster.store, node, machines.get(`node/${node.name}`)?.path ?? '', time);
  }
  for (const client of topology.clients) {
    registerClient(cluster.store, client.name, client.addresses, machines.get(`client/${client.name}`)?.path ?? '');
  }
  registerLab(cluster.store, name, spec, {
    phase: 'Starting',
    pid: process.pid,
    startTime: time,
    strategies: {},
    problems: [],
    notices: [],
  });
}

/** Tells the user, and keeps it in the lab's object for those who come later. */
export function keptReport({ name, report }: EmulatorOptions, { store }: Cluster): EmulatorOptions['report'] {
  const notices = new Notices();
  return (message) => {
    report(message);
    if (notices.add(message)) updateLab(store, name, { notices: notices.kept });
  };
}

/** Rejects strategies that the dataplane does not support before they are stored. The kernel has its mode's rules. */
export function guardStrategies({ dataplane = 'kubewire' }: EmulatorOptions, { store }: Cluster): void {
  const allowed = dataplane === 'kubewire' ? STRATEGY_NAMES : [kernelMode(dataplane)];
  for (const kind of ['Lab', 'Node']) store.admit(kind, (object, old) => strategyIssues(object, old, allowed));
}
