// throughput.ts - suite `throughput`: real programs, real devices: streams, small packets, requests, connections.
import { OWN, SCANNED } from '../cluster.js';
import { bars, curve, made } from '../output/chart.js';
import { digits, quantity, times, whole } from '../output/number.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';
import { dataplanes, isFloor, openTestbed } from '../testbed.js';
import { type Add, CONNECTION_RATE, METRICS, REQUEST_RATE, startEcho, WORKLOADS } from '../traffic.js';

/** The number of Services for streams, and for everything else in which the first packet does not matter. */
const SERVICES: Readonly<Record<Scale, number>> = { tiny: 10, quick: 1000, full: 1000 };
/** The numbers of Services for connections: here the first packet counts. */
const CONNECTION_SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [],
  quick: [10, 1000],
  full: [10, 100, 1000, 5000, 10_000],
};
const MS: Readonly<Record<Scale, number>> = { tiny: 100, quick: 300, full: 1500 };

interface Wanted {
  readonly dataplane: string;
  readonly strategy: string | null;
  readonly services: number;
  readonly ms: number;
  /** All measurements, or connections alone. */
  readonly all: boolean;
}

async function measure(wanted: Wanted, seed: number): Promise<CellResult> {
  const { dataplane, strategy, services, ms, all } = wanted;
  const measurements: Measurement[] = [];
  const skipped: string[] = [];
  const subject = {
    ...{ dataplane, strategy, path: 'client → Service → server' },
    services: isFloor(dataplane) ? null : services,
  };
  const add: Add = (metric, unit, value, more = {}) =>
    void measurements.push(measured({ ...subject, metric, unit, ...more }, value));
  const bed = await openTestbed({ dataplane, strategy, services, seed });
  try {
    const echo = await startEcho(bed);
    for (const workload of all ? Object.values(WORKLOADS) : [WORKLOADS.connections]) {
      try {
        await workload(bed, ms, add);
      } catch (error) {
        skipped.push(`${strategy ?? dataplane}, ${(error as Error).message}`);
      }
    }
    await echo.stop();
  } finally {
    await bed.close();
  }
  return { measurements, skipped };
}

function cells(scale: Scale): Cell[] {
  const ms = MS[scale];
  const list: Cell[] = [];
  const sizes = CONNECTION_SIZES[scale].filter((services) => services !== SERVICES[scale]);
  for (const services of [SERVICES[scale], ...sizes]) {
    const all = services === SERVICES[scale];
    for (const one of dataplanes(scale)) {
      if (isFloor(one.dataplane) && !all) continue;
      const slow = one.dataplane === 'kernel-nftables' ? services / 700 : services / 5000;
      const label = one.strategy ?? one.dataplane;
      list.push({
        label: isFloor(one.dataplane) ? label : `${label}, ${whole(services)} Services`,
        seconds: 1 + slow + (all ? 1 + (ms / 1000) * 7 : (ms / 1000) * 2),
        params: { ...one, services, ms, all },
      });
    }
  }
  return list;
}

// ---- what the rows say

function findings(rows: readonly Row[]): string[] {
  const of = (metric: string, dataplane: string, strategy: string | null = null): Row | undefined =>
    rows.find((row) => row.metric === metric && row.dataplane === dataplane && row.strategy === strategy);
  const ratio = (metric: string, a: Row | undefined, b: Row | undefined, what: string): string[] =>
    a && b ? [`${metric}: ${quantity(a.median, a.unit)}, ${times(a.median / b.median)} what ${what} does.`] : [];
  return [
    ...ratio(
      `One TCP stream through strategy ${OWN}`,
      of(METRICS.tcp, 'kubewire', OWN),
      of(METRICS.tcp, 'copy'),
      'the bare copy loop',
    ),
    ...ratio(
      'The same stream',
      of(METRICS.tcp, 'kubewire', OWN),
      of(METRICS.tcp, 'kernel-nftables'),
      "the kernel's nftables",
    ),
    ...ratio(
      'Small UDP packets',
      of(METRICS.small, 'kubewire', OWN),
      of(METRICS.small, 'kernel-nftables'),
      "the kernel's nftables",
    ),
    ...slopes(rows),
  ];
}

/** How much longer a new connection takes with the largest table than with the smallest. */
function slopes(rows: readonly Row[]): string[] {
  const median = rows.filter((row) => row.metric === METRICS.connectionLatency && row.path.startsWith('p50'));
  const part = (dataplane: string, strategy: string | null, name: string): string[] => {
    const own = median
      .filter((row) => row.dataplane === dataplane && row.strategy === strategy)
      .sort((a, b) => (a.services ?? 0) - (b.services ?? 0));
    const [first, last] = [own[0], own.at(-1)];
    if (!first || !last || first === last) return [];
    return [`${name} ${quantity(first.median, 'ns')} → ${quantity(last.median, 'ns')}`];
  };
  const parts = [
    ...[OWN, SCANNED].flatMap((name) => part('kubewire', name, name)),
    ...part('kernel-nftables', null, 'kernel nftables'),
    ...part('kernel-iptables', null, 'kernel iptables'),
  ];
  const sizes = median.map((row) => row.services ?? 0).filter((services) => services > 0);
  if (parts.length === 0) return [];
  const span = `${whole(Math.min(...sizes))} to ${whole(Math.max(...sizes))} Services`;
  return [`A new connection to the last Service of the table, median, from ${span}: ${parts.join(', ')}.`];
}

const only = (rows: readonly Row[], metric: string): Row[] => rows.filter((row) => row.metric === metric);
const PERCENTILE = (row: Row): string => row.path.split(' ')[0] ?? '';

export const suite: Suite = {
  name: 'throughput',
  title: 'Packets through real devices',
  about:
    'A client and a server in namespaces of their own and a Service between them, the last of its table. kubewire and the ' +
    'copy loop move frames between TAP devices; the kernel routes between veth devices with the rules that kube-proxy ' +
    `would load. Latencies are taken on a schedule (${whole(REQUEST_RATE)} requests, ${whole(CONNECTION_RATE)} connections ` +
    'a second) and count from the scheduled time, so that a stall is charged to all that it delays.',
  needsLab: true,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells,
  measure: ({ dataplane, strategy, services, ms, all }, seed) =>
    measure(
      {
        dataplane: String(dataplane),
        strategy: strategy === null ? null : String(strategy),
        services: Number(services),
        ms: Number(ms),
        all: all === true,
      },
      seed,
    ),
  findings,
  charts: (rows) => {
    const size = Math.max(0, ...only(rows, METRICS.tcp).map((row) => row.services ?? 0));
    const here = rows.filter((row) => row.services === null || row.services === size);
    const named = (text: string): string => `${text} (${digits(size)} Services)`;
    return made(
      bars(named(METRICS.tcp), only(here, METRICS.tcp), () => ''),
      bars(named(METRICS.small), only(here, METRICS.small), () => ''),
      bars(named('Processor time a small packet, sender and receiver included'), only(here, METRICS.cpu), () => ''),
      bars(named(METRICS.gso), only(here, METRICS.gso), () => ''),
      bars(named(METRICS.requests), only(here, METRICS.requests), () => ''),
      bars(named(METRICS.connections), only(here, METRICS.connections), () => ''),
      bars(
        named('Latency of a UDP request, median'),
        only(here, METRICS.requestLatency).filter((row) => PERCENTILE(row) === 'p50'),
        () => '',
      ),
      bars(
        named('Latency of a UDP request, 99th percentile'),
        only(here, METRICS.requestLatency).filter((row) => PERCENTILE(row) === 'p99'),
        () => '',
      ),
      curve(
        'Latency of a new TCP connection to the last Service, median',
        only(rows, METRICS.connectionLatency).filter((row) => PERCENTILE(row) === 'p50'),
        'services',
      ),
      curve(
        'Latency of a new TCP connection to the last Service, 99th percentile',
        only(rows, METRICS.connectionLatency).filter((row) => PERCENTILE(row) === 'p99'),
        'services',
      ),
    );
  },
};
