// exposition.ts - /metrics for Prometheus, /proxyMode and /configz: what kube-proxy serves about itself, and our counters.
//
// Names of kube-proxy (pkg/proxy/metrics) stand where ours means the same; tables hold both families, so there is no
// label ip_family. Cells of the dataplane are read when somebody asks.
import type { Hono } from 'hono';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { Reason } from '../abi/abi.gen.js';
import { COUNTERS } from '../abi/layout.js';
import type { Cluster } from '../cluster/cluster.js';
import { strategyNamed } from '../compile/strategy.js';
import type { LinkCounts } from '../lab/links/links.js';
import type { LabSpec } from '../lab/registration.js';
import type { KubeObject } from '../model/objects.js';
import { refusals } from '../observe/losses.js';
import type { DataplaneView } from './dataplane.js';
import { FABRIC, nodeNames } from './flows.js';

/** As in kube-proxy: 1 ms to 16 s, each twice the one before. */
const SYNC_BUCKETS = Array.from({ length: 15 }, (_, i) => 0.001 * 2 ** i);

/** A counter of ours that follows cells of the dataplane. */
interface CellMetric {
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge';
  readonly samples: (
    cells: readonly bigint[],
  ) => readonly { labels: Readonly<Record<string, string>>; value: bigint }[];
}

const one = (index: number) => (cells: readonly bigint[]) => [{ labels: {}, value: cells[index] ?? 0n }];
const both = (received: number, sent: number) => (cells: readonly bigint[]) => [
  { labels: { direction: 'received' }, value: cells[received] ?? 0n },
  { labels: { direction: 'sent' }, value: cells[sent] ?? 0n },
];

const CELL_METRICS: readonly CellMetric[] = [
  {
    name: 'kubewire_packets_total',
    help: 'Frames that the dataplane of a node has received and sent',
    type: 'counter',
    samples: both(COUNTERS.receivedFrames, COUNTERS.sentFrames),
  },
  {
    name: 'kubewire_bytes_total',
    help: 'Bytes of those frames',
    type: 'counter',
    samples: both(COUNTERS.receivedBytes, COUNTERS.sentBytes),
  },
  {
    name: 'kubewire_drops_total',
    help: 'Frames dropped (class drop) and refused with an answer (class reject), by reason',
    type: 'counter',
    samples: (cells) =>
      refusals(cells).map(({ spec, count }) => ({
        labels: { reason: spec.name, class: spec.class },
        value: BigInt(count),
      })),
  },
  { name: 'kubewire_flows', help: 'Tracked connections', type: 'gauge', samples: one(COUNTERS.flows) },
  {
    name: 'kubewire_flows_capacity',
    help: 'Connections that fit into the table of a node',
    type: 'gauge',
    samples: one(COUNTERS.flowCapacity),
  },
  {
    name: 'kubewire_flows_evicted_total',
    help: 'Connections that made room for new ones (early drop)',
    type: 'counter',
    samples: one(COUNTERS.flowsDropped),
  },
  {
    name: 'kubewire_tables_generation',
    help: 'Generation of the tables in force on a node',
    type: 'gauge',
    samples: one(COUNTERS.generation),
  },
];

/** kube-proxy's counter of segments that connection tracking holds invalid. */
const INVALID: CellMetric = {
  name: 'kubeproxy_iptables_ct_state_invalid_dropped_packets_total',
  help: 'Packets dropped because connection tracking holds them invalid',
  type: 'counter',
  samples: (cells) => [{ labels: {}, value: cells[Reason.INVALID_STATE] ?? 0n }],
};

export class Exposition {
  readonly #cluster: Cluster;
  readonly #dataplane: DataplaneView | undefined;
  readonly #registry = new Registry();

  constructor(cluster: Cluster, dataplane: DataplaneView | undefined) {
    this.#cluster = cluster;
    this.#dataplane = dataplane;
    if (dataplane?.counters) for (const metric of [...CELL_METRICS, INVALID]) this.#follow(metric);
    if (dataplane?.links) this.#followLinks(dataplane.links);
    this.#followSyncs();
    this.#followChanges('Service', 'service');
    this.#followChanges('EndpointSlice', 'endpoint');
  }

  serve(app: Hono): void {
    app.get('/metrics', async (c) => {
      const text = await this.#registry.metrics();
      return c.body(text, 200, { 'content-type': this.#registry.contentType });
    });
    app.get('/proxyMode', (c) => {
      const spec = this.#lab();
      return spec ? c.text(strategyNamed(spec.strategy).mode) : c.notFound();
    });
    app.get('/configz', (c) => {
      const spec = this.#lab();
      return spec ? c.json({ 'kubeproxy.config.k8s.io': configuration(spec) }) : c.notFound();
    });
  }

  #lab(): LabSpec | undefined {
    return this.#cluster.store.list<KubeObject>('Lab')[0]?.spec as LabSpec | undefined;
  }

  #follow({ name, help, type, samples }: CellMetric): void {
    const cells = (node: string) => this.#dataplane?.counters?.(node) ?? [];
    const nodes = () => [...nodeNames(this.#cluster), FABRIC];
    const read = (write: (labels: Record<string, string>, value: number) => void): void => {
      for (const node of nodes()) {
        for (const { labels, value } of samples(cells(node))) write({ node, ...labels }, Number(value));
      }
    };
    const labelNames = ['node', 'direction', 'reason', 'class'];
    const registers = [this.#registry];
    if (type === 'gauge') {
      new Gauge({
        name,
        help,
        labelNames,
        registers,
        collect() {
          read((labels, value) => this.set(labels, value));
        },
      });
      return;
    }
    new Counter({
      ...{ name, help, labelNames, registers },
      collect() {
        this.reset();
        read((labels, value) => this.inc(labels, value));
      },
    });
  }

  #followLinks(links: () => readonly LinkCounts[]): void {
    new Counter({
      name: 'kubewire_link_packets_total',
      help: 'Packets that a link (kind Link) has matched, and what became of them',
      labelNames: ['link', 'fate'],
      registers: [this.#registry],
      collect() {
        this.reset();
        for (const { name: link, active: _, waiting: __, bytes: ___, ...fates } of links()) {
          for (const [fate, count] of Object.entries(fates)) this.inc({ link, fate }, count);
        }
      },
    });
  }

  #followSyncs(): void {
    const registers = [this.#registry];
    const duration = new Histogram({
      name: 'kubeproxy_sync_proxy_rules_duration_seconds',
      help: 'Time from the snapshot of the cluster to tables in force on all nodes',
      buckets: SYNC_BUCKETS,
      registers,
    });
    const last = new Gauge({
      name: 'kubeproxy_sync_proxy_rules_last_timestamp_seconds',
      help: 'When tables were last brought up to date',
      registers,
    });
    this.#dataplane?.onSync?.((seconds) => {
      duration.observe(seconds);
      last.set(this.#cluster.options.clock().getTime() / 1000);
    });
  }

  #followChanges(kind: string, word: string): void {
    const counter = new Counter({
      name: `kubeproxy_sync_proxy_rules_${word}_changes_total`,
      help: `Changes of objects of kind ${kind}`,
      registers: [this.#registry],
    });
    this.#cluster.store.watch(() => counter.inc(), kind);
  }
}

/** KubeProxyConfiguration (kubeproxy.config.k8s.io/v1alpha1), as far as the lab has such a setting. */
function configuration({ strategy, proxy }: LabSpec): object {
  const seconds = (count: number): string => `${count}s`;
  return {
    kind: 'KubeProxyConfiguration',
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    mode: strategyNamed(strategy).mode,
    clusterCIDR: proxy.clusterCIDR.join(','),
    detectLocalMode: proxy.detectLocalMode,
    nodePortAddresses: proxy.nodePortAddresses,
    iptables: { masqueradeAll: proxy.masqueradeAll, localhostNodePorts: proxy.localhostNodePorts },
    nftables: { masqueradeAll: proxy.masqueradeAll },
    ipvs: { scheduler: proxy.ipvsScheduler },
    conntrack: {
      tcpBeLiberal: proxy.conntrackTCPBeLiberal,
      tcpEstablishedTimeout: seconds(proxy.conntrackTCPTimeoutEstablished),
      tcpCloseWaitTimeout: seconds(proxy.conntrackTCPTimeoutCloseWait),
      udpTimeout: seconds(proxy.conntrackUDPTimeout),
      udpStreamTimeout: seconds(proxy.conntrackUDPTimeoutStream),
    },
  };
}
