// plane.ts - what carries packets in a lab, ours or the kernel, and how machines and pods are plugged into it.
import type { DataplaneView } from '../api/dataplane.js';
import { kernelView } from '../api/kernelview.js';
import { poolView } from '../api/poolview.js';
import { createPool, type Pool } from '../engine/pool.js';
import type { Census } from '../lab/host/census.js';
import type { Cleanup } from '../lab/host/cleanup.js';
import type { Sandbox } from '../lab/host/sandbox.js';
import { KernelDataplane } from '../lab/netfilter/dataplane.js';
import { kernelMode } from '../lab/netfilter/names.js';
import type { KernelMode } from '../lab/netfilter/rules.js';
import type { Wiring } from '../lab/pods/wiring.js';
import type { Tables, TablesOptions } from '../lab/tables/tables.js';
import { Fault } from '../model/fault.js';
import { fabricClientPort, HOST_PORT, macOf, type PodWire } from '../topology/attachment.js';
import { FABRIC_ID, type LabNode, type Topology } from '../topology/topology.js';
import { Devices } from './devices.js';
import { type FastPath, startFastPath } from './fastpath.js';
import type { EmulatorOptions } from './options.js';

export type Machines = ReadonlyMap<string, Sandbox>;

/** What carries packets, with the machines that exist from the start: the nodes' namespaces and the outside clients. */
export interface Plane extends Pick<Wiring, 'plug' | 'unplug'> {
  readonly machines: Machines;
  /** Null if the kernel does the work. */
  readonly pool: Pool | null;
  readonly load: TablesOptions['load'];
  /** Takes a node off the network, with its pods: from now on nothing reaches it and nothing leaves it. */
  cut(node: LabNode): Promise<void>;
  /** Connects the machine of such a node again. Its tables come by `load`. */
  mend(node: LabNode): Promise<void>;
  /** Lets links misbehave; null if the kernel does the work. */
  readonly link: Pool['link'] | null;
  /** Who carries established connections, and why not the kernel. */
  readonly fastPath: FastPath;
  /** The API's view of it. */
  view(tables: Tables): DataplaneView;
}

type TablesListener = (...given: Parameters<TablesOptions['load']>) => void;

/** Our own dataplane. */
async function startPool(options: EmulatorOptions, cleanup: Cleanup): Promise<Plane> {
  const { topology, offloads, shards, seed, tuning } = options;
  const { mtu, nodes, clients } = topology;
  const { yard, state: fastPath } = startFastPath(options, cleanup);
  const pool = createPool({
    seed,
    ...tuning,
    lending: yard?.maps ?? null,
    ...(shards === undefined ? {} : { shards }),
  });
  cleanup.add(() => pool.close());
  for (const id of [FABRIC_ID, ...nodes.map((node) => node.id)]) await pool.addNode(id);
  const machines = new Map<string, Sandbox>();
  cleanup.add(() => {
    for (const machine of machines.values()) machine.close();
  });
  const devices = new Devices(pool, yard);
  const listeners = new Set<TablesListener>();
  const onTables = (listener: TablesListener): (() => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  };
  const hostSpec = ({ id, addresses }: LabNode) => ({
    ...{ mac: macOf('host', id), mtu, offloads, addresses, ranges: [], divert: true },
  });
  for (const node of nodes) machines.set(`node/${node.name}`, await devices.plug(node.id, HOST_PORT, hostSpec(node)));
  for (const [i, { name, addresses }] of clients.entries()) {
    const spec = { mac: macOf('client', i + 1), mtu, offloads, addresses, ranges: [], divert: false };
    machines.set(`client/${name}`, await devices.plug(FABRIC_ID, fabricClientPort(topology, i), spec));
  }
  return {
    machines,
    pool,
    fastPath,
    link: (bytes) => pool.link(bytes),
    view: (tables) => poolView(topology, pool, tables, onTables),
    load(node, update, made) {
      for (const listener of listeners) listener(node, update, made);
      const { kind, bytes } = update;
      return kind === 'patch' ? pool.patchImage(node, bytes) : pool.loadImage(node, bytes);
    },
    plug(node: LabNode, wire: PodWire): Promise<Sandbox> {
      const { addresses } = wire;
      const ranges = node.podCIDRs;
      const spec = { mac: macOf('pod', wire.id), mtu, offloads, addresses, ranges, divert: false };
      return devices.plug(node.id, wire.port, spec);
    },
    async unplug(node: LabNode, wire: PodWire, sandbox: Sandbox): Promise<void> {
      await devices.unplug(node.id, wire.port);
      sandbox.close();
    },
    cut: (node) => devices.cut(node.id),
    async mend(node) {
      const machine = machines.get(`node/${node.name}`);
      if (machine) await devices.replug(node.id, HOST_PORT, hostSpec(node), machine);
    },
  };
}

/** The kernel's dataplane, with the rules that kube-proxy would load. */
async function startKernel(topology: Topology, mode: KernelMode, cleanup: Cleanup): Promise<Plane> {
  const kernel = await KernelDataplane.start(topology, mode);
  cleanup.add(() => kernel.close());
  return {
    machines: kernel.machines,
    pool: null,
    fastPath: { carrier: 'engine', why: 'the kernel is the dataplane' },
    link: null,
    view: (tables) => kernelView(topology, kernel, tables),
    load: (node, _image, made) => kernel.load(node, made),
    plug: (node, wire) => kernel.plug(node, wire),
    unplug: (node, wire, sandbox) => kernel.unplug(node, wire, sandbox),
    cut: (node) => kernel.cut(node),
    mend: (node) => kernel.mend(node),
  };
}

export const startPlane = (options: EmulatorOptions, cleanup: Cleanup): Promise<Plane> =>
  options.dataplane === undefined || options.dataplane === 'kubewire'
    ? startPool(options, cleanup)
    : startKernel(options.topology, kernelMode(options.dataplane), cleanup);

/** How pods get their namespaces and ports, and lose them. */
export function podWiring({ machines, plug, unplug }: Plane, tables: Tables, census: Census): Wiring {
  return {
    async plug(node, wire) {
      const sandbox = await plug(node, wire);
      census.add(sandbox);
      return sandbox;
    },
    unplug(node, wire, sandbox) {
      census.remove(sandbox);
      return unplug(node, wire, sandbox);
    },
    host(node: LabNode): Sandbox {
      const sandbox = machines.get(`node/${node.name}`);
      if (!sandbox) throw new Fault('INTERNAL', `${node.name} has no namespace`);
      return sandbox;
    },
    inForce: () => tables.sync(),
  };
}
