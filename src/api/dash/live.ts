// live.ts - the live channel of the page: rows of the map as they change, counters once a second, and which kinds changed.
//
// All pages share one look at the cluster and one reading of the counters; without a page nothing is looked at but counters.
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Cluster } from '../../cluster/cluster.js';
import { STRATEGY_NAMES } from '../../compile/strategy.js';
import type { LabSpec, LabStatus } from '../../lab/registration.js';
import type { EndpointSlice, KubeObject, Node, Pod, Service } from '../../model/objects.js';
import type { TrafficEdge } from '../../observe/traffic.js';
import type { DataplaneView } from '../dataplane.js';
import { Flows } from '../flows.js';
import { mapRows, RowBook } from './rows.js';
import { EVERY_MS, History, nodeSample } from './samples.js';
import type { Edge, LabFacts, LiveMessage, Sample } from './shapes.js';

/** Changes within so many milliseconds are told at once. */
const GATHER_MS = 150;
/** A page that does not read for so long that this piles up, in bytes, is let go; it connects again. */
const MOST_WAITING_BYTES = 16 * 1024 * 1024;
/** With more connections than this, on all nodes together, a look at each of them each second would cost too much. */
const MOST_FLOWS = 4000;

const edgeKey = ({ node, from, service, to }: TrafficEdge): string => `${node} ${from} ${service} ${to}`;

const MAPPED = new Set(['Node', 'Pod', 'Service', 'EndpointSlice', 'Client', 'Lab']);

export class Live {
  readonly #cluster: Cluster;
  readonly #dataplane: DataplaneView | undefined;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  readonly #history = new History();
  readonly #rows = new RowBook();
  readonly #flows: Flows;
  #totals: ReadonlyMap<string, TrafficEdge> = new Map();
  readonly #changed = new Set<string>();
  #gathering: NodeJS.Timeout | null = null;
  #lab = '';
  #syncs: Sample['syncs'] = { count: 0, seconds: 0 };
  readonly #ends: (() => void)[] = [];

  constructor(cluster: Cluster, dataplane: DataplaneView | undefined) {
    this.#cluster = cluster;
    this.#dataplane = dataplane;
    this.#flows = new Flows(cluster, dataplane);
    dataplane?.onSync?.((took) => {
      const { count, seconds } = this.#syncs;
      this.#syncs = { count: count + 1, seconds: seconds + took };
    });
    this.#ends.push(cluster.store.watch(({ object }) => this.#notice(object.kind)));
    const timer = setInterval(() => this.#sample(), EVERY_MS);
    timer.unref();
    this.#ends.push(() => clearInterval(timer));
    this.#sample();
  }

  /** Takes a connection that has been let in. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#sockets.handleUpgrade(request, socket, head, (page) => {
      page.on('error', () => page.terminate());
      // Nobody may be told of a change that the greeting has already in it.
      this.#tell();
      const { samples } = this.#history;
      this.#send(page, { type: 'hello', lab: this.#facts(), rows: this.#look(), samples });
    });
  }

  close(): void {
    for (const end of this.#ends) end();
    if (this.#gathering) clearTimeout(this.#gathering);
    for (const page of this.#sockets.clients) page.terminate();
  }

  #facts(): LabFacts | null {
    const [lab] = this.#cluster.store.list('Lab');
    if (!lab) return null;
    const { strategy, dataplane } = lab.spec as LabSpec;
    const { stopped = [] } = (lab.status ?? {}) as Partial<LabStatus>;
    return { name: lab.metadata.name, strategy, dataplane, strategies: [...STRATEGY_NAMES], stopped };
  }

  #look() {
    const { store } = this.#cluster;
    const [lab] = store.list('Lab');
    return mapRows({
      nodes: store.list<Node>('Node'),
      pods: store.list<Pod>('Pod'),
      services: store.list<Service>('Service'),
      slices: store.list<EndpointSlice>('EndpointSlice'),
      clients: store.list<KubeObject>('Client'),
      strategies: (lab?.status as LabStatus | undefined)?.strategies ?? {},
    });
  }

  #notice(kind: string): void {
    this.#changed.add(kind);
    this.#gathering ??= setTimeout(() => this.#tell(), GATHER_MS);
  }

  /** Tells all pages what has changed since they were told last. */
  #tell(): void {
    if (this.#gathering) clearTimeout(this.#gathering);
    this.#gathering = null;
    const kinds = [...this.#changed];
    this.#changed.clear();
    if (this.#sockets.clients.size === 0) return;
    if (kinds.some((kind) => MAPPED.has(kind))) {
      const { put, gone } = this.#rows.turn(this.#look());
      if (put.length + gone.length > 0) this.#broadcast({ type: 'rows', put, gone });
      const lab = this.#facts();
      if (JSON.stringify(lab) !== this.#lab) this.#broadcast({ type: 'lab', lab });
      this.#lab = JSON.stringify(lab);
    }
    if (kinds.length > 0) this.#broadcast({ type: 'changed', kinds });
  }

  #sample(): void {
    const names = ['fabric', ...this.#cluster.store.list<Node>('Node').map(({ metadata }) => metadata.name)];
    const nodes = names.flatMap((name) => {
      const counters = this.#dataplane?.counters?.(name);
      return counters ? [[name, nodeSample(counters)] as const] : [];
    });
    const at = this.#cluster.options.clock().getTime();
    const sample: Sample = { at, nodes: Object.fromEntries(nodes), syncs: this.#syncs };
    this.#history.add(sample);
    if (this.#sockets.clients.size === 0) return;
    const flows = Object.values(sample.nodes).reduce((sum, node) => sum + node.flows, 0);
    const tell = (edges: readonly Edge[] | null): void => this.#broadcast({ type: 'sample', sample, edges });
    if (flows > MOST_FLOWS || !this.#dataplane) tell(flows > MOST_FLOWS ? null : []);
    else
      this.#flows.edges().then(
        (totals) => tell(this.#grown(totals)),
        () => tell([]),
      );
  }

  /** What was added to the totals since they were looked at last. */
  #grown(totals: readonly TrafficEdge[]): Edge[] {
    const before = this.#totals;
    this.#totals = new Map(totals.map((edge) => [edgeKey(edge), { ...edge }]));
    return totals.flatMap((edge): Edge[] => {
      const last = before.get(edgeKey(edge));
      const packets = edge.packets - (last?.packets ?? 0);
      if (packets <= 0) return [];
      const service = edge.service === null ? null : `service/${edge.service.split(':')[0]}`;
      return [{ from: edge.from, service, to: edge.to, packets, bytes: edge.bytes - (last?.bytes ?? 0) }];
    });
  }

  #broadcast(message: LiveMessage): void {
    if (this.#sockets.clients.size === 0) return;
    const text = JSON.stringify(message);
    for (const page of this.#sockets.clients) this.#give(page, text);
  }

  #send(page: WebSocket, message: LiveMessage): void {
    this.#give(page, JSON.stringify(message));
  }

  #give(page: WebSocket, text: string): void {
    if (page.readyState !== WebSocket.OPEN) return;
    if (page.bufferedAmount > MOST_WAITING_BYTES) page.terminate();
    else page.send(text);
  }
}
