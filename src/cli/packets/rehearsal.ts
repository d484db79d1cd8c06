// rehearsal.ts - a change of mode tried out: a lab, the packets that differ really sent, the other mode, and sent again.
import type { Cluster } from '../../cluster/cluster.js';
import type { StrategyChoice } from '../../compile/strategy.js';
import { type Emulator, startEmulator } from '../../emulator/emulator.js';
import { type RequestResult, sendRequest } from '../../lab/check/client.js';
import type { LabSpec } from '../../lab/registration.js';
import type { LoadResult } from '../../manifest/load.js';
import { isForetold, metText, type Rehearsed } from '../../migrate/rehearsed.js';
import { Fault } from '../../model/fault.js';
import type { KubeObject, Node, Pod } from '../../model/objects.js';
import { compareSides, type DifferenceGroup, type DifferingClass, packetText } from '../../observe/compare.js';
import type { CreateEngine } from '../../observe/fleet.js';
import type { ClassOutcome } from '../../observe/judge.js';
import { worldOfLab } from '../../observe/world.js';
import type { ProxyConfig } from '../../plan/plan.js';
import { LOOPBACK } from '../../topology/attachment.js';
import { clientSources, nodeSources, type PlacedSource, podSources } from '../../topology/roles.js';
import { createTopology } from '../../topology/topology.js';
import { applyLabFiles, describedNodes } from '../lab/files.js';
import { OpenNamespaces } from './probes.js';

interface RehearsalRequest {
  /** Manifests that a lab can run. */
  readonly loaded: LoadResult;
  /** One a family; absent = those of the lab. */
  readonly serviceCIDRs?: readonly string[];
  readonly from: string;
  readonly to: string;
  readonly proxy: Partial<ProxyConfig>;
  readonly createEngine: CreateEngine;
}

/** Connections that are begun for each packet: of two endpoints, both answer but once in 2,000 times. */
const CONNECTIONS = 12;
const SILENT_CONNECTIONS = 2;
const WAIT_MS = 1500;
const SILENT_MS = 500;

// ---- whom to let send what

interface Trial {
  readonly group: DifferenceGroup;
  readonly found: DifferingClass;
  readonly sender: PlacedSource;
}

const listOf = <T extends KubeObject>({ store }: Cluster, kind: string): T[] => [...store.list(kind)] as T[];

function sourcesOf(cluster: Cluster): readonly PlacedSource[] {
  const pods = podSources(listOf<Pod>(cluster, 'Pod'));
  return [...nodeSources(listOf<Node>(cluster, 'Node')), ...pods, ...clientSources(listOf(cluster, 'Client'))];
}

const isLoopback = (address: string): boolean => LOOPBACK.some((own) => own === address);

/** Who can send such a packet in the lab; nobody for an address that is none of theirs. */
function senderOf({ from, packet }: DifferingClass, sources: readonly PlacedSource[]): PlacedSource | undefined {
  if (packet.protocol !== 'TCP' && packet.protocol !== 'UDP') return undefined;
  // No route leads what goes to ::1 out of the loopback interface, so no dataplane sees it.
  if (packet.destination === '::1') return undefined;
  const node = sources.find(({ name }) => name === from && from.startsWith('node/'));
  if (node) return isLoopback(packet.source) || node.addresses.includes(packet.source) ? node : undefined;
  return sources.find(({ name, addresses }) => addresses.includes(packet.source) && !name.startsWith('node/'));
}

async function trialsOf(emulator: Emulator, { from, to, createEngine }: RehearsalRequest): Promise<Trial[]> {
  const { spec } = labOf(emulator);
  const { cluster } = emulator;
  const kinds = { services: 'Service', endpointSlices: 'EndpointSlice', nodes: 'Node', pods: 'Pod' };
  const objects = Object.fromEntries(Object.entries(kinds).map(([part, kind]) => [part, listOf(cluster, kind)]));
  const world = worldOfLab(spec, objects as unknown as Parameters<typeof worldOfLab>[1]);
  const side = (strategy: StrategyChoice) => ({ label: String(strategy), world, strategy, createEngine });
  const { groups } = await compareSides([side(from), side(to)], { nodes: [], all: true, exact: false });
  const sources = sourcesOf(cluster);
  return groups.flatMap((group): Trial[] => {
    for (const found of group.classes) {
      const sender = senderOf(found, sources);
      if (sender) return [{ group, found, sender }];
    }
    return [];
  });
}

// ---- sending

async function send({ found, sender }: Trial, namespaces: OpenNamespaces, side: 0 | 1): Promise<RequestResult[]> {
  const { destination: address, destinationPort: port, protocol } = found.packet;
  const target = { address, port, protocol: protocol as 'TCP' | 'UDP' };
  const isHeard = found.outcomes[side].verdict === 'dnat';
  const sockets = namespaces.sockets(sender.netns);
  const results: RequestResult[] = [];
  for (let i = 0; i < (isHeard ? CONNECTIONS : SILENT_CONNECTIONS); i++)
    results.push(await sendRequest(sockets, target, isHeard ? WAIT_MS : SILENT_MS));
  return results;
}

// ---- the lab

async function start({ loaded, serviceCIDRs, from, proxy }: RehearsalRequest): Promise<Emulator> {
  const nodes = describedNodes(loaded);
  const emulator = await startEmulator({
    name: `rehearsal-${process.pid}`,
    topology: createTopology({
      ...(nodes.length > 0 ? { nodes } : {}),
      ...(serviceCIDRs ? { serviceCIDRs } : {}),
      proxy,
    }),
    strategy: from,
    shards: undefined,
    offloads: true,
    seed: 1,
    socketPath: null,
    clock: () => new Date(),
    report: (message) => process.stderr.write(`warning: ${message}\n`),
  });
  try {
    applyLabFiles(emulator.cluster, loaded);
    await emulator.settled();
    emulator.announce();
    return emulator;
  } catch (error) {
    await emulator.close();
    throw error;
  }
}

type LabObject = KubeObject & {
  readonly spec: LabSpec;
  readonly status?: { readonly strategies?: Record<string, string> };
};

const labOf = ({ cluster }: Emulator): LabObject => listOf<LabObject>(cluster, 'Lab')[0] as LabObject;

/** How long tables may take to be in force, and the pause between two looks, in milliseconds. */
const SWITCH_MS = 30_000;
const LOOK_MS = 20;

async function change(emulator: Emulator, to: string): Promise<void> {
  const lab = labOf(emulator);
  emulator.cluster.store.update({ ...lab, spec: { ...lab.spec, strategy: to } } as KubeObject);
  const until = performance.now() + SWITCH_MS;
  while (emulator.topology.nodes.some(({ name }) => labOf(emulator).status?.strategies?.[name] !== to)) {
    if (performance.now() > until) throw new Fault('KERNEL_BUSY', `the nodes have no tables of ${to} yet`);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  await emulator.settled();
}

/** Every kind of difference whose packets somebody in the lab can send, sent before and after the change. */
export async function rehearse(request: RehearsalRequest): Promise<Rehearsed[]> {
  const emulator = await start(request);
  const namespaces = new OpenNamespaces();
  try {
    const trials = await trialsOf(emulator, request);
    const sendAll = (side: 0 | 1) => Promise.all(trials.map((trial) => send(trial, namespaces, side)));
    const before = await sendAll(0);
    await change(emulator, request.to);
    const after = await sendAll(1);
    return trials.map(({ group, found, sender }, i) => ({
      kind: group.kind,
      packet: packetText(found.packet),
      sender: sender.name,
      met: [metText(before[i] ?? []), metText(after[i] ?? [])],
      asForetold: [before, after].every((sent, side) =>
        isForetold(found.outcomes[side] as ClassOutcome, sent[i] ?? [], sender),
      ),
    }));
  } finally {
    namespaces.close();
    await emulator.close();
  }
}
