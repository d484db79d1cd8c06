// emulator.ts - the composition root: wires cluster, lab and dataplane together. It makes no decisions of its own.
import { isDeepStrictEqual } from 'node:util';
import type { DataplaneView } from './api/dataplane.js';
import { kernelView } from './api/kernelview.js';
import { poolView } from './api/poolview.js';
import { serveInside } from './api/secure/incluster.js';
import type { SecureListener } from './api/secure/listener.js';
import { createApiServer } from './api/server.js';
import { type Cluster, createCluster, kubernetesAddress } from './cluster/cluster.js';
import { STRATEGY_NAMES } from './compile/strategy.js';
import { createPool, type Pool } from './engine/pool.js';
import { HealthServers } from './lab/health.js';
import { addressesInForce } from './lab/host/addresses.js';
import { Census } from './lab/host/census.js';
import { Cleanup } from './lab/host/cleanup.js';
import { closeTap } from './lab/host/host.js';
import { labMark } from './lab/host/mark.js';
import { createSandbox, INTERFACE, type Sandbox, type SandboxSpec } from './lab/host/sandbox.js';
import { KernelDataplane } from './lab/netfilter/dataplane.js';
import { type DataplaneName, kernelMode } from './lab/netfilter/names.js';
import type { KernelMode } from './lab/netfilter/rules.js';
import { Notices } from './lab/notices.js';
import { Application } from './lab/pods/application.js';
import { podEnvironment } from './lab/pods/environment.js';
import { Kubelet, type Wiring } from './lab/pods/kubelet.js';
import { Runner } from './lab/pods/runner.js';
import { podRuntime } from './lab/pods/runtime.js';
import { type LabSpec, registerClient, registerLab, registerNode, updateLab } from './lab/registration.js';
import { strategyIssues, strategyOn } from './lab/tables/strategies.js';
import { Tables, type TablesOptions } from './lab/tables/tables.js';
import { Fault } from './model/fault.js';
import { timestamp } from './model/timestamp.js';
import { weightIn } from './plan/weights.js';
import { fabricClientPort, HOST_PORT, macOf, type PodWire, proxyConfig, proxySettings } from './topology/attachment.js';
import { healthChecks } from './topology/balancer.js';
import { FABRIC_ID, type LabNode, type Topology } from './topology/topology.js';

interface EmulatorOptions {
  /** Name of the lab. */
  readonly name: string;
  readonly topology: Topology;
  /** Name of the initial strategy. With a kernel dataplane, the mode of its rules. */
  readonly strategy: string;
  /** Who carries packets: our engine (the default), or the kernel, used as a reference to compare with. */
  readonly dataplane?: DataplaneName;
  /** Threads of the dataplane; undefined = as many as there are processors, at most 2. */
  readonly shards: number | undefined;
  /** Checksum and segmentation offload on the TAPs. */
  readonly offloads: boolean;
  /** Seed for everything chosen at random: addresses, ports, endpoints. */
  readonly seed: number;
  /** The socket on which the API listens; null = none. */
  readonly socketPath: string | null;
  /** Extra environment variables for the commands that pods run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The API over HTTPS, in addition to the socket. */
  readonly secure?: SecureListener;
  readonly clock: () => Date;
  /** Receives one sentence about something the user should know. */
  readonly report: (message: string) => void;
}

export interface Emulator {
  readonly cluster: Cluster;
  readonly tables: Tables;
  /** Null if the kernel is the dataplane. */
  readonly pool: Pool | null;
  readonly topology: Topology;
  /** The mark of programs that run in the lab (lab/host/mark.ts). */
  readonly mark: string;
  /** The namespaces in which programs can run. */
  readonly census: Census;
  /** Resolves when controllers and pods are idle and the tables made from all of it are in force. */
  settled(): Promise<void>;
  /** Reports the lab as running: everything it was started with is in force. */
  announce(): void;
  /** The namespace of `node/NAME` or `client/NAME`. */
  machine(name: string): Sandbox | undefined;
  close(): Promise<void>;
}

/** Kinds that tables are made from. Pods come in through the kubelet's wires. */
const TABLE_KINDS = ['Service', 'EndpointSlice', 'Node'] as const;

type Machines = ReadonlyMap<string, Sandbox>;

/** Creates a namespace whose interface is connected to a port of the dataplane. */
async function plugSandbox(pool: Pool, node: number, port: number, spec: SandboxSpec): Promise<Sandbox> {
  const sandbox = createSandbox(spec);
  try {
    await addressesInForce(sandbox.namespace, INTERFACE, spec.addresses);
    await pool.attachTap(node, port, sandbox.tap);
    return sandbox;
  } catch (error) {
    closeTap(sandbox.tap);
    sandbox.close();
    throw error;
  }
}

/** What carries packets, with the machines that exist from the start: the nodes' namespaces and the outside clients. */
interface Plane extends Pick<Wiring, 'plug' | 'unplug'> {
  readonly machines: Machines;
  /** Null if the kernel does the work. */
  readonly pool: Pool | null;
  readonly load: TablesOptions['load'];
  /** The API's view of it. */
  view(tables: Tables): DataplaneView;
}

/** Our own dataplane. */
async function startPool(options: EmulatorOptions, cleanup: Cleanup): Promise<Plane> {
  const { topology, offloads, shards, seed } = options;
  const { mtu, nodes, clients } = topology;
  const pool = createPool({ seed, ...(shards === undefined ? {} : { shards }) });
  cleanup.add(() => pool.close());
  for (const id of [FABRIC_ID, ...nodes.map((node) => node.id)]) await pool.addNode(id);
  const machines = new Map<string, Sandbox>();
  cleanup.add(() => {
    for (const machine of machines.values()) machine.close();
  });
  for (const { id, name, addresses } of nodes) {
    const spec = { mac: macOf('host', id), mtu, offloads, addresses, ranges: [], divert: true };
    machines.set(`node/${name}`, await plugSandbox(pool, id, HOST_PORT, spec));
  }
  for (const [i, { name, addresses }] of clients.entries()) {
    const spec = { mac: macOf('client', i + 1), mtu, offloads, addresses, ranges: [], divert: false };
    machines.set(`client/${name}`, await plugSandbox(pool, FABRIC_ID, fabricClientPort(topology, i), spec));
  }
  return {
    machines,
    pool,
    view: (tables) => poolView(topology, pool, tables),
    load: (node, { kind, bytes }) => (kind === 'patch' ? pool.patchImage(node, bytes) : pool.loadImage(node, bytes)),
    plug(node: LabNode, wire: PodWire): Promise<Sandbox> {
      const { addresses } = wire;
      const ranges = node.podCIDRs;
      const spec = { mac: macOf('pod', wire.id), mtu, offloads, addresses, ranges, divert: false };
      return plugSandbox(pool, node.id, wire.port, spec);
    },
    async unplug(node: LabNode, wire: PodWire, sandbox: Sandbox): Promise<void> {
      await pool.detach(node.id, wire.port);
      sandbox.close();
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
    view: (tables) => kernelView(topology, kernel, tables),
    load: (node, _image, made) => kernel.load(node, made),
    plug: (node, wire) => kernel.plug(node, wire),
    unplug: (node, wire, sandbox) => kernel.unplug(node, wire, sandbox),
  };
}

const startPlane = (options: EmulatorOptions, cleanup: Cleanup): Promise<Plane> =>
  options.dataplane === undefined || options.dataplane === 'kubewire'
    ? startPool(options, cleanup)
    : startKernel(options.topology, kernelMode(options.dataplane), cleanup);

/** How pods get their namespaces and ports, and lose them. */
function podWiring({ machines, plug, unplug }: Plane, tables: Tables, census: Census): Wiring {
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

function createControlPlane(options: EmulatorOptions): Cluster {
  const { topology, seed, clock } = options;
  return createCluster({
    serviceClusterIPRange: topology.serviceCIDRs,
    serviceNodePortRange: topology.nodePortRange,
    loadBalancerPools: topology.loadBalancerPool.map(({ first, last }) => `${first}-${last}`),
    ...(topology.maxEndpointsPerSlice ? { maxEndpointsPerSlice: topology.maxEndpointsPerSlice } : {}),
    recorded: topology.recorded ?? false,
    machines: topology.nodes.map(({ name }) => name),
    seed,
    clock,
  });
}

/** Registers the nodes, the outside clients and the lab itself as objects of the cluster. */
function registerMachines(options: EmulatorOptions, cluster: Cluster, machines: Machines, spec: LabSpec, time: string) {
  const { topology, name } = options;
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
function keptReport({ name, report }: EmulatorOptions, { store }: Cluster): EmulatorOptions['report'] {
  const notices = new Notices();
  return (message) => {
    report(message);
    if (notices.add(message)) updateLab(store, name, { notices: notices.kept });
  };
}

/** Serves healthCheckNodePort in the namespace of every node. */
function startHealthServers(options: EmulatorOptions, machines: Machines, tables: Tables, cleanup: Cleanup): void {
  const { topology, report } = options;
  const servers = new HealthServers((node, address, port) => {
    const machine = machines.get(`node/${node}`);
    if (!machine) throw new Fault('INTERNAL', `${node} has no namespace`);
    return machine.listenTcp(address, port);
  });
  cleanup.add(() => servers.close());
  const names = topology.nodes.map((node) => node.name);
  tables.onSync((snapshot) => {
    for (const failure of servers.update(healthChecks(snapshot), names)) report(failure);
  });
}

interface Parts {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  readonly tables: Tables;
}

/** Controllers, pods and tables drive each other. They are at rest once a whole round changes nothing. */
async function settle({ cluster, kubelet, tables }: Parts): Promise<void> {
  let before = '';
  while (before !== cluster.store.resourceVersion) {
    before = cluster.store.resourceVersion;
    await cluster.settled();
    await kubelet.settled();
    await tables.sync();
  }
}

/** Rejects strategies that the dataplane does not support before they are stored. The kernel has its mode's rules. */
function guardStrategies({ dataplane = 'kubewire' }: EmulatorOptions, { store }: Cluster): void {
  const allowed = dataplane === 'kubewire' ? STRATEGY_NAMES : [kernelMode(dataplane)];
  for (const kind of ['Lab', 'Node']) store.admit(kind, (object, old) => strategyIssues(object, old, allowed));
}

/** Maintains the tables of all nodes. The lab's status shows which are in force, and what prevents others. */
function startTables(
  options: EmulatorOptions,
  cluster: Cluster,
  load: TablesOptions['load'],
  wires: TablesOptions['wires'],
): Tables {
  const { topology, seed, report, name } = options;
  const { store } = cluster;
  const tables = new Tables({
    topology,
    strategyOf: (node) =>
      strategyOn((store.get('Lab', '', name)?.spec ?? options) as LabSpec, store.get('Node', '', node)),
    configOf: (mode) => proxyConfig(topology, mode),
    seed,
    snapshot: () => cluster.snapshot(),
    wires,
    settled: () => cluster.settled(),
    load,
    report,
  });
  let reported = '';
  tables.onSync(() => {
    const problems = [...tables.problems.values()];
    const inForce = topology.nodes.map((node) => [node.name, tables.inForceOn(node.id)?.strategy ?? '']);
    const news = JSON.stringify([problems, inForce]);
    if (news !== reported) updateLab(store, name, { problems, strategies: Object.fromEntries(inForce) });
    reported = news;
  });
  return tables;
}

async function build(given: EmulatorOptions, cleanup: Cleanup): Promise<Emulator> {
  const plane = await startPlane(given, cleanup);
  const { pool, machines } = plane;
  const cluster = createControlPlane(given);
  const options = { ...given, report: keptReport(given, cluster) };
  const { topology, strategy, clock, report, socketPath } = options;
  cleanup.add(() => cluster.close());
  const { dataplane = 'kubewire', offloads } = options;
  const spec: LabSpec = {
    strategy,
    dataplane,
    shards: pool?.shards ?? 0,
    offloads,
    proxy: proxySettings(topology),
    topology,
  };
  const startTime = timestamp(clock());
  const mark = labMark({ pid: process.pid, startTime });
  registerMachines(options, cluster, machines, spec, startTime);
  guardStrategies(options, cluster);

  let kubelet: Kubelet | null = null;
  const tables = startTables(options, cluster, plane.load, (node) => kubelet?.wires(node) ?? []);
  cleanup.add(() => tables.close());
  startHealthServers(options, machines, tables, cleanup);
  for (const kind of TABLE_KINDS) cleanup.add(cluster.store.watch(() => void tables.sync(), kind));
  cleanup.add(
    cluster.store.watch(({ object, old }) => {
      if (!isDeepStrictEqual(object.spec, old?.spec)) void tables.sync();
    }, 'Lab'),
  );
  cleanup.add(
    cluster.store.watch(({ object, old }) => {
      if (weightIn(object.metadata) !== weightIn(old?.metadata ?? object.metadata)) void tables.sync();
    }, 'Pod'),
  );
  await tables.sync();

  const application = new Application();
  cleanup.add(() => application.close());
  const census = new Census();
  for (const machine of machines.values()) census.add(machine);
  const wiring = podWiring(plane, tables, census);
  const running = new Kubelet({
    store: cluster.store,
    topology,
    wiring,
    application,
    runner: new Runner(clock),
    environment: podEnvironment(mark, kubernetesAddress(topology.serviceCIDRs), options.environment),
    clock,
    report,
  });
  kubelet = running;
  cleanup.add(() => running.close());
  if (socketPath !== null) {
    const [first] = topology.nodes;
    const sockets = machines.get(`node/${first?.name}`);
    const runtime = sockets && podRuntime(running, sockets);
    const parts = { dataplane: plane.view(tables), secure: options.secure, runtime };
    const server = await createApiServer(cluster, { socketPath }, parts);
    cleanup.add(() => server.close());
    if (options.secure && first && sockets) {
      cleanup.add(serveInside(options.secure, cluster.store, { sockets, addresses: first.addresses }));
    }
  }
  return {
    cluster,
    tables,
    pool,
    topology,
    mark,
    census,
    settled: () => settle({ cluster, kubelet: running, tables }),
    announce: () => updateLab(cluster.store, options.name, { phase: 'Running' }),
    machine: (name) => machines.get(name),
    close: () => cleanup.run(),
  };
}

/** Starts everything. Throws a Fault if the machine does not allow it, and then leaves nothing behind. */
export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const cleanup = new Cleanup();
  try {
    return await build(options, cleanup);
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}
