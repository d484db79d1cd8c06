// lookup.ts - suite `lookup`: the cost of finding a packet's Service, by strategy and number of Services. In memory, no devices.
import { makeCluster, OWN, SCANNED, strategyNames } from '../cluster.js';
import { CONNECTIONS, Contestant, contest, type Metric, SCANNED_CONNECTIONS, SCANNED_FROM } from '../contest.js';
import { curve, made } from '../output/chart.js';
import { straightness } from '../output/line.js';
import { count, digits, quantity, ratioOf, whole } from '../output/number.js';
import { FRAME_BYTES } from '../packets.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Params, Scale, Suite } from '../suite.js';

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [10],
  quick: [10, 1000, 100_000],
  full: [10, 100, 1000, 10_000, 100_000],
};
/** How long the tables take turns. */
const SECONDS: Readonly<Record<Scale, number>> = { tiny: 0.2, quick: 40, full: 150 };
const ENDPOINTS = 5;
const TABLE = 'table';

const FIRST: Metric = 'first packet';
const ALONE: Metric = 'first packet, lookup alone';
const MISS: Metric = 'no Service';
const ESTABLISHED: Metric = 'established packet';

function measureTables(scale: Scale, seed: number): Measurement[] {
  const contestants = SIZES[scale].flatMap((services) => {
    const snapshot = makeCluster(services, ENDPOINTS);
    return strategyNames().map((strategy) => new Contestant(strategy, services, snapshot, seed));
  });
  contest(contestants, SECONDS[scale]);
  return contestants.flatMap(({ strategy, services, best, imageBytes }) => {
    const subject = { dataplane: 'kubewire', path: strategy, strategy, services, endpoints: services * ENDPOINTS };
    return [
      ...[...best].map(([metric, ns]) => measured({ ...subject, frameBytes: FRAME_BYTES, metric, unit: 'ns' }, ns)),
      measured({ ...subject, metric: TABLE, unit: 'bytes' }, imageBytes),
    ];
  });
}

/** The rows of a strategy and metric by number of Services, ascending. */
const bySize = (rows: readonly Row[], strategy: string, metric: string): Row[] =>
  rows
    .filter((row) => row.strategy === strategy && row.metric === metric)
    .sort((a, b) => (a.services ?? 0) - (b.services ?? 0));

const sizeOf = (row: Row): string => `${whole(row.services)} Services`;

function growth(rows: readonly Row[], strategy: string, metric: Metric): string[] {
  const found = bySize(rows, strategy, metric);
  const [small, large] = [found[0], found.at(-1)];
  if (!small || !large || small === large) return [];
  return [
    `${metric} under ${strategy}: ${quantity(large.min, large.unit)} with ${sizeOf(large)}, ` +
      `${digits(Number((large.min / small.min).toFixed(2)))} times the ${quantity(small.min, small.unit)} with ${sizeOf(small)}.`,
  ];
}

/** At every size: our own strategy beside the best of the others. */
function fastest(rows: readonly Row[], metric: Metric): string[] {
  const duels = bySize(rows, OWN, metric).flatMap((own) => {
    const others = rows.filter((row) => row.metric === metric && row.services === own.services && row !== own);
    const next = others.sort((a, b) => a.min - b.min)[0];
    return next ? [{ own, next }] : [];
  });
  if (duels.length === 0) return [];
  const lost = duels.filter(({ own, next }) => next.min <= own.min);
  if (lost.length > 0) {
    const where = lost.map(({ own, next }) => `${next.strategy} at ${sizeOf(own)}`).join(', ');
    return [`${metric}: ${OWN} is not the fastest strategy; ${where} is.`];
  }
  const leads = duels.map(
    ({ own, next }) => `${ratioOf(next.min / own.min)} times as long with ${whole(own.services)} (${next.strategy})`,
  );
  return [
    `${metric}: ${OWN} is faster than every other strategy at every size; the next best takes ${leads.join(', ')}.`,
  ];
}

/**
 * A curve over four decades may deviate this much and still count as a line: rows in the first cache are cheaper than
 * rows in memory.
 */
const STRAIGHT = 0.4;

/** How close a scan is to a straight line: it reads rules one after another until one matches. */
function linear(rows: readonly Row[]): string[] {
  const found = bySize(rows, SCANNED, ALONE);
  if (found.length < 3) return [];
  const line = straightness(found.map((row) => ({ x: row.services ?? 0, y: row.min })));
  return [
    `${ALONE} under ${SCANNED} ${line.worst < STRAIGHT ? 'grows linearly' : 'does not grow linearly'}: ` +
      `${quantity(line.start, 'ns')} and ${digits(line.slope)} ns more for each Service are within ` +
      `${Math.ceil(line.worst * 100)} % of what was measured from ${whole(found[0]?.services ?? 0)} to ${sizeOf(found.at(-1) as Row)}.`,
  ];
}

function findings(rows: readonly Row[]): string[] {
  const lines = [
    ...growth(rows, OWN, FIRST),
    ...growth(rows, OWN, ESTABLISHED),
    ...growth(rows, OWN, ALONE),
    ...fastest(rows, FIRST),
    ...fastest(rows, ALONE),
    ...linear(rows),
  ];
  return lines.map((line) => `${line[0]?.toUpperCase()}${line.slice(1)}`);
}

export const suite: Suite = {
  name: 'lookup',
  title: 'Finding the Service',
  about:
    'SYNs from one pod to ClusterIPs with five endpoints each, in memory and without devices, on one thread; every packet ' +
    'goes to another Service, at random. “First packet” is all that happens to it, tracking it included; “lookup alone” is ' +
    'the same packet with no way out of the node, so that it is judged to the end and no connection is made. “No Service” ' +
    'goes to an address that no Service has. All tables lie in one process and take turns of a few milliseconds; a value is ' +
    `the quietest of hundreds of passes over ${whole(CONNECTIONS)} connections (${SCANNED_CONNECTIONS} under iptables from ` +
    `${whole(SCANNED_FROM)} Services on, whose scan takes long), in processor time. Of several processes the quietest counts.`,
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells: (scale) => {
    const sizes = SIZES[scale];
    const span = sizes.length === 1 ? '' : `${count(sizes[0] ?? 0)} to `;
    return [
      {
        label: `all strategies, ${span}${count(sizes.at(-1) ?? 0)} Services`,
        seconds: 1 + (sizes.at(-1) ?? 0) / 5000 + SECONDS[scale],
        params: { scale },
      },
    ];
  },
  measure: async (params: Params, seed) => ({
    measurements: measureTables(params.scale as Scale, seed),
    skipped: [],
  }),
  findings,
  charts: (rows) =>
    made(
      ...[FIRST, ALONE, MISS, ESTABLISHED, TABLE].map((metric) =>
        curve(
          metric === TABLE ? 'Size of the tables' : `${metric[0]?.toUpperCase()}${metric.slice(1)}, in memory`,
          rows.filter((row) => row.metric === metric),
          'services',
        ),
      ),
    ),
};
