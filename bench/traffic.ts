// traffic.ts - what real programs do through a testbed, and what they see: streams, small packets, requests, connections.
import { iperfGbit } from './iperf.js';
import { runLoad, startReceiver } from './load.js';
import { busyShare } from './machine.js';
import { whole } from './output/number.js';
import type { Subject } from './row.js';
import { PORTS, type Testbed } from './testbed.js';

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
export const REQUEST_RATE = 4000;
export const CONNECTION_RATE = 500;

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

export type Add = (metric: string, unit: string, value: number, more?: Partial<Subject>) => void;
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
};

const cost: Workload = async (bed, ms, add) => {
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

/** In the order in which they are measured. All but streams need startEcho. */
export const WORKLOADS = { bulk, small, cost, large, exchanges, connections } as const;

/** Starts the server of requests and connections; the first packets find out who is where. */
export async function startEcho(bed: Testbed): ReturnType<typeof startReceiver> {
  const echo = await startReceiver(bed.server, 'echo', { port: PORTS.echo });
  await runLoad(bed.client, 'paced-requests', { address: bed.target, port: PORTS.echo, ms: 50, rate: 200 });
  return echo;
}
