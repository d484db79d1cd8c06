// flood.ts - suite `flood`: what established connections notice while a node is flooded, and what is left of it afterwards.

import { OWN } from '../cluster.js';
import { ATTACKS, attack } from '../flood.js';
import { bars, made } from '../output/chart.js';
import { count, digits, quantity, ratioOf } from '../output/number.js';
import { FRAME_BYTES } from '../packets.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Scale, Suite } from '../suite.js';

interface Size {
  readonly packets: number;
  readonly established: number;
  readonly capacity: number;
}
const SIZES: Readonly<Record<Scale, Size>> = {
  tiny: { packets: 40_000, established: 4096, capacity: 16_384 },
  quick: { packets: 500_000, established: 32_768, capacity: 131_072 },
  full: { packets: 1_000_000, established: 65_536, capacity: 262_144 },
};

const METRICS = {
  quiet: 'established packet, quiet',
  attacked: 'established packet, under attack',
  after: 'established packet, a minute later',
  attack: 'packet of the attack',
  lost: 'established packets lost',
  served: 'new connections served when it is over',
  servedLater: 'new connections served a minute later',
} as const;
const ENDS = 'packets of the attack that end as ';

function measure(kind: string, { packets, established, capacity }: Size, seed: number): Measurement[] {
  const result = attack({ kind, packets, established, capacity, seed });
  const subject = { dataplane: 'kubewire', strategy: OWN, flows: established, frameBytes: FRAME_BYTES, path: kind };
  const row = (metric: string, unit: string, value: number) => measured({ ...subject, metric, unit }, value);
  return [
    row(METRICS.quiet, 'ns', result.quietNs),
    row(METRICS.attacked, 'ns', result.attackedNs),
    row(METRICS.after, 'ns', result.afterNs),
    row(METRICS.attack, 'ns', result.attackNs),
    row(METRICS.lost, '', result.lost),
    row(METRICS.served, '%', (result.served / result.tried) * 100),
    row(METRICS.servedLater, '%', (result.servedLater / result.tried) * 100),
    ...result.ends.map(({ reason, count: times }) => row(`${ENDS}${reason}`, '%', (times / packets) * 100)),
    row(`${ENDS}flows that make room for others`, '%', (result.dropped / packets) * 100),
  ];
}

function findings(rows: readonly Row[]): string[] {
  return [...new Set(rows.map(({ path }) => path))].flatMap((path) => {
    const here = rows.filter((row) => row.path === path);
    const of = (metric: string): number => here.find((row) => row.metric === metric)?.median ?? Number.NaN;
    const ends = here
      .filter(({ metric, median }) => metric.startsWith(ENDS) && median >= 0.1)
      .map(({ metric, median }) => `${digits(median)} % ${metric.slice(ENDS.length)}`);
    const kept = of(METRICS.quiet) / of(METRICS.attacked);
    return [
      `${path}: established connections keep ${ratioOf(kept)} of their speed and lose ${digits(of(METRICS.lost))} packets; ` +
        `a packet of the attack takes ${quantity(of(METRICS.attack), 'ns')}, so a million a second take ` +
        `${digits(of(METRICS.attack) / 10)} % of a processor. It ends as ${ends.join(', ')}. ` +
        `New connections served: ${digits(of(METRICS.served))} %, a minute later ${digits(of(METRICS.servedLater))} %.`,
    ];
  });
}

export const suite: Suite = {
  name: 'flood',
  title: 'Under attack',
  about:
    'One node in memory, with established connections through a ClusterIP. Between turns of their packets come turns of an ' +
    'attack, every packet of it new to the node. A new connection is served if its whole handshake gets through.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 5 },
  cells: (scale) =>
    ATTACKS.map((kind) => ({
      label: `${kind}, ${count(SIZES[scale].packets)} packets`,
      seconds: 1 + SIZES[scale].packets / 400_000,
      params: { kind, ...SIZES[scale] },
    })),
  measure: async ({ kind, packets, established, capacity }, seed) => ({
    measurements: measure(
      String(kind),
      { packets: Number(packets), established: Number(established), capacity: Number(capacity) },
      seed,
    ),
    skipped: [],
  }),
  findings,
  charts: (rows) =>
    made(
      bars(
        'A packet of an established connection, in memory',
        rows.filter(({ metric }) => metric.startsWith('established packet,')),
        (row) => row.path,
        (row) => row.metric.replace('established packet, ', ''),
      ),
    ),
};
