// scale.ts - suite `scale`: what many Services cost, and strategies with more pods than a machine has namespaces for.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { NodeTables } from '../../src/lab/tables/node-tables.js';
import { makeBench, makeCluster, OWN, strategyNames } from '../cluster.js';
import { Contestant } from '../contest.js';
import { curve, made } from '../output/chart.js';
import { count, digits, quantity, times, whole } from '../output/number.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Cell, Scale, Suite } from '../suite.js';
import { study } from '../virtual.js';

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [50, 100],
  quick: [1000, 10_000],
  full: [1000, 10_000, 100_000],
};
const ENDPOINTS = 5;

interface Pods {
  readonly services: number;
  readonly podsEach: number;
  readonly connections: number;
}
const PODS: Readonly<Record<Scale, Pods>> = {
  tiny: { services: 10, podsEach: 10, connections: 1000 },
  quick: { services: 1000, podsEach: 100, connections: 100_000 },
  full: { services: 1000, podsEach: 100, connections: 500_000 },
};

const METRICS = {
  sync: 'full sync, processor time',
  image: 'tables of a node',
  perService: 'tables, for each Service',
  perEndpoint: 'tables, for each endpoint',
  heap: 'memory of the control plane for a node, for each Service',
  first: 'first packet, lookup alone',
  answered: 'connections that were answered',
  connection: 'a connection: SYN and answer, in memory',
  busiest: 'busiest pod, in times of an equal share',
} as const;

function settledMemory(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes of a node's tables, and what it takes to make them. */
async function tablesFor(services: number, endpoints: number, seed: number) {
  let bytes = 0;
  const snapshot = makeCluster(services, endpoints);
  const tables = new NodeTables(seed, async (update) => {
    bytes = update.bytes.byteLength;
  });
  const before = settledMemory();
  const start = process.cpuUsage();
  await tables.follow(snapshot, makeBench().surroundings(OWN));
  const { user, system } = process.cpuUsage(start);
  return { bytes, ns: (user + system) * 1000, heap: settledMemory() - before, tables };
}

async function measureServices(services: number, seed: number): Promise<Measurement[]> {
  const subject = { dataplane: 'kubewire', strategy: OWN, services, endpoints: services * ENDPOINTS };
  const row = (metric: string, unit: string, value: number): Measurement =>
    measured({ ...subject, path: 'plan, compile, encode', metric, unit }, value);
  const five = await tablesFor(services, ENDPOINTS, seed);
  const ten = await tablesFor(services, 2 * ENDPOINTS, seed);
  const perEndpoint = (ten.bytes - five.bytes) / (services * ENDPOINTS);
  const contestant = new Contestant(OWN, services, makeCluster(services, ENDPOINTS), seed);
  for (let i = 0; i < 3; i++) contestant.visit('first packet, lookup alone');
  return [
    row(METRICS.sync, 'ns', five.ns),
    row(METRICS.image, 'bytes', five.bytes),
    row(METRICS.perService, 'bytes', five.bytes / services - ENDPOINTS * perEndpoint),
    row(METRICS.perEndpoint, 'bytes', perEndpoint),
    row(METRICS.heap, 'bytes', five.heap / services),
    row(METRICS.first, 'ns', contestant.best.get('first packet, lookup alone') ?? Number.NaN),
  ];
}

function measurePods(strategy: string, pods: Pods, seed: number): Measurement[] {
  const { services, podsEach, connections } = pods;
  const { answered, nsEach, shares } = study({ strategy, seed, ...pods });
  const subject = { dataplane: 'kubewire', strategy, services, endpoints: services * podsEach, flows: connections };
  const row = (metric: string, unit: string, value: number): Measurement =>
    measured({ ...subject, path: 'client → Service → virtual pod → client', metric, unit }, value);
  return [
    row(METRICS.answered, '%', (answered / connections) * 100),
    row(METRICS.connection, 'ns', nsEach),
    row(METRICS.busiest, '', (Math.max(...shares) * shares.length) / connections),
  ];
}

const cells = (scale: Scale): Cell[] => [
  ...SIZES[scale].map((services) => ({
    label: `${whole(services)} Services`,
    seconds: 1 + services / 2500,
    params: { services },
  })),
  ...strategyNames().map((strategy) => ({
    label: `${strategy}, ${count(PODS[scale].services * PODS[scale].podsEach)} virtual pods`,
    seconds: 1 + PODS[scale].connections / 40_000,
    params: { strategy, ...PODS[scale] },
  })),
];

function findings(rows: readonly Row[]): string[] {
  const of = (metric: string): Row[] =>
    rows.filter((row) => row.metric === metric).sort((a, b) => (a.services ?? 0) - (b.services ?? 0));
  const [small, large] = [of(METRICS.sync)[0], of(METRICS.sync).at(-1)];
  const last = (metric: string): string => {
    const row = of(metric).at(-1);
    return row ? quantity(row.median, row.unit) : '-';
  };
  const first = of(METRICS.first);
  const services =
    small && large
      ? [
          `${whole(large.services)} Services × ${ENDPOINTS} endpoints: a full sync takes ${quantity(large.median, 'ns')} of processor time, ` +
            `${times(large.median / small.median)} that of ${whole(small.services)}; tables of ${last(METRICS.image)}, ` +
            `${last(METRICS.perService)} a Service and ${last(METRICS.perEndpoint)} an endpoint; ` +
            `the control plane keeps ${last(METRICS.heap)} a Service for a node; the first packet's lookup takes ` +
            `${quantity(first.at(-1)?.median ?? Number.NaN, 'ns')}, ${times((first.at(-1)?.median ?? Number.NaN) / (first[0]?.median ?? Number.NaN))} that of ${whole(small.services)}.`,
        ]
      : [];
  const pods = of(METRICS.busiest).map(
    ({ strategy, median, endpoints }) =>
      `\`${strategy}\` with ${whole(endpoints)} virtual pods: the busiest has ${digits(median)} times an equal share.`,
  );
  return [...services, ...pods];
}

export const suite: Suite = {
  name: 'scale',
  title: 'Scale',
  about:
    'Tables for many Services on one node: the time to make them, their size, what the control plane keeps, and the lookup of a ' +
    'first packet. And strategies with many pods that are addresses alone: a client opens connections to all Services in ' +
    'turn through the engine, and the pods that were chosen answer, without namespaces.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells,
  measure: async ({ strategy, services, podsEach, connections }, seed) => ({
    measurements:
      strategy === undefined
        ? await measureServices(Number(services), seed)
        : measurePods(
            String(strategy),
            { services: Number(services), podsEach: Number(podsEach), connections: Number(connections) },
            seed,
          ),
    skipped: [],
  }),
  findings,
  charts: (rows) =>
    made(
      curve(
        'Full sync, processor time',
        rows.filter(({ metric }) => metric === METRICS.sync),
        'services',
      ),
      curve(
        'First packet, lookup alone',
        rows.filter(({ metric }) => metric === METRICS.first),
        'services',
      ),
    ),
};
