// lookup.ts - suite `lookup`: what it costs to find the Service of a packet, by strategy and number of Services. In memory, no devices.
import { RouteKind } from '../src/abi/abi.gen.js';
import { COUNTERS, NONE } from '../src/abi/layout.js';
import { loadAddon, type NodeEngine } from '../src/engine/addon.js';
import { encodeImage } from '../src/image/encode.js';
import type { TableSet } from '../src/image/table.js';
import { FIRST_POD_PORT } from '../src/lab/attachment.js';
import { makeBench, makeCluster, strategyNames, tablesOf } from './cluster.js';
import { curve, made } from './output/chart.js';
import { count, quantity, times } from './output/number.js';
import { ACK, type Batch, FRAME_BYTES, frames, number4, type Packet, SYN } from './packets.js';
import { type Measurement, measured, type Row } from './row.js';
import type { Params, Scale, Suite } from './suite.js';

const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [10],
  quick: [10, 1000, 100_000],
  full: [10, 100, 1000, 10_000, 100_000],
};
const ENDPOINTS = 5;

/** New connections of a pass; half of what the table of flows takes. */
const CONNECTIONS = 8192;
const FLOW_CAPACITY = 2 * CONNECTIONS;
/** Where a scan of all rows takes long, fewer tell as much. */
const SCANNED_CONNECTIONS = 1024;
const SCANNED_FROM = 10_000;
const PASSES = 15;
const ESTABLISHED_ROUNDS = 4;

const FIRST_SERVICE = number4('10.96.0.1');
/** Nobody's: no Service, no node, no Service range. */
const ELSEWHERE = number4('198.18.0.0');
const ELSEWHERE_ADDRESSES = 65_536;
const CLIENT = number4('10.244.1.2');
const PORT = 80;
/** Beyond every timeout of connection tracking (the longest is a day). */
const A_WEEK_NS = 7n * 86_400n * 1_000_000_000n;

const METRICS = {
  first: 'first packet',
  firstAlone: 'first packet, lookup alone',
  miss: 'no Service',
  missAlone: 'no Service, lookup alone',
  established: 'established packet',
} as const;
const TABLE = 'table';

/** The same tables with nowhere to go: a packet is judged to the end, and then no flow is made. */
function withoutWay(tables: TableSet): TableSet {
  const ROUTE = tables.ROUTE.map((route) =>
    route.kind === RouteKind.FORWARD && route.prefixLength === 96
      ? { ...route, kind: RouteKind.BLACKHOLE, port: NONE, nextHop: NONE }
      : route,
  );
  return { ...tables, ROUTE };
}

/** Packets of so many connections, each to one of `among` addresses in an order that a cache cannot foresee. */
function connections(size: number, first: number, among: number, flags: number): Batch {
  let state = 1;
  const packet: Packet = { source: CLIENT, destination: 0, sourcePort: 0, destinationPort: PORT };
  return frames(size, FIRST_POD_PORT, flags, (place) => {
    state = (state * 48_271) % 2_147_483_647; // Lehmer's generator, the same in every run
    packet.sourcePort = 1024 + place;
    packet.destination = first + (state % among);
    return packet;
  });
}

class Table {
  readonly #node: NodeEngine;
  #now = 1_000_000_000n;

  constructor(image: Uint8Array, seed: number) {
    const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
    this.#node = new (loadAddon().NodeEngine)(seed, FLOW_CAPACITY, cells);
    const error = this.#node.load(image, this.#now);
    if (error !== 0) throw new Error(`image refused: ${error}`);
  }

  #run({ bytes, lengths, ports }: Batch, rounds: number, leaves: boolean): number {
    const { nsPerFrame, forwarded } = this.#node.processBatch(bytes, lengths, ports, rounds, this.#now);
    const expected = leaves ? lengths.length * rounds : 0;
    if (forwarded !== expected) throw new Error(`${forwarded} packets got through instead of ${expected}`);
    return nsPerFrame;
  }

  /** ns per packet that begins a connection, of the quietest pass; all are forgotten between passes. */
  begin(batch: Batch, leaves: boolean): number {
    let best = Number.POSITIVE_INFINITY;
    // The first pass is not counted: the table of flows touches its memory for the first time.
    for (let pass = 0; pass <= PASSES; pass++) {
      const value = this.#run(batch, 1, leaves);
      if (pass > 0) best = Math.min(best, value);
      this.#now += A_WEEK_NS;
      this.#node.sweep(this.#now, FLOW_CAPACITY);
    }
    return best;
  }

  /** ns per packet of known connections: the first pass makes them (an ACK without a flow is picked up). */
  go(batch: Batch): number {
    this.#run(batch, 2, true);
    return Math.min(...Array.from({ length: PASSES }, () => this.#run(batch, ESTABLISHED_ROUNDS, true)));
  }
}

function measureTables(strategy: string, services: number, seed: number): Measurement[] {
  const bench = makeBench([{ port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] }]);
  // What a CNI does to pods that leave the cluster is not a lookup.
  const wired = { ...bench, attachment: { ...bench.attachment, egressMasquerade: false } };
  const tables = tablesOf(wired, makeCluster(services, ENDPOINTS), strategy, 1, seed);
  const image = encodeImage(tables);
  const open = new Table(image, seed);
  const closed = new Table(encodeImage(withoutWay(tables)), seed);
  const size = strategy === 'iptables' && services >= SCANNED_FROM ? SCANNED_CONNECTIONS : CONNECTIONS;
  const hits = connections(size, FIRST_SERVICE, services, SYN);
  const misses = connections(size, ELSEWHERE, ELSEWHERE_ADDRESSES, SYN);
  const known = connections(CONNECTIONS, FIRST_SERVICE, services, ACK);
  const subject = { dataplane: 'kubewire', strategy, services, endpoints: services * ENDPOINTS };
  const row = (metric: string, value: number): Measurement =>
    measured({ ...subject, path: strategy, frameBytes: FRAME_BYTES, metric, unit: 'ns' }, value);
  return [
    row(METRICS.first, open.begin(hits, true)),
    row(METRICS.firstAlone, closed.begin(hits, false)),
    row(METRICS.miss, open.begin(misses, true)),
    row(METRICS.missAlone, closed.begin(misses, false)),
    row(METRICS.established, open.go(known)),
    measured({ ...subject, path: strategy, metric: TABLE, unit: 'bytes' }, image.byteLength),
  ];
}

/** A strategy's row of a metric by number of Services, ascending. */
const bySize = (rows: readonly Row[], strategy: string, metric: string): Row[] =>
  rows
    .filter((row) => row.strategy === strategy && row.metric === metric)
    .sort((a, b) => (a.services ?? 0) - (b.services ?? 0));

function growth(rows: readonly Row[], strategy: string, metric: string): string | null {
  const found = bySize(rows, strategy, metric);
  const [small, large] = [found[0], found.at(-1)];
  if (!small || !large || small === large) return null;
  return (
    `${strategy}, ${metric}: ${quantity(large.median, large.unit)} at ${count(large.services ?? 0)} Services, ` +
    `${times(large.median / small.median)} what it is at ${count(small.services ?? 0)}.`
  );
}

/** At which sizes another strategy finds the Service of a first packet as fast as perfect does. */
function fastest(rows: readonly Row[]): string[] {
  const metric = METRICS.firstAlone;
  const others = strategyNames().filter((name) => name !== 'perfect');
  const beaten = bySize(rows, 'perfect', metric).flatMap((own) =>
    others.flatMap((name) => {
      const other = bySize(rows, name, metric).find((row) => row.services === own.services);
      return other && other.median <= own.median ? [`${name} at ${count(own.services ?? 0)}`] : [];
    }),
  );
  if (bySize(rows, 'perfect', metric).length === 0) return [];
  if (beaten.length === 0)
    return ['perfect finds the Service of a first packet faster than every other strategy at every size.'];
  return [`As fast as perfect or faster at a first packet: ${beaten.join(', ')}.`];
}

function findings(rows: readonly Row[]): string[] {
  const lines = [
    growth(rows, 'perfect', METRICS.first),
    growth(rows, 'perfect', METRICS.firstAlone),
    growth(rows, 'perfect', METRICS.established),
    growth(rows, 'iptables', METRICS.firstAlone),
  ];
  return [...lines.filter((line) => line !== null), ...fastest(rows)];
}

export const lookup: Suite = {
  name: 'lookup',
  title: 'Finding the Service',
  about:
    'SYNs from one pod to ClusterIPs with five endpoints each, in memory and without devices, on one thread; every packet ' +
    'goes to another Service, at random. “First packet” is all that happens to it, tracking it included; “lookup alone” is ' +
    'the same packet with no way out of the node, so that it is judged to the end and no connection is made. “No Service” ' +
    'goes to an address that no Service has. A value is the quietest of 15 passes over 8,192 connections (1,024 under ' +
    'iptables from 10,000 Services on, whose scan takes long) in processor time.',
  needsLab: false,
  rounds: { tiny: 1, quick: 1, full: 3 },
  cells: (scale) =>
    SIZES[scale].flatMap((services) =>
      strategyNames().map((strategy) => ({
        label: `${strategy}, ${count(services)} Services`,
        seconds: 1 + services / (strategy === 'iptables' ? 6_000 : 15_000),
        params: { strategy, services },
      })),
    ),
  measure: async (params: Params, seed) => ({
    measurements: measureTables(String(params.strategy), Number(params.services), seed),
    skipped: [],
  }),
  findings,
  charts: (rows) =>
    made(
      ...[METRICS.first, METRICS.firstAlone, METRICS.miss, METRICS.established, TABLE].map((metric) =>
        curve(
          metric === TABLE ? 'Size of the tables' : `${metric[0]?.toUpperCase()}${metric.slice(1)}, in memory`,
          rows.filter((row) => row.metric === metric),
          'services',
        ),
      ),
    ),
};
