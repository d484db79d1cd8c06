// stages.ts - suite `stages`: milliseconds of each control-plane stage, by the `benchmark` package's statistics.
import Benchmark from 'benchmark';
import { compileTables } from '../src/compile/strategy.js';
import { encodeImage } from '../src/image/encode.js';
import { nodeAttachment, nodeView, proxyConfig } from '../src/lab/attachment.js';
import { createTopology } from '../src/lab/topology.js';
import { planNode } from '../src/plan/planner.js';
import { makeCluster } from './cluster.js';
import type { Row } from './row.js';

const ENDPOINTS = 5;
const SIZES = [100, 1000, 5000];
const OPTIONS = { strategy: 'nftables', generation: 1, hashSeed: 1 };

/** Milliseconds a run of `work`: median and extremes of benchmark's samples. */
function measure(work: () => void): Pick<Row, 'median' | 'min' | 'max' | 'runs'> {
  const bench = new Benchmark('stage', work, { maxTime: 1, minSamples: 5 });
  bench.run();
  const samples = [...bench.stats.sample].sort((a, b) => a - b).map((seconds) => seconds * 1000);
  const at = (i: number): number => samples[i] ?? Number.NaN;
  return { median: at(samples.length >> 1), min: at(0), max: at(samples.length - 1), runs: samples.length };
}

export async function stages(progress: (text: string) => void): Promise<Row[]> {
  const topology = createTopology({ count: 2 });
  const node = topology.nodes[0];
  if (!node) throw new Error('the topology has no node');
  const config = proxyConfig(topology, 'nftables');
  const attachment = nodeAttachment(topology, node, []);
  return SIZES.flatMap((services) => {
    progress(`control plane with ${services} Services`);
    const snapshot = makeCluster(services, ENDPOINTS);
    const plan = planNode(snapshot, nodeView(node), config);
    const tables = compileTables(plan, attachment, OPTIONS);
    const work: Record<string, () => void> = {
      plan: () => void planNode(snapshot, nodeView(node), config),
      compile: () => void compileTables(plan, attachment, OPTIONS),
      encode: () => void encodeImage(tables),
    };
    return Object.entries(work).map(([stage, run]) => ({
      suite: 'stages',
      dataplane: 'kubewire',
      strategy: 'nftables',
      services,
      endpoints: services * ENDPOINTS,
      flows: null,
      frameBytes: null,
      path: `${stage}, ${services} Services`,
      metric: 'control plane',
      unit: 'ms',
      ...measure(run),
    }));
  });
}
