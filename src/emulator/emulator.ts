// emulator.ts - the composition root: wires cluster, lab and dataplane together. It makes no decisions of its own.
import { serveInside } from '../api/secure/incluster.js';
import { createApiServer } from '../api/server.js';
import type { Cluster } from '../cluster/cluster.js';
import type { Pool } from '../engine/pool.js';
import { Census } from '../lab/host/census.js';
import { Cleanup } from '../lab/host/cleanup.js';
import { labMark } from '../lab/host/mark.js';
import type { Sandbox } from '../lab/host/sandbox.js';
import type { Links } from '../lab/links/links.js';
import { Application } from '../lab/pods/application.js';
import { machineEnvironment } from '../lab/pods/environment.js';
import { Kubelet } from '../lab/pods/kubelet.js';
import { Runner } from '../lab/pods/runner.js';
import { podRuntime } from '../lab/pods/runtime.js';
import { type LabSpec, updateLab } from '../lab/registration.js';
import type { Tables } from '../lab/tables/tables.js';
import { after } from '../model/timer.js';
import { timestamp } from '../model/timestamp.js';
import { proxySettings } from '../topology/attachment.js';
import type { Topology } from '../topology/topology.js';
import { createControlPlane, guardStrategies, keptReport, registerMachines } from './control.js';
import { startLinks } from './links.js';
import { startClusterDns, startNameServers, startSurroundings } from './names.js';
import type { EmulatorOptions } from './options.js';
import { type Plane, podWiring, startPlane } from './plane.js';
import { Power } from './power.js';
import { followObjects, startHealthServers, startTables } from './tables.js';

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

interface Parts {
  readonly cluster: Cluster;
  readonly kubelet: Kubelet;
  readonly tables: Tables;
  readonly power: Power;
  /** How many there have been. */
  readonly changes: () => number;
  readonly links: Links | null;
}

/** Counts what happens in the cluster. Signs of life go on for ever, and are none of it. */
function countChanges({ store }: Cluster, cleanup: Cleanup): () => number {
  let count = 0;
  cleanup.add(
    store.watch(({ object }) => {
      if (object.kind !== 'Lease') count++;
    }),
  );
  return () => count;
}

/** Controllers, pods and tables drive each other. They are at rest once a whole round changes nothing. */
async function settle({ cluster, kubelet, tables, power, links, changes }: Parts): Promise<void> {
  let before = -1;
  while (before !== changes()) {
    before = changes();
    await cluster.settled();
    await power.settled();
    await kubelet.settled();
    await tables.sync();
    await links?.sync();
  }
}

/** Serves the API on the lab's socket, and over HTTPS to the pods where the lab has certificates. */
async function serveApi(options: EmulatorOptions, parts: Parts, plane: Plane, cleanup: Cleanup) {
  const { cluster, kubelet, tables, links } = parts;
  const { topology, socketPath, secure } = options;
  if (socketPath === null) return;
  const [first] = topology.nodes;
  const sockets = plane.machines.get(`node/${first?.name}`);
  const dataplane = { ...plane.view(tables), ...(links ? { links: () => links.counts() } : {}) };
  const runtime = sockets && podRuntime(kubelet, sockets);
  const server = await createApiServer(
    cluster,
    { socketPath },
    { dataplane, secure, runtime, metrics: options.metrics },
  );
  cleanup.add(() => server.close());
  if (secure && first && sockets) {
    cleanup.add(serveInside(secure, cluster.store, { sockets, addresses: first.addresses }));
  }
}

/** What the lab is, as its object says. */
const labSpec = ({ topology, strategy, dataplane = 'kubewire', offloads }: EmulatorOptions, plane: Plane): LabSpec => ({
  strategy,
  dataplane,
  shards: plane.pool?.shards ?? 0,
  offloads,
  fastPath: plane.fastPath,
  proxy: proxySettings(topology),
  topology,
});

async function build(given: EmulatorOptions, cleanup: Cleanup): Promise<Emulator> {
  cleanup.add(() => given.state?.close());
  cleanup.add(() => given.secure?.close());
  const plane = await startPlane(given, cleanup);
  const { pool, machines } = plane;
  const cluster = createControlPlane(given);
  const options = { ...given, report: keptReport(given, cluster) };
  const { topology, clock, report } = options;
  cleanup.add(() => cluster.close());
  const startTime = timestamp(clock());
  const mark = labMark({ pid: process.pid, startTime });
  registerMachines(options, cluster, machines, labSpec(options, plane), startTime);
  guardStrategies(options, cluster);

  let kubelet: Kubelet | null = null;
  const power = new Power();
  const wires = (node: string) => kubelet?.wires(node) ?? [];
  const tables = startTables(options, cluster, plane.load, { wires, isOn: power.isOn });
  cleanup.add(() => tables.close());
  startHealthServers(options, machines, tables, cleanup);
  followObjects(cluster.store, tables, cleanup);
  await tables.sync();

  const application = new Application(report);
  cleanup.add(() => application.close());
  const census = new Census(machines.values());
  const running = new Kubelet({
    store: cluster.store,
    topology,
    wiring: podWiring(plane, tables, census),
    application,
    nameServers: startNameServers(options, cluster, cleanup),
    runner: new Runner(clock),
    environment: machineEnvironment(mark, options.environment),
    surroundings: startSurroundings(options, cluster, cleanup),
    clock,
    timer: (ms, work) => after(ms, work, { unref: true }),
    events: (pod) => cluster.recorder.of('kubelet', pod.spec.nodeName),
    report,
  });
  kubelet = running;
  cleanup.add(() => running.close());
  startClusterDns(options, cluster);
  power.start({ options, cluster, plane, tables, kubelet: running, census }, cleanup);
  const links = startLinks(options, cluster, plane, cleanup);
  const parts = { cluster, kubelet: running, tables, power, links, changes: countChanges(cluster, cleanup) };
  await serveApi(options, parts, plane, cleanup);
  return {
    cluster,
    tables,
    pool,
    topology,
    mark,
    census,
    settled: () => settle(parts),
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
