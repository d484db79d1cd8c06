// throughput.ts - suite `throughput`: real programs, real devices: streams, small packets, requests, connections.
import { OWN, SCANNED } from '../cluster.js';
import { iperfGbit } from '../iperf.js';
import { runLoad, startReceiver } from '../load.js';
import { busyShare } from '../machine.js';
import { bars, curve, made } from '../output/chart.js';
import { digits, quantity, times, whole } from '../output/number.js';
import { type Measurement, measured, type Row, type Subject } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';
import { dataplanes, openTestbed, PORTS, type Testbed } from '../testbed.js';

/** The number of Services for streams, and for everything else in which the first packet does not matter. */
const SERVICES: Readonly<Record<Scale, number>> = { tiny: 10, quick: 1000, full: 1000 };
/** The numbers of Services for connections: here the first packet counts. */
const CONNECTION_SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [],
  quick: [10, 1000],
  full: [10, 100, 1000, 5000, 10_000],
};
const MS: Readonly<Record<Scale, number>> = { tiny: 100, quick: 300, full: 1500 };

/** Payload of the smallest frame that other benchmarks of virtual networks use: 60 bytes in all. */
const SMALL_BYTES = 18;
const SMALL_FRAME = 60;
/** Datagrams that fill a 1,500-byte link, 45 of them in one call. */
const LARGE_BYTES = 1400;
const SEGMENTS = 45;
/** Processor time is that of the whole machine, so it says nothing while other programs use more than this share. */
const QUIET = 0.15;
/** Far below what any dataplane can do, so that latency is not that of a queue. */
const PACKET_RATE = 50_000;
const REQUEST_RATE = 4000;
const CONNECTION_RATE = 500;

export const METRICS = {
  tcp: 'TCP, one stream',
  small: 'UDP packets delivered, 60-byte frames',
  cpu: 'processor time of the whole machine for each packet delivered',
  gso: 'UDP with segmentation offload, 1,400-byte datagrams',
  requests: 'TCP requests and responses on one connection',
  connections: 'TCP connections: connect, request, close',
  requestLatency: 'latency of a UDP request on a schedule',
  connectionLatency: 'latency of a new TCP connection on a schedule',
} as const;

type Add = (metric: string, unit: string, value: number, more?: Partial<Subject>) => void;
type Workload = (bed: Testbed, ms: number, add: Add) => Promise<void>;

const settle = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** The client sends datagrams, the server counts them. */
async function stream(bed: Testbed, ms: number, bytes: number, segments: number, rate = 0) {
  const options = { port: PORTS.sink, bytes, segments, rate };
  const receiver = await startReceiver(bed.server, 'sink', options);
  const sent = await runLoad(bed.client, 'blast', { ...options, address: bed.target, ms });
  await settle(20);
  const got = await receiver.stop();
  if (!got.received || !got.ns) throw new Error('no packet arrived');
  return {
    perSecond: (got.received / got.ns) * 1e9,
    bits: (got.bytes ?? 0) * 8,
    ns: got.ns,
    received: got.received,
    sent,
  };
}

const bulk: Workload = async (bed, ms, add) => {
  const path = { client: bed.client, server: bed.server, target: bed.target };
  add(METRICS.tcp, 'Gbit/s', await iperfGbit(path, Math.max(1, Math.round(ms / 1000))));
};

const small: Workload = async (bed, ms, add) => {
  const { perSecond } = await stream(bed, ms, SMALL_BYTES, 1);
  add(METRICS.small, '/s', perSecond, { frameBytes: SMALL_FRAME });
  const others = await busyShare(200);
  if (others > QUIET) {
    const share = `${Math.round(others * 100)} % of the processors`;
    throw new Error(`processor time for each packet: other programs use ${share} at the time`);
  }
  // At a rate without losses: else the time spent on lost packets would be charged to the others.
  const { received, sent } = await stream(bed, ms, SMALL_BYTES, 1, PACKET_RATE);
  const path = `at ${whole(PACKET_RATE)}/s, sender and receiver included`;
  add(METRICS.cpu, 'ns', (sent.busyNs ?? 0) / received, { frameBytes: SMALL_FRAME, path });
};

const large: Workload = async (bed, ms, add) => {
  const { bits, ns } = await stream(bed, ms, LARGE_BYTES, SEGMENTS);
  add(METRICS.gso, 'Gbit/s', bits / ns);
};

/** Latency counts from the moment at which the schedule wanted the request to begin. */
function addLatency(add: Add, metric: string, result: Readonly<Record<string, number>>, rate: number): void {
  const lost = (result.failed ?? 0) / (result.offered || 1);
  for (const [path, value] of [
    ['p50', result.p50],
    ['p99', result.p99],
    ['p99.9', result.p999],
  ] as const) {
    add(metric, 'ns', value ?? 0, { path: `${path} at ${whole(rate)}/s` });
  }
  add(`${metric}: not answered`, '%', lost * 100, { path: `at ${whole(rate)}/s` });
}

const exchanges: Workload = async (bed, ms, add) => {
  const to = { address: bed.target, port: PORTS.echo, ms };
  const requests = await runLoad(bed.client, 'requests', to);
  add(METRICS.requests, '/s', ((requests.done ?? 0) / (requests.ns ?? 1)) * 1e9);
  const paced = await runLoad(bed.client, 'paced-requests', { ...to, rate: REQUEST_RATE });
  addLatency(add, METRICS.requestLatency, paced, REQUEST_RATE);
};

const connections: Workload = async (bed, ms, add) => {
  const to = { address: bed.target, port: PORTS.echo, ms };
  const closed = await runLoad(bed.client, 'connections', to);
  add(METRICS.connections, '/s', ((closed.done ?? 0) / (closed.ns ?? 1)) * 1e9);
  const paced = await runLoad(bed.client, 'paced-connections', { ...to, rate: CONNECTION_RATE });
  addLatency(add, METRICS.connectionLatency, paced, CONNECTION_RATE);
};

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
  const copy = dataplane === 'copy';
  const subject = { dataplane, strategy, services: copy ? null : services, path: 'client → Service → server' };
  const add: Add = (metric, unit, value, more = {}) =>
    void measurements.push(measured({ ...subject, metric, unit, ...more }, value));
  const bed = await openTestbed({ dataplane, strategy, services, seed });
  try {
    const echo = await startReceiver(bed.server, 'echo', { port: PORTS.echo });
    // The first packets find out who is where.
    await runLoad(bed.client, 'paced-requests', { address: bed.target, port: PORTS.echo, ms: 50, rate: 200 });
    for (const workload of all ? [bulk, small, large, exchanges, connections] : [connections]) {
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
      if (one.dataplane === 'copy' && !all) continue;
      const slow = one.dataplane === 'kernel-nftables' ? services / 700 : services / 5000;
      const label = one.strategy ?? one.dataplane;
      list.push({
        label: one.dataplane === 'copy' ? 'copy loop' : `${label}, ${whole(services)} Services`,
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
