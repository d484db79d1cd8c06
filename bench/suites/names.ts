// names.ts - suite `names`: how many questions a second the DNS of a lab answers, through its Service, on one processor.
import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { KubeObject, Service } from '../../src/model/objects.js';
import { idlePod, podNamespace, startLab } from '../lab.js';
import { runLoad } from '../load.js';
import { bars, made } from '../output/chart.js';
import { measured, type Row } from '../row.js';
import type { Suite } from '../suite.js';

const METRICS = {
  rate: 'queries answered',
  cost: 'processor time of the lab a query',
  p50: 'median latency',
  p99: '99th percentile of latency',
  lost: 'queries lost',
};
const NAMES = 100;
const PORT = 53;

const namespace: KubeObject = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'bench' } };
const services = Array.from(
  { length: NAMES },
  (_, i): KubeObject => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: `s${i}`, namespace: 'bench' },
    spec: { ports: [{ port: 80 }] },
  }),
);

/** From now on every thread of this process, and every later one, runs on one processor. */
const stayOnFirst = (): void => void execFileSync('taskset', ['-a', '-p', '-c', '0', String(process.pid)]);

async function measure(seconds: number, seed: number) {
  stayOnFirst();
  const lab = await startLab({
    offloads: true,
    seed,
    dns: true,
    objects: [namespace, ...services, idlePod('client', 'node-1')],
  });
  try {
    const dns = lab.cluster.store.get<Service>('Service', 'kube-system', 'kube-dns');
    const address = dns?.spec.clusterIP ?? '';
    const client = podNamespace(lab, 'client');
    const ask = (ms: number) => runLoad(client, 'names', { address, port: PORT, ms, segments: NAMES, processor: 1 });
    await ask(500);
    const before = process.cpuUsage();
    const { done = 0, wrong = 0, lost = 0, ns = 1, p50 = 0, p99 = 0 } = await ask(seconds * 1000);
    const { user, system } = process.cpuUsage(before);
    if (wrong > 0 || done === 0) throw new Error(`${wrong} of ${done} answers are wrong`);
    const subject = {
      ...{ dataplane: 'kubewire', strategy: 'nftables', services: NAMES, endpoints: 2, flows: 1, frameBytes: null },
      path: 'pod → ClusterIP of kube-dns → pod',
    };
    return {
      measurements: [
        measured({ ...subject, metric: METRICS.rate, unit: '/s' }, done / (ns / 1e9)),
        measured({ ...subject, metric: METRICS.cost, unit: 'ns' }, (1000 * (user + system)) / done),
        measured({ ...subject, metric: METRICS.p50, unit: 'ns' }, p50),
        measured({ ...subject, metric: METRICS.p99, unit: 'ns' }, p99),
        measured({ ...subject, metric: METRICS.lost, unit: '' }, lost),
      ],
      skipped: [],
    };
  } finally {
    await lab.close();
  }
}

const needsTwo = { measurements: [], skipped: ['names: needs two processors, one of them for who asks'] };

export const suite: Suite = {
  name: 'names',
  title: 'Names of a lab',
  about:
    'A client in a pod keeps 64 queries for the addresses of 100 Services under way, to the ClusterIP of the DNS. The whole ' +
    'lab (dataplane, name servers, control plane) runs on one processor, the client on another.',
  needsLab: true,
  rounds: { tiny: 1, quick: 3, full: 5 },
  cells: (scale) => {
    const seconds = scale === 'full' ? 5 : 1;
    return [{ label: 'A records', seconds: seconds + 4, params: { seconds } }];
  },
  measure: ({ seconds }, seed) =>
    availableParallelism() < 2 ? Promise.resolve(needsTwo) : measure(Number(seconds), seed),
  findings: (rows: readonly Row[]) => {
    const rate = rows.find(({ metric }) => metric === METRICS.rate)?.median;
    const cost = rows.find(({ metric }) => metric === METRICS.cost)?.median;
    return rate && cost
      ? [
          `The DNS of a lab on one processor answers ${Math.round(rate)} queries a second through its Service.`,
          `A processor of its own, without other programs, would be enough for ${Math.round(1e9 / cost)}.`,
        ]
      : [];
  },
  charts: (rows) =>
    made(
      bars(
        'Queries a second',
        rows.filter(({ metric }) => metric === METRICS.rate),
      ),
    ),
};
