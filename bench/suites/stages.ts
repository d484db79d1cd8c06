// stages.ts - suite `stages`: the time of each control-plane step, by the `benchmark` package's statistics.
import type { StrategyWord } from '../../src/abi/strategies.js';
import { ClusterIPAllocator } from '../../src/allocate/clusterip.js';
import { Journal } from '../../src/allocate/journal.js';
import { createRandom } from '../../src/allocate/random.js';
import { compileTables, strategyNamed } from '../../src/compile/strategy.js';
import { encodeImage } from '../../src/image/encode.js';
import { makeBench, makeCluster, strategyNames } from '../cluster.js';
import { curve, made } from '../output/chart.js';
import { quantity, whole } from '../output/number.js';
import { measured, type Row } from '../row.js';
import type { Scale, Suite } from '../suite.js';

const ENDPOINTS = 5;
const SIZES: Readonly<Record<Scale, readonly number[]>> = { tiny: [20], quick: [100, 1000], full: [100, 1000, 5000] };
const SECONDS: Readonly<Record<Scale, number>> = { tiny: 0.05, quick: 0.1, full: 1 };

/** The strategy whose steps are shown. The steps of the others differ only in `compile`. */
const SHOWN: StrategyWord = 'nftables';

/** Nanoseconds of each run of `work`, as the package samples them. */
async function sample(work: () => void, seconds: number): Promise<number[]> {
  const { default: Benchmark } = await import('benchmark');
  const bench = new Benchmark('stage', work, { maxTime: seconds, minSamples: 5 });
  bench.run();
  return bench.stats.sample.map((one) => one * 1e9);
}

/** Every step for a cluster of this many Services, in the order in which data passes through them. */
function steps(services: number, strategy: string, seed: number): Record<string, () => void> {
  const bench = makeBench();
  const snapshot = makeCluster(services, ENDPOINTS);
  const { mode } = strategyNamed(strategy);
  const plan = bench.plan(snapshot, mode);
  const options = { strategy, generation: 1, hashSeed: seed };
  const tables = compileTables(plan, bench.attachment, options);
  const allocate = (): void => {
    const range = { cidr: '10.96.0.0/16', random: createRandom(seed), journal: new Journal() };
    const allocator = new ClusterIPAllocator(range);
    for (let i = 0; i < services; i++) allocator.next();
  };
  return {
    allocate,
    plan: () => void bench.plan(snapshot, mode),
    compile: () => void compileTables(plan, bench.attachment, options),
    encode: () => void encodeImage(tables),
  };
}

function findings(rows: readonly Row[]): string[] {
  const services = Math.max(0, ...rows.map((row) => row.services ?? 0));
  const largest = rows.filter((row) => row.services === services && row.strategy === SHOWN);
  if (largest.length === 0) return [];
  const parts = largest.map(({ path, median, unit }) => `${path} ${quantity(median, unit)}`);
  return [`With ${whole(services)} Services of ${ENDPOINTS} endpoints (${SHOWN}): ${parts.join(', ')}.`];
}

export const suite: Suite = {
  name: 'stages',
  title: 'Steps of the control plane',
  about:
    'From Services to bytes: addresses for all of them (allocate), what one node must do (plan), the tables of a strategy ' +
    '(compile), and the image that the dataplane loads (encode). One node, in one warm process.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells: (scale) =>
    SIZES[scale].flatMap((services) =>
      (scale === 'tiny' ? [SHOWN] : strategyNames()).map((strategy) => ({
        label: `${strategy}, ${whole(services)} Services`,
        seconds: 0.8 + SECONDS[scale] * 6 + services / 1500,
        params: { services, strategy, seconds: SECONDS[scale] },
      })),
    ),
  async measure({ services, strategy, seconds }, seed) {
    const measurements = [];
    for (const [step, work] of Object.entries(steps(Number(services), String(strategy), seed))) {
      const subject = {
        dataplane: 'kubewire',
        strategy: String(strategy),
        services: Number(services),
        endpoints: Number(services) * ENDPOINTS,
        path: step,
        metric: 'control plane',
        unit: 'ns',
      };
      measurements.push(measured(subject, ...(await sample(work, Number(seconds)))));
    }
    return { measurements, skipped: [] };
  },
  findings,
  charts: (rows) =>
    made(
      curve(
        `Time of each step (strategy ${SHOWN})`,
        rows.filter((row) => row.strategy === SHOWN),
        'services',
        (row) => row.path,
      ),
      curve(
        'Time to compile, by strategy',
        rows.filter((row) => row.path === 'compile'),
        'services',
      ),
    ),
};
