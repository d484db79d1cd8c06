// testbed.ts - a client and a server connected by a dataplane: ours, the kernel's, or a C program that only copies.
import { strategyNamed } from '../src/compile/strategy.js';
import { createPool } from '../src/engine/pool.js';
import { encodeImage } from '../src/image/encode.js';
import { createNamespace, type Namespace, setSysctl } from '../src/lab/host/host.js';
import { createSandbox, linkFor } from '../src/lab/host/sandbox.js';
import { openYard, type Yard } from '../src/lab/host/yard.js';
import { machineEnd, routerEnd } from '../src/lab/netfilter/links.js';
import { KERNEL_TOOLS, type KernelMode, NodeRules } from '../src/lab/netfilter/rules.js';
import { requireTools, runIp } from '../src/lab/netfilter/tools.js';
import type { ClusterSnapshot } from '../src/model/objects.js';
import { FIRST_POD_PORT, macOf, type PodWire } from '../src/topology/attachment.js';
import { type Bench, makeBench, makeParts, makeService, OWN, snapshotOf, strategyNames, tablesOf } from './cluster.js';
import { POLLS, startFloor } from './floor.js';
import type { Scale } from './suite.js';

/** Ports of the server. The Service has the same. */
export const PORTS = { iperf: 5201, sink: 7000, echo: 7001 } as const;

export interface Testbed {
  readonly client: Namespace;
  readonly server: Namespace;
  /** Where the client sends: to the Service, or to the server itself when a copy loop joins them. */
  readonly target: string;
  /** Puts another generation of the tables in force; every second one has one more Service. Null without tables. */
  readonly replace: ((turn: number) => Promise<void>) | null;
  close(): Promise<void>;
}

interface TestbedOptions {
  /** One of DATAPLANE_NAMES. */
  readonly dataplane: string;
  readonly strategy: string | null;
  /** Services in the whole table. The measured one is the last. */
  readonly services: number;
  readonly seed: number;
}

const ENDPOINTS = 5;
const MTU = 1500;
const CLIENT: PodWire = { port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] };
const SERVER: PodWire = { port: FIRST_POD_PORT + 1, id: 2, name: 'default/server', addresses: ['10.244.1.3'] };
/** After every other Service of the table, in the order of names and of addresses. */
const TARGET = '10.96.255.250';
/** More than the connections of a whole run, as in the kernel's table. */
const FLOW_CAPACITY = 1 << 20;

function targetSnapshot(services: number): ClusterSnapshot {
  const target = makeService({
    name: 'target',
    clusterIP: TARGET,
    endpoints: [...SERVER.addresses],
    ports: { [PORTS.iperf]: 'TCP', [PORTS.sink]: 'UDP', [PORTS.echo]: 'TCP' },
  });
  const datagrams = makeService({
    name: 'target-udp',
    clusterIP: TARGET,
    endpoints: [...SERVER.addresses],
    ports: { [PORTS.echo]: 'UDP' },
  });
  return snapshotOf([...makeParts(services - 1, ENDPOINTS), target, datagrams]);
}

/** A client opens many connections a second: its ports must neither run out nor be blocked for a minute after each. */
function manyPorts(client: Namespace): void {
  setSysctl(client, 'net.ipv4.ip_local_port_range', '1024 65535');
  setSysctl(client, 'net.ipv4.tcp_tw_reuse', '1');
}

async function copyTestbed(polls: number): Promise<Testbed> {
  const floor = startFloor(true, polls);
  manyPorts(floor.a);
  return { client: floor.a, server: floor.b, target: floor.target, replace: null, close: () => floor.close() };
}

const makePods = (): Bench => makeBench([CLIENT, SERVER]);

/** Ours; with a yard, established connections are lent to its BPF programs. */
async function ownTestbed({ strategy, services, seed }: TestbedOptions, yard: Yard | null): Promise<Testbed> {
  const bench = makePods();
  const { name } = strategyNamed(strategy ?? '');
  const images = [1, 2].map((generation) =>
    encodeImage(tablesOf(bench, targetSnapshot(services + generation - 1), name, generation, seed)),
  );
  const pool = createPool({ shards: 1, flowCapacity: FLOW_CAPACITY, seed, lending: yard?.maps ?? null });
  const sandboxes: { close(): void; namespace: Namespace }[] = [];
  const close = async (): Promise<void> => {
    await pool.close();
    yard?.close();
    for (const sandbox of sandboxes) sandbox.close();
  };
  const replace = (turn: number): Promise<void> =>
    pool.loadImage(bench.node.id, images[turn % images.length] ?? new Uint8Array());
  try {
    await pool.addNode(bench.node.id);
    await replace(0);
    for (const wire of [CLIENT, SERVER]) {
      const { addresses, id, port } = wire;
      const ranges = bench.node.podCIDRs;
      const spec = { mac: macOf('pod', id), mtu: MTU, offloads: true, addresses, ranges, divert: false };
      const sandbox = createSandbox(spec, yard?.connector(`port${port}`));
      sandboxes.push(sandbox);
      await pool.attachTap(bench.node.id, port, sandbox.tap);
    }
  } catch (error) {
    await close();
    throw error;
  }
  const [client, server] = sandboxes.map(({ namespace }) => namespace);
  if (!client || !server) throw new Error('no namespaces');
  manyPorts(client);
  return { client, server, target: TARGET, replace, close };
}

/** Three namespaces joined by veth: client, node, server. The node routes and has the rules that kube-proxy would load. */
async function kernelTestbed(mode: KernelMode, services: number): Promise<Testbed> {
  requireTools(KERNEL_TOOLS[mode]);
  const bench = makePods();
  const made: Namespace[] = [];
  const add = (): Namespace => {
    const ns = createNamespace();
    made.push(ns);
    return ns;
  };
  const close = async (): Promise<void> => {
    for (const ns of made) ns.close();
  };
  try {
    const router = add();
    setSysctl(router, 'net.ipv4.ip_forward', 1);
    const ends: Namespace[] = [];
    for (const { id, port, addresses } of [CLIENT, SERVER]) {
      const ns = add();
      const cable = {
        mac: macOf('pod', id),
        routerMac: macOf('node', bench.node.id),
        mtu: MTU,
        links: addresses.map((address) => linkFor(address, bench.node.podCIDRs)),
        routerName: `pod${port}`,
      };
      await runIp(ns, machineEnd(cable, router.path));
      await runIp(router, routerEnd(cable, [], [], []));
      ends.push(ns);
    }
    const rules = new NodeRules(router, mode);
    const plans = [0, 1].map((more) => bench.plan(targetSnapshot(services + more), mode));
    const replace = async (turn: number): Promise<void> => {
      const plan = plans[turn % plans.length];
      if (plan) await rules.load(plan);
    };
    await replace(0);
    const [client, server] = ends;
    if (!client || !server) throw new Error('no namespaces');
    manyPorts(client);
    return { client, server, target: TARGET, replace, close };
  } catch (error) {
    await close();
    throw error;
  }
}

interface Dataplane {
  open(options: TestbedOptions): Promise<Testbed>;
  /** Its variants that are compared, each on its own. Null = it has no strategies. */
  readonly strategies: () => readonly (string | null)[];
  /** The variant that stands for it in a mere trial; undefined = none. */
  readonly tried: string | null | undefined;
}

/** Name → dataplane, in the order of the report: the loop in both forms, ours by the engine alone and with BPF, the kernel in both modes. */
const DATAPLANES: Readonly<Record<string, Dataplane>> = {
  copy: { open: () => copyTestbed(0), strategies: () => [null], tried: null },
  'copy-polls': { open: () => copyTestbed(POLLS), strategies: () => [null], tried: null },
  kubewire: {
    open: (options) => ownTestbed(options, null),
    strategies: strategyNames,
    tried: OWN,
  },
  'kubewire-fast': {
    open: (options) => ownTestbed({ ...options, strategy: OWN }, openYard()),
    strategies: () => [null],
    tried: undefined,
  },
  'kernel-nftables': {
    open: ({ services }) => kernelTestbed('nftables', services),
    strategies: () => [null],
    tried: null,
  },
  'kernel-iptables': {
    open: ({ services }) => kernelTestbed('iptables', services),
    strategies: () => [null],
    tried: undefined,
  },
};

export const DATAPLANE_NAMES: readonly string[] = Object.keys(DATAPLANES);

/** Is it a loop that only copies? It knows nothing of Services. */
export const isFloor = (dataplane: string): boolean => dataplane === 'copy' || dataplane === 'copy-polls';

/** Throws for a name that is none of DATAPLANE_NAMES. */
export function openTestbed(options: TestbedOptions): Promise<Testbed> {
  const found = DATAPLANES[options.dataplane];
  if (!found) throw new Error(`no dataplane "${options.dataplane}"`);
  return found.open(options);
}

/** The variants that are compared at a scale. */
export const dataplanes = (scale: Scale): { dataplane: string; strategy: string | null }[] =>
  Object.entries(DATAPLANES).flatMap(([dataplane, { strategies, tried }]) => {
    if (scale !== 'tiny') return strategies().map((strategy) => ({ dataplane, strategy }));
    return tried === undefined ? [] : [{ dataplane, strategy: tried }];
  });
