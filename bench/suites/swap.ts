// swap.ts - suite `swap`: what packets notice when tables are replaced under load.
import { OWN, SCANNED } from '../cluster.js';
import { runLoad, startReceiver } from '../load.js';
import { bars, made } from '../output/chart.js';
import { digits, quantity, whole } from '../output/number.js';
import { type Measurement, measured, type Row, seriesOf } from '../row.js';
import type { Cell, CellResult, Scale, Suite } from '../suite.js';
import { dataplanes, openTestbed, PORTS, type Testbed } from '../testbed.js';

const SERVICES: Readonly<Record<Scale, number>> = { tiny: 10, quick: 1000, full: 1000 };
const MS: Readonly<Record<Scale, number>> = { tiny: 200, quick: 700, full: 3000 };
/** Replacements a second. The kernel's tools are slower; the rate they reached is a row of its own. */
const RATES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [10],
  quick: [0, 10, 100],
  full: [0, 1, 10, 100, 1000],
};
/** The kernel's tools cannot go faster than this. */
const KERNEL_FASTEST = 10;
/** Datagrams a second: far fewer than any dataplane can move, so that every loss is due to the swap. */
const PACKET_RATE = 20_000;
const PACKET_BYTES = 64;
const REQUEST_RATE = 4000;

const METRICS = {
  lost: 'packets lost',
  blocked: 'blocked time for each replacement',
  done: 'replacements a second',
  latency: 'latency of a UDP request, 99.9th percentile',
} as const;

/** Replaces tables on a schedule until told to stop; resolves with the number of replacements. */
function replacing(bed: Testbed, rate: number): { stop(): Promise<number> } {
  let going = rate > 0 && bed.replace !== null;
  const loop = async (): Promise<number> => {
    const start = performance.now();
    let done = 0;
    while (going) {
      // Generation 0 is in force, so every turn is a change.
      await bed.replace?.(++done);
      const due = start + (done * 1000) / rate;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    }
    return done;
  };
  const running = loop();
  return {
    stop() {
      going = false;
      return running;
    },
  };
}

interface Wanted {
  readonly dataplane: string;
  readonly strategy: string | null;
  readonly services: number;
  readonly rate: number;
  readonly ms: number;
}

async function measureBed(bed: Testbed, { rate, ms }: Wanted) {
  const to = { address: bed.target, ms };
  const stream = { ...to, port: PORTS.sink, bytes: PACKET_BYTES, segments: 1, rate: PACKET_RATE };
  const sink = await startReceiver(bed.server, 'sink', stream);
  const first = replacing(bed, rate);
  const sent = await runLoad(bed.client, 'blast', stream);
  const swaps = await first.stop();
  await new Promise((resolve) => setTimeout(resolve, 50));
  const got = await sink.stop();
  const second = replacing(bed, rate);
  const paced = await runLoad(bed.client, 'paced-requests', { ...to, port: PORTS.echo, rate: REQUEST_RATE });
  await second.stop();
  const lost = (sent.sent ?? 0) - (got.received ?? 0);
  return {
    lost: (100 * lost) / (sent.sent || 1),
    blockedNs: (lost / PACKET_RATE) * 1e9,
    swaps,
    perSecond: swaps / ((sent.ns ?? 1) / 1e9),
    latency: paced.p999 ?? 0,
  };
}

async function measure(wanted: Wanted, seed: number): Promise<CellResult> {
  const { dataplane, strategy, services, rate } = wanted;
  const bed = await openTestbed({ dataplane, strategy, services, seed });
  try {
    const echo = await startReceiver(bed.server, 'echo', { port: PORTS.echo });
    await runLoad(bed.client, 'paced-requests', { address: bed.target, port: PORTS.echo, ms: 50, rate: 200 });
    const { lost, blockedNs, swaps, perSecond, latency } = await measureBed(bed, wanted);
    await echo.stop();
    const path = `${whole(rate)} replacements a second asked for`;
    const subject = { dataplane, strategy, services, path };
    const row = (metric: string, unit: string, value: number): Measurement =>
      measured({ ...subject, metric, unit }, value);
    const measurements = [row(METRICS.lost, '%', lost), row(METRICS.latency, 'ns', latency)];
    if (swaps > 0) {
      measurements.push(row(METRICS.blocked, 'ns', blockedNs / swaps), row(METRICS.done, '/s', perSecond));
    }
    return { measurements, skipped: [] };
  } finally {
    await bed.close();
  }
}

/** The two ends of our strategies stand for all: an image is swapped in the same way, whatever it holds. */
const COMPARED = new Set([OWN, SCANNED, null]);

function cells(scale: Scale): Cell[] {
  const ms = MS[scale];
  const beds = dataplanes(scale).filter(({ dataplane, strategy }) => dataplane !== 'copy' && COMPARED.has(strategy));
  return RATES[scale].flatMap((rate) =>
    beds
      .filter(({ dataplane }) => dataplane === 'kubewire' || rate <= KERNEL_FASTEST)
      // A quick run leaves out the rate that the kernel's tools can follow: the faster one tells more.
      .filter(({ dataplane }) => dataplane !== 'kubewire' || scale !== 'quick' || rate !== KERNEL_FASTEST)
      .map((one) => ({
        label: `${one.strategy ?? one.dataplane}, ${whole(rate)} a second`,
        seconds: 2 + (2 * ms) / 1000,
        params: { ...one, services: SERVICES[scale], rate, ms },
      })),
  );
}

function findings(rows: readonly Row[]): string[] {
  const blocked = rows.filter(({ metric }) => metric === METRICS.blocked);
  const sentence = (dataplane: string, name: string): string[] => {
    const own = blocked.filter((row) => row.dataplane === dataplane);
    const worst = own.sort((a, b) => b.median - a.median)[0];
    if (!worst) return [];
    const lost = rows.find(
      (row) => row.metric === METRICS.lost && row.path === worst.path && seriesOf(row) === seriesOf(worst),
    );
    const path = worst.path.replace(' asked for', '');
    const anyway = Math.max(
      ...rows
        .filter((row) => row.metric === METRICS.lost && row.dataplane === dataplane && row.path.startsWith('0 '))
        .map(({ median }) => median),
    );
    if (worst.median <= 0) return [`${name}: no packet is lost when the tables are replaced.`];
    return [
      `${name}: at most ${quantity(worst.median, 'ns')} worth of packets is lost for each replacement of the ` +
        `tables (${digits(lost?.median ?? 0)} % of all packets at ${path}, ${digits(anyway)} % without any).`,
    ];
  };
  return [
    ...sentence('kubewire', 'kubewire'),
    ...sentence('kernel-nftables', "The kernel's nftables"),
    ...sentence('kernel-iptables', "The kernel's iptables"),
  ];
}

const byPath = (row: Row): string => row.path.replace(' asked for', '');

export const suite: Suite = {
  name: 'swap',
  title: 'Tables replaced under load',
  about:
    `${whole(PACKET_RATE)} datagrams a second of one connection through a Service of ${whole(SERVICES.full)}, while the ` +
    'tables of all are replaced so many times a second. Packets lost divided by the rate at which they were sent is the ' +
    'time for which the path was blocked; the row without replacements shows what is lost anyway. Latencies are taken on ' +
    'a schedule. The kernel gets its rules from nft or iptables-restore.',
  needsLab: true,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells,
  measure: ({ dataplane, strategy, services, rate, ms }, seed) =>
    measure(
      {
        dataplane: String(dataplane),
        strategy: strategy === null ? null : String(strategy),
        services: Number(services),
        rate: Number(rate),
        ms: Number(ms),
      },
      seed,
    ),
  findings,
  charts: (rows) =>
    made(
      bars(
        'Packets lost while tables are replaced',
        rows.filter(({ metric }) => metric === METRICS.lost),
        byPath,
      ),
      bars(
        METRICS.latency.replace('latency', 'Latency'),
        rows.filter(({ metric }) => metric === METRICS.latency),
        byPath,
      ),
    ),
};
