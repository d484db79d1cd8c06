// sync.ts - suite `sync`: how long a change of Services takes to be in force, here and with the kernel's own tools.
import { execFileSync } from 'node:child_process';
import { createPool, type Pool } from '../../src/engine/pool.js';
import { createNamespace, type Namespace } from '../../src/lab/host/host.js';
import { runInNamespace } from '../../src/lab/host/process.js';
import { NodeTables } from '../../src/lab/tables/node-tables.js';
import type { ClusterSnapshot } from '../../src/model/objects.js';
import type { NodePlan } from '../../src/plan/plan.js';
import { iptablesSave } from '../../src/render/iptables-save.js';
import { nftRuleset } from '../../src/render/nft.js';
import { CHANGES, type Change, ChangingCluster, ENDPOINTS } from '../changes.js';
import { makeBench, OWN, strategyNames } from '../cluster.js';
import { iptablesDelta, nftDelta } from '../delta.js';
import { curve, made } from '../output/chart.js';
import { quantity, ratioOf, times, whole } from '../output/number.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [20],
  quick: [1000, 5000],
  full: [100, 1000, 5000, 10_000, 50_000],
};
/** With more Services the kernel's tools need minutes. */
const KERNEL_LARGEST = 10_000;
/** Clusters in one process, and changes of each kind to each of them. */
const REPEATS = 5;
const CHANGES_EACH = 10;
const WARM_SERVICES = 1000;
const WARM_ROUNDS = 20;
const WARM_CHANGES = 20;
/** From this size on the kernel's tools run once in a process. */
const KERNEL_ONCE = 5000;
const ELEMENT = 'nft add element';
const TOOL_LIMIT_MS = 180_000;

interface Timed {
  readonly change: Change;
  readonly path: string;
  readonly ns: number;
}

const since = (start: bigint): number => Number(process.hrtime.bigint() - start);

// ---- our own

/**
 * What the lab does for one node when the cluster changes: plan, compile, encode and put in force, as a whole or by a
 * patch.
 */
function publisher(strategy: string, pool: Pool, seed: number): (snapshot: ClusterSnapshot) => Promise<void> {
  const bench = makeBench();
  const { id } = bench.node;
  const tables = new NodeTables(seed, ({ kind, bytes }) =>
    kind === 'patch' ? pool.patchImage(id, bytes) : pool.loadImage(id, bytes),
  );
  const around = bench.surroundings(strategy);
  return (snapshot) => tables.follow(snapshot, around);
}

type Publish = ReturnType<typeof publisher>;

/** A real control plane runs for days, so other clusters warm it up before it is measured. */
async function warm(fresh: () => Publish, services: number): Promise<void> {
  for (let i = 0; i < WARM_ROUNDS; i++) {
    const cluster = new ChangingCluster(Math.min(services, WARM_SERVICES));
    const publish = fresh();
    await publish(cluster.snapshot());
    for (let i = 0; i < WARM_CHANGES; i++) {
      for (const change of CHANGES) if (change !== 'full sync') await publish(cluster.change(change));
    }
  }
}

async function measureOurs(strategy: string, services: number, seed: number): Promise<Timed[]> {
  const pool = createPool({ shards: 1, seed });
  try {
    await pool.addNode(makeBench().node.id);
    const timed: Timed[] = [];
    const clock = async (change: Change, publish: Publish, snapshot: ClusterSnapshot): Promise<void> => {
      const start = process.hrtime.bigint();
      await publish(snapshot);
      timed.push({ change, path: 'plan, compile, encode, load', ns: since(start) });
    };
    const fresh = (): Publish => publisher(strategy, pool, seed);
    await warm(fresh, services);
    for (let i = 0; i < REPEATS; i++) {
      const cluster = new ChangingCluster(services);
      const publish = fresh();
      await clock('full sync', publish, cluster.snapshot());
      for (let i = 0; i < CHANGES_EACH; i++) {
        for (const change of CHANGES) {
          if (change !== 'full sync') await clock(change, publish, cluster.change(change));
        }
      }
    }
    return timed;
  } finally {
    await pool.close();
  }
}

// ---- the kernel's tools

interface Tool {
  readonly mode: 'nftables' | 'iptables';
  readonly full: readonly string[];
  readonly part: readonly string[];
  render(plan: NodePlan): string;
  delta(before: string, after: string): string;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  'kernel-nftables': {
    mode: 'nftables',
    full: ['nft', '-f', '-'],
    part: ['nft', '-f', '-'],
    render: (plan) => nftRuleset(plan, ['IPv4']),
    delta: nftDelta,
  },
  'kernel-iptables': {
    mode: 'iptables',
    full: ['iptables-restore'],
    part: ['iptables-restore', '--noflush'],
    render: (plan) => iptablesSave(plan, 'IPv4'),
    delta: iptablesDelta,
  },
};

async function runTool(ns: Namespace, argv: readonly string[], input: string): Promise<number> {
  const start = process.hrtime.bigint();
  const { code, stderr } = await runInNamespace(ns, argv, { input, timeoutMs: TOOL_LIMIT_MS });
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr.slice(0, 300) || `exit code ${code}`}`);
  return since(start);
}

/** One full load and one change of each kind, in a namespace made for them. */
async function measureTool(tool: Tool, services: number): Promise<Timed[]> {
  const bench = makeBench();
  const cluster = new ChangingCluster(services);
  const document = (snapshot: ClusterSnapshot): string => tool.render(bench.plan(snapshot, tool.mode));
  const ns = createNamespace();
  try {
    let before = document(cluster.snapshot());
    const path = tool.full.join(' ');
    const timed: Timed[] = [{ change: 'full sync', path, ns: await runTool(ns, tool.full, before) }];
    for (const change of CHANGES) {
      if (change === 'full sync') continue;
      const after = document(cluster.change(change));
      const script = tool.delta(before, after);
      timed.push({ change, path: tool.part.join(' '), ns: await runTool(ns, tool.part, script) });
      before = after;
    }
    if (tool.mode === 'nftables') {
      const element = ['nft', 'add', 'element', 'ip', 'kube-proxy', 'cluster-ips', '{ 10.99.99.99 }'];
      timed.push({ change: 'one Service added', path: ELEMENT, ns: await runTool(ns, element, '') });
    }
    return timed;
  } finally {
    ns.close();
  }
}

/** `iptables-restore v1.8.9 (nf_tables)`; null when there is no such program. */
function versionOf(program: string): string | null {
  try {
    return execFileSync(program, ['--version'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return null;
  }
}

// ---- the suite

async function measure(
  dataplane: string,
  strategy: string | null,
  services: number,
  seed: number,
): Promise<CellResult> {
  const tool = TOOLS[dataplane];
  const version = tool ? versionOf(tool.full[0] ?? '') : '';
  if (version === null) return { measurements: [], skipped: [`${tool?.full[0]} is not installed`] };
  const timed = tool
    ? [...(await measureTool(tool, services)), ...(services < KERNEL_ONCE ? await measureTool(tool, services) : [])]
    : await measureOurs(strategy ?? '', services, seed);
  // The kernel interface that iptables-restore uses matters.
  const variant = /\((\w+)\)$/.exec(version)?.[1];
  const measurements = timed.map(({ change, path, ns }): Measurement => {
    const said = variant ? path.replace('iptables-restore', `iptables-restore (${variant})`) : path;
    const subject = { dataplane, strategy, services, endpoints: services * ENDPOINTS, path: said };
    return measured({ ...subject, metric: change, unit: 'ns' }, ns);
  });
  return { measurements, skipped: [] };
}

function cells(scale: Scale): Cell[] {
  return SIZES[scale].flatMap((services) => {
    const ours = (scale === 'tiny' ? [OWN] : strategyNames()).map((strategy) => ({
      label: `${strategy}, ${whole(services)} Services`,
      seconds: 1.2 + services / 1200,
      params: { dataplane: 'kubewire', strategy, services },
    }));
    const kernel = Object.keys(TOOLS).map((dataplane) => ({
      label: `${dataplane}, ${whole(services)} Services`,
      seconds: 1.2 + services / 600,
      params: { dataplane, strategy: null, services },
    }));
    return services > KERNEL_LARGEST ? ours : [...ours, ...kernel];
  });
}

/** Our slowest strategy beside the kernel's tool, at the largest size at which both were measured. */
function findings(rows: readonly Row[]): string[] {
  const nft = rows.filter((row) => row.dataplane === 'kernel-nftables');
  const services = Math.max(0, ...nft.map((row) => row.services ?? 0));
  const sentence = (change: Change, path: string, what: string, kernel: string): string[] => {
    const at = rows.filter((row) => row.metric === change && row.services === services);
    const theirs = at.find((row) => row.dataplane === 'kernel-nftables' && row.path === path);
    const ours = at.filter((row) => row.dataplane === 'kubewire').sort((a, b) => a.median - b.median);
    const [fast, slow] = [ours[0], ours.at(-1)];
    if (!theirs || !fast || !slow) return [];
    const span = `${quantity(fast.median, 'ns')} (${fast.strategy}) to ${quantity(slow.median, 'ns')} (${slow.strategy})`;
    return [
      `${what} ${whole(services)} Services × ${ENDPOINTS} endpoints takes ${span} here; ${kernel} takes ` +
        `${quantity(theirs.median, 'ns')}, which is ${ratioOf(theirs.median / slow.median)} to ${times(theirs.median / fast.median)} as long.`,
    ];
  };
  return [
    ...sentence('full sync', 'nft -f -', 'A full sync of', 'loading the same into the kernel (nft -f)'),
    ...sentence(
      'one Service added',
      ELEMENT,
      'One Service added to',
      'adding a single element to one set of the kernel (nft add element)',
    ),
  ];
}

export const suite: Suite = {
  name: 'sync',
  title: 'Changes until they are in force',
  about:
    `Services with ${ENDPOINTS} endpoints each. kubewire: from the changed objects to tables in force on one node, in a warm ` +
    'process. The kernel: the rules that kube-proxy would write, whole or only what changed, from the start of nft or ' +
    'iptables-restore to its end; making their input is not counted.',
  needsLab: true,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells,
  measure: ({ dataplane, strategy, services }, seed) =>
    measure(String(dataplane), strategy === null ? null : String(strategy), Number(services), seed),
  findings,
  charts: (rows) =>
    made(
      ...CHANGES.map((change) =>
        curve(
          `${change[0]?.toUpperCase()}${change.slice(1)}`,
          rows.filter((row) => row.metric === change && row.path !== ELEMENT),
          'services',
        ),
      ),
    ),
};
