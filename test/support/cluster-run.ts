// cluster-run.ts - runs over random clusters by the real way: objects → plan → a strategy's tables → image, then random frames.
import { FrontendKindNames, type FrontendRow, ReasonNames } from '../../src/abi/abi.gen.js';
import { compileTables, STRATEGY_NAMES, strategyNamed } from '../../src/compile/strategy.js';
import { createReferenceEngine } from '../../src/engine/reference/engine.js';
import { encodeImage } from '../../src/image/encode.js';
import type { TableSet } from '../../src/image/table.js';
import { formatBytes } from '../../src/model/address.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import type { NodePlan, ProxyConfig } from '../../src/plan/plan.js';
import { planNode } from '../../src/plan/planner.js';
import { nodeAttachment, nodeView, type PodWire, proxyConfig } from '../../src/topology/attachment.js';
import { createTopology, defaultNode } from '../../src/topology/topology.js';
import { swap16 } from '../../src/wire/bytes.js';
import { randomCluster } from './random-cluster.js';
import { FrameSource } from './random-frames.js';
import { POOLS } from './random-tables.js';
import { Dice } from './seed.js';
import { type FrontendSpec, PROTOCOL_NUMBER, type ProtocolName } from './tables.js';
import { type Event, jsonText, type Run } from './twins.js';

const TOPOLOGY = createTopology();
const NODE = defaultNode(1);

const WIRES: readonly PodWire[] = (POOLS[0]?.localPods ?? []).map((address, i) => ({
  port: 2 + i,
  id: i + 1,
  name: `default/p${i}`,
  addresses: [address, POOLS[1]?.localPods[i] ?? ''],
}));

/** The frontend of a row, as frames are aimed at it. */
export function frontendSpec(row: FrontendRow): FrontendSpec {
  const text = formatBytes(row.address);
  const names = Object.keys(PROTOCOL_NUMBER) as ProtocolName[];
  return {
    kind: FrontendKindNames[row.kind] ?? 'CLUSTER_IP',
    address: text === '0.0.0.0' ? '4' : text === '::' ? '6' : text,
    port: swap16(row.port_be),
    protocol: names.find((name) => PROTOCOL_NUMBER[name] === row.protocol) ?? 'TCP',
  };
}

/** Is told what runs are made of. */
interface ClusterObserver {
  snapshot?(snapshot: ClusterSnapshot): void;
  /** Name of the reason that a frame ended with. */
  reason?(name: string): void;
}

/** What --nodeport-addresses may say; empty = every address. */
const NODE_PORT_ADDRESSES: readonly (readonly string[])[] = [
  ...[[], [], ['primary'], ['192.168.0.0/24', 'fd00:192:168::/64'], ['127.0.0.0/8'], ['192.168.0.11/32']],
];

/** kube-proxy's options, at random. */
export const randomConfig = (dice: Dice, strategy: string): ProxyConfig => ({
  ...proxyConfig(TOPOLOGY, strategyNamed(strategy).mode),
  masqueradeAll: dice.chance(15),
  nodePortAddresses: dice.pick(NODE_PORT_ADDRESSES),
  localhostNodePorts: dice.chance(50),
  detectLocalMode: dice.pick(['ClusterCIDR', 'NodeCIDR', 'none']),
  ebpfSelection: dice.pick(['random', 'maglev']),
  maglevTableSize: 251,
});

/** node-1 of the lab, with the pods that random clusters know. */
export const ATTACHMENT = nodeAttachment(TOPOLOGY, NODE, WIRES);
export const VIEW = nodeView(NODE);

/** A cluster that changes once, halfway. Throws when a frame ends without a reason. */
export function makeClusterRun(seed: number, frames: number, strategy: string, observer: ClusterObserver = {}): Run {
  const dice = new Dice(seed);
  const engine = createReferenceEngine({ seed, flowCapacity: 1024 });
  const source = new FrameSource(dice);
  const events: Event[] = [];
  const config = randomConfig(dice, strategy);
  let plan: NodePlan | undefined;
  let generation = 0n;
  let nowNs = 1_000_000_000n;
  const load = (): void => {
    const snapshot = randomCluster(dice);
    observer.snapshot?.(snapshot);
    // Sometimes the strategy is switched on the running node.
    const name = generation > 0n && dice.chance(30) ? dice.pick(STRATEGY_NAMES) : strategy;
    plan = planNode(snapshot, VIEW, { ...config, proxyMode: strategyNamed(name).mode }, plan);
    const options = { strategy: name, generation: ++generation, hashSeed: dice.bits() };
    const tables: TableSet = compileTables(plan, ATTACHMENT, options);
    const image = encodeImage(tables);
    events.push({ kind: 'load', image, text: () => `${name} ${jsonText(config)} ${jsonText(snapshot)}`, nowNs });
    source.aimAt(tables.FRONTEND.map(frontendSpec));
    engine.load(image, nowNs);
  };
  load();
  for (let i = 0; i < frames; i++) {
    if (i === frames >> 1) load();
    nowNs += BigInt(dice.below(500_000_000));
    const frame = source.next();
    events.push({ kind: 'frame', frame, nowNs });
    const outcome = engine.process(frame, nowNs);
    const reason = ReasonNames[outcome.decision.reason];
    if (!reason) throw new Error(`seed ${seed}: a frame ended without a reason`);
    observer.reason?.(reason);
    source.saw(outcome);
  }
  events.push({ kind: 'flows', nowNs });
  return { seed, flowCapacity: 1024, events };
}
