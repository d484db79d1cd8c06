// flows.ts - suite `flows`: what connection tracking costs as the table of connections grows (RFC 9693's two phases).
import { COUNTERS } from '../../src/abi/layout.js';
import { loadAddon, type NodeEngine } from '../../src/engine/addon.js';
import { encodeImage } from '../../src/image/encode.js';
import { FIRST_POD_PORT } from '../../src/topology/attachment.js';
import { makeBench, makeService, snapshotOf, strategyNames, tablesOf } from '../cluster.js';
import { curve, made } from '../output/chart.js';
import { count, quantity, times } from '../output/number.js';
import {
  ACK,
  type Batch,
  FIN,
  FRAME_BYTES,
  frames,
  number4,
  type Packet,
  SYN,
  setFlags,
  shuffled,
} from '../packets.js';
import { type Measurement, measured, type Row } from '../row.js';
import type { Params, Scale, Suite } from '../suite.js';

/** The largest is the capacity of a dataplane's flow table. */
const SIZES: Readonly<Record<Scale, readonly number[]>> = {
  tiny: [1024],
  quick: [1024, 65_536, 262_144],
  full: [1024, 65_536, 262_144, 1_048_576, 4_194_304],
};

const VIP = '10.96.0.1';
const BACKEND = '10.128.0.1';
const PORT = 80;
const FIRST_CLIENT = number4('10.244.0.1');
const CLIENT_PORTS = 32_768;
const FIRST_CLIENT_PORT = 1024;

/** At least this many packets a pass, so that a small table is gone through often enough. */
const LEAST_PACKETS = 250_000;
const PASSES = 5;
/** Longer than every timeout of connection tracking (the longest is a day). */
const A_WEEK_NS = 7n * 86_400n * 1_000_000_000n;

/**
 * Packets of all connections in random order, from the clients or from the server. There is one endpoint, so both are
 * known.
 */
function packetsOf(order: Uint32Array, from: 'client' | 'server'): Batch {
  const vip = number4(VIP);
  const backend = number4(BACKEND);
  const packet: Packet = { source: backend, destination: vip, sourcePort: PORT, destinationPort: PORT };
  return frames(order.length, from === 'client' ? FIRST_POD_PORT : FIRST_POD_PORT + 1, SYN, (place) => {
    const i = order[place] ?? 0;
    const client = FIRST_CLIENT + Math.floor(i / CLIENT_PORTS);
    const port = FIRST_CLIENT_PORT + (i % CLIENT_PORTS);
    if (from === 'client') {
      packet.source = client;
      packet.sourcePort = port;
    } else {
      packet.destination = client;
      packet.destinationPort = port;
    }
    return packet;
  });
}

class Table {
  readonly #node: NodeEngine;
  #now = 1_000_000_000n;

  constructor(strategy: string, capacity: number, seed: number) {
    const cells = new BigUint64Array(new SharedArrayBuffer(COUNTERS.cells * 8));
    this.#node = new (loadAddon().NodeEngine)(seed, capacity, cells);
    const bench = makeBench([{ port: FIRST_POD_PORT, id: 1, name: 'default/client', addresses: ['10.244.1.2'] }]);
    const target = makeService({ name: 'target', clusterIP: VIP, endpoints: [BACKEND], ports: { [PORT]: 'TCP' } });
    const routes = [
      { prefix: '10.244.0.0/16', kind: 'FORWARD', port: FIRST_POD_PORT, nextHop: -1 },
      { prefix: '0.0.0.0/0', kind: 'FORWARD', port: FIRST_POD_PORT + 1, nextHop: -1 },
    ] as const;
    const server = { kind: 'POD', name: 'pod/default/server', mac: '02:00:00:00:00:02', mtu: 1500, id: 2 } as const;
    const { ports } = bench.attachment;
    const wired = { ...bench, attachment: { ...bench.attachment, ports: [...ports, server], routes } };
    const error = this.#node.load(encodeImage(tablesOf(wired, snapshotOf([target]), strategy, 1, seed)), this.#now);
    if (error !== 0) throw new Error(`image refused: ${error}`);
  }

  /** ns per packet; every packet must get through. */
  run({ bytes, lengths, ports }: Batch, rounds: number): number {
    const { nsPerFrame, forwarded } = this.#node.processBatch(bytes, lengths, ports, rounds, this.#now);
    const sent = lengths.length * rounds;
    if (forwarded !== sent) throw new Error(`${sent - forwarded} of ${sent} packets did not get through`);
    return nsPerFrame;
  }

  /** ns per connection to forget all of them after they have timed out. */
  expire(connections: number): number {
    this.#now += A_WEEK_NS;
    const start = process.cpuUsage();
    this.#node.sweep(this.#now, connections);
    const { user, system } = process.cpuUsage(start);
    if (this.#node.flowCount() !== 0) throw new Error(`${this.#node.flowCount()} connections outlived their time`);
    return ((user + system) * 1000) / connections;
  }
}

/** ns per packet in the fastest of some passes: whatever else the machine does can only slow a pass down. */
function quietest(table: Table, batch: Batch): number {
  const rounds = Math.max(1, Math.ceil(LEAST_PACKETS / batch.lengths.length));
  return Math.min(...Array.from({ length: PASSES }, () => table.run(batch, rounds)));
}

function measureTable(strategy: string, flows: number, seed: number): Measurement[] {
  const table = new Table(strategy, flows, seed);
  const subject = { dataplane: 'kubewire', strategy, services: 1, endpoints: 1, flows, frameBytes: FRAME_BYTES };
  const order = shuffled(flows, seed);
  const client = packetsOf(order, 'client');
  const server = packetsOf(order, 'server');
  const once = (batch: Batch, flags: number): number => table.run(setFlags(batch, flags), 1);
  const row = (metric: string, path: string, value: number): Measurement =>
    measured({ ...subject, metric, path, unit: 'ns' }, value);
  // Phase 1: the table fills.
  const setUp = once(client, SYN) + once(server, SYN | ACK) + once(client, ACK);
  // Phase 2: it is full, and each packet belongs to another connection than the last.
  const established = quietest(table, client);
  const back = quietest(table, setFlags(server, ACK));
  // The end: both sides close, then the table forgets them.
  const closing = once(client, FIN | ACK) + once(server, FIN | ACK) + once(client, ACK);
  return [
    row('established packet', 'client → Service → endpoint', established),
    row('established packet', 'endpoint → client', back),
    row('connection set-up', 'handshake of three packets', setUp),
    row('connection tear-down', 'both sides close, then it is forgotten', closing + table.expire(flows)),
  ];
}

function findings(rows: readonly Row[]): string[] {
  const path = 'client → Service → endpoint';
  const established = rows.filter((row) => row.path === path).sort((a, b) => (a.flows ?? 0) - (b.flows ?? 0));
  const small = established[0];
  const large = established.at(-1);
  if (!small || !large) return [];
  const setUp = rows.find((row) => row.metric === 'connection set-up' && row.flows === large.flows);
  const tearDown = rows.find((row) => row.metric === 'connection tear-down' && row.flows === large.flows);
  const rate = (row: Row | undefined): string => (row ? quantity(1e9 / row.median, '/s') : '-');
  return [
    `With ${count(large.flows ?? 0)} connections in the table, a packet of one of them takes ` +
      `${quantity(large.median, large.unit)} in memory, ${times(large.median / small.median)} as long as with ${count(small.flows ?? 0)}.`,
    `One thread sets up ${rate(setUp)} connections and tears down ${rate(tearDown)} at that size.`,
  ];
}

export const suite: Suite = {
  name: 'flows',
  title: 'Many connections',
  about:
    'TCP connections through a ClusterIP, in memory and without devices, on one thread. First the table is filled ' +
    '(SYN, SYN-ACK, ACK of every connection), then packets of all connections pass in random order, then both sides ' +
    'close and the table forgets them: the phases of RFC 9693. Frames of 60 bytes.',
  needsLab: false,
  rounds: { tiny: 1, quick: 2, full: 5 },
  cells: (scale) =>
    SIZES[scale].map((size) => ({
      label: `${count(size)} connections`,
      seconds: 0.8 + size / 250_000,
      params: { flows: size, strategy: strategyNames()[0] ?? 'nftables' },
    })),
  measure: async (params: Params, seed) => ({
    measurements: measureTable(String(params.strategy), Number(params.flows), seed),
    skipped: [],
  }),
  findings,
  charts: (rows) =>
    made(
      curve(
        'Established packet, in memory',
        rows.filter(({ metric }) => metric === 'established packet'),
        'flows',
        (row) => (row.path.startsWith('client') ? 'to the endpoint' : 'to the client'),
      ),
      curve(
        'A connection set up and torn down, in memory',
        rows.filter(({ metric }) => metric.startsWith('connection ')),
        'flows',
        (row) => row.metric.replace('connection ', ''),
      ),
    ),
};
